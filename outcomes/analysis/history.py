"""What a history of teams and owners says of exposure: who was where at the start, and whose colleague had completed when.

Decision 0044.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

import numpy as np

from accounts.models import Organisation
from outcomes.evidence.arrays import Dates, Objects
from stakeholders.history import Periods, person_periods

DAY = timedelta(days=1)


def teams_at_start(organisation: Organisation, person: Objects, start: Dates, team: Objects) -> Objects:
    """(stints,) The team on the first day observed where the history knows it, otherwise that of the file of people."""
    periods, found = person_periods(organisation), team.copy()
    for i, (person_id, day) in enumerate(zip(person, start.tolist(), strict=True)):
        own = periods.get(person_id)
        at_start = own.at(day) if own and day else None
        if at_start and at_start.team:
            found[i] = at_start.team
    return found


class Completed(Protocol):
    """First completions by person_id, and by team of any member; `known` are the owners and teams of whom one would know."""

    @property
    def people(self) -> Mapping[str, date]: ...

    @property
    def teams(self) -> Mapping[str, date]: ...

    @property
    def known(self) -> Collection[str]: ...

    @property
    def known_teams(self) -> Collection[str]: ...


@dataclass(frozen=True)
class OwnedStint:
    """`exposed_on`: the day after which the customer counts as exposed. `level` is the owner, or team, that errors go by."""

    exposed_on: date | None
    level: str
    is_known: bool
    known_from: date | None = None
    """First day on which the history says who looked after the customer in this stint."""


def level_of(owner: str, team: str) -> str:
    """Blank for a customer without either."""
    return f"owner {owner}" if owner else f"team {team}" if team else ""


def owned_stint(periods: Periods, start: date, end: date | None, completed: Completed) -> OwnedStint:
    """A stint of a customer whose owners are known over time.

    Exposed from the first day on which the owner of that day had completed before it, and from then on. Its level is the owner
    who exposed it, otherwise the first. Not known where, before that day, somebody looked after it of whom nobody knows
    whether they completed.
    """
    within = [period for period in periods if period.first <= (end or date.max) and period.last >= start]
    owned = [period for period in within if level_of(period.owner, period.team)]
    is_known = True
    known_from = max(owned[0].first, start) if owned else None
    for period in owned:
        is_known = is_known and (period.owner in completed.known if period.owner else period.team in completed.known_teams)
        day = completed.people.get(period.owner) if period.owner else completed.teams.get(period.team)
        exposed_on = max(day, max(period.first, start) - DAY) if day else None
        if exposed_on and exposed_on < min(period.last, end or date.max):
            return OwnedStint(exposed_on, level_of(period.owner, period.team), is_known, known_from)
    return OwnedStint(None, level_of(owned[0].owner, owned[0].team) if owned else "", is_known, known_from)


def follow_owners(columns: dict[str, np.ndarray], periods: Mapping[str, Periods], completed: Completed) -> None:
    """Put what the history says in place of the owner of today, for the customers that have one, and `known_from` beside it.

    `columns` (rows,) are those of `loading.load_customers`; a customer with periods in none of which anybody is named has none.
    """
    columns["known_from"] = np.full(len(columns["customer_id"]), np.datetime64("NaT", "D"))
    stints = zip(columns["customer_id"], columns["start_date"].tolist(), columns["end_date"].tolist(), strict=True)
    for i, (customer, start, end) in enumerate(stints):
        own = owned_stint(periods[customer], start, end, completed) if customer in periods else None
        if own is not None and own.known_from is not None:
            columns["completed"][i], columns["level"][i] = own.exposed_on, own.level
            columns["is_known"][i], columns["known_from"][i] = own.is_known, own.known_from


def carry_on(columns: dict[str, np.ndarray]) -> None:
    """What exposed a customer with a history in one stint has done so in every later one, in place."""
    first: dict[str, np.datetime64] = {}
    rows = np.flatnonzero(~np.isnat(columns["known_from"]))
    for i in rows[np.argsort(columns["start_date"][rows], kind="stable")]:
        customer, day = columns["customer_id"][i], columns["completed"][i]
        earliest = np.fmin(first.get(customer, day), day)
        columns["completed"][i] = first[customer] = earliest
