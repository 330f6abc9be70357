"""Retention by tenure: Kaplan-Meier with late entry, people moving between groups when they are exposed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter
from scipy import stats

from common.few import SMALL

from .arrays import Bools, Floats, Ints
from .clusters import Clusters
from .limits import MIN_AT_RISK, MIN_TEAMS_TO_JACKKNIFE
from .result import EVERYONE, EXPOSED, NOT_YET, CurvePoint
from .spells import RiskRows, Spells
from .steps import last_month, steps

_VALUES = ("retained", "ci_low", "ci_high", "at_risk")
SHOWN_DECIMALS = 5
SHOWN_DECIMALS_OF_SIDES = 3
"""Of shares that are published."""


@dataclass(frozen=True)
class _Group:
    """The time at risk of a group, arrays (rows,)."""

    name: str
    start: Floats
    stop: Floats
    event: Bools
    cluster: Ints | None

    def n_at_risk(self, times: Floats) -> Ints:
        """(times,) How many are at risk just after each time."""
        n_entered = np.searchsorted(np.sort(self.start), times, side="right")
        return n_entered - np.searchsorted(np.sort(self.stop), times, side="right")


def retention_curves(spells: Spells, rows: RiskRows, clusters: Clusters | None = None) -> tuple[CurvePoint, ...]:
    """Share retained by month of tenure with log-log 95 % intervals, for three groups.

    A curve begins at the first month with ten at risk and ends before the first month in which there
    are fewer at any moment; the share is of those who were there when it begins. Months before it
    with one to nine at risk are suppressed, and so is the number of everyone at risk where it would
    give those away. With the `clusters` of the spells, an interval is that which allows for members of
    a team leaving together, where it is the wider.

    Kaplan and Meier (1958), Nonparametric estimation from incomplete observations, JASA 53, 457-481.
    """
    groups, df, n_at_risk = _at_month_ends(spells, rows, clusters)
    one_side_small = _is_small(n_at_risk[NOT_YET]) | _is_small(n_at_risk[EXPOSED])
    points: list[CurvePoint] = []
    for group in groups:
        curve = _curve(group, n_at_risk[group.name], spells.time_per_month, df)
        points += _without_totals(curve, one_side_small) if group.name == EVERYONE else curve
    return tuple(points)


def published_curves(
    spells: Spells, rows: RiskRows, clusters: Clusters | None = None, *, both_sides: bool = True
) -> tuple[CurvePoint, ...]:
    """As `retention_curves`, at such months only that nobody can be read from any two points of any two curves.

    Between two months of everyone's curve, and outside of it, none or at least ten left. The two sides have months of it in
    common, between which on each side none or at least ten left, and none or at least ten completed; a side is left out where
    that cannot be, or without `both_sides`. Shares are rounded.
    """
    groups, df, n_at_risk = _at_month_ends(spells, rows, clusters)
    n_months = len(n_at_risk[EVERYONE])
    exits = {group.name: _by_month(group.stop[group.event], n_months, spells.time_per_month) for group in groups}
    moved = (spells.start < spells.exposed_from) & (spells.exposed_from < spells.stop)
    completions = _by_month(spells.exposed_from[moved], n_months, spells.time_per_month)
    spans = {group.name: _span(group, n_at_risk[group.name], spells.time_per_month) for group in groups}

    first, last = spans[EVERYONE]
    of_everyone = steps(first, last_month(first, last, exits[EVERYONE]), [exits[EVERYONE]]) if n_months else []
    of_sides = _months_of_sides(of_everyone, [exits[NOT_YET], exits[EXPOSED], completions]) if both_sides else []
    points: list[CurvePoint] = []
    for group in groups:
        first, last = spans[group.name]
        months = [m for m in (of_everyone if group.name == EVERYONE else of_sides) if first <= m <= last]
        if group.name == EVERYONE:
            small = _is_small(n_at_risk[NOT_YET]) | _is_small(n_at_risk[EXPOSED])
            points += _without_totals(_points(group, months, n_at_risk[group.name], spells.time_per_month, df), small)
        elif len(months) > 1:
            points += _points(group, months, n_at_risk[group.name], spells.time_per_month, df)
    return tuple(_rounded(point) for point in points)


def _rounded(point: CurvePoint) -> CurvePoint:
    """Of the sides more coarsely: on two days, few may have come to a month of tenure, and all of them on one side."""
    is_whole = point.group == EVERYONE
    decimals = SHOWN_DECIMALS if is_whole else SHOWN_DECIMALS_OF_SIDES
    retained, low, high = (None if x is None else round(x, decimals) for x in (point.retained, point.ci_low, point.ci_high))
    at_risk = point.at_risk if is_whole or point.at_risk is None else SMALL * round(point.at_risk / SMALL)
    return replace(point, retained=retained, ci_low=low, ci_high=high, at_risk=at_risk)


def _by_month(times: Floats, n_months: int, time_per_month: float) -> Ints:
    """(months,) How many of `times` are in (m - 1, m]."""
    return np.bincount(np.ceil(times / time_per_month).astype(np.int64), minlength=n_months)[:n_months]


def _months_of_sides(of_everyone: list[int], counts: list[Ints]) -> list[int]:
    """Those months of everyone's curve that both sides can be shown at; outside of them too nobody can be told apart."""
    for end in range(len(of_everyone) - 1, 0, -1):
        first, last = of_everyone[0], of_everyone[end]
        outside = [int(count.sum() - count[first + 1 : last + 1].sum()) for count in counts]
        if all(n == 0 or n >= SMALL for n in outside) and (found := steps(first, last, counts, of_everyone)):
            return found
    return []


def _at_month_ends(spells: Spells, rows: RiskRows, clusters: Clusters | None) -> tuple[list[_Group], int, dict[str, Ints]]:
    """The groups, the degrees of freedom of their intervals by team, and how many of each are at risk, (months,) each."""
    enough_teams = clusters is not None and clusters.n_teams >= MIN_TEAMS_TO_JACKKNIFE
    groups = _groups(spells, rows, clusters.code if clusters is not None and enough_teams else None)
    n_months = int(np.ceil(spells.stop.max() / spells.time_per_month)) + 1 if len(spells) else 0
    month_ends = np.arange(n_months, dtype=np.float64) * spells.time_per_month
    df = clusters.n_teams - 1 if clusters is not None else 0
    return groups, df, {group.name: group.n_at_risk(month_ends) for group in groups}


def _groups(spells: Spells, rows: RiskRows, cluster: Ints | None) -> list[_Group]:
    """`cluster` (spells,) is the code of each spell's team."""
    unexposed, exposed = rows.subset(~rows.exposed), rows.subset(rows.exposed)
    return [
        _Group(NOT_YET, unexposed.start, unexposed.stop, unexposed.event, _of(cluster, unexposed.spell_index)),
        _Group(EXPOSED, exposed.start, exposed.stop, exposed.event, _of(cluster, exposed.spell_index)),
        _Group(EVERYONE, spells.start, spells.stop, spells.event, cluster),
    ]


def _of(cluster: Ints | None, spell_index: Ints) -> Ints | None:
    return None if cluster is None else cluster[spell_index]


def _is_small(n_at_risk: Ints) -> Bools:
    return (n_at_risk > 0) & (n_at_risk < MIN_AT_RISK)


def _curve(group: _Group, n_at_risk: Ints, time_per_month: float, df: int) -> list[CurvePoint]:
    """The points of `group` at those months of `n_at_risk` (months,) that may be shown, after those that may not."""
    first, last = _span(group, n_at_risk, time_per_month)
    suppressed = [_suppressed_point(group.name, int(month)) for month in np.flatnonzero(_is_small(n_at_risk[:first]))]
    if first > last:
        return suppressed[:1]
    return suppressed + _points(group, range(first, last + 1), n_at_risk, time_per_month, df)


def _span(group: _Group, n_at_risk: Ints, time_per_month: float) -> tuple[int, int]:
    """The first month with ten at risk, and the last before one with fewer at any moment; (months, -1) for none."""
    enough = n_at_risk >= MIN_AT_RISK
    if not enough.any():
        return len(n_at_risk), -1
    first = int(enough.argmax())
    too_few = _min_at_risk_in_month(group, n_at_risk, time_per_month)[first + 1 :] < MIN_AT_RISK
    return first, first + int(too_few.argmax() if too_few.any() else len(too_few))


def _points(group: _Group, months: Sequence[int], n_at_risk: Ints, time_per_month: float, df: int) -> list[CurvePoint]:
    """The points of `group` at `months`, ascending; the share is of those who were there at the first of them."""
    if not len(months):
        return []
    times = np.array(months, dtype=np.float64) * time_per_month
    shares = _kaplan_meier(group, times)
    if group.cluster is not None and len(times) > 1:
        shares = _widened(shares, _clustered_errors(group, times), float(stats.t(df).ppf(0.975)))
    return [
        CurvePoint(group.name, month, retained, low, high, int(n_at_risk[month]))
        for month, (retained, low, high) in zip(months, shares.tolist(), strict=True)
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


def _clustered_errors(group: _Group, times: Floats) -> Floats:
    """Standard errors of the cumulative hazard since the first of `times`, (times,), robust to dependence within clusters.

    Each row's exits less those expected of it, each over the number at risk, summed by cluster, with
    the factor G / (G - 1): Ying and Wei (1994), The Kaplan-Meier estimate for dependent failure time
    observations, Journal of Multivariate Analysis 50, 17-29.
    """
    overlaps = (group.stop > times[0]) & (group.start < times[-1])
    start, stop = np.maximum(group.start[overlaps], times[0]), np.minimum(group.stop[overlaps], times[-1])
    event = group.event[overlaps] & (group.stop[overlaps] <= times[-1])
    _, cluster = np.unique(np.asarray(group.cluster)[overlaps], return_inverse=True)
    n_clusters = int(cluster.max()) + 1
    event_times, n_events = np.unique(stop[event], return_counts=True)
    n_at_risk = np.searchsorted(np.sort(start), event_times, side="left") - np.searchsorted(
        np.sort(stop), event_times, side="left"
    )
    expected = np.concatenate([[0.0], (n_events / n_at_risk**2).cumsum()])  # (event times + 1,), each over the number at risk
    at_start = expected[np.searchsorted(event_times, start, side="right")]
    share = np.zeros(len(stop))
    share[event] = 1 / n_at_risk[np.searchsorted(event_times, stop[event])]
    ends = np.searchsorted(event_times, stop, side="right")
    errors: Floats = np.zeros(len(times))
    for i, time in enumerate(times):
        until = expected[np.minimum(ends, np.searchsorted(event_times, time, side="right"))]
        surplus = np.where(stop <= time, share, 0.0) - np.maximum(until - at_start, 0.0)
        errors[i] = np.sqrt(np.square(np.bincount(cluster, surplus, minlength=n_clusters)).sum())
    errors *= np.sqrt(n_clusters / max(n_clusters - 1, 1))
    return errors.round(12)  # the same figures into however many parts the rows are cut


def _widened(shares: Floats, errors: Floats, quantile: float) -> Floats:
    """`shares` with their limits (times, 3), as wide as the log-log interval of `errors` (times,) where that is wider."""
    retained = shares[:, 0]
    inside = (retained > 0) & (retained < 1)
    widened = shares.copy()
    exponent = np.exp(quantile * errors[inside] / -np.log(retained[inside]))
    widened[inside, 1] = np.minimum(shares[inside, 1], retained[inside] ** exponent)
    widened[inside, 2] = np.maximum(shares[inside, 2], retained[inside] ** (1 / exponent))
    return widened


def _without_totals(curve: list[CurvePoint], one_side_small: Bools) -> list[CurvePoint]:
    """The number of everyone at risk, less that of one group, would give away a small other group."""
    return [
        replace(point, at_risk=None, suppressed=("at_risk",)) if one_side_small[point.month] and not point.suppressed else point
        for point in curve
    ]
