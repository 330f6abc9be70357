"""Who is on which course."""

from django.db import transaction

from access.enums import GrantSource
from access.models import AccessGrant, CourseSet
from access.services.grants import free_grant_key, grant_access
from accounts.models import Organisation, User
from courses.models import Course, CourseVersion
from learning.errors import CourseNotFree, CourseNotPublished
from learning.models import Cohort, Enrolment


def version_to_start(course: Course) -> CourseVersion:
    if course.current_version is None:
        raise CourseNotPublished(course)
    return course.current_version


@transaction.atomic
def enrol(*, user: User, course: Course, organisation: Organisation | None = None, cohort: Cohort | None = None) -> Enrolment:
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


@transaction.atomic
def start_free(*, user: User, course: Course) -> Enrolment:
    """Let somebody into a free course, on their own account."""
    if not course.is_free:
        raise CourseNotFree(course)
    enrolment = enrol(user=user, course=course)
    course_set = CourseSet.objects.get(own_course=course)
    grant_access(user=user, course_set=course_set, source=GrantSource.FREE, source_key=free_grant_key(course))
    return enrolment


@transaction.atomic
def begin(*, user: User, course: Course) -> Enrolment | None:
    """The enrolment of somebody whose grants open `course`, made now if there is none; None when nothing opens it."""
    grant = AccessGrant.objects.filter(user=user).in_force().covering(course).order_by("-organisation_id", "pk").first()
    return enrol(user=user, course=course, organisation=grant.organisation) if grant else None
