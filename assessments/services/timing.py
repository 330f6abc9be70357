"""Time of sittings: what ends them when nobody does, and what gives more of it. Time is given and never taken away."""

from collections.abc import Iterable

from celery import shared_task
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.enums import AuditVerb
from accounts.models import Membership, User
from accounts.types import Actor
from assessments.errors import InvalidSettings
from assessments.models import GRACE, MOST_EXTRA, Attempt, ExtraTime
from assessments.queries import end_of_sitting
from assessments.services.attempts import submit_attempt
from common import sweeps


@shared_task(name="assessments.submit_overdue")
def submit_overdue() -> None:
    """Every minute: sittings whose time ran out and whose learner has not come back. Repeating it submits nothing twice."""
    late = Attempt.objects.unfinished().filter(due_at__lt=timezone.now() - GRACE).order_by("due_at", "pk")
    sweeps.each(list(late), _submit, name="Sittings whose time is up")


def _submit(attempt: Attempt) -> int:
    submit_attempt(attempt=attempt)
    return 1


def prolong(attempts: Iterable[int]) -> None:
    """Work out anew when these unfinished attempts end. Nobody's end comes nearer by it."""
    for pk in attempts:
        _prolong(pk)


@transaction.atomic
def _prolong(pk: int) -> None:
    locked = Attempt.objects.select_for_update(of=("self",), no_key=True).filter(pk=pk, submitted_at=None)
    attempt = locked.select_related("instrument", "assigned", "enrolment__organisation").first()
    if attempt is None or attempt.due_at is None:
        return
    end = end_of_sitting(attempt.terms, attempt.enrolment, began_at=attempt.created_at)
    if end is None or end > attempt.due_at:
        attempt.due_at = end
        attempt.save(update_fields=["due_at", "updated_at"])


def give_extra_time(*, membership: Membership, percent: int, actor: Actor) -> None:
    """Of a member, in the courses that the organisation gave them, from now on and in sittings under way; 0 takes it back.

    Raises InvalidSettings. The log says that it was changed, not to what: how much tells something about a person.
    """
    _refuse_percent(percent)
    with transaction.atomic():
        Membership.objects.lock([membership])
        _keep(percent, ExtraTime.objects.filter(membership=membership), ExtraTime(membership=membership))
        record(
            verb=AuditVerb.PERSON_CHANGED,
            summary="Changed the extra time in assessments",
            organisation=membership.organisation,
            actor=actor,
            target=membership,
        )
    if membership.user_id:
        _prolong_those_of(membership.user_id, enrolment__organisation=membership.organisation_id)


def give_extra_time_alone(*, user: User, percent: int) -> None:
    """The same for what somebody takes by themselves, by an operator."""
    _refuse_percent(percent)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        _keep(percent, ExtraTime.objects.filter(user=user), ExtraTime(user=user))
    _prolong_those_of(user.pk, enrolment__organisation=None)


def _prolong_those_of(user_id: int, **of_enrolment: int | None) -> None:
    prolong(list(Attempt.objects.unfinished().filter(user=user_id, **of_enrolment).values_list("pk", flat=True)))


def _refuse_percent(percent: int) -> None:
    if not 0 <= percent <= MOST_EXTRA:
        raise InvalidSettings(_("Extra time is between 0 and %(most)s per cent.") % {"most": MOST_EXTRA})


def _keep(percent: int, known: QuerySet[ExtraTime], new: ExtraTime) -> None:
    if not percent:
        known.delete()
        return
    extra = known.first() or new
    extra.percent = percent
    extra.save()
