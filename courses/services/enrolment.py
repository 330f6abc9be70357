"""Who is on which course."""

from typing import Any

from django.db import transaction

from courses.errors import CourseNotPublished
from courses.models import Cohort, Course, CourseVersion, Enrolment


def version_to_start(course: Course) -> CourseVersion:
    if course.current_version is None:
        raise CourseNotPublished(course)
    return course.current_version


@transaction.atomic
def enrol(*, user: Any, course: Course, organisation: Any = None, cohort: Cohort | None = None) -> Enrolment:
    """One enrolment per person, course and organisation, pinned to the requirements of today's version."""
    enrolment, created = Enrolment.objects.get_or_create(
        user=user,
        course=course,
        organisation=organisation,
        defaults={"version": version_to_start(course), "cohort": cohort},
    )
    if cohort and not created and enrolment.cohort_id != cohort.pk and enrolment.completed_at is None:
        enrolment.cohort = cohort
        enrolment.save(update_fields=["cohort", "updated_at"])
    return enrolment
