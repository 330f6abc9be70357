"""Retention by tenure: Kaplan-Meier with late entry, people moving between groups when they are exposed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter

from .arrays import Bools, Floats, Ints
from .limits import MIN_AT_RISK
from .result import EVERYONE, EXPOSED, NOT_YET, CurvePoint
from .spells import RiskRows, Spells

_VALUES = ("retained", "ci_low", "ci_high", "at_risk")


@dataclass(frozen=True)
class _Group:
    """The time at risk of a group, arrays (rows,)."""

    name: str
    start: Floats
    stop: Floats
    event: Bools

    def n_at_risk(self, times: Floats) -> Ints:
        """(times,) How many are at risk just after each time."""
        n_entered = np.searchsorted(np.sort(self.start), times, side="right")
        return n_entered - np.searchsorted(np.sort(self.stop), times, side="right")


def retention_curves(spells: Spells, rows: RiskRows) -> tuple[CurvePoint, ...]:
    """Share retained by month of tenure with log-log 95 % intervals, for three groups.

    A curve begins at the first month with ten at risk and ends before the first month in which there
    are fewer at any moment; the share is of those who were there when it begins. Months before it
    with one to nine at risk are suppressed, and so is the number of everyone at risk where it would
    give those away.

    Kaplan and Meier (1958), Nonparametric estimation from incomplete observations, JASA 53, 457-481.
    """
    groups = _groups(spells, rows)
    n_months = int(np.ceil(spells.stop.max() / spells.time_per_month)) + 1 if len(spells) else 0
    month_ends = np.arange(n_months, dtype=np.float64) * spells.time_per_month
    n_at_risk = {group.name: group.n_at_risk(month_ends) for group in groups}  # (months,) each
    one_side_small = _is_small(n_at_risk[NOT_YET]) | _is_small(n_at_risk[EXPOSED])
    points: list[CurvePoint] = []
    for group in groups:
        curve = _curve(group, n_at_risk[group.name], spells.time_per_month)
        points += _without_totals(curve, one_side_small) if group.name == EVERYONE else curve
    return tuple(points)


def _groups(spells: Spells, rows: RiskRows) -> list[_Group]:
    unexposed, exposed = rows.subset(~rows.exposed), rows.subset(rows.exposed)
    return [
        _Group(NOT_YET, unexposed.start, unexposed.stop, unexposed.event),
        _Group(EXPOSED, exposed.start, exposed.stop, exposed.event),
        _Group(EVERYONE, spells.start, spells.stop, spells.event),
    ]


def _is_small(n_at_risk: Ints) -> Bools:
    return (n_at_risk > 0) & (n_at_risk < MIN_AT_RISK)


def _curve(group: _Group, n_at_risk: Ints, time_per_month: float) -> list[CurvePoint]:
    """The points of `group` at those months of `n_at_risk` (months,) that may be shown, after those that may not."""
    enough = n_at_risk >= MIN_AT_RISK
    first_month = int(enough.argmax()) if enough.any() else len(n_at_risk)
    suppressed = [_suppressed_point(group.name, int(month)) for month in np.flatnonzero(_is_small(n_at_risk[:first_month]))]
    if not enough.any():
        return suppressed[:1]
    too_few = _min_at_risk_in_month(group, n_at_risk, time_per_month)[first_month + 1 :] < MIN_AT_RISK
    end_month = first_month + 1 + int(too_few.argmax() if too_few.any() else len(too_few))
    shares = _kaplan_meier(group, np.arange(first_month, end_month, dtype=np.float64) * time_per_month)
    shown = zip(range(first_month, end_month), shares.tolist(), strict=True)
    return suppressed + [
        CurvePoint(group.name, month, retained, low, high, int(n_at_risk[month])) for month, (retained, low, high) in shown
    ]


def _min_at_risk_in_month(group: _Group, n_at_risk: Ints, time_per_month: float) -> Ints:
    """(months,) The smallest number at risk at any moment since the month before; within a month people leave and enter."""
    stop_times = np.unique(group.stop)
    min_at_risk = n_at_risk.copy()
    np.minimum.at(min_at_risk, np.ceil(stop_times / time_per_month).astype(int), group.n_at_risk(stop_times))
    return min_at_risk


def _suppressed_point(group_name: str, month: int) -> CurvePoint:
    return CurvePoint(group_name, month, None, None, None, None, suppressed=_VALUES)


def _kaplan_meier(group: _Group, times: Floats) -> Floats:
    """Share retained and its 95 % limits, (times, 3), among those at risk at the first time or entering later."""
    first, last = times[0], times[-1]
    if first == last:
        return np.ones((1, 3))
    overlaps = (group.stop > first) & (group.start < last)
    columns = {
        "entry": np.maximum(group.start, first),
        "stop": np.minimum(group.stop, last),
        "event": group.event & (group.stop <= last),
    }
    distinct = pd.DataFrame({name: values[overlaps] for name, values in columns.items()})
    distinct = distinct.value_counts(sort=False).reset_index(name="n")
    fitter = KaplanMeierFitter().fit(
        distinct["stop"], distinct["event"], entry=distinct["entry"], weights=distinct["n"], label="retained"
    )
    steps = pd.concat([fitter.survival_function_, fitter.confidence_interval_], axis=1)
    step_index = steps.index.searchsorted(times, side="right") - 1
    shares: Floats = steps.to_numpy()[step_index]
    return shares


def _without_totals(curve: list[CurvePoint], one_side_small: Bools) -> list[CurvePoint]:
    """The number of everyone at risk, less that of one group, would give away a small other group."""
    return [
        replace(point, at_risk=None, suppressed=("at_risk",)) if one_side_small[point.month] and not point.suppressed else point
        for point in curve
    ]
