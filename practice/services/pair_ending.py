"""How a pair ends, whoever ends it: once, with what follows for both."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, time, timedelta

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.queries import zone_of
from common import sweeps
from learning.errors import ActivityGone
from learning.services import finish_activity
from practice.models import Pair, PairCall, PairEnding, PairSeat, PairState, PairVolunteer, SeatSide
from practice.queries import pairs as queries
from practice.scoring.bargaining import TAKING_ROUNDS
from practice.services import pair_mails
from practice.talks import pair_talk_of
from skills import services as skill_services
from skills.enums import EvidenceKind

WAITS_ALONE = timedelta(days=3)
LAST_MINUTE = time(23, 59)


def lock_pair(pk: int) -> Pair:
    """With its seats and turns as they are now."""
    pairs = Pair.objects.select_for_update(of=("self",)).select_related("call__simulation__skill", "version")
    return pairs.defer("version__case").get(pk=pk)


def seats_of(pair: Pair) -> dict[str, PairSeat]:
    return {seat.side: seat for seat in pair.seats.select_related("user")}


def deadline_of(user: User | None, days: int, now: datetime) -> datetime:
    """The end of a day by the clock of whoever has to act: nobody's time is up in the middle of their night."""
    local = now.astimezone(zone_of(user)) if user is not None else now
    return datetime.combine(local.date() + timedelta(days=days), LAST_MINUTE, local.tzinfo)


def end_pair(pair: Pair, ending: PairEnding, by: str = "") -> None:
    """Call it under the lock on the pair. Whoever did not end it is told; who finished is practice evidence for both."""
    if pair.state == PairState.ENDED:
        return
    was_running = pair.state == PairState.RUNNING
    pair.state, pair.ending, pair.ended_by, pair.ended_at = PairState.ENDED, ending, by, timezone.now()
    pair.save(update_fields=["state", "ending", "ended_by", "ended_at", "updated_at"])
    seats = seats_of(pair)
    _release(pair, seats)
    for side, seat in seats.items():
        is_own = side == by and ending not in (PairEnding.EXPIRED, PairEnding.LEFT)
        if not is_own and (was_running or seat.agreed_at is not None):
            pair_mails.tell_over(pair, seat, seats[SeatSide(side).opposite])
    if ending.is_finished:
        took_part = _who_took_part(pair, seats)
        _record_evidence(pair, took_part)
        _finish_lessons(pair, took_part)


def _release(pair: Pair, seats: dict[str, PairSeat]) -> None:
    """Who has finished has done it, and who broke off says yes again if they like; the other goes on looking."""
    done = [seat.user_id for side, seat in seats.items() if pair.is_finished or (side == pair.ended_by and _broke_off(pair))]
    volunteers = PairVolunteer.objects.filter(call=pair.call, withdrawn_at=None)
    volunteers.filter(user__in=[user for user in done if user is not None]).update(
        withdrawn_at=pair.ended_at, updated_at=pair.ended_at
    )
    others = [seat.user_id for seat in seats.values() if seat.user_id is not None and seat.user_id not in done]
    volunteers.filter(user__in=others).update(told_alone_at=None, updated_at=pair.ended_at)


def _broke_off(pair: Pair) -> bool:
    return pair.ending in (PairEnding.STOPPED, PairEnding.EXPIRED, PairEnding.LEFT)


def _who_took_part(pair: Pair, seats: dict[str, PairSeat]) -> list[PairSeat]:
    """Whoever has said or offered something, or accepted, and still has an account."""
    sides = set(pair.turns.filter(kind__in=[*TAKING_ROUNDS, "accept"]).values_list("side", flat=True))
    return [seat for side, seat in sorted(seats.items()) if side in sides and seat.user is not None]


def _record_evidence(pair: Pair, took_part: Sequence[PairSeat]) -> None:
    """Dated, beside the level and never in it."""
    simulation = pair.call.simulation
    if simulation.skill is None or pair.ended_at is None:
        return
    for seat in took_part:
        if seat.user is not None:
            skill_services.record_evidence(
                user=seat.user,
                skill=simulation.skill,
                kind=EvidenceKind.PRACTICE,
                source=f"pair:{seat.uuid}",
                label=simulation.title,
                occurred_at=pair.ended_at,
            )


def _finish_lessons(pair: Pair, took_part: Sequence[PairSeat]) -> None:
    """Blocks of lessons that may be done with a partner: each once, whatever finished it first."""
    users = [seat.user_id for seat in took_part if seat.user_id is not None]
    for enrolment, activity in queries.activities_for(pair, users):
        with suppress(ActivityGone):
            finish_activity(enrolment=enrolment, block_id=activity.block_id)


# What happens without them -----------------------------------------------------------------------------------------------


def settle_locked(pair: Pair, now: datetime) -> bool:
    """Under the lock: end what has nobody to go on with, or has waited too long. Whether it ended."""
    if pair.state == PairState.ENDED:
        return False
    seats = seats_of(pair)
    there = queries.in_cohort(pair.call.cohort_id, [seat.user_id for seat in seats.values() if seat.user_id is not None])
    for side, seat in seats.items():
        if seat.user_id not in there:
            end_pair(pair, PairEnding.LEFT, side)
            return True
    if now < pair.due_at:
        return False
    if pair.state == PairState.PROPOSED:
        silent = [side for side, seat in seats.items() if seat.agreed_at is None]
        end_pair(pair, PairEnding.DECLINED, silent[0] if len(silent) == 1 else "")
    else:
        end_pair(pair, PairEnding.EXPIRED, pair_talk_of(pair, "you").bargain.on_move or "")
    return True


@transaction.atomic
def settle(pair: Pair) -> bool:
    return settle_locked(lock_pair(pair.pk), timezone.now())


@shared_task(name="practice.settle_pairs")
def settle_pairs() -> None:
    """Hourly: pairs whose time is up or whose people are gone, and who has waited for a partner for days. Safe to repeat."""
    now = timezone.now()
    due = Pair.objects.exclude(state=PairState.ENDED).select_related("call").prefetch_related("seats").order_by("pk")
    sweeps.each([pair for pair in due if _may_be_over(pair, now)], settle, name="Live pairs")
    calls = PairCall.objects.filter(closed_at=None, cohort__archived_at=None).order_by("pk")
    sweeps.each(calls, tell_who_waits, name="People without a partner")


def _may_be_over(pair: Pair, now: datetime) -> bool:
    """Most need no lock: two are there and in time."""
    users = [seat.user_id for seat in pair.seats.all()]
    people = {user for user in users if user is not None}
    return now >= pair.due_at or len(people) < 2 or queries.in_cohort(pair.call.cohort_id, people) != people


@transaction.atomic
def tell_who_waits(call: PairCall) -> int:
    """Whoever has waited for days hears that nobody is left, once."""
    locked = PairCall.objects.select_for_update(of=("self",)).select_related("simulation").get(pk=call.pk)
    long_ago = timezone.now() - WAITS_ALONE
    waiting = [volunteer for volunteer in queries.waiting_in(locked) if volunteer.updated_at < long_ago]
    return sum(pair_mails.tell_alone(locked, volunteer) for volunteer in waiting)
