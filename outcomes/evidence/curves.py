"""Retention by tenure: Kaplan-Meier with late entry, people moving between groups when they are exposed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter

from .limits import MIN_AT_RISK
from .result import EVERYONE, EXPOSED, NOT_YET, CurvePoint
from .spells import RiskRows, Spells

Spell = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Start, stop and event of each spell of a group."""

_VALUES = ("retained", "ci_low", "ci_high", "at_risk")


def retention_curves(spells: Spells, rows: RiskRows) -> tuple[CurvePoint, ...]:
    """Share retained by month of tenure with log-log 95 % intervals, for three groups.

    A curve begins at the first month with ten at risk and ends before the first month in which there
    are fewer at any moment; the share is of those who were there when it begins. Months before it
    with one to nine at risk are held back, and so is the number of everyone at risk where it would
    give those away.
    """
    halves = [(NOT_YET, rows.take(~rows.exposed)), (EXPOSED, rows.take(rows.exposed))]
    groups = [(name, half.start, half.stop, half.event) for name, half in halves]
    groups.append((EVERYONE, spells.start, spells.stop, spells.event))
    months = np.arange(int(np.ceil(spells.stop.max() / spells.per_month)) + 1) if len(spells) else np.arange(0)
    at_risk = {name: _at_risk(start, stop, months * spells.per_month) for name, start, stop, _ in groups}
    small = [_few(at_risk[NOT_YET]), _few(at_risk[EXPOSED])]
    points: list[CurvePoint] = []
    for name, start, stop, event in groups:
        curve = _curve(name, (start, stop, event), at_risk[name], spells.per_month)
        points += _without_totals(curve, small[0] | small[1]) if name == EVERYONE else curve
    return tuple(points)


def _at_risk(start: np.ndarray, stop: np.ndarray, times: np.ndarray) -> np.ndarray:
    """How many are at risk just after each time."""
    entered = np.searchsorted(np.sort(start), times, side="right")
    return entered - np.searchsorted(np.sort(stop), times, side="right")


def _few(at_risk: np.ndarray) -> np.ndarray:
    return (at_risk > 0) & (at_risk < MIN_AT_RISK)


def _curve(name: str, spell: Spell, at_risk: np.ndarray, per_month: float) -> list[CurvePoint]:
    enough = at_risk >= MIN_AT_RISK
    first = int(enough.argmax()) if enough.any() else len(at_risk)
    held_back = [_held_back(name, month) for month in np.flatnonzero(_few(at_risk[:first]))]
    if not enough.any():
        return held_back[:1]
    thin = _fewest(spell, at_risk, per_month)[first + 1 :] < MIN_AT_RISK
    end = first + 1 + int(thin.argmax() if thin.any() else len(thin))
    shares = _kaplan_meier(spell, np.arange(first, end) * per_month)
    shown = zip(range(first, end), shares.tolist(), strict=True)
    return held_back + [
        CurvePoint(name, month, retained, low, high, int(at_risk[month])) for month, (retained, low, high) in shown
    ]


def _fewest(spell: Spell, at_risk: np.ndarray, per_month: float) -> np.ndarray:
    """The smallest number at risk at any moment since the month before; within a month people leave and enter."""
    start, stop, _ = spell
    times = np.unique(stop)
    fewest = at_risk.copy()
    np.minimum.at(fewest, np.ceil(times / per_month).astype(int), _at_risk(start, stop, times))
    return fewest


def _held_back(name: str, month: np.integer) -> CurvePoint:
    return CurvePoint(name, int(month), None, None, None, None, suppressed=_VALUES)


def _kaplan_meier(spell: Spell, times: np.ndarray) -> np.ndarray:
    """Share retained and its 95 % limits, (times, 3), among those at risk at the first time or entering later."""
    start, stop, event = spell
    first, last = times[0], times[-1]
    if first == last:
        return np.ones((1, 3))
    inside = (stop > first) & (start < last)
    columns = {"entry": np.maximum(start, first), "stop": np.minimum(stop, last), "event": event & (stop <= last)}
    counted = pd.DataFrame({name: values[inside] for name, values in columns.items()})
    counted = counted.value_counts(sort=False).reset_index(name="n")
    fitter = KaplanMeierFitter().fit(
        counted["stop"], counted["event"], entry=counted["entry"], weights=counted["n"], label="retained"
    )
    steps = pd.concat([fitter.survival_function_, fitter.confidence_interval_], axis=1)
    at = steps.index.searchsorted(times, side="right") - 1
    return steps.to_numpy()[at]


def _without_totals(curve: list[CurvePoint], small: np.ndarray) -> list[CurvePoint]:
    """The number of everyone at risk, less that of one group, would give away a small other group."""
    return [
        replace(point, at_risk=None, suppressed=("at_risk",)) if small[point.month] and not point.suppressed else point
        for point in curve
    ]
