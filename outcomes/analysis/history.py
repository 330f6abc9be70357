"""What a history of teams and owners says of exposure: who was where at the start, and whose colleague had completed when.

Decision 0044.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from accounts.models import Organisation
from common.spelling import plain
from outcomes.analysis.at_stake import objects_of
from outcomes.analysis.loading.owners import Owners, level_of
from outcomes.evidence.arrays import NO_DAY, Dates, Objects
from stakeholders.history import Periods, owners_within, person_periods

DAY = timedelta(days=1)
LAST = np.iinfo(np.int64).max


def teams_at_start(organisation: Organisation, person: Objects, start: Dates, team: Objects) -> Objects:
    """(stints,) The team on the first day observed where the history knows it, otherwise that of the file of people."""
    periods, found = person_periods(organisation), team.copy()
    for i, (person_id, day) in enumerate(zip(person, start.tolist(), strict=True)):
        own = periods.get(person_id)
        at_start = own.at(day) if own and day else None
        if at_start and at_start.team:
            found[i] = at_start.team
    return found


def in_one_spelling(teams: Objects, named: Iterable[str] = ()) -> Objects:
    """(rows,) Names of teams that differ in case and spaces alone as one: that of `named`, else the first of its own."""
    names = {plain(team): team for team in named}
    by_spelling = {team: names.setdefault(plain(team), team) for team in sorted(set(teams.tolist()))}
    return objects_of([by_spelling[team] for team in teams])


@dataclass(frozen=True)
class OwnedStint:
    """`exposed_on`: the day after which the customer counts as exposed. `able`: levels of those who could have exposed it until
    then.
    """

    exposed_on: date | None
    level: str
    is_known: bool
    objector: str = ""
    """Level of whoever looked after the customer, before it was exposed, and does not want their data used."""
    known_from: date | None = None
    """First day on which the history says who looked after the customer in this stint."""
    able: tuple[str, ...] = ()


def owned_stint(periods: Periods, start: date, end: date | None, owners: Owners) -> OwnedStint:
    """A stint of a customer whose owners are known over time.

    Exposed from the first day on which the owner of that day had completed before it, and from then on: from the day of the
    completion where they looked after it then, or from its start, and from the day before a handover otherwise. Its level, by
    which errors go, is the last owner, whoever completed. Not known where, before that day, somebody looked after it of whom
    nobody knows whether they completed.
    """
    owned = owners_within(periods, start, end)
    is_known, objector, able = True, "", list[str]()
    known_from = max(owned[0].first, start) if owned else None
    levels = [level_of(period.owner, period.team) for period in owned]
    last = next((level for level in reversed(levels) if level not in owners.objecting), "")
    for period, level in zip(owned, levels, strict=True):
        if level in owners.objecting:
            objector = objector or level
            continue
        able.append(level)
        is_known = is_known and owners.knows(period.owner, period.team)
        day = owners.first(period.owner, period.team)
        exposed_on = max(day, period.first - DAY) if day and period.first > start else day
        if exposed_on and exposed_on < min(period.last, end or date.max):
            return OwnedStint(exposed_on, last, is_known, objector, known_from, tuple(able))
    return OwnedStint(None, last, is_known, objector, known_from, tuple(able))


def follow_owners(columns: dict[str, np.ndarray], periods: Mapping[str, Periods], owners: Owners, in_files: Owners) -> None:
    """Put what the history says in place of the owner of today, for the customers that have one, and `known_from` beside it.

    `columns` (rows,) are those of `loading.customers`; a customer with periods in none of which anybody is named has none.
    Completions kept in Accord expose, and nothing else: who could have exposed, whether that is known, and who is left out, is
    by those `in_files` alone. Else what is left out, or counted by owners, would tell of a completion that nobody else knows.
    """
    stints = zip(columns["customer_id"], columns["start_date"].tolist(), columns["end_date"].tolist(), strict=True)
    for i, (customer, start, end) in enumerate(stints):
        own = owned_stint(periods[customer], start, end, in_files) if customer in periods else None
        if own is not None and own.known_from is not None:
            columns["completed"][i] = owned_stint(periods[customer], start, end, owners).exposed_on
            columns["brought"][i], columns["level"][i], columns["levels"][i] = own.exposed_on, own.level, own.able
            columns["is_known"][i], columns["known_from"][i] = own.is_known, own.known_from
            today = columns["objector"][i]
            columns["objector"][i] = own.objector or (today if today.startswith("owner ") else "")


def carry_on(unit: Objects, start: Dates, end: Dates, completed: Dates) -> Dates:
    """(stints,) `completed` where it came before the `end`; what exposed a customer in one stint does so in every later one.

    With a history or without: the same facts in two files have one answer.
    """
    exposed = np.where(completed >= end, NO_DAY, completed)
    if len(set(unit)) == len(unit):
        return exposed
    order = np.argsort(start, kind="stable")
    days = pd.Series(np.where(np.isnat(exposed), LAST, exposed.astype(np.int64))[order])
    earliest = days.groupby(pd.factorize(unit[order])[0]).cummin().to_numpy()
    found: Dates = np.full(len(unit), NO_DAY)
    found[order] = np.where(earliest == LAST, NO_DAY, earliest.astype("datetime64[D]"))
    return found
