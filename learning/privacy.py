"""What learning holds of a person: words they wrote in lessons, certificates, details that an import has replaced."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Membership, User
from accounts.privacy import PrivacyPart
from accounts.services.people import DETAILS
from courses import content
from courses.activity_types import WrittenType, activity_types
from imports.models import RowChange
from learning.enrolling import KIND as ENROLMENTS
from learning.models import ActivityState, Certificate
from learning.services.certificates import revoke_certificates_of


def _written_states(user: User) -> Iterator[tuple[ActivityState, WrittenType]]:
    states = ActivityState.objects.filter(enrolment__user=user).exclude(data={})
    for state in states.select_related("activity", "enrolment__course__current_version").order_by("pk"):
        activity_type = activity_types.get(state.activity.kind)
        if isinstance(activity_type, WrittenType):
            yield state, activity_type


def export_words(user: User) -> Iterator[dict[str, Any]]:
    """What somebody wrote, with the words that were asked, as far as the block is still in the course."""
    for state, activity_type in _written_states(user):
        course = state.enrolment.course
        lesson_and_block = content.block(course.current_version, state.activity.block_id) if course.current_version else None
        yield {
            "course": course.title,
            "lesson": lesson_and_block[0].title if lesson_and_block else "",
            "activity": str(activity_type.label),
            "lines": [
                list(line)
                for line in activity_type.state_lines(lesson_and_block[1].value if lesson_and_block else {}, state.data)
            ],
            "data": state.data,
            "written_at": state.updated_at.isoformat(),
        }


def erase_words(user: User) -> int:
    count = 0
    for state, activity_type in _written_states(user):
        state.data, state.revision = activity_type.erased(state.data), state.revision + 1
        state.save(update_fields=["data", "revision", "updated_at"])
        count += 1
    return count


def export_certificates(user: User) -> Iterator[dict[str, Any]]:
    for certificate in Certificate.objects.filter(enrolment__user=user).order_by("pk"):
        yield {
            "number": str(certificate.uuid),
            "name": certificate.name,
            "course": certificate.course_title,
            "completed_on": certificate.completed_on.isoformat(),
            "revoked_at": timezone.localtime(certificate.revoked_at).isoformat() if certificate.revoked_at else None,
        }


def erase_certificates(user: User) -> int:
    return revoke_certificates_of(user=user)


def _import_changes_of(user: User) -> QuerySet[RowChange]:
    """What imports of people did with this person: the details that they replaced."""
    own = Membership.objects.filter(user=user).values("pk")
    return RowChange.objects.filter(staged_import__kind=ENROLMENTS, row_id__in=own).order_by("pk")


def export_import_changes(user: User) -> Iterator[dict[str, Any]]:
    for change in _import_changes_of(user).select_related("staged_import", "organisation"):
        imported_at = change.staged_import.applied_at
        yield {
            "organisation": change.organisation.name,
            "imported_at": timezone.localtime(imported_at).isoformat() if imported_at else None,
            "details": {name: change.previous[name] for name in DETAILS if name in change.previous},
        }


def erase_import_changes(user: User) -> int:
    return _import_changes_of(user).delete()[0]


PARTS = (
    PrivacyPart("words in lessons", export_words, erase_words),
    PrivacyPart("certificates", export_certificates, erase_certificates),
    PrivacyPart("details replaced by imports", export_import_changes, erase_import_changes),
)
