"""Who may open what."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from courses.enums import GrantSource
from courses.errors import CourseNotFree
from courses.models import AccessGrant, Course, CourseSet, Enrolment
from courses.services.enrolment import enrol


@transaction.atomic
def grant_access(
    *,
    user: Any,
    course_set: CourseSet,
    source: str,
    source_key: str,
    organisation: Any = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> AccessGrant:
    """One grant per person and cause, however often it is asked for. A revoked grant stays revoked."""
    defaults = {
        "course_set": course_set,
        "source": source,
        "organisation": organisation,
        "starts_at": starts_at or timezone.now(),
        "ends_at": ends_at,
    }
    return AccessGrant.objects.get_or_create(user=user, source_key=source_key, defaults=defaults)[0]


@transaction.atomic
def revoke_access(*, source_key: str) -> int:
    """End every grant of a cause; progress stays. Returns how many grants ended."""
    return AccessGrant.objects.filter(source_key=source_key, revoked_at=None).update(revoked_at=timezone.now())


def free_grant_key(course: Course) -> str:
    return f"course:{course.key}"


@transaction.atomic
def start_free(*, user: Any, course: Course) -> Enrolment:
    """Let somebody into a free course, on their own account."""
    if not course.is_free:
        raise CourseNotFree(course)
    enrolment = enrol(user=user, course=course)
    course_set = CourseSet.objects.get(slug=course.slug)
    grant_access(user=user, course_set=course_set, source=GrantSource.FREE, source_key=free_grant_key(course))
    return enrolment


@transaction.atomic
def begin(*, user: Any, course: Course) -> Enrolment | None:
    """The enrolment of somebody whose grants open `course`, made now if there is none; None when nothing opens it."""
    grant = AccessGrant.objects.filter(user=user).in_force().covering(course).order_by("-organisation_id", "pk").first()
    return enrol(user=user, course=course, organisation=grant.organisation) if grant else None
