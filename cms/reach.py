"""What an act on a page of a course means for those who are on it, in words for its author: counts only."""

from dataclasses import dataclass
from enum import Enum

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.models import Page

from cms.models import CoursePage, LessonPage
from courses import content
from courses.models import Course
from learning.reach import Reach, count_waived, reach_of


class Act(Enum):
    PUBLISH = "publish"
    TAKE_BACK = "take back"
    MOVE = "move"


@dataclass(frozen=True)
class Effect:
    """`waived_things`: what had to be done, such as answering a check, and leaves the course; `waived_for`: for how many."""

    reach: Reach
    waived_things: int = 0
    waived_for: int = 0
    act: Act = Act.PUBLISH
    is_whole_course: bool = False

    @property
    def sentences(self) -> list[str]:
        if not self.reach.everybody:
            return [self.who]
        return [self.who, *self._what()]

    @property
    def who(self) -> str:
        if not self.reach.everybody:
            return _("Nobody is on this course yet.")
        people = ngettext("%(n)s person is on this course", "%(n)s people are on this course", self.reach.everybody)
        parts = [
            _("%(n)s half-way") % {"n": f"{self.reach.under_way:,}"},
            _("%(n)s finished") % {"n": f"{self.reach.finished:,}"},
            _("%(n)s not started") % {"n": f"{self.reach.not_started:,}"},
        ]
        return f"{people % {'n': f'{self.reach.everybody:,}'}}: {', '.join(parts)}."

    def _what(self) -> list[str]:
        if self.is_whole_course and self.act is Act.TAKE_BACK:
            return [_("They keep the course and their progress. Nobody new finds it.")]
        if not self.waived_things:
            return [_("Nothing that they have to do is taken away.")]
        things = ngettext(
            "%(n)s lesson or check that had to be done leaves the course.",
            "%(n)s lessons and checks that had to be done leave the course.",
            self.waived_things,
        )
        people = ngettext(
            "%(n)s half-way learner has not done all of that; it is waived.",
            "%(n)s half-way learners have not done all of that; it is waived for them.",
            self.waived_for,
        )
        if not self.waived_for:
            return [things % {"n": self.waived_things}, _("Everybody half-way has done that already.")]
        return [things % {"n": self.waived_things}, people % {"n": f"{self.waived_for:,}"}, _("Nobody loses progress.")]


def course_of(page: Page) -> Course | None:
    """The course that a page belongs to, once it has been published."""
    course_page = CoursePage.objects.ancestor_of(page, inclusive=True).first()
    if course_page is None:
        return None
    courses = Course.objects.filter(uuid=course_page.translation_key, current_version__isnull=False)
    return courses.select_related("current_version").first()


def effect_of_taking_back(page: Page) -> Effect | None:
    """Of unpublishing or deleting a page; None outside courses that learners know."""
    course = course_of(page)
    if course is None:
        return None
    if page.specific_class is CoursePage:
        return Effect(_reach(course), act=Act.TAKE_BACK, is_whole_course=True)
    return _effect(course, _required_in(course, page), Act.TAKE_BACK)


def effect_of_moving(page: Page, destination: Page) -> Effect | None:
    """Within its course nothing is lost; in another one a lesson is a new lesson."""
    course = course_of(page)
    if course is None:
        return None
    if course_of(destination) == course:
        return Effect(_reach(course), act=Act.MOVE)
    return _effect(course, _required_in(course, page), Act.MOVE)


def effect_of_publishing(page: Page) -> Effect | None:
    """Of publishing the newest draft of a page."""
    return effect_of_publishing_as(page.get_latest_revision_as_object())


def effect_of_publishing_as(draft: Page) -> Effect | None:
    """Of publishing a page as it stands here, stored or not."""
    course = course_of(draft)
    if course is None:
        return None
    gone = _given_up(course, draft) if isinstance(draft, LessonPage) else set()
    return _effect(course, gone, Act.PUBLISH)


def effect_of_publishing_all(course_page: CoursePage, drafts: list[Page]) -> Effect | None:
    course = course_of(course_page)
    if course is None:
        return None
    lessons = [page.get_latest_revision_as_object() for page in drafts if isinstance(page, LessonPage)]
    gone = {activity for draft in lessons for activity in _given_up(course, draft)}
    return _effect(course, gone, Act.PUBLISH)


def _effect(course: Course, gone: set[str], act: Act) -> Effect:
    return Effect(_reach(course), len(gone), count_waived(course, gone) if gone else 0, act)


def _reach(course: Course) -> Reach:
    return reach_of([course]).get(course.pk, Reach())


def _required_in(course: Course, page: Page) -> set[str]:
    """What the newest version requires of the lessons under a page."""
    lessons = LessonPage.objects.descendant_of(page, inclusive=True).filter(lesson__isnull=False)
    identities = {str(uuid) for uuid in lessons.values_list("lesson__uuid", flat=True)}
    version = course.current_version
    return {item["activity"] for item in version.requirements if item["lesson"] in identities} if version else set()


def _given_up(course: Course, draft: LessonPage) -> set[str]:
    """Checks that are published in the lesson and that its draft does not have any more."""
    version = course.current_version
    if version is None or draft.lesson is None:
        return set()
    published = content.lesson(version, draft.lesson.uuid)
    if published is None:
        return set()
    kept = {(child.block_type, child.id) for child in draft.body}
    return {block.id for block in published.required_blocks if (block.type, block.id) not in kept}
