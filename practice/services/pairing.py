"""Who negotiates with whom: a cohort is asked, people say yes, two are proposed to one another, and both say yes again."""

import random
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.enums import AuditVerb
from accounts.models import User
from accounts.types import Actor
from learning.models import Cohort
from practice.errors import PairRefused
from practice.models import (
    Pair,
    PairCall,
    PairEnding,
    PairReport,
    PairSeat,
    PairState,
    PairVolunteer,
    Simulation,
)
from practice.models.pairs import MAX_DAYS, MIN_DAYS
from practice.queries import pairs as queries
from practice.scoring.bargaining import sides_for
from practice.services import pair_mails
from practice.services.pair_ending import deadline_of, end_pair, lock_pair, seats_of, settle_locked
from practice.talks import can_be_paired

DAYS_TO_AGREE = 7
TRIES = 50


# What a facilitator does -------------------------------------------------------------------------------------------------


@transaction.atomic
def open_call(
    *, cohort: Cohort, simulation: Simulation, actor: User, days_per_turn: int, people_choose: bool = True
) -> PairCall:
    """Let the people of a cohort negotiate a case in pairs. Repeating it gives the call that is open.

    Raises `PairRefused` for an archived cohort, and for a case that two cannot play.
    """
    locked = Cohort.objects.select_for_update(of=("self",)).get(pk=cohort.pk)
    if locked.is_archived:
        raise PairRefused(_("This cohort is archived. Restore it first."))
    version = simulation.current_version
    if version is None or not simulation.is_listed or not can_be_paired(version):
        raise PairRefused(_("Two people cannot play this case with one another. Choose another one."))
    if not MIN_DAYS <= days_per_turn <= MAX_DAYS:
        raise PairRefused(_("Give everybody %(least)s to %(most)s days for a turn.") % {"least": MIN_DAYS, "most": MAX_DAYS})
    call, is_new = PairCall.objects.get_or_create(
        cohort=locked,
        simulation=simulation,
        closed_at=None,
        defaults={
            "organisation_id": locked.organisation_id,
            "opened_by": actor,
            "days_per_turn": days_per_turn,
            "people_choose": people_choose,
        },
    )
    if is_new:
        _note(call, actor, _("Let the cohort “%(name)s” negotiate in pairs"), pairs="asked")
    return call


@transaction.atomic
def close_call(*, call: PairCall, actor: Actor) -> PairCall:
    """Nobody joins any more, and whoever still waits is told. Those under way go on to their end. Safe to repeat."""
    locked = _locked_call(call.pk)
    if locked.closed_at is not None:
        return locked
    waiting = queries.waiting_in(locked)
    locked.closed_at = timezone.now()
    locked.save(update_fields=["closed_at", "updated_at"])
    for pair in queries.open_pairs(locked).filter(state=PairState.PROPOSED).order_by("pk"):
        end_pair(lock_pair(pair.pk), PairEnding.DECLINED)
    for volunteer in waiting:
        pair_mails.tell_alone(locked, volunteer)
    _note(locked, actor, _("No more pairs are made in the cohort “%(name)s”"), pairs="closed")
    return locked


@transaction.atomic
def pair_everybody(*, call: PairCall, actor: Actor) -> tuple[int, int]:
    """Propose pairs of all who wait, by lot; how many pairs, and how many are left. Whoever is left is told."""
    locked = _locked_call(call.pk)
    _require_open(locked)
    waiting = queries.waiting_in(locked)
    by_user = {volunteer.user_id: volunteer for volunteer in waiting}
    lot = random.Random(secrets.randbits(64))  # noqa: S311 - draws partners, guards nothing
    couples, alone = matched([volunteer.user_id for volunteer in waiting], queries.met_in(locked), lot)
    for first, second in couples:
        _propose(locked, by_user[first].user, by_user[second].user)
    for user in alone:
        pair_mails.tell_alone(locked, by_user[user])
    _note(locked, actor, _("Proposed pairs in the cohort “%(name)s”"), pairs_proposed=len(couples), left=len(alone))
    return len(couples), len(alone)


def matched(
    people: Sequence[int], met: Collection[frozenset[int]], lot: random.Random
) -> tuple[list[tuple[int, int]], list[int]]:
    """Pairs of people who have not met, as many as a number of draws finds, and who is left.

    `people`: whoever stands first is matched first, so that nobody is left twice while others find somebody.
    """
    best: tuple[list[tuple[int, int]], list[int]] = ([], list(people))
    for _draw in range(TRIES):
        found = _draw_pairs(people, met, lot)
        if len(found[0]) > len(best[0]):
            best = found
        if len(best[1]) < 2:
            break
    return best


def _draw_pairs(
    people: Sequence[int], met: Collection[frozenset[int]], lot: random.Random
) -> tuple[list[tuple[int, int]], list[int]]:
    left, couples, alone = list(people), [], []
    while left:
        person = left.pop(0)
        others = [other for other in left if frozenset((person, other)) not in met]
        if not others:
            alone.append(person)
            continue
        partner = lot.choice(others)
        left.remove(partner)
        couples.append((person, partner))
    return couples, alone


@transaction.atomic
def propose(*, call: PairCall, first: UUID, second: UUID, actor: Actor) -> Pair:
    """Two who wait, named by what they said yes with, to one another. Both are asked. Raises `PairRefused`."""
    locked = _locked_call(call.pk)
    _require_open(locked)
    by_uuid = {volunteer.uuid: volunteer.user for volunteer in queries.waiting_in(locked)}
    if first == second or not {first, second} <= by_uuid.keys():
        raise PairRefused(_("Choose two people who have said yes and have no partner. Below is who that is now."))
    _note(locked, actor, _("Proposed pairs in the cohort “%(name)s”"), pairs_proposed=1)
    return _propose(locked, by_uuid[first], by_uuid[second])


@transaction.atomic
def settle_report(*, report: PairReport, actor: User) -> PairReport:
    """Somebody who runs the cohort has seen to it. Repeating it keeps the first day."""
    locked = PairReport.objects.select_for_update(of=("self",)).select_related("pair__call__cohort").get(pk=report.pk)
    if locked.settled_at is None:
        locked.settled_at, locked.settled_by = timezone.now(), actor
        locked.save(update_fields=["settled_at", "settled_by", "updated_at"])
        _note(locked.pair.call, actor, _("Saw to a report about a pair in the cohort “%(name)s”"), report="settled")
    return locked


def _note(call: PairCall, actor: Actor, summary: str, **after: object) -> None:
    """In the record of the organisation: what was done with the cohort, and nobody's name."""
    record(
        verb=AuditVerb.COHORT_CHANGED,
        summary=summary % {"name": call.cohort.name[:200]},
        organisation=call.organisation,
        actor=actor,
        target=call.cohort,
        after=after,
    )


# What learners do --------------------------------------------------------------------------------------------------------


@transaction.atomic
def join(*, call: PairCall, user: User) -> PairVolunteer:
    """Say yes to negotiating with somebody of the cohort. Safe to repeat. Raises `PairRefused`."""
    locked = _locked_call(call.pk)
    _require_open(locked)
    if user.pk not in queries.in_cohort(locked.cohort_id, [user.pk]):
        raise PairRefused(_("This is for the people of a cohort that you do not belong to any more."))
    volunteer, is_new = PairVolunteer.objects.get_or_create(call=locked, user=user)
    if not is_new and volunteer.withdrawn_at is not None:
        volunteer.withdrawn_at = volunteer.told_alone_at = None
        volunteer.save(update_fields=["withdrawn_at", "told_alone_at", "updated_at"])
    return volunteer


@transaction.atomic
def withdraw(*, call: PairCall, user: User) -> None:
    """Not any more. Safe to repeat. Raises `PairRefused` for somebody who has a partner: that is for both to end."""
    locked = _locked_call(call.pk)
    if queries.open_pairs(locked).filter(seats__user=user).exists():
        raise PairRefused(_("You have a partner already. Answer there, or stop the negotiation there."))
    PairVolunteer.objects.filter(call=locked, user=user, withdrawn_at=None).update(
        withdrawn_at=timezone.now(), updated_at=timezone.now()
    )


@transaction.atomic
def ask_partner(*, call: PairCall, user: User, partner: UUID, shows_sheet: bool) -> Pair:
    """Ask one of those who wait. Raises `PairRefused` where they have found somebody meanwhile."""
    locked = _locked_call(call.pk)
    _require_open(locked)
    if not locked.people_choose:
        raise PairRefused(_("In this cohort, pairs are made by whoever runs it."))
    waiting = {volunteer.uuid: volunteer.user for volunteer in queries.waiting_in(locked)}
    if user not in waiting.values():
        raise PairRefused(_("Say yes first; and you can ask only while you have no partner."))
    if partner not in waiting or waiting[partner] == user:
        raise PairRefused(_("They have found a partner meanwhile, or do not look for one any more. Ask somebody else."))
    if waiting[partner].pk in queries.turned_down_with(locked, user):
        raise PairRefused(_("That was proposed already and did not begin. Ask somebody else, or wait for a pair to be made."))
    pair = _propose(locked, user, waiting[partner], asked_by=user)
    seat = pair.seats.get(user=user)
    seat.agreed_at, seat.shows_sheet = timezone.now(), shows_sheet
    seat.save(update_fields=["agreed_at", "shows_sheet", "updated_at"])
    return pair


@transaction.atomic
def answer(*, user: User, uuid: UUID, says_yes: bool, shows_sheet: bool = False) -> Pair:
    """Say yes or no to a partner. With the second yes it begins. Safe to repeat. Raises `PairRefused` where it is too late."""
    pair, seat, other = locked_pair_of(user, uuid)
    settle_locked(pair, timezone.now())
    if pair.state == PairState.ENDED:
        raise PairRefused(_("This is over already: see below."))
    if pair.state == PairState.RUNNING:
        if says_yes:
            return pair
        raise PairRefused(_("You have both said yes, and it has begun. You can stop it on this page."))
    if not says_yes:
        end_pair(pair, PairEnding.DECLINED, seat.side)
        return pair
    if seat.agreed_at is None:  # a second yes, from an older page, does not change what was chosen with the first
        seat.agreed_at, seat.shows_sheet = timezone.now(), shows_sheet
        seat.save(update_fields=["agreed_at", "shows_sheet", "updated_at"])
    if other.agreed_at is not None:
        _begin(pair, user)
    return pair


def _begin(pair: Pair, acting: User) -> None:
    """Whoever has the first turn hears of it, unless it is who has just said yes and sees it on the page."""
    seats, now = seats_of(pair), timezone.now()
    first = seats[pair.begins]
    pair.state, pair.started_at, pair.due_at = PairState.RUNNING, now, deadline_of(first.user, pair.days_per_turn, now)
    pair.save(update_fields=["state", "started_at", "due_at", "updated_at"])
    if first.user_id != acting.pk:
        pair_mails.tell_turn(pair, first, seats["them" if pair.begins == "you" else "you"], 0)


# Both --------------------------------------------------------------------------------------------------------------------


def _locked_call(pk: int) -> PairCall:
    """Who waits and who has a partner is counted under this lock."""
    calls = PairCall.objects.select_for_update(of=("self",)).select_related("cohort", "simulation__current_version")
    return calls.get(pk=pk)


def _require_open(call: PairCall) -> None:
    if call.closed_at is not None or call.cohort.is_archived:
        raise PairRefused(_("No new pairs are made here any more."))


def locked_pair_of(user: User, uuid: UUID) -> tuple[Pair, PairSeat, PairSeat]:
    """The pair, their own seat and the other. Raises `Pair.DoesNotExist` for anybody else's."""
    pair = lock_pair(Pair.objects.values_list("pk", flat=True).get(uuid=uuid, seats__user=user))
    seats = seats_of(pair)
    own = next((seat for seat in seats.values() if seat.user_id == user.pk), None)
    if own is None:
        raise Pair.DoesNotExist
    return pair, own, seats["them" if own.side == "you" else "you"]


def _propose(call: PairCall, first: User, second: User, asked_by: User | None = None) -> Pair:
    """Sides by what each has played before, then by lot; who begins by lot alone. Under the lock on the call."""
    version = call.simulation.current_version
    if version is None or not can_be_paired(version):
        raise PairRefused(_("Two people cannot play this case with one another any more."))
    played = queries.sides_played(call.simulation_id, [first.pk, second.pk])
    sides = sides_for((played[first.pk], played[second.pk]), secrets.randbelow(2))
    now = timezone.now()
    pair = Pair.objects.create(
        organisation_id=call.organisation_id,
        call=call,
        version=version,
        begins=secrets.choice(["you", "them"]),
        days_per_turn=call.days_per_turn,
        due_at=_later(first, second, now),
    )
    places = zip((first, second), sides, strict=True)
    seats = [PairSeat.objects.create(pair=pair, user=user, side=side) for user, side in places]
    for seat, other in (seats, reversed(seats)):
        if seat.user != asked_by:
            pair_mails.ask_to_agree(pair, seat, other)
    PairVolunteer.objects.filter(call=call, user__in=[first, second]).update(told_alone_at=None, updated_at=now)
    return pair


def _later(first: User, second: User, now: datetime) -> datetime:
    return max(deadline_of(user, DAYS_TO_AGREE, now) for user in (first, second))
