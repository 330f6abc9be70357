"""Who may open what."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from access.models import AccessGrant, CourseSet
from accounts.models import Organisation, User
from courses.models import Course


@transaction.atomic
def grant_access(
    *,
    user: User,
    course_set: CourseSet,
    source: str,
    source_key: str,
    organisation: Organisation | None = None,
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
def restore_access(*, source_key: str) -> int:
    """Undo `revoke_access` of a cause. Returns how many grants are in force again."""
    return AccessGrant.objects.filter(source_key=source_key).exclude(revoked_at=None).update(revoked_at=None)
