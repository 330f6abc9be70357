"""Reads of workplace agreements. Every one starts from the learner they belong to."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from courses import content
from courses.models import Activity
from learning.models import Enrolment
from mail.queries import undelivered_of_open_links
from practice.diff import TextChange, compare
from practice.models import Agreement, AgreementRevision, AgreementState


def agreements_of(user: User) -> QuerySet[Agreement]:
    return Agreement.objects.filter(user=user)


def is_undelivered(revision: AgreementRevision) -> bool:
    """Whether the mail that asks for an answer never arrived."""
    return undelivered_of_open_links("agreement").filter(link__target_id=str(revision.pk)).exists()


def for_activity(enrolment: Enrolment, block_id: UUID | str) -> QuerySet[Agreement]:
    """What a learner wrote from one block of a lesson, latest first."""
    return Agreement.objects.filter(user=enrolment.user_id, enrolment=enrolment, activity__block_id=block_id)


@dataclass(frozen=True)
class Origin:
    """The lesson block somebody comes from."""

    enrolment: Enrolment
    activity: Activity
    title: str
    intro: str


def origin(user: User, enrolment_uuid: str, block_id: str) -> Origin | None:
    """None when the address names nothing of this learner's."""
    try:
        enrolment_id, block = UUID(enrolment_uuid), UUID(block_id)
    except ValueError:
        return None
    enrolment = (
        Enrolment.objects.select_related("course__current_version", "version").filter(uuid=enrolment_id, user=user).first()
    )
    activity = (
        Activity.objects.filter(course=enrolment.course_id, block_id=block, kind="agreement").first() if enrolment else None
    )
    if enrolment is None or activity is None:
        return None
    lesson_and_block = content.block(enrolment.course.current_version or enrolment.version, block)
    value = lesson_and_block[1].value if lesson_and_block else {}
    return Origin(enrolment, activity, value.get("title", ""), value.get("intro", ""))


@dataclass(frozen=True)
class Correction:
    label: str
    before: str
    after: str
    pieces: list[TextChange]


def corrections(revision: AgreementRevision) -> list[Correction]:
    """Both texts, as sent and in the other party's wording."""
    if revision.answer != AgreementState.CORRECTED:
        return []
    pairs = [
        (_("What they expect of me"), revision.they_expect, revision.corrected_they_expect),
        (_("What I expect of them"), revision.i_expect, revision.corrected_i_expect),
    ]
    return [Correction(label, before, after, compare(before, after)) for label, before, after in pairs]
