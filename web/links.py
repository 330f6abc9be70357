"""Where a learner goes on."""

from functools import lru_cache

from django.urls import reverse

from learning.models import Enrolment
from learning.queries import Progress


@lru_cache(maxsize=5000)  # every page of a lesson names all lessons of its course
def lesson_address(course: str, module: str, lesson: str) -> str:
    """Where a lesson is read, from the three slugs."""
    return reverse("courses:lesson", args=[course, module, lesson])


def resume_address(enrolment: Enrolment, progress: Progress) -> str:
    """The lesson to go on with, at the block where they were; the first lesson of a finished course."""
    lesson = progress.next_lesson
    if lesson is None:
        return ""
    address = lesson_address(enrolment.course.slug, lesson.module_slug, lesson.slug)
    was_here = enrolment.last_lesson is not None and str(enrolment.last_lesson.uuid) == lesson.id
    return f"{address}#b-{enrolment.last_block_id}" if was_here and enrolment.last_block_id else address
