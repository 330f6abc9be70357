"""A lesson as one reader meets it: what they may open, where they are, and their own answers beside the text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from access import queries as access_queries
from accounts.types import Visitor
from cms.rendering import static_blocks
from cms.rules import may_see_unopened
from courses import content
from courses import queries as course_queries
from courses.activity_types import activity_types, written_type
from courses.content import CourseText, LessonText, ModuleText
from courses.models import Course, CourseVersion, Lesson
from learning import queries, services
from learning.models import ActivityState, Enrolment
from learning.queries import Progress, Share
from learning.standing import Standing, standing, states_of
from web.links import lesson_address, resume_address


def course_or_404(request: HttpRequest, slug: str) -> Course:
    """A published course, also by a slug it had before.

    One that is not open for enrolment exists only for those who are on it or were given it, and for those who write.
    """
    course = course_queries.published_at(slug)
    if course is None:
        raise Http404
    if not is_there_for(request.user, course) and not may_see_unopened(request.user):
        raise Http404
    return course


def is_there_for(user: Visitor, course: Course) -> bool:
    """Whether a published course exists for this person. No query while it is listed."""
    return course.is_listed or queries.is_or_was_on(user, course) or access_queries.was_given(user, course)


def is_for_everybody(course: Course, *, is_open: bool) -> bool:
    """Whether what a lesson shows may be seen without an account: samples, and courses that anybody may start."""
    return course.is_listed and (is_open or course.is_free)


def reader_of(user: Visitor, course: Course, lesson_id: str) -> Standing:
    """How somebody who reads a lesson stands to its course; without an enrolment when nothing opens it to them."""
    found = standing(user, course, lesson_id)
    if isinstance(user, AnonymousUser) or not found.may_open:
        return Standing(may_open=False, enrolment=None)
    return found if found.enrolment else Standing(may_open=True, enrolment=services.begin(user=user, course=course))


def why_closed(user: Visitor, course: Course) -> str:
    """To somebody who asked for a lesson they may not open."""
    if not (course.is_listed or is_there_for(user, course)):
        return _("This course is not open for enrolment yet.")
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
    """One reader in one lesson. `enrolment` is None for visitors of a sample lesson; `row`: the lesson's, if it was read."""

    course: Course
    lesson: LessonText
    enrolment: Enrolment | None
    row: Lesson | None = None
    text: CourseText = field(init=False)
    _finished: frozenset[str] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.text = content.text_of(self.version)

    @cached_property
    def progress(self) -> Progress | None:
        """As it is when the page first asks: after what a request has answered or finished."""
        if self.enrolment is None:
            return None
        if self._finished is not None:
            return queries.progress_from(self.enrolment, self._finished)
        return queries.progress(self.enrolment)

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
    def open_checks(self) -> list[str]:
        """Block ids of the checks here that they have not answered."""
        return self.progress.open_checks(self.lesson) if self.progress else []

    @property
    def open_elsewhere(self) -> LessonText | None:
        """Once the last lesson is read: another one that is not finished yet."""
        left = self.progress.next_lesson if self.progress else None
        return left if self.next is None and left is not None and left.id != self.lesson.id else None

    @property
    def open_elsewhere_address(self) -> str:
        return resume_address(self.enrolment, self.progress) if self.enrolment and self.progress else ""

    @property
    def needs_only_assessment(self) -> bool:
        """Whether every lesson is finished, and the assessment after the course is all that is left."""
        progress = self.progress
        return progress is not None and progress.next_lesson is None and progress.needs_after_assessment

    @property
    def outline(self) -> "Outline":
        return Outline(self)

    def blocks(self, only: Any = None) -> list[dict[str, Any]]:
        """Blocks with the reader's state; `only` one of them where its id is given. At most two queries.

        Of all of them the page is made, so that what is finished is read with them.
        """
        everything = static_blocks(self.version, self.lesson.id)
        blocks = [dict(block) for block in everything if only is None or block["id"] == str(only)]
        for activity_type in activity_types:
            if blocks_of_type := [block for block in blocks if block["type"] == activity_type.name]:
                activity_type.add_state(blocks_of_type, self.enrolment)
        self._add_words([block for block in blocks if written_type(block["type"])], is_page=only is None)
        return [block for block in blocks if not block.get("is_missing")]

    def _add_words(self, blocks: list[dict[str, Any]], *, is_page: bool) -> None:
        """What the learner wrote in blocks of every written type, in one query."""
        states: dict[str, ActivityState] = {}
        if self.enrolment is not None and (blocks or is_page):
            read = states_of(self.enrolment, [block["id"] for block in blocks])
            states, self._finished = read.by_block, read.finished if is_page else None
        for block in blocks:
            state = states.get(block["id"])
            block["state"] = state if state and state.revision else None
            show_words(block, state.data if state else {}, state.activity.parts if state else {})


@dataclass(frozen=True)
class Outline:
    """The lessons of the course, as they stand beside the one that is read."""

    reading: Reading

    @cached_property
    def fragment_key(self) -> tuple[Any, ...]:
        """All that its modules depend on: a version never changes, and what is done follows from what is finished."""
        reading = self.reading
        finished = reading.progress.finished if reading.progress else None
        return reading.version.uuid, reading.course.slug, reading.lesson.id, finished, self.percentage

    @property
    def percentage(self) -> int | None:
        return self.reading.progress.percentage if self.reading.progress else None

    @property
    def modules(self) -> list[OutlineModule]:
        reading = self.reading
        may_open = reading.enrolment is not None
        return outline_of(reading.course, reading.text, reading.progress, current=reading.lesson.id, may_open=may_open)


@dataclass(frozen=True)
class Trial:
    """A knowledge check of a sample lesson, to be answered where it is shown; nothing is kept."""

    lesson: LessonText
    address: str
    block: dict[str, Any]


def trial_of(course: Course) -> Trial | None:
    """The first check that anybody may answer. At most one query."""
    if not course.is_listed or course.current_version is None:
        return None
    samples = (lesson for lesson in content.lessons(course.current_version) if lesson.sample)
    for lesson in samples:
        checks = (block for block in static_blocks(course.current_version, lesson.id) if block["type"] == "check")
        for check in checks:
            blocks = Reading(course, lesson, None).blocks(only=check["id"])
            if blocks:
                return Trial(lesson, lesson_address(course.slug, lesson.module_slug, lesson.slug), blocks[0])
    return None


def show_words(block: dict[str, Any], data: Mapping[str, Any], parts: Mapping[str, str] = MappingProxyType({})) -> None:
    """Put what was written into a block, as its template shows it. `parts`: all that the block ever had, of its activity."""
    activity_type = written_type(block["type"])
    if activity_type is not None:
        block["value"] = activity_type.with_earlier(block["value"], parts)
        block.update(activity_type.shown(block["value"], data))
