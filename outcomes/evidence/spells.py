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
from numpy.typing import NDArray

from .arrays import NO_DAY, Bools, Dates, Floats, Ints, Objects
from .question import Clock, Question
from .units import Units

DAYS_PER_MONTH = 30.4375
"""365.25 / 12: how many days of tenure make a month when the clock counts days."""


@dataclass(frozen=True)
class Spells:
    """Time at risk, arrays (spells,).

    `unit_index` is the row in the units, `person_code` a number for each unit_id. `start`, `stop` and
    `exposed_from` are tenure in days or months, the last infinite for never; `event` marks an exit at
    `stop`. `origin_month` counts calendar months since 1970. `time_per_month` is the length of a month
    on the clock. `excluded` counts the rows that have no time at risk, by reason; `ignored` counts
    dates that were set aside; `period` is the first and the last day of anyone's time at risk, None
    where there is none.
    """

    unit_index: Ints
    person_code: Ints
    start: Floats
    stop: Floats
    exposed_from: Floats
    event: Bools
    origin_month: Floats
    time_per_month: float
    excluded: Counter[str]
    ignored: Counter[str]
    period: tuple[date, date] | None

    def __len__(self) -> int:
        return len(self.unit_index)

    def subset(self, included: Bools, reason: str) -> Spells:
        """The spells where `included` (spells,), the others counted as excluded for `reason`."""
        columns = ("unit_index", "person_code", "start", "stop", "exposed_from", "event", "origin_month")
        excluded = self.excluded + Counter({reason: int((~included).sum())})
        return replace(self, **{name: getattr(self, name)[included] for name in columns}, excluded=excluded)


@dataclass(frozen=True)
class RiskRows:
    """Start-stop rows, arrays (rows,): a spell is cut in two where the exposure begins.

    The counting process format of Andersen and Gill (1982), Cox's regression model for counting
    processes: a large sample study, Annals of Statistics 10, 1100-1120.
    """

    spell_index: Ints
    start: Floats
    stop: Floats
    exposed: Bools
    event: Bools

    def __len__(self) -> int:
        return len(self.spell_index)

    def subset(self, included: Bools) -> RiskRows:
        """The rows where `included` (rows,)."""
        return RiskRows(
            spell_index=self.spell_index[included],
            start=self.start[included],
            stop=self.stop[included],
            exposed=self.exposed[included],
            event=self.event[included],
        )


def build_spells(units: Units, question: Question, as_of: date) -> Spells:
    """Time at risk of `units` by the clock of `question`, observed no later than `as_of`."""
    risk_start = np.fmax(units.origin, units.observed_from)  # (stints,)
    observed_until = np.fmin(units.observed_until, np.datetime64(as_of, "D"))
    risk_end = np.fmin(units.exit, observed_until)
    exclusion_reason = _exclusion_reasons(units, risk_start, observed_until)
    person_code = pd.factorize(units.unit_id)[0]
    _mark_overlaps(exclusion_reason, person_code, risk_start, risk_end)

    exposed_on = units.exposed_on.copy()
    completed_after_exit = exposed_on > units.exit
    exposed_on[completed_after_exit] = NO_DAY
    included = exclusion_reason == ""
    start, stop, exposed_from = _tenure(units.origin, risk_start, risk_end, exposed_on, question.clock)
    spells = Spells(
        unit_index=np.arange(len(units)),
        person_code=person_code,
        start=start,
        stop=stop,
        exposed_from=exposed_from,
        event=(units.exit <= observed_until) & _is_event_of_interest(units, question),
        origin_month=_months_since_1970(units.origin),
        time_per_month=1.0 if question.clock == "month" else DAYS_PER_MONTH,
        excluded=Counter(),
        ignored=Counter(
            completion_after_exit=int((completed_after_exit & included).sum()),
            exit_after_observation=int((included & (units.exit > observed_until)).sum()),
        ),
        period=(risk_start[included].min().item(), risk_end[included].max().item()) if included.any() else None,
    )
    if question.clock == "month":
        spells = _in_one_row_a_month(spells, included)
    censored = _censored_at_horizon(spells, question.horizon_months)
    is_past = (exclusion_reason == "") & (spells.stop > spells.start) & ~(censored.stop > censored.start)
    return _without_excluded(censored, np.where(is_past, "past_horizon", exclusion_reason))


def split_at_exposure(spells: Spells) -> RiskRows:
    """The spells as start-stop rows: not yet exposed until `exposed_from`, exposed after it."""
    spell_index = np.arange(len(spells), dtype=np.int32)
    has_unexposed_time = spells.exposed_from > spells.start  # (spells,)
    has_exposed_time = spells.exposed_from < spells.stop
    ends_unexposed = ~has_exposed_time[has_unexposed_time]
    return RiskRows(
        spell_index=np.concatenate([spell_index[has_unexposed_time], spell_index[has_exposed_time]]),
        start=np.concatenate(
            [spells.start[has_unexposed_time], np.maximum(spells.start, spells.exposed_from)[has_exposed_time]]
        ),
        stop=np.concatenate([np.minimum(spells.stop, spells.exposed_from)[has_unexposed_time], spells.stop[has_exposed_time]]),
        exposed=np.repeat([False, True], [has_unexposed_time.sum(), has_exposed_time.sum()]),
        event=np.concatenate([spells.event[has_unexposed_time] & ends_unexposed, spells.event[has_exposed_time]]),
    )


def _tenure(
    origin: Dates, risk_start: Dates, risk_end: Dates, exposed_on: Dates, clock: Clock
) -> tuple[Floats, Floats, Floats]:
    """Start, stop and beginning of the exposure, each (stints,) in days or months of tenure."""
    if clock == "month":
        origin_month = _months_since_1970(origin)
        start = _months_since_1970(risk_start) - origin_month
        stop = _months_since_1970(risk_end) + 1 - origin_month
        exposed_from = _months_since_1970(exposed_on) + 1 - origin_month
    else:
        start, stop, exposed_from = _days(risk_start - origin), _days(risk_end - origin), _days(exposed_on - origin)
    return start, stop, np.where(np.isnan(exposed_from), np.inf, exposed_from)


def _days(spans: NDArray[np.timedelta64]) -> Floats:
    days = spans.astype("timedelta64[D]").astype(float)
    return np.where(np.isnat(spans), np.nan, days)


def _months_since_1970(dates: Dates) -> Floats:
    months = dates.astype("datetime64[M]").astype(float)
    return np.where(np.isnat(dates), np.nan, months)


def _is_event_of_interest(units: Units, question: Question) -> Bools:
    """(stints,) Which exits are the event asked for; the others end the time at risk without one."""
    if question.event_kinds:
        return np.isin(units.exit_kind.astype(str), question.event_kinds)
    return np.ones(len(units), dtype=bool)


def _exclusion_reasons(units: Units, risk_start: Dates, observed_until: Dates) -> Objects:
    """(stints,) The first reason that applies, blank for none."""
    conditions = {
        "no_origin": np.isnat(units.origin),
        "exit_before_origin": units.exit < units.origin,
        "left_before_observation": units.exit < risk_start,
        "not_yet_observed": risk_start > observed_until,
    }
    return np.select(list(conditions.values()), list(conditions), default="").astype(object)


def _mark_overlaps(exclusion_reason: Objects, person_code: Ints, risk_start: Dates, risk_end: Dates) -> None:
    """Nobody is at risk twice on one day: of stints that overlap, the one that began first stays."""
    has_several_stints = np.bincount(person_code, minlength=len(person_code))[person_code] > 1
    candidates = np.flatnonzero((exclusion_reason == "") & has_several_stints)
    order = candidates[np.lexsort((risk_end[candidates], risk_start[candidates], person_code[candidates]))]
    last_end: dict[int, np.datetime64] = {}
    for stint in order:
        previous_end = last_end.get(person_code[stint])
        if previous_end is not None and risk_start[stint] < previous_end:
            exclusion_reason[stint] = "overlapping_stint"
        else:
            last_end[person_code[stint]] = risk_end[stint]


def _in_one_row_a_month(spells: Spells, included: Bools) -> Spells:
    """Where somebody goes on in another row, the month of the change is that of the later one.

    Rows that have no other month are moved out of the time at risk of the earlier one without a word: nobody is missing.
    """
    order = np.flatnonzero(included)
    order = order[np.lexsort((spells.start[order], spells.origin_month[order], spells.person_code[order]))]
    before, after = order[:-1], order[1:]
    goes_on = (spells.person_code[before] == spells.person_code[after]) & ~spells.event[before]
    goes_on &= (spells.origin_month[before] == spells.origin_month[after]) & (spells.start[after] < spells.stop[before])
    if not goes_on.any():
        return spells
    stop = spells.stop.copy()
    stop[before[goes_on]] = spells.start[after][goes_on]
    return replace(spells, stop=stop)


def _censored_at_horizon(spells: Spells, horizon_months: int | None) -> Spells:
    if horizon_months is None:
        return spells
    horizon = horizon_months * spells.time_per_month
    event = spells.event & (spells.stop <= horizon)
    return replace(spells, stop=np.minimum(spells.stop, horizon), event=event)


def _without_excluded(spells: Spells, exclusion_reason: Objects) -> Spells:
    has_no_time_at_risk = ~(spells.stop > spells.start)
    reasons = np.where((exclusion_reason == "") & has_no_time_at_risk, "no_time_at_risk", exclusion_reason)
    for reason in sorted(set(reasons) - {""}):
        spells = spells.subset(reasons[spells.unit_index] != reason, reason)
    return spells
