"""Answers whether teams that were offered a training changed: exits of employees by team and calendar month.

What the offer was is in the files, and nobody's completion is asked about. Decision 0056.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from typing import NamedTuple

import numpy as np
from django.utils import timezone

from accounts.models import Organisation
from outcomes.analysis.loading import Loaded, load_people
from outcomes.evidence import engine, limits
from outcomes.evidence.arrays import Bools, Dates, Ints
from outcomes.evidence.observation import look_at_exit_kinds, look_at_window, refuse_unobserved
from outcomes.evidence.question import Question
from outcomes.evidence.result import Counts, Members, Notice, Provenance, Result
from outcomes.evidence.rollouts import estimation
from outcomes.evidence.rollouts.panel import NEVER, Stays, TeamMonths, tabulate, team_of_first_offer
from outcomes.evidence.rollouts.words import WARNINGS
from outcomes.evidence.words import POPULATION, REFUSALS, shown_from_ten
from stakeholders.history import (
    Period,
    is_by_first_team_only,
    movers,
    offered_on,
    person_periods,
    teams_on_first_roster,
)

NO_DAY = np.datetime64("NaT", "D")
DAY = timedelta(days=1)


@dataclass(frozen=True)
class RolloutAnswer:
    """`rollout` is None where it was refused."""

    result: Result
    rollout: estimation.Rollout | None = None


def answer(organisation: Organisation, question: Question, loaded: Loaded, *, code: str) -> RolloutAnswer:
    """The exact result of a rollout question; what may be read of it is decided by `computing`."""
    offers = _offers(organisation, question)
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
    refused = partial(engine.refuse, question, units, imports=loaded.imports, code=code, ran_at=timezone.now())
    refusals = refuse_unobserved(units, question.outcome)
    kinds_refused, kinds_warned = look_at_exit_kinds(units, question)
    if refusals := [*refusals, *kinds_refused]:
        return RolloutAnswer(refused(refusals))
    refusals, warned = look_at_window(units, day, question.outcome)
    if refusals:
        return RolloutAnswer(refused(refusals, warnings=warned))
    placed = _placed(organisation, loaded, question, day, offers)
    panel = _panel(placed, offers, loaded, day)
    if panel is None:
        return RolloutAnswer(refused([estimation.refusal("no_team_offered")]))
    counts, members = _counted(panel, placed, len(units))
    refusals = estimation.refuse(panel)
    if (counts.events or 0) < limits.MIN_EVENTS:
        refusals.append(_too_few_events(counts))
    question = replace(question, population=_population(question, panel))
    refused = partial(engine.refuse, question, units, imports=loaded.imports, code=code, ran_at=timezone.now())
    found = refusals[0] if refusals else estimation.estimate(panel)
    if isinstance(found, Notice):
        result = replace(refused(refusals or [found], warnings=warned), counts=counts, members=members)
        return RolloutAnswer(result)
    result = replace(
        refused([], warnings=[*found.warnings, *_of_teams(panel, placed), *warned, *kinds_warned]),
        grade=found.grade,
        counts=counts,
        estimates=found.estimates,
        event_study=found.event_study,
        diagnostics=found.diagnostics,
        members=members,
    )
    return RolloutAnswer(result, found)


def load(organisation: Organisation, teams: Iterable[str]) -> Loaded:
    """Everybody's stints, without completions: what is compared are offers. Whose data may not be used is left out."""
    loaded = load_people(organisation, (), teams=tuple(teams))
    units = replace(loaded.units, exposed_on=np.full(len(loaded.units), NO_DAY))
    return replace(loaded, units=units, brought=units.exposed_on, in_accord_since=None)


def _offers(organisation: Organisation, question: Question) -> dict[str, date | None]:
    offers = offered_on(organisation)
    return {team: day for team, day in offers.items() if not question.teams or team in question.teams}


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
    roster = {} if periods else teams_on_first_roster(organisation) or {}
    whole = [
        Piece(i, units.unit_id[i], begins[i].item(), ends[i].item(), roster.get(units.unit_id[i], units.team[i])) for i in there
    ]
    pieces = [piece for stint in whole for piece in _pieces(stint, periods.get(stint.person, ()))]
    stays = _stays(pieces, ends, left)
    stint = np.array([piece.stint for piece in pieces], dtype=np.int64)
    if not periods:
        return Placed(stays, stint, "teams_by_rosters")
    first, found = min((one for one in offers.values() if one), default=None), movers(organisation)
    if first is None or found is None or not is_by_first_team_only(found):
        return Placed(stays, stint, "")
    fixed = team_of_first_offer(stays.team, stays.begins, stays.ends, units.unit_id[stint], first)
    return Placed(replace(stays, team=fixed), stint, "by_team_at_first_offer")


def _stays(pieces: Sequence[Piece], ends: Dates, left: Bools) -> Stays:
    """`ends` and `left` are of the stints: somebody left from the team of their last piece."""
    stint = np.array([piece.stint for piece in pieces], dtype=np.int64)
    names = np.empty(len(pieces), dtype=object)
    names[:] = [piece.team for piece in pieces]
    begins, after = (np.array([getattr(piece, name) for piece in pieces], dtype="datetime64[D]") for name in ("first", "after"))
    return Stays(names, begins, after, left[stint] & (after == ends[stint]))


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


def _panel(placed: Placed, offers: Mapping[str, date | None], loaded: Loaded, day: date) -> TeamMonths | None:
    """None where no team was offered anything, or no whole month is known."""
    known_from, known_until = loaded.units.observed_from, loaded.units.observed_until
    if not any(offers.values()) or not len(placed.stays.team) or np.isnat(known_from).all():
        return None
    last = known_until[~np.isnat(known_until)]
    ends = min(last.max().item(), day) if len(last) else day
    try:
        return tabulate(placed.stays, offers, known_from[~np.isnat(known_from)].min().item(), ends)
    except ValueError:
        return None


def _population(question: Question, panel: TeamMonths) -> str:
    """Of whom, and in which months."""
    last = (panel.months[-1].astype("datetime64[M]") + 1).astype("datetime64[D]") - 1
    return POPULATION.format(population=question.whom, first=panel.months[0].item(), last=last.item(), within="")


def _counted(panel: TeamMonths, placed: Placed, n_stints: int) -> tuple[Counts, Members]:
    """Of the teams and months that are compared. Exposed are those who were in a team after its offer."""
    position = {name: i for i, name in enumerate(panel.teams)}
    team = np.array([position.get(name, -1) for name in placed.stays.team], dtype=np.int64)
    first, after = panel.months[0], (panel.months[-1].astype("datetime64[M]") + 1).astype("datetime64[D]")
    begins, ends = np.maximum(placed.stays.begins, first), np.minimum(placed.stays.ends, after)
    there = (team >= 0) & (begins < ends)
    first_offer = np.append(panel.first, NEVER)[team]  # (stays,); of teams that are not compared there is none
    exposed = there & (ends > np.where(first_offer == NEVER, after, panel.months[np.maximum(first_offer, 0)]))
    left = there & placed.stays.left & (placed.stays.ends >= first) & (placed.stays.ends < after)
    stints = [_of_stints(placed.stint[kept], n_stints) for kept in (there, left, exposed, left & exposed)]
    return Counts(
        units=int(stints[0].sum()),
        events=int(stints[1].sum()),
        exposed_units=int(stints[2].sum()),
        events_exposed=int(stints[3].sum()),
        unit_months=round(float(panel.at_risk.sum()), 1),
        teams=len(panel.teams),
        excluded_rows=n_stints - int(stints[0].sum()),
    ), Members(*stints)


def _of_stints(index: Ints, n_stints: int) -> Bools:
    found = np.zeros(n_stints, dtype=bool)
    found[index] = True
    return found


def _too_few_events(counts: Counts) -> Notice:
    said = {"events": shown_from_ten(counts.events or 0), "exits": "exits", "needed": limits.MIN_EVENTS}
    return Notice("too_few_events", REFUSALS["too_few_events"].format(**said))


def _of_teams(panel: TeamMonths, placed: Placed) -> list[Notice]:
    """Of teams that take no part, and how it is known who was in which."""
    before = int((panel.first == 0).sum())
    said = [("offered_before_data", before), ("teams_stood_empty", panel.dropped)]
    notices = [Notice(code, WARNINGS[code].format(n=n)) for code, n in said if n]
    return [*notices, *([Notice(placed.basis, WARNINGS[placed.basis])] if placed.basis else [])]
