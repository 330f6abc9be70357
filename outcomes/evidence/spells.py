"""The clock: from the dates of a stint to its time at risk.

A spell is at risk in (max(origin, observed_from), min(exit, observed_until)] and exposed strictly
after the completion. Time is tenure: days since the origin, or calendar months since the month of
the origin. By the monthly clock a month in which someone was there counts whole, so a spell that
covers tenure months 4, 5 and 6 runs from 4 to 7, and a completion in a month exposes from the next.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from .question import Question
from .units import Units

DAYS_PER_MONTH = 30.4375
"""365.25 / 12: how many days of tenure make a month when the clock counts days."""


@dataclass(frozen=True)
class Spells:
    """Time at risk, arrays of equal length n.

    `row` is the row in the units, `person` a number for each unit_id. `start`, `stop` and `switch`
    are tenure in days or months; exposed from `switch` on, infinite for never. `event` marks an
    exit at `stop`. `origin_month` counts calendar months since 1970. `excluded` counts the rows
    that have no time at risk, by reason; `ignored` counts dates that were set aside; `period` is the
    first and the last day of anyone's time at risk, None where there is none.
    """

    row: np.ndarray
    person: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    switch: np.ndarray
    event: np.ndarray
    origin_month: np.ndarray
    per_month: float
    excluded: Counter[str]
    ignored: Counter[str]
    period: tuple[date, date] | None

    def __len__(self) -> int:
        return len(self.row)

    def take(self, keep: np.ndarray, reason: str) -> Spells:
        """The spells where `keep`, the others counted as excluded for `reason`."""
        columns = ("row", "person", "start", "stop", "switch", "event", "origin_month")
        excluded = self.excluded + Counter({reason: int((~keep).sum())})
        kept = {name: getattr(self, name)[keep] for name in columns}
        return replace(self, **kept, excluded=excluded)


@dataclass(frozen=True)
class RiskRows:
    """Start-stop rows, arrays of equal length: a spell is cut in two where the exposure begins."""

    spell: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    exposed: np.ndarray
    event: np.ndarray

    def __len__(self) -> int:
        return len(self.spell)

    def take(self, keep: np.ndarray) -> RiskRows:
        return RiskRows(self.spell[keep], self.start[keep], self.stop[keep], self.exposed[keep], self.event[keep])


def build_spells(units: Units, question: Question, as_of: date) -> Spells:
    """Time at risk of `units` by the clock of `question`, observed no later than `as_of`."""
    begin = np.fmax(units.origin, units.observed_from)
    until = np.fmin(units.observed_until, np.datetime64(as_of, "D"))
    end = np.fmin(units.exit, until)
    reasons = _reasons_to_exclude(units, begin, until)
    person = pd.factorize(units.unit_id)[0]
    _mark_overlaps(reasons, person, begin, end)

    exposed_on = units.exposed_on.copy()
    after_exit = exposed_on > units.exit
    exposed_on[after_exit] = np.datetime64("NaT", "D")
    inside = reasons == ""
    spells = Spells(
        row=np.arange(len(units)),
        person=person,
        **_tenure(units.origin, begin, end, exposed_on, question.clock),
        event=(units.exit <= until) & _is_counted(units, question),
        origin_month=_months(units.origin),
        per_month=1.0 if question.clock == "month" else DAYS_PER_MONTH,
        excluded=Counter(),
        ignored=Counter(
            completion_after_exit=int((after_exit & inside).sum()),
            exit_after_observation=int((inside & (units.exit > until)).sum()),
        ),
        period=(begin[inside].min().item(), end[inside].max().item()) if inside.any() else None,
    )
    return _without_excluded(_until_horizon(spells, question.horizon_months), reasons)


def risk_rows(spells: Spells) -> RiskRows:
    """The spells as start-stop rows: not yet exposed until `switch`, exposed after it."""
    index = np.arange(len(spells))
    before = spells.switch > spells.start
    after = spells.switch < spells.stop
    ends_before = ~after[before]
    return RiskRows(
        spell=np.concatenate([index[before], index[after]]),
        start=np.concatenate([spells.start[before], np.maximum(spells.start, spells.switch)[after]]),
        stop=np.concatenate([np.minimum(spells.stop, spells.switch)[before], spells.stop[after]]),
        exposed=np.repeat([False, True], [before.sum(), after.sum()]),
        event=np.concatenate([spells.event[before] & ends_before, spells.event[after]]),
    )


def _tenure(
    origin: np.ndarray, begin: np.ndarray, end: np.ndarray, exposed_on: np.ndarray, clock: str
) -> dict[str, np.ndarray]:
    if clock == "month":
        zero = _months(origin)
        start, stop, switch = _months(begin) - zero, _months(end) + 1 - zero, _months(exposed_on) + 1 - zero
    else:
        start, stop, switch = _days(begin - origin), _days(end - origin), _days(exposed_on - origin)
    return {"start": start, "stop": stop, "switch": np.where(np.isnan(switch), np.inf, switch)}


def _days(spans: np.ndarray) -> np.ndarray:
    days = spans.astype("timedelta64[D]").astype(float)
    return np.where(np.isnat(spans), np.nan, days)


def _months(dates: np.ndarray) -> np.ndarray:
    months = dates.astype("datetime64[M]").astype(float)
    return np.where(np.isnat(dates), np.nan, months)


def _is_counted(units: Units, question: Question) -> np.ndarray:
    """Which exits are the event asked for; the others end the time at risk without one."""
    if question.event == "voluntary exit":
        return np.asarray(units.exit_kind == "voluntary")
    return np.ones(len(units), dtype=bool)


def _reasons_to_exclude(units: Units, begin: np.ndarray, until: np.ndarray) -> np.ndarray:
    """For each row the first reason that applies, blank for none."""
    conditions = {
        "no_origin": np.isnat(units.origin),
        "exit_before_origin": units.exit < units.origin,
        "left_before_observation": units.exit < begin,
        "not_yet_observed": begin > until,
    }
    return np.select(list(conditions.values()), list(conditions), default="").astype(object)


def _mark_overlaps(reasons: np.ndarray, person: np.ndarray, begin: np.ndarray, end: np.ndarray) -> None:
    """Nobody is at risk twice on one day: of stints that overlap, the one that began first stays."""
    candidates = np.flatnonzero((reasons == "") & (np.bincount(person, minlength=len(person))[person] > 1))
    order = candidates[np.lexsort((end[candidates], begin[candidates], person[candidates]))]
    last_end: dict[int, np.datetime64] = {}
    for i in order:
        known = last_end.get(person[i])
        if known is not None and begin[i] < known:
            reasons[i] = "overlapping_stint"
        else:
            last_end[person[i]] = end[i]


def _until_horizon(spells: Spells, horizon_months: int | None) -> Spells:
    if horizon_months is None:
        return spells
    horizon = horizon_months * spells.per_month
    event = spells.event & (spells.stop <= horizon)
    stop = np.minimum(spells.stop, horizon)
    return replace(spells, stop=stop, event=event)


def _without_excluded(spells: Spells, reasons: np.ndarray) -> Spells:
    reasons = np.where((reasons == "") & ~(spells.stop > spells.start), "no_time_at_risk", reasons)
    for reason in sorted(set(reasons) - {""}):
        spells = spells.take(reasons[spells.row] != reason, reason)
    return spells
