"""What is sold: the set that each course has of its own."""

from collections.abc import Iterator
from itertools import count

from django.db import transaction

from access.models import CourseSet
from courses.models import Course


@transaction.atomic
def ensure_own_set(*, course: Course) -> CourseSet:
    """The set under which `course` is sold by itself; it has the title of the course and, unless that is taken, its slug.

    The caller has locked the course. A bundle or the catalogue that has the slug keeps it.
    """
    course_set = CourseSet.objects.filter(own_course=course).first() or CourseSet(own_course=course)
    wanted = (_free_slug(course_set, course.slug), course.title)
    if (course_set.slug, course_set.title) != wanted:
        course_set.slug, course_set.title = wanted
        course_set.save()
    course_set.courses.add(course)
    return course_set


def _free_slug(course_set: CourseSet, slug: str) -> str:
    others = CourseSet.objects.exclude(pk=course_set.pk)
    return next(candidate for candidate in _candidates(slug) if not others.filter(slug=candidate).exists())


def _candidates(slug: str) -> Iterator[str]:
    """Shortened where the ending would not fit into the column."""
    yield slug
    yield f"{slug[:90]}-course"
    yield from (f"{slug[:85]}-course-{number}" for number in count(2))
