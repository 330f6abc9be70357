"""Answers whether teams that were offered a training changed: exits of employees by team and three calendar months.

What the offer was is in the files, and nobody's completion is asked about. Decision 0056.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from typing import NamedTuple

import numpy as np
import pandas as pd
from django.utils import timezone

from accounts.models import Organisation
from common.small_counts import SMALL
from common.spelling import plain
from outcomes.analysis.at_stake import objects_of
from outcomes.analysis.gaps import in_fives, look_at_gaps
from outcomes.analysis.history import in_one_spelling
from outcomes.analysis.loading.loaded import Loaded
from outcomes.analysis.loading.people import load_people
from outcomes.analysis.offered_teams import (
    look_at_missing_teams,
    offers_of_teams,
    spellings,
    why_none,
    without_people,
)
from outcomes.evidence import engine, limits
from outcomes.evidence.arrays import NO_DAY, Bools, Dates, Ints
from outcomes.evidence.observation import look_at_exit_kinds, look_at_window, refuse_unobserved
from outcomes.evidence.question import Question
from outcomes.evidence.result import Counts, Members, Notice, Provenance, Result
from outcomes.evidence.rollouts import estimation
from outcomes.evidence.rollouts.panel import NEVER, Stays, TeamMonths, tabulate, team_of_first_offer
from outcomes.evidence.rollouts.words import WARNINGS
from outcomes.evidence.units import Units
from outcomes.evidence.words.notices import REFUSALS
from outcomes.evidence.words.terms import POPULATION
from outcomes.evidence.words.writing import FEWER_THAN_TEN, in_words
from stakeholders.history import (
    Period,
    is_by_first_team_only,
    movers,
    person_periods,
    teams_at_first_offer,
    teams_on_first_roster,
)

DAY = timedelta(days=1)
SPAN = 3
"""Months in a period: rates of one month make an offer after a bad month look like a cure (decision 0056)."""

NEARLY_ALL = 0.9
"""Share of people whose teams have to be under observation in a month for the month to count."""


@dataclass(frozen=True)
class RolloutAnswer:
    """`rollout` is None where it was refused."""

    result: Result
    rollout: estimation.Rollout | None = None


def answer(organisation: Organisation, question: Question, loaded: Loaded, *, code: str) -> RolloutAnswer:
    """The exact result of a rollout question; what may be read of it is decided by `computing`."""
    offers = offers_of_teams(organisation, question)
    found = _answered(organisation, question, loaded, offers, code=code)
    return replace(found, result=replace(found.result, provenance=_with_offers(found.result.provenance, offers)))


def _with_offers(provenance: Provenance, offers: Mapping[str, date | None]) -> Provenance:
    """What was offered when decides the answer as much as the rows do, and the library as much as ours."""
    hashed = [provenance.data_digest, *(f"{team}\x1f{day or ''}" for team, day in sorted(offers.items()))]
    digest = sha256("\x1e".join(hashed).encode()).hexdigest()
    return replace(provenance, data_digest=digest, libraries=provenance.libraries | {"diff-diff": version("diff-diff")})


def _answered(
    organisation: Organisation, question: Question, loaded: Loaded, offers: Mapping[str, date | None], *, code: str
) -> RolloutAnswer:
    units, day = loaded.units, question.as_of or timezone.localdate()
    answered = partial(_result, loaded, code)
    whole = load(organisation, ()) if question.teams else loaded
    refusals, warned, warned_last = _look_at_data(question, whole, day, organisation.today)
    if refusals:
        return RolloutAnswer(answered(question, refusals, warned))
    placed = _placed(organisation, loaded, question, day, offers)
    if not question.teams and any(offers.values()):
        refusals, without_team = _without_team(placed, len(units))
        if refusals:
            return RolloutAnswer(answered(question, refusals, warned))
        warned = [*without_team, *warned]
    warned = [*_teams_of_then(organisation), *warned]
    people_in = frozenset(team for team in placed.stays.team if team)
    compared, absent = _with_teams_of_people(offers, placed, question)
    seen = _seen(placed, units, compared, day)
    panel = _panel(placed, compared, seen)
    if panel is None or seen is None:
        refusal = why_none(organisation, question, offers, people_in, _last(seen, day))
        return RolloutAnswer(answered(question, [refusal], warned))
    counts, members = _counted(panel, placed, units)
    refusals = estimation.refuse(panel)
    if not len(panel.waves):
        refusals = [why_none(organisation, question, offers, people_in, panel.last)]
    if (counts.events or 0) < limits.MIN_EVENTS:
        refusals.append(_too_few_events())
    question = replace(question, population=_population(question, panel))
    warned = [*without_people(offers, people_in), *_of_teams(panel, placed, seen, absent, offers.keys() - people_in), *warned]
    found = refusals[0] if refusals else estimation.estimate(panel)
    if isinstance(found, Notice):
        return RolloutAnswer(replace(answered(question, refusals or [found], warned), counts=counts, members=members))
    result = replace(
        answered(question, [], [*found.warnings, *warned, *warned_last]),
        grade=found.grade,
        counts=counts,
        estimates=found.estimates,
        event_study=found.event_study,
        diagnostics=found.diagnostics,
        members=members,
    )
    return RolloutAnswer(result, found)


def _look_at_data(question: Question, whole: Loaded, day: date, today: date) -> tuple[list[Notice], list[Notice], list[Notice]]:
    """Refusals, warnings, and warnings that an estimate alone has: whatever teams were offered what, in the rows of `whole`."""
    refusals = refuse_unobserved(whole.units, question.outcome)
    kinds_refused, kinds_warned = look_at_exit_kinds(whole.units, replace(question, as_of=today))
    gaps_refused, gaps_warned = look_at_gaps(whole, question)
    if refusals := [*refusals, *kinds_refused, *gaps_refused]:
        return refusals, [], []
    return *look_at_window(whole.units, day, question.outcome), [*kinds_warned, *gaps_warned]


def _result(loaded: Loaded, code: str, question: Question, refusals: Sequence[Notice], warnings: Sequence[Notice]) -> Result:
    """Without an estimate, which it can be given."""
    return engine.refuse(
        question, loaded.units, refusals, warnings=warnings, imports=loaded.imports, code=code, ran_at=timezone.now()
    )


def load(organisation: Organisation, teams: Iterable[str]) -> Loaded:
    """Everybody's stints, without completions: what is compared are offers. Whose data may not be used is left out."""
    loaded = load_people(organisation, (), teams=spellings(organisation, tuple(teams)))
    units = replace(loaded.units, exposed_on=np.full(len(loaded.units), NO_DAY))
    return replace(loaded, units=units, brought=units.exposed_on, in_accord_since=None)


# Who was in which team when ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Piece:
    """Part of a stint in one team, from its first day to the one after its last."""

    stint: int
    person: str
    first: date
    after: date
    team: str


class Placed(NamedTuple):
    """`stays` with, for each, the position of its stint in the units (stays,); `basis`: a warning about how teams are known."""

    stays: Stays
    stint: Ints
    basis: str


def _teams_of_then(organisation: Organisation) -> list[Notice]:
    """That of some nothing says in which team they were at the first offer: of everybody, as the files have them."""
    unknown = 1 - teams_at_first_offer(organisation).share
    code = "teams_of_then_unknown"
    return [Notice(code, WARNINGS[code].format(share=in_fives(unknown)))] if unknown else []


def _with_teams_of_people(
    offers: Mapping[str, date | None], placed: Placed, question: Question
) -> tuple[dict[str, date | None], frozenset[str]]:
    """The offers with teams that people are in and the file of teams does not hold, which are also returned alone.

    They count as not offered it: a file of the teams that were offered the training would else leave nobody to compare with.
    """
    asked = {plain(team) for team in question.teams}
    known = {team for team in set(placed.stays.team.tolist()) if team and (not asked or plain(team) in asked)}
    absent = frozenset(known - offers.keys())
    return {**offers, **dict.fromkeys(absent)}, absent


def _placed(
    organisation: Organisation, loaded: Loaded, question: Question, day: date, offers: Mapping[str, date | None]
) -> Placed:
    """Each stint in the team of the day, or where more than 1 in 20 moved, or nothing says when, in that of the first offer."""
    units, periods = loaded.units, person_periods(organisation)
    begins = np.fmax(units.origin, units.observed_from)
    until = np.fmin(units.observed_until, np.datetime64(day, "D"))
    ends = np.where(units.exit <= until, units.exit, until + 1)
    counts = np.isin(units.exit_kind.astype(str), question.event_kinds) if question.event_kinds else np.ones(len(units), bool)
    left = (units.exit <= until) & counts
    there = np.flatnonzero(ends > begins).tolist()
    roster = teams_on_first_roster(organisation) or {}
    whole = [
        Piece(i, units.unit_id[i], begins[i].item(), ends[i].item(), roster.get(units.unit_id[i], units.team[i])) for i in there
    ]
    pieces = [piece for stint in whole for piece in _pieces(stint, periods.get(stint.person, ()))]
    stays = _stays(pieces, offers, ends, left, units.origin)
    stint = np.array([piece.stint for piece in pieces], dtype=np.int64)
    if not periods:
        return Placed(stays, stint, "teams_by_rosters")
    first, found = min((one for one in offers.values() if one), default=None), movers(organisation)
    if first is None or found is None or not is_by_first_team_only(found):
        return Placed(stays, stint, "")
    fixed = team_of_first_offer(stays.team, stays.begins, stays.ends, units.unit_id[stint], first)
    return Placed(replace(stays, team=fixed), stint, "by_team_at_first_offer")


def _stays(pieces: Sequence[Piece], offers: Iterable[str], ends: Dates, left: Bools, origin: Dates) -> Stays:
    """`ends`, `left` and `origin` are of the stints: somebody left from the team of their last piece."""
    stint = np.array([piece.stint for piece in pieces], dtype=np.int64)
    names = in_one_spelling(objects_of([piece.team for piece in pieces]), offers)
    begins, after = (np.array([getattr(piece, name) for piece in pieces], dtype="datetime64[D]") for name in ("first", "after"))
    return Stays(names, begins, after, left[stint] & (after == ends[stint]), origin[stint])


def _pieces(whole: Piece, periods: Iterable[Period]) -> Iterator[Piece]:
    """A stint cut where its person changed teams. Where the history says nothing, the team of the file counts."""
    at = whole.first
    for period in periods:
        first, after = max(period.first, at), min(period.last, whole.after - DAY) + DAY
        if first >= after:
            continue
        if first > at:
            yield replace(whole, first=at, after=first)
        yield replace(whole, first=first, after=after, team=period.team or whole.team)
        at = after
    if at < whole.after:
        yield replace(whole, first=at)


# Counts -----------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """The months in which the teams of nearly all people are under observation, as their first and last day; `teams_without`
    are those of other teams.
    """

    first: date
    last: date
    teams_without: frozenset[str]


def _seen(placed: Placed, units: Units, offers: Mapping[str, date | None], day: date) -> Seen | None:
    """A team is observed from and until the months in the middle of those of its people, whatever one row says.

    Since when the files know leavers does not matter of those hired later, nor until when of those who left. None without
    people, or where no month is left.
    """
    begins, ends = (days[placed.stint] for days in (units.observed_from, units.observed_until))
    ends = np.fmin(ends, np.datetime64(day, "D"))
    frame = pd.DataFrame({"team": placed.stays.team, "first": _whole_from(begins), "after": _whole_until(ends)})
    # Where somebody goes on in another row, the change says nothing of when anybody is observed.
    of_first, of_last = _first_and_last_rows(units)
    were_there = (units.origin[placed.stint] < begins) & of_first[placed.stint]
    stayed = ~(units.exit[placed.stint] <= ends) & of_last[placed.stint]
    is_compared = frame["team"].isin(list(offers))
    if not is_compared.any():
        return None
    people = frame[is_compared].groupby("team").size()
    first = _middle(frame["first"], frame["team"], is_compared, were_there)
    after = _middle(frame["after"], frame["team"], is_compared, stayed)
    begun, ended = _reached(first, people), -_reached(-after, people)
    if begun >= ended:
        return None
    without = people.index[(first[people.index] > begun) | (after[people.index] < ended)]
    return Seen(_day_of(begun), _day_of(ended) - DAY, frozenset(without))


def _first_and_last_rows(units: Units) -> tuple[Bools, Bools]:
    """(stints,) each: whether no row of the person is observed from an earlier day, or until a later one."""
    frame = pd.DataFrame({"unit": units.unit_id, "first": units.observed_from, "last": units.observed_until})
    of_unit = frame.groupby("unit", sort=False)
    earliest, latest = of_unit["first"].transform("min"), of_unit["last"].transform("max")
    return ~(frame["first"] > earliest).to_numpy(), ~(frame["last"] < latest).to_numpy()


def _whole_from(days: Dates) -> Ints:
    """(days,) The first month, since January 1970, that is whole from each of them on."""
    months = days.astype("datetime64[M]")
    return np.asarray(months.astype(np.int64) + (days > months.astype("datetime64[D]")))


def _whole_until(days: Dates) -> Ints:
    """(days,) The month, since January 1970, after the last that is whole up to each of them."""
    return np.asarray((days + 1).astype("datetime64[M]").astype(np.int64))


def _day_of(month: int) -> date:
    """The first day of a month since January 1970."""
    day: date = np.datetime64(month, "M").astype("datetime64[D]").item()
    return day


def _middle(months: pd.Series[int], team: pd.Series[str], is_compared: pd.Series[bool], counts: Bools) -> pd.Series[int]:
    """By team the month in the middle of those that count; of all people of the team where none does."""
    every = months[is_compared].groupby(team[is_compared]).median()
    some = months[is_compared & counts].groupby(team[is_compared & counts]).median()
    return some.reindex(every.index).fillna(every).astype(np.int64)


def _reached(month: pd.Series[int], people: pd.Series[int]) -> int:
    """The first month by which the teams of nearly all people have begun."""
    ordered = month.sort_values(kind="stable")
    share = people[ordered.index].cumsum() / people.sum()
    return int(ordered[share >= NEARLY_ALL].iloc[0])


def _panel(placed: Placed, offers: Mapping[str, date | None], seen: Seen | None) -> TeamMonths | None:
    """None where no team was offered anything, or no whole period is known."""
    if seen is None or not any(offers.values()):
        return None
    compared = {team: day for team, day in offers.items() if team not in seen.teams_without}
    try:
        return tabulate(placed.stays, compared, seen.first, seen.last, span=SPAN)
    except ValueError:
        return None


def _population(question: Question, panel: TeamMonths) -> str:
    """Of whom, and in which months."""
    return POPULATION.format(population=question.whom, first=panel.months[0].item(), last=panel.last, within="")


def _counted(panel: TeamMonths, placed: Placed, units: Units) -> tuple[Counts, Members]:
    """Of the teams and months that are compared. Exposed are those who were in a team after its offer."""
    position = {name: i for i, name in enumerate(panel.teams)}
    team = np.array([position.get(name, -1) for name in placed.stays.team], dtype=np.int64)
    first, after = panel.months[0], np.datetime64(panel.last + DAY, "D")
    begins, ends = np.maximum(placed.stays.begins, first), np.minimum(placed.stays.ends, after)
    left_at_once = placed.stays.left & (placed.stays.ends == first)  # counted as an exit, with no day at risk
    there = (team >= 0) & ((begins < ends) | left_at_once)
    first_offer = np.append(panel.first, NEVER)[team]  # (stays,); of teams that are not compared there is none
    exposed = there & (ends > np.where(first_offer == NEVER, after, panel.months[np.maximum(first_offer, 0)]))
    left = there & placed.stays.left & (placed.stays.ends >= first) & (placed.stays.ends < after)
    n_stints = len(units)
    stints = [_of_stints(placed.stint[kept], n_stints) for kept in (there, left, exposed, left & exposed)]
    return Counts(
        units=len(set(units.unit_id[stints[0]])),
        events=int(stints[1].sum()),
        exposed_units=len(set(units.unit_id[stints[2]])),
        events_exposed=int(stints[3].sum()),
        unit_months=round(float(panel.at_risk.sum()), 1),
        teams=len(panel.teams),
        excluded_rows=n_stints - int(stints[0].sum()),
    ), Members(*stints)


def _of_stints(index: Ints, n_stints: int) -> Bools:
    found = np.zeros(n_stints, dtype=bool)
    found[index] = True
    return found


def _too_few_events() -> Notice:
    said = {"exits": "exits", "needed": limits.MIN_EVENTS}
    return Notice("too_few_events", REFUSALS["too_few_events"].format(**said))


def _without_team(placed: Placed, n_stints: int) -> tuple[list[Notice], list[Notice]]:
    """Of stints that are in no team for some of the time: those who were there alone."""
    there, missing = _of_stints(placed.stint, n_stints), _of_stints(placed.stint[placed.stays.team == ""], n_stints)
    left = _of_stints(placed.stint[placed.stays.left], n_stints)
    return look_at_missing_teams(missing[there], left[there], _people_of(placed, frozenset({""})))


def _last(seen: Seen | None, day: date) -> date:
    return seen.last if seen else day


def _of_teams(
    panel: TeamMonths, placed: Placed, seen: Seen, absent: frozenset[str], without_anybody: Collection[str]
) -> list[Notice]:
    """Of teams that take no part, or are in no file of teams, and how it is known who was in which."""
    days = {"first": in_words(seen.first), "last": in_words(seen.last)}
    not_in_file = absent.intersection(panel.teams)
    said = [
        ("teams_not_in_file", len(not_in_file), {"people": _people_of(placed, not_in_file)}),
        ("teams_not_observed", len(seen.teams_without), days),
        ("offered_before_data", int((panel.first == 0).sum()), {}),
        ("teams_emptied", panel.emptied, {}),
        ("teams_stood_empty", panel.dropped - panel.emptied - len(without_anybody), {}),
    ]
    notices = [Notice(code, WARNINGS[code].format(n=n, **more)) for code, n, more in said if n > 0]
    return [*notices, *([Notice(placed.basis, WARNINGS[placed.basis])] if placed.basis else [])]


def _people_of(placed: Placed, teams: frozenset[str]) -> str:
    """To the nearest ten."""
    n = len(np.unique(placed.stint[np.isin(placed.stays.team.astype(str), list(teams))]))
    return FEWER_THAN_TEN if n < SMALL else f"about {round(n, -1):,}"
