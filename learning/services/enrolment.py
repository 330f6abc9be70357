"""Who is on which course."""

from django.db import transaction
from django.utils import timezone

from access.enums import GrantSource
from access.models import AccessGrant, CourseSet
from access.queries import may_open, was_given
from access.services.grants import free_grant_key, grant_access
from accounts.models import Organisation, User
from courses.models import Course, CourseVersion
from learning.errors import CourseClosed, CourseNotFree, CourseNotPublished, CourseStillGiven
from learning.models import Cohort, Enrolment
from learning.rules import can_put_away


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
    if not course.is_listed and not Enrolment.objects.filter(user=user, course=course).exists():
        raise CourseClosed(course)
    enrolment = enrol(user=user, course=course)
    course_set = CourseSet.objects.get(own_course=course)
    grant_access(user=user, course_set=course_set, source=GrantSource.FREE, source_key=free_grant_key(course))
    return enrolment


def put_away(*, enrolment: Enrolment) -> None:
    """Out of sight of its learner, with everything they did and wrote in it. Opening a lesson of it takes it up again.

    Raises CourseStillGiven where an organisation gives them the course and still does.
    """
    if not can_put_away(enrolment, is_open=may_open(enrolment.user, enrolment.course)):
        raise CourseStillGiven(enrolment)
    Enrolment.objects.filter(pk=enrolment.pk, put_away_at=None).update(put_away_at=timezone.now(), updated_at=timezone.now())


def take_up(*, enrolment: Enrolment) -> None:
    """Back among the courses of its learner."""
    Enrolment.objects.filter(pk=enrolment.pk).update(put_away_at=None, updated_at=timezone.now())


@transaction.atomic
def begin(*, user: User, course: Course) -> Enrolment | None:
    """The enrolment of somebody whose grants open `course`, made now if there is none; None when nothing opens it.

    A course that is not open for enrolment still begins for those to whom it was given before.
    """
    if not (course.is_listed or was_given(user, course)):
        return None
    grant = AccessGrant.objects.filter(user=user).in_force().covering(course).order_by("-organisation_id", "pk").first()
    return enrol(user=user, course=course, organisation=grant.organisation) if grant else None
