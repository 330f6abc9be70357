"""An organisation gives an assessment to a cohort, changes its days and minutes, and takes it back."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.enums import AuditVerb
from accounts.types import Actor
from assessments.enums import Delivery
from assessments.errors import AlreadyAssigned, InvalidSettings
from assessments.item_rules.model import MOST_MINUTES
from assessments.models import AssignedInstrument, Attempt, Instrument
from assessments.services.timing import prolong
from learning.models import Cohort
from learning.services.cohorts import lock_current_cohort


@dataclass(frozen=True)
class AssignedSettings:
    """Days are those of the organisation; `time_limit` in minutes, to which each learner's extra time is added."""

    opens_on: date | None = None
    closes_on: date | None = None
    time_limit: int | None = None
    sends_mail: bool = True

    def refuse_unfit(self) -> None:
        """Raises InvalidSettings."""
        if self.opens_on and self.closes_on and self.closes_on < self.opens_on:
            raise InvalidSettings(_("The last day comes before the first. Change one of the two."))
        if self.time_limit is not None and not 1 <= self.time_limit <= MOST_MINUTES:
            raise InvalidSettings(_("A time limit is between 1 and %(most)s minutes.") % {"most": MOST_MINUTES})


@transaction.atomic
def assign_instrument(
    *, cohort: Cohort, instrument: Instrument, settings: AssignedSettings, actor: Actor
) -> AssignedInstrument:
    """Everybody in the cohort may take it, whoever joins later too.

    Raises InvalidSettings, AlreadyAssigned where the cohort has it, `CohortArchived` where it is.
    """
    settings.refuse_unfit()
    locked = lock_current_cohort(cohort)
    if not instrument.is_active or instrument.delivery != Delivery.ALONE:
        raise InvalidSettings(_("This assessment is not offered any more. Choose another one."))
    if AssignedInstrument.objects.current().filter(cohort=locked, instrument=instrument).exists():
        raise AlreadyAssigned(_("“%(cohort)s” has this assessment already. Change its days instead.") % {"cohort": locked.name})
    assigned = AssignedInstrument.objects.create(
        organisation=locked.organisation,
        cohort=locked,
        instrument=instrument,
        opens_on=settings.opens_on,
        closes_on=settings.closes_on,
        time_limit=settings.time_limit,
        sends_mail=settings.sends_mail,
    )
    _record(assigned, _("Gave the assessment “%(assessment)s” to “%(cohort)s”"), actor)
    return assigned


def change_assigned(*, assigned: AssignedInstrument, settings: AssignedSettings, actor: Actor) -> None:
    """Sittings under way get more time by it and never less. Raises InvalidSettings, `CohortArchived`."""
    settings.refuse_unfit()
    with transaction.atomic():
        locked = _lock(assigned)
        locked.opens_on, locked.closes_on = settings.opens_on, settings.closes_on
        locked.time_limit, locked.sends_mail = settings.time_limit, settings.sends_mail
        locked.save(update_fields=["opens_on", "closes_on", "time_limit", "sends_mail", "updated_at"])
        _record(locked, _("Changed the assessment “%(assessment)s” of “%(cohort)s”"), actor)
    waiting = Attempt.objects.unfinished().filter(assigned=assigned, due_at__isnull=False)
    prolong(list(waiting.values_list("pk", flat=True)))


@transaction.atomic
def withdraw_assigned(*, assigned: AssignedInstrument, actor: Actor) -> None:
    """Nobody begins it any more; whoever has begun may finish, and results stay with their learners. Again changes nothing."""
    locked = _lock(assigned)
    if locked.withdrawn_at is not None:
        return
    locked.withdrawn_at = assigned.withdrawn_at = timezone.now()
    locked.save(update_fields=["withdrawn_at", "updated_at"])
    _record(locked, _("Withdrew the assessment “%(assessment)s” from “%(cohort)s”"), actor)


def _lock(assigned: AssignedInstrument) -> AssignedInstrument:
    cohort = lock_current_cohort(assigned.cohort)
    rows = AssignedInstrument.objects.select_for_update(of=("self",), no_key=True)
    locked = rows.select_related("instrument", "organisation").get(pk=assigned.pk)
    locked.cohort = cohort
    return locked


def _record(assigned: AssignedInstrument, summary: str, actor: Actor) -> None:
    record(
        verb=AuditVerb.COHORT_CHANGED,
        summary=summary % {"assessment": assigned.instrument.title[:80], "cohort": assigned.cohort.name[:80]},
        organisation=assigned.organisation,
        actor=actor,
        target=assigned.cohort,
        after={
            "assessment": assigned.instrument.key,
            "opens_on": str(assigned.opens_on or ""),
            "closes_on": str(assigned.closes_on or ""),
        },
    )
