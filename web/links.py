"""Where a learner goes on."""

from functools import lru_cache

from django.urls import reverse
from django.utils.translation import gettext as _

from access import queries as access_queries
from accounts.models import User
from assessments.sheets import ASSUMED_QUESTIONS, minutes_for
from courses import queries as course_queries
from courses.models import Course
from learning.kinds import NextAct
from learning.models import Enrolment
from learning.queries import Progress


@lru_cache(maxsize=5000)  # every page of a lesson names all lessons of its course
def lesson_address(course: str, module: str, lesson: str) -> str:
    """Where a lesson is read, from the three slugs."""
    return reverse("courses:lesson", args=[course, module, lesson])


def minutes_left(progress: Progress) -> int:
    """To the end of the course: what is left of its lessons, and the assessment after it."""
    return progress.minutes_left + (minutes_for(ASSUMED_QUESTIONS) if progress.needs_after_assessment else 0)


def resume_address(enrolment: Enrolment, progress: Progress) -> str:
    """The lesson to go on with, at the block where they were, or at the check that is open in one they called finished."""
    lesson = progress.next_lesson
    if lesson is None:
        return ""
    address = lesson_address(enrolment.course.slug, lesson.module_slug, lesson.slug)
    if lesson.id in progress.finished:
        return f"{address}#b-{progress.open_checks(lesson)[0]}"
    was_here = enrolment.last_lesson is not None and str(enrolment.last_lesson.uuid) == lesson.id
    return f"{address}#b-{enrolment.last_block_id}" if was_here and enrolment.last_block_id else address


def course_to_begin(user: User) -> Course | None:
    """One that is open to them and not begun; else something of the catalogue, whole before previews, free before paid."""
    taken = Enrolment.objects.filter(user=user).values("course")
    given = access_queries.courses_given_to(user).exclude(pk__in=taken).first()
    return given or course_queries.catalogue().exclude(pk__in=taken).order_by("-is_whole", "-is_free", "title").first()


def next_course(enrolment: Enrolment) -> NextAct | None:
    """What to learn after a course that is completed."""
    course = course_to_begin(enrolment.user)
    if course is None:
        return None
    return NextAct(
        title=_("Take the next course: %(course)s") % {"course": course},
        words=course.summary,
        label=_("View the course"),
        address=course.get_absolute_url(),
    )
