"""Sums over those at risk, and what Efron's correction for ties makes of them: the slope, the curvature and the residuals.

At an event time with d events, the r-th of them, r from 0, meets all those at risk but the share r / d of the d who leave.
Efron (1977), The efficiency of Cox's likelihood function for censored data, JASA 72, 557-565.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array

from .arrays import Floats, Ints
from .cells import IndexedRows, sum_by_code


@dataclass(frozen=True)
class RiskSets:
    """At each event time, (times,) or (times, k), with the hazard `1 / (at risk - share tied)` that each event meets.

    `total` and `tied` are sums of the relative hazard times k values over those at risk and over those who leave. `hazard` and
    `squared` are sums over the events: `hazard[j]` of share^j hazard, `squared[j]` of share^j hazard^2.
    """

    n_events: Ints
    total: Floats
    tied: Floats
    hazard: tuple[Floats, Floats]
    squared: tuple[Floats, Floats, Floats]

    @property
    def cumulative_hazard(self) -> Floats:
        """(times + 1,) before each event time and after the last."""
        return cumulative(self.hazard[0])

    @property
    def summed_means(self) -> Floats:
        """(times, k) The mean of the values among those whom an event meets, summed over the events."""
        means: Floats = self.total * self.hazard[0][:, None] - self.tied * self.hazard[1][:, None]
        return means

    def means_times_hazard(self, power: int) -> Floats:
        """(times, k) The same means times share^`power` hazard, summed over the events."""
        means: Floats = self.total * self.squared[power][:, None] - self.tied * self.squared[power + 1][:, None]
        return means

    @property
    def squared_means(self) -> Floats:
        """(k, k) The outer products of the means, summed over all events."""
        none, once, twice = (weight[:, None] for weight in self.squared)
        across = self.total.T @ (once * self.tied)
        products: Floats = self.total.T @ (none * self.total) - across - across.T + self.tied.T @ (twice * self.tied)
        return products


def risk_sets(rows: IndexedRows, relative_hazard: Floats, values: Callable[[slice], Floats] | None = None) -> RiskSets:
    """`relative_hazard` is (rows,); `values` gives the k values of a slice of the rows, (rows of the slice, k), or is None."""
    total, tied = _sums(rows, relative_hazard, values or (lambda block: np.empty((len(rows.start[block]), 0))))
    event_time = rows.stop[rows.event] - 1  # (events,)
    n_events = np.bincount(event_time, minlength=rows.n_times)  # (times,)
    time = np.repeat(np.arange(rows.n_times), n_events)  # (events,), in the order of time
    share = (np.arange(len(time)) - np.repeat(n_events.cumsum() - n_events, n_events)) / n_events[time]
    hazard = 1 / (total[time, 0] - share * tied[time, 0])  # (events,)

    def summed(weight: Floats) -> Floats:
        return sum_by_code(weight, time, rows.n_times)

    return RiskSets(
        n_events=n_events,
        total=total[:, 1:],
        tied=tied[:, 1:],
        hazard=(summed(hazard), summed(share * hazard)),
        squared=(summed(hazard**2), summed(share * hazard**2), summed(share**2 * hazard**2)),
    )


def cumulative(values: Floats) -> Floats:
    """Sums before each time and after the last: (times + 1, …) from (times, …)."""
    return np.concatenate([np.zeros_like(values[:1]), values.cumsum(axis=0)])


def _sums(rows: IndexedRows, relative_hazard: Floats, values: Callable[[slice], Floats]) -> tuple[Floats, Floats]:
    """Of the relative hazard, and of it times each value, over those at risk and over those who leave: two (times, 1 + k)."""
    net_entries: Floats | float = 0.0
    tied: Floats | float = 0.0
    for block in rows.blocks():
        weighted = relative_hazard[block, None] * np.hstack([np.ones((len(rows.start[block]), 1)), values(block)])
        event = rows.event[block]
        entered, left = rows.start[block], rows.stop[block]
        net_entries = net_entries + _sums_by_time(weighted, np.column_stack([entered, left]), (1.0, -1.0), rows.n_times)
        tied = tied + _sums_by_time(weighted[event], left[event, None] - 1, (1.0,), rows.n_times)
    return np.cumsum(net_entries, axis=0)[:-1], np.asarray(tied)[:-1]


def _sums_by_time(values: Floats, times: Ints, signs: tuple[float, ...], n_times: int) -> Floats:
    """(times + 1, k) from `values` (rows, k), each row added with each of the `signs` (m,) at its `times` (rows, m)."""
    n_rows, n_each = times.shape
    ends = np.arange(0, n_rows * n_each + 1, n_each)
    by_time = csc_array((np.tile(signs, n_rows), times.ravel(), ends), shape=(n_times + 1, n_rows))
    sums: Floats = by_time @ values
    return sums
