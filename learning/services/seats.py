"""Seats of people in cohorts: given to those who have none, and taken back by one rule wherever that is asked for."""

from django.db import transaction
from django.utils.translation import ngettext

from access.errors import SeatsExhausted
from access.models import Seat
from access.services.seats import assign_seats_to_locked, free_seat
from accounts.audit import record
from accounts.enums import AuditVerb
from accounts.models import Membership
from accounts.types import Actor
from learning.errors import SeatInUse, SeatsMissing
from learning.models import Cohort
from learning.queries import RELEASABLE_UP_TO, taken_on_seat, without_seat
from learning.services.cohorts import lock_current_cohort, seats_needed_until


@transaction.atomic
def release_seat(*, seat: Seat, actor: Actor) -> None:
    """Take a seat back. `SeatInUse` where its holder has taken more than a quarter of the course."""
    taken = taken_on_seat(seat)
    if taken > RELEASABLE_UP_TO:
        raise SeatInUse(taken)
    free_seat(seat=seat, actor=actor)


@transaction.atomic
def give_seats(*, cohort: Cohort, actor: Actor) -> int:
    """A seat for everybody in a cohort who has none. Returns how many were given.

    Or nobody gets one: `SeatsMissing`, `CohortArchived`.
    """
    cohort = lock_current_cohort(cohort)
    people = list(Membership.objects.lock(without_seat(cohort)))
    try:
        given = assign_seats_to_locked(people, cohort.organisation, cohort.course, until=seats_needed_until(cohort))
    except SeatsExhausted as error:
        raise SeatsMissing(cohort.course, error.missing) from None
    if given:
        summary = ngettext("Gave %(n)s person in “%(cohort)s” a seat", "Gave %(n)s people in “%(cohort)s” a seat", given)
        record(
            verb=AuditVerb.SEAT_ASSIGNED,
            summary=summary % {"n": f"{given:,}", "cohort": cohort.name[:200]},
            organisation=cohort.organisation,
            actor=actor,
            target=cohort,
            person=people[0] if len(people) == 1 else None,
            after={"count": given},
        )
    return given
