"""A lesson as one reader meets it: what they may open, where they are, and their own answers beside the text."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from access import queries as access_queries
from accounts.types import Visitor
from cms.rendering import static_blocks
from courses import content
from courses.activity_types import activity_types, written_type
from courses.content import CourseText, LessonText, ModuleText
from courses.models import Course, CourseVersion
from learning import queries, services
from learning.models import Enrolment
from learning.queries import Progress, Share
from web.links import lesson_address


def course_or_404(request: HttpRequest, slug: str) -> Course:
    """A published course. One that has been withdrawn exists only for those who are on it."""
    course = (
        Course.objects.select_related("current_version")
        .defer("current_version__content", "current_version__requirements")
        .filter(slug=slug, current_version__isnull=False)
        .first()
    )
    if course is None:
        raise Http404
    if not is_there_for(request.user, course):
        raise Http404
    return course


def is_there_for(user: Visitor, course: Course) -> bool:
    """Whether a published course exists for this person. No query while it is listed."""
    return course.is_listed or queries.is_or_was_on(user, course)


def is_for_everybody(course: Course, *, is_open: bool) -> bool:
    """Whether what a lesson shows may be seen without an account: samples, and courses that anybody may start."""
    return course.is_listed and (is_open or course.is_free)


def reader_of(user: Visitor, course: Course) -> Enrolment | None:
    """The enrolment with which somebody reads the course, or None when nothing opens it to them."""
    if isinstance(user, AnonymousUser) or not access_queries.may_open(user, course):
        return None
    enrolment = queries.current_enrolment(user, course)
    return enrolment or services.begin(user=user, course=course)


def why_closed(user: Visitor, course: Course) -> str:
    """To somebody who asked for a lesson they may not open."""
    if course.is_free:
        return _("This lesson is part of a free course. Start the course to read it.")
    if user.is_authenticated and queries.is_or_was_on(user, course):
        return _("Your access to this course has ended. Your progress is kept, and the sample lessons stay open.")
    return _("This lesson opens once you have bought the course or your organisation has given you a seat.")


@dataclass(frozen=True)
class OutlineLesson:
    text: LessonText
    address: str
    share: Share | None
    is_here: bool
    is_open: bool

    @property
    def is_finished(self) -> bool:
        return self.share is not None and self.share.is_finished


@dataclass(frozen=True)
class OutlineModule:
    text: ModuleText
    lessons: list[OutlineLesson]

    @property
    def is_here(self) -> bool:
        return any(lesson.is_here for lesson in self.lessons)

    @property
    def finished(self) -> int:
        return sum(lesson.is_finished for lesson in self.lessons)


def outline_of(
    course: Course, text: CourseText, progress: Progress | None, *, current: str = "", may_open: bool = False
) -> list[OutlineModule]:
    """Modules and lessons in order, each with what is done and whether this reader may open it."""

    def entry(lesson: LessonText) -> OutlineLesson:
        return OutlineLesson(
            text=lesson,
            address=lesson_address(course.slug, lesson.module_slug, lesson.slug),
            share=progress.lessons.get(lesson.id) if progress else None,
            is_here=lesson.id == current,
            is_open=may_open or lesson.sample,
        )

    return [OutlineModule(module, [entry(lesson) for lesson in module.lessons]) for module in text.modules]


@dataclass
class Reading:
    """One reader in one lesson. `enrolment` is None for visitors of a sample lesson."""

    course: Course
    lesson: LessonText
    enrolment: Enrolment | None
    text: CourseText = field(init=False)

    def __post_init__(self) -> None:
        self.text = content.text_of(self.version)

    @cached_property
    def progress(self) -> Progress | None:
        """As it is when the page first asks: after what a request has answered or finished."""
        return queries.progress(self.enrolment) if self.enrolment is not None else None

    @property
    def version(self) -> CourseVersion:
        """What is published; there are no pages of a course before that."""
        if self.course.current_version is None:
            raise ValueError("This course has not been published.")
        return self.course.current_version

    @cached_property
    def position(self) -> int:
        """Position of the lesson in the course, from 1."""
        return [lesson.id for lesson in self.text.lessons].index(self.lesson.id) + 1

    @cached_property
    def previous(self) -> LessonText | None:
        return self.text.lessons[self.position - 2] if self.position > 1 else None

    @cached_property
    def next(self) -> LessonText | None:
        return self.text.lessons[self.position] if self.position < len(self.text.lessons) else None

    @property
    def is_finished(self) -> bool:
        """Whether the learner has said so; checks may still be open."""
        return self.progress is not None and self.lesson.id in self.progress.finished

    @property
    def outline(self) -> list[OutlineModule]:
        return outline_of(self.course, self.text, self.progress, current=self.lesson.id, may_open=self.enrolment is not None)

    def blocks(self, only: Any = None) -> list[dict[str, Any]]:
        """Blocks with the reader's state; `only` one of them where its id is given. At most three queries."""
        everything = static_blocks(self.version, self.lesson.id)
        blocks = [dict(block) for block in everything if only is None or block["id"] == str(only)]
        for activity_type in activity_types:
            if blocks_of_type := [block for block in blocks if block["type"] == activity_type.name]:
                activity_type.add_state(blocks_of_type, self.enrolment)
        self._add_words([block for block in blocks if written_type(block["type"])])
        return [block for block in blocks if not block.get("is_missing")]

    def _add_words(self, blocks: list[dict[str, Any]]) -> None:
        """What the learner wrote in blocks of every written type, in one query."""
        states = queries.states_of(self.enrolment, [block["id"] for block in blocks]) if self.enrolment else {}
        for block in blocks:
            state = states.get(block["id"])
            block["state"] = state if state and state.revision else None
            show_words(block, state.data if state else {})


def show_words(block: dict[str, Any], data: dict[str, Any]) -> None:
    """Put what was written into a block, as its template shows it."""
    activity_type = written_type(block["type"])
    if activity_type is not None:
        block.update(activity_type.shown(block["value"], data))
