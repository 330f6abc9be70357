"""Reads of live pairs. A learner sees their own, and who else has said yes; whoever runs the cohort sees who has finished."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.enums import MembershipState
from accounts.models import Organisation, User
from courses.models import Activity
from learning.models import Cohort, CohortMembership, Enrolment
from practice.models import (
    Pair,
    PairCall,
    PairEnding,
    PairReport,
    PairSeat,
    PairState,
    PairTurn,
    PairVolunteer,
    SeatSide,
    Simulation,
    SimulationKind,
)
from practice.scoring.bargaining import TAKING_ROUNDS, Bargain, Side

IN_COHORT = {"membership__state": MembershipState.ACTIVE, "membership__user__is_active": True}
SHOWN_PAIRS = 20


def in_cohort(cohort: Cohort | int, users: Collection[int]) -> set[int]:
    """Of these people, those who are active members of the cohort now. One query."""
    found = CohortMembership.objects.filter(cohort=cohort, membership__user__in=users, **IN_COHORT)
    return {user for user in found.values_list("membership__user", flat=True) if user is not None}


def calls_for(user: User) -> QuerySet[PairCall]:
    """Open calls of the cohorts that somebody belongs to, with whether they have said yes."""
    places = CohortMembership.objects.filter(cohort=OuterRef("cohort"), membership__user=user, **IN_COHORT)
    said_yes = PairVolunteer.objects.filter(call=OuterRef("pk"), user=user, withdrawn_at=None)
    calls = PairCall.objects.filter(Exists(places), closed_at=None, cohort__archived_at=None, simulation__is_listed=True)
    calls = calls.annotate(has_said_yes=Exists(said_yes)).defer("simulation__current_version__case")
    return calls.select_related("cohort", "organisation", "simulation__current_version")


def has_any(user: User) -> bool:
    """Whether there is anything in pairs for somebody: a cohort that was asked, or what they negotiated. One query or two."""
    return calls_for(user).exists() or PairSeat.objects.filter(user=user).exists()


def call_known_to(user: User, uuid: UUID) -> PairCall | None:
    """An open call of theirs, else a closed one in which they have been."""
    open_one = calls_for(user).filter(uuid=uuid).first()
    own = PairCall.objects.filter(Q(volunteers__user=user) | Q(pairs__seats__user=user), uuid=uuid).distinct()
    return open_one or own.select_related("cohort", "organisation", "simulation__current_version").first()


def pairs_of(user: User) -> QuerySet[Pair]:
    """The pairs of one person, newest first, with both seats and all turns."""
    pairs = Pair.objects.filter(seats__user=user).select_related("call__cohort", "call__simulation", "version", "organisation")
    return pairs.defer("version__case").prefetch_related("seats__user", "turns").order_by("-pk")


@dataclass(frozen=True)
class PairWaiting:
    """A pair in which something is up to its reader: a yes or a no to `partner`, or a turn."""

    pair: Pair
    partner: User | None
    needs_answer: bool


def waiting_for(user: User, now: datetime) -> list[PairWaiting]:
    """What is up to somebody in their pairs and can still be done, by when it is due. Four queries at most, no case."""
    open_ones = pairs_of(user).exclude(state=PairState.ENDED).filter(due_at__gt=now).order_by("due_at", "pk")
    found = []
    for pair in open_ones:
        seats = {seat.user_id: seat for seat in pair.seats.all()}
        own = seats[user.pk]
        needs_answer = pair.state == PairState.PROPOSED and own.agreed_at is None
        if needs_answer or (pair.state == PairState.RUNNING and side_on_move(pair) == own.side):
            other = next((seat.user for seat in seats.values() if seat.pk != own.pk), None)
            found.append(PairWaiting(pair, other, needs_answer))
    return found


def side_on_move(pair: Pair) -> str:
    """Whose turn it is in a pair that is under way, from the turns that are prefetched."""
    begins: Side = "you" if pair.begins == "you" else "them"
    return Bargain(begins, rounds=0, n_turns=sum(turn.kind in TAKING_ROUNDS for turn in pair.turns.all())).on_move or ""


# In lessons --------------------------------------------------------------------------------------------------------------

LESSON_KIND = "simulation"


def calls_in(keys: Collection[str], enrolment: int) -> dict[str, PairCall]:
    """By key of a case the open call of a cohort that the learner of an enrolment belongs to, in its organisation."""
    places = CohortMembership.objects.filter(cohort=OuterRef("cohort"), membership__user__enrolments=enrolment, **IN_COHORT)
    calls = PairCall.objects.filter(
        Exists(places),
        organisation__enrolments=enrolment,
        closed_at=None,
        cohort__archived_at=None,
        simulation__key__in=keys,
        simulation__is_listed=True,
    )
    return {call.simulation.key: call for call in calls.select_related("simulation").order_by("pk")}


def activities_for(pair: Pair, users: Collection[int]) -> list[tuple[Enrolment, Activity]]:
    """Blocks of lessons that lead to the case of a pair and may be done with a partner, of what these people learn for the
    organisation of the pair; by enrolment. Two queries.
    """
    enrolments = Enrolment.objects.filter(user__in=users, organisation=pair.organisation_id).select_related("course")
    leading = Activity.objects.filter(kind=LESSON_KIND, value__simulation=pair.call.simulation.key, value__with_partner=True)
    by_course: dict[int, list[Activity]] = {}
    for activity in leading.filter(course__enrolments__in=enrolments).distinct().order_by("pk"):
        by_course.setdefault(activity.course_id, []).append(activity)
    of_courses = enrolments.filter(course__in=by_course).order_by("pk")
    return [(enrolment, activity) for enrolment in of_courses for activity in by_course[enrolment.course_id]]


def open_pairs(call: PairCall) -> QuerySet[Pair]:
    return Pair.objects.filter(call=call).exclude(state=PairState.ENDED)


def waiting_in(call: PairCall) -> list[PairVolunteer]:
    """Who has said yes, is still in the cohort and has no partner; whoever was left alone before comes first. Two queries."""
    paired = PairSeat.objects.filter(pair__call=call, user=OuterRef("user")).exclude(pair__state=PairState.ENDED)
    found = list(
        PairVolunteer.objects.filter(~Exists(paired), call=call, withdrawn_at=None)
        .select_related("user")
        .order_by("told_alone_at", "created_at", "pk")
    )
    there = in_cohort(call.cohort_id, [volunteer.user_id for volunteer in found])
    found = [volunteer for volunteer in found if volunteer.user_id in there]
    return sorted(found, key=lambda volunteer: volunteer.told_alone_at is None)


def met_in(call: PairCall) -> set[frozenset[int]]:
    """Who has been proposed to whom in this call already. One query."""
    met: dict[int, set[int]] = {}
    for pair, user in PairSeat.objects.filter(pair__call=call, user__isnull=False).values_list("pair", "user"):
        met.setdefault(pair, set()).add(user or 0)
    return {frozenset(both) for both in met.values() if len(both) == 2}


def turned_down_with(call: PairCall, user: User) -> set[int]:
    """With whom somebody was proposed in this call and it did not begin, by whichever of both. One query."""
    shared = PairSeat.objects.filter(pair__call=call, pair__ending=PairEnding.DECLINED, pair__seats__user=user)
    return {other for other in shared.exclude(user=user).values_list("user", flat=True) if other is not None}


def sides_played(simulation: Simulation | int, users: Collection[int]) -> dict[int, tuple[int, int]]:
    """How often each has begun this case on either side (`you`, `them`). One query."""
    seats = PairSeat.objects.filter(
        user__in=users, pair__version__simulation=simulation, pair__started_at__isnull=False
    ).values_list("user", "side")
    found = {user: [0, 0] for user in users}
    for user, side in seats:
        found[user or 0][side == "them"] += 1
    return {user: (counts[0], counts[1]) for user, counts in found.items()}


# What a facilitator sees ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PairRow:
    """Names, and how far they are. How it ended is theirs: `is_finished` is all that is said of a deal, or of none."""

    names: tuple[str, ...]
    state: str
    is_finished: bool
    n_agreed: int
    since: datetime | None


@dataclass(frozen=True)
class ReportSeen:
    """A report with the names of both; `turn` is the one message that it is about."""

    uuid: UUID
    by_name: str
    about_name: str
    turn: PairTurn | None
    words: str
    created_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True)
class CallSeen:
    call: PairCall
    waiting: list[PairVolunteer]
    rows: list[PairRow]
    reports: list[ReportSeen]

    @property
    def n_finished(self) -> int:
        return sum(row.is_finished for row in self.rows)

    @property
    def is_odd(self) -> bool:
        return len(self.waiting) % 2 == 1


def calls_of(cohort: Cohort, viewer: User) -> list[CallSeen]:
    """All calls of a cohort, the newest first: never a message, a sheet, an offer or what came of it."""
    seats = PairSeat.objects.select_related("user").order_by("pk")
    pairs = Pair.objects.only("call", "state", "ending", "started_at", "ended_at", "created_at").order_by("pk")
    calls = PairCall.objects.filter(cohort=cohort).select_related("simulation")
    found = calls.prefetch_related(Prefetch("pairs", pairs.prefetch_related(Prefetch("seats", seats.defer("notes")))))
    return [
        CallSeen(
            call,
            [] if call.closed_at else waiting_in(call),
            [_row(pair) for pair in call.pairs.all() if pair.ending != PairEnding.DECLINED],
            [_report(report) for report in reports_for(viewer, cohort.organisation).filter(pair__call=call)],
        )
        for call in found
    ]


def _report(report: PairReport) -> ReportSeen:
    names = {seat.side: seat.user.display_name if seat.user else "" for seat in report.pair.seats.all()}
    return ReportSeen(
        report.uuid,
        names.get(report.side, ""),
        names.get(SeatSide(report.side).opposite, ""),
        report.turn,
        report.words,
        report.created_at,
        report.settled_at,
    )


def _row(pair: Pair) -> PairRow:
    seats = list(pair.seats.all())
    return PairRow(
        tuple(seat.user.display_name if seat.user else "" for seat in seats),
        pair.state,
        pair.is_finished,
        sum(seat.agreed_at is not None for seat in seats),
        pair.ended_at or pair.started_at or pair.created_at,
    )


def reports_for(viewer: User, organisation: Organisation) -> QuerySet[PairReport]:
    """Those of an organisation, without any that are about a pair in which whoever reads them has a seat."""
    own = PairSeat.objects.filter(pair=OuterRef("pair"), user=viewer)
    reports = PairReport.objects.filter(~Exists(own), organisation=organisation).select_related("turn", "pair")
    return reports.prefetch_related(Prefetch("pair__seats", PairSeat.objects.select_related("user").defer("notes")))


def unsettled_reports(viewer: User, organisation: Organisation) -> QuerySet[PairReport]:
    """Those that nobody has seen to, without what belongs to them."""
    return reports_for(viewer, organisation).prefetch_related(None).filter(settled_at=None)


def pairable() -> QuerySet[Simulation]:
    """Negotiations that are played; whether a case has a second sheet stands in its version."""
    found = Simulation.objects.filter(kind=SimulationKind.NEGOTIATION, is_listed=True, current_version__isnull=False)
    return found.select_related("current_version")


def seat_words(user: User, seats: Iterable[UUID]) -> dict[UUID, str]:
    """What the negotiations in which somebody had these seats say, beside their level. One query."""
    deal, none = _("a negotiation with a colleague, with a deal"), _("a negotiation with a colleague, without a deal")
    own = PairSeat.objects.filter(user=user, uuid__in=list(seats)).select_related("pair")
    return {seat.uuid: deal if seat.pair.ending == PairEnding.DEAL else none for seat in own}


def seat_addresses(user: User, seats: Iterable[UUID]) -> dict[UUID, str]:
    """The pages of the negotiations in which somebody had these seats. One query."""
    own = PairSeat.objects.filter(user=user, uuid__in=list(seats)).select_related("pair")
    return {seat.uuid: seat.pair.get_absolute_url() for seat in own}
