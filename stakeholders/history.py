"""Who was where, and who looked after whom, when: from files of history, and for teams from dated rosters as well."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Max, Min, Q, QuerySet

from accounts.models import Organisation
from common.spelling import plain
from imports.models import RowChange
from stakeholders.models import (
    CustomerPeriod,
    CustomerStint,
    EmploymentStint,
    PersonPeriod,
    StakeholderTeam,
)
from stakeholders.windows import windows_of

MAX_MOVERS = 0.05
"""Share of people who changed teams from which on a rollout is analysed by the team at the first offer alone."""


ENOUGH_KNOWN = 0.8
"""Share of those there at the first offer whose team of then has to be known."""


@dataclass(frozen=True)
class Period:
    """From its first to its last day; `last` is `date.max` where it goes on. `owner` is a person_id, of customers only."""

    first: date
    last: date
    team: str
    owner: str = ""


class Periods:
    """The periods of one person or customer in the order of time; where two overlap, the later one counts."""

    def __init__(self, periods: Iterable[Period]) -> None:
        ordered = sorted(periods, key=lambda period: period.first)
        ends = [min(one.last, after.first - timedelta(days=1)) for one, after in pairwise(ordered)]
        ends += [one.last for one in ordered[-1:]]
        self.periods = [
            Period(one.first, last, one.team, one.owner) for one, last in zip(ordered, ends, strict=True) if last >= one.first
        ]
        self._firsts = [period.first for period in self.periods]

    def __iter__(self) -> Iterator[Period]:
        return iter(self.periods)

    def at(self, day: date) -> Period | None:
        """The period that holds the day, None in a gap and outside."""
        position = bisect_right(self._firsts, day) - 1
        period = self.periods[position] if position >= 0 else None
        return period if period and day <= period.last else None


def person_periods(organisation: Organisation) -> dict[str, Periods]:
    """By person_id; empty without a file of history."""
    rows = PersonPeriod.objects.filter(organisation=organisation).values_list("person_id", "from_date", "to_date", "team")
    return _by_unit((unit, Period(first, last or date.max, team)) for unit, first, last, team in rows.iterator())


def customer_periods(organisation: Organisation) -> dict[str, Periods]:
    """By customer_id; empty without a file of history."""
    names = ("customer_id", "from_date", "to_date", "team", "owner_person_id")
    rows = CustomerPeriod.objects.filter(organisation=organisation).values_list(*names)
    return _by_unit((unit, Period(first, last or date.max, team, owner)) for unit, first, last, team, owner in rows.iterator())


def owners_within(periods: Iterable[Period], start: date, end: date | None) -> list[Period]:
    """The periods within a stint in which somebody is named, in the order of time.

    Whoever begins on the day of the end has taken over somebody who was leaving: that is no part of the stint.
    """
    named = (period for period in periods if period.owner or period.team)
    return [period for period in named if period.last >= start and (period.first <= start or end is None or period.first < end)]


@dataclass(frozen=True)
class OwnersOverTime:
    """Of customers (ids): how many have a history, how many of them were with people and teams in the data alone, and how many
    stand in a history and in no file of customers.
    """

    with_history: int
    known: int
    in_no_file: int


def owners_over_time(
    organisation: Organisation, rows: QuerySet[Any], people: Collection[str], teams: Collection[str]
) -> OwnersOverTime | None:
    """Whether the owners of the time of `rows` (stints of customers) are among `people` (person_ids) and `teams`.

    By `owners_within`, as a question judges them, but whenever they looked after the customer: up to when it was exposed is a
    matter of who completed. None without a history.
    """
    periods = customer_periods(organisation)
    if not periods:
        return None
    with_history, unknown = set(), set()
    for customer, start, end in rows.values_list("customer_id", "start_date", "end_date").iterator():
        owned = owners_within(periods[customer], start, end) if customer in periods else []
        if owned:
            with_history.add(customer)
        if any(period.owner not in people if period.owner else plain(period.team) not in teams for period in owned):
            unknown.add(customer)
    in_files = set(CustomerStint.objects.filter(organisation=organisation).values_list("customer_id", flat=True))
    return OwnersOverTime(len(with_history), len(with_history - unknown), len(periods.keys() - in_files))


def _by_unit(rows: Iterable[tuple[str, Period]]) -> dict[str, Periods]:
    found: dict[str, list[Period]] = {}
    for unit, period in rows:
        found.setdefault(unit, []).append(period)
    return {unit: Periods(periods) for unit, periods in found.items()}


# Rosters --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Roster:
    """A file of everybody that says until when it knows them: who was in which team on that day."""

    import_id: int
    day: date


def rosters_over(organisation: Organisation, first: date, last: date) -> tuple[Roster, Roster] | None:
    """The last roster up to the day of the first offer, and the latest of all where it is not before the last offer."""
    whole = [window for window in windows_of(organisation, "people") if window.is_whole]
    dated = sorted((Roster(window.import_id, window.last) for window in whole if window.last), key=lambda roster: roster.day)
    before = [roster for roster in dated if roster.day <= first]
    after = [roster for roster in dated if roster.day >= last and roster.day > first]
    return (before[-1], after[-1]) if before and after else None


def offers_of(organisation: Organisation) -> tuple[date, date] | None:
    """The days of the first and of the last offer of training to a team; None where no team was offered any."""
    found = StakeholderTeam.objects.filter(organisation=organisation).aggregate(first=Min("offered_on"), last=Max("offered_on"))
    return (found["first"], found["last"]) if found["first"] else None


def knows_teams_over_time(organisation: Organisation) -> bool:
    """Whether something says in which team nearly all people were when training was offered, and later."""
    has_history = PersonPeriod.objects.filter(organisation=organisation).exists()
    offers = offers_of(organisation)
    if offers is None or not (has_history or rosters_over(organisation, *offers)):
        return has_history
    return teams_at_first_offer(organisation).share >= ENOUGH_KNOWN


@dataclass(frozen=True)
class KnownTeams:
    """Of `people` who were there on the day of the first offer, of how many something says in which team they were then."""

    known: int
    people: int

    @property
    def share(self) -> float:
        return self.known / self.people if self.people else 1.0


def teams_at_first_offer(organisation: Organisation) -> KnownTeams:
    """By the history, else by the last roster up to that day: the team of the people file is that of today."""
    offers = offers_of(organisation)
    if offers is None:
        return KnownTeams(0, 0)
    periods, rosters = person_periods(organisation), rosters_over(organisation, *offers)
    on_roster = _teams_in(organisation, rosters[0]) if rosters else {}
    known, people = 0, 0
    for row_id, person_id, _exit in _there_on(organisation, offers[0]):
        own = periods.get(person_id)
        people += 1
        known += row_id in on_roster or (own is not None and own.at(offers[0]) is not None)
    return KnownTeams(known, people)


def _teams_in(organisation: Organisation, roster: Roster) -> dict[int, str]:
    """The team of each row after that roster was applied, by row: as it is now, less what later files changed."""
    people = EmploymentStint.objects.filter(organisation=organisation)
    teams = dict(people.values_list("pk", "team"))
    order = [window.import_id for window in windows_of(organisation, "people")]
    later = order[order.index(roster.import_id) + 1 :]
    came_later = set(people.filter(source__in=later).values_list("pk", flat=True))
    for import_id in reversed(later):
        changes = RowChange.objects.filter(organisation=organisation, staged_import=import_id)
        for row_id, previous in changes.values_list("row_id", "previous").iterator():
            if row_id in teams and "team" in previous:
                teams[row_id] = previous["team"]
    return {row_id: team for row_id, team in teams.items() if row_id not in came_later}


def teams_on_first_roster(organisation: Organisation) -> dict[str, str] | None:
    """By person_id the team on the last roster up to the first offer; None where no two rosters cover the offers."""
    offers = offers_of(organisation)
    rosters = rosters_over(organisation, *offers) if offers else None
    if rosters is None:
        return None
    of_rows = _teams_in(organisation, rosters[0])
    people = dict(EmploymentStint.objects.filter(organisation=organisation).values_list("pk", "person_id"))
    return {people[row_id]: team for row_id, team in of_rows.items() if team}


def offered_on(organisation: Organisation) -> dict[str, date | None]:
    """By team the day on which it was offered the training; None for one that was not, as far as the files say."""
    return dict(StakeholderTeam.objects.filter(organisation=organisation).values_list("team", "offered_on"))


# Movers ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Movers:
    """Of `people` who were in a known team at the first offer, how many were in another one later."""

    moved: int
    people: int

    @property
    def share(self) -> float:
        return self.moved / self.people if self.people else 0.0


def movers(organisation: Organisation) -> Movers | None:
    """Who changed teams between the first offer and the end; None where nothing says so.

    By the files of history where there are any, otherwise by the two rosters that cover the offers. The end of somebody is
    their exit, else the last day that is known.
    """
    offers = offers_of(organisation)
    if offers is None:
        return None
    periods = person_periods(organisation)
    if periods:
        return _movers_by_history(organisation, periods, offers[0])
    rosters = rosters_over(organisation, *offers)
    return _movers_by_rosters(organisation, rosters, offers[0]) if rosters else None


def is_by_first_team_only(found: Movers) -> bool:
    """Whether a rollout may be analysed by the team at the first offer alone: more than 1 in 20 have changed teams since.

    Counting people in the team of the day would then take those who moved because of the training, or away from it, for its
    effect; the team at the first offer is as it was before anybody knew (decision 0044).
    """
    return found.share > MAX_MOVERS


def _there_on(organisation: Organisation, day: date) -> Iterator[tuple[int, str, date | None]]:
    rows = EmploymentStint.objects.filter(organisation=organisation, hire_date__lte=day)
    there = rows.filter(Q(exit_date__isnull=True) | Q(exit_date__gt=day))
    yield from there.values_list("pk", "person_id", "exit_date").iterator()


def _movers_by_history(organisation: Organisation, periods: Mapping[str, Periods], first: date) -> Movers:
    moved, people = 0, 0
    for _row_id, person_id, exit_date in _there_on(organisation, first):
        own = periods.get(person_id)
        begun = own.at(first) if own else None
        if own is None or begun is None or not begun.team:
            continue
        people += 1
        later = (period.team for period in own if first < period.first <= (exit_date or date.max))
        moved += any(team not in ("", begun.team) for team in later)
    return Movers(moved, people)


def _movers_by_rosters(organisation: Organisation, rosters: Sequence[Roster], first: date) -> Movers:
    before, after = (_teams_in(organisation, roster) for roster in rosters)
    there = [row_id for row_id, _person_id, _exit in _there_on(organisation, first) if before.get(row_id)]
    return Movers(sum(after.get(row_id) not in ("", None, before[row_id]) for row_id in there), len(there))
