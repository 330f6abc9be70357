"""Reads of assessments that are taken by themselves: where somebody may take which, how often, and what they have taken."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.queries import may_open
from accounts.enums import MembershipState
from accounts.models import User
from assessments.enums import CountingRule, Delivery
from assessments.models import AssignedInstrument, Attempt, Instrument
from assessments.queries import Opening, opening_by_day
from courses.models import Activity
from learning.models import Enrolment

LESSON_KIND = "assessment"


@dataclass(frozen=True)
class Place:
    """Where somebody takes an instrument by itself: what was assigned, or the block of a lesson; with what they have taken."""

    enrolment: Enrolment
    instrument: Instrument
    assigned: AssignedInstrument | None = None
    block_id: UUID | None = None
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def terms(self) -> Instrument | AssignedInstrument:
        return self.assigned or self.instrument


def assigned_to(user: User) -> Iterable[AssignedInstrument]:
    """What cohorts of somebody were given, in organisations that they are active in. One query."""
    current = AssignedInstrument.objects.current().filter(
        cohort__archived_at=None,
        cohort__memberships__membership__user=user,
        cohort__memberships__membership__state=MembershipState.ACTIVE,
    )
    return current.select_related("cohort__course", "organisation", "instrument").order_by("closes_on", "pk")


def place_of_assigned(user: User, uuid: UUID) -> Place:
    """Raises Http404 where it is not theirs: whoever was taken out of the cohort keeps the results of what they took."""
    given = AssignedInstrument.objects.filter(
        uuid=uuid,
        cohort__memberships__membership__user=user,
        cohort__memberships__membership__state=MembershipState.ACTIVE,
    )
    assigned = given.select_related("cohort__course", "organisation", "instrument").first()
    if assigned is None:
        raise Http404
    enrolments = Enrolment.objects.filter(user=user, course=assigned.cohort.course_id, organisation=assigned.organisation_id)
    enrolment = enrolments.select_related("course", "organisation").first()
    if enrolment is None:
        raise Http404
    attempts = attempts_alone(enrolment, assigned.instrument, assigned, None)
    return Place(enrolment, assigned.instrument, assigned, None, attempts)


def place_in_lesson(user: User, enrolment_uuid: UUID, block_id: UUID) -> Place:
    """Raises Http404 where the course has no such block, or its assessment is none."""
    enrolments = Enrolment.objects.select_related("course", "organisation")
    enrolment = enrolments.filter(uuid=enrolment_uuid, user=user).first()
    activity = (
        Activity.objects.filter(course=enrolment.course_id, block_id=block_id, kind=LESSON_KIND).first() if enrolment else None
    )
    key = activity.value.get("assessment", "") if activity else ""
    instrument = Instrument.objects.filter(delivery=Delivery.ALONE, key=key).first()
    if enrolment is None or instrument is None:
        raise Http404
    return Place(enrolment, instrument, None, block_id, attempts_alone(enrolment, instrument, None, block_id))


def attempts_alone(
    enrolment: Enrolment, instrument: Instrument, assigned: AssignedInstrument | None, block_id: UUID | None
) -> list[Attempt]:
    """The sittings of one learner with what was assigned to them, or with the block of a lesson, in their order. One query."""
    attempts = Attempt.objects.filter(enrolment=enrolment, instrument=instrument, assigned=assigned, block_id=block_id)
    return list(attempts.select_related("instrument", "assigned").order_by("number"))


def counting_attempt(attempts: Sequence[Attempt], rule: str) -> Attempt | None:
    """Of several sittings the one that counts, of those that are submitted."""
    submitted = [attempt for attempt in attempts if attempt.submitted_at is not None]
    if not submitted:
        return None
    return submitted[0] if rule == CountingRule.FIRST else submitted[-1]


def opening_alone(
    enrolment: Enrolment, instrument: Instrument, assigned: AssignedInstrument | None, earlier: Sequence[Attempt]
) -> Opening:
    """Whether another sitting may be begun now. `earlier`: those that were, all of them submitted."""
    if not instrument.is_active:
        return Opening(_("This assessment is not offered any more."))
    if assigned is None and not may_open(enrolment.user, enrolment.course):
        return Opening(_("Your access to this course has ended, so you cannot start its assessment."))
    if assigned is not None and (assigned.withdrawn_at or assigned.cohort.is_archived):
        return Opening(_("Your organisation has withdrawn this assessment."))
    if len(earlier) >= instrument.attempts_allowed:
        words = ngettext(
            "You have taken this assessment. It can be taken once.",
            "You have taken this assessment %(n)s times, as often as it can be taken.",
            instrument.attempts_allowed,
        )
        return Opening(words % {"n": instrument.attempts_allowed})
    ended_at = earlier[-1].submitted_at if earlier else None
    again_at = ended_at + timedelta(days=instrument.wait_days) if ended_at else None
    if again_at is not None and again_at > timezone.now():
        moment = date_format(timezone.localtime(again_at), "DATETIME_FORMAT")
        return Opening(_("You can take this assessment again from %(moment)s on.") % {"moment": moment})
    return opening_by_day([assigned or instrument], enrolment)
