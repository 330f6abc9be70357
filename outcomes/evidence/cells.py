"""Fewer rows, the same statistics.

A partial likelihood changes only at exit times, and depends on tenure only through their order. So
tenure becomes the index of the exit time, and people with the same covariates become one row with
a weight for each exit time. People who leave stay one row each, with weight one: lifelines' Efron
correction counts rows, and only then equals the one on the rows that were reduced.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .spells import RiskRows

MAX_CELLS = 200_000
"""Exit times times patterns; above it the rows themselves are fewer or as many."""


@dataclass(frozen=True)
class IndexedRows:
    """Start-stop rows on exit times 0, 1, 2 …: at risk at `first` ≤ time < `last`, arrays of length n.

    `x` is (n, 1 + p), the exposure first. An event happens at time `last` - 1. `kept` are the rows
    of the table they came from; those at risk at no exit time say nothing and are gone.
    """

    first: np.ndarray
    last: np.ndarray
    event: np.ndarray
    x: np.ndarray
    kept: np.ndarray
    n_times: int


def index_rows(rows: RiskRows, matrix: np.ndarray) -> IndexedRows:
    """`rows` on the index of their exit times; `matrix` (spells, p) holds the covariates of each spell."""
    times = np.unique(rows.stop[rows.event])
    first = np.searchsorted(times, rows.start, side="right")
    last = np.searchsorted(times, rows.stop, side="right")
    kept = np.flatnonzero(first < last)
    x = np.column_stack([rows.exposed[kept].astype(float), matrix[rows.spell[kept]]])
    return IndexedRows(first[kept], last[kept], rows.event[kept], x, kept, len(times))


def patterns(x: np.ndarray, limit: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Distinct rows of `x` (n, p): the code of each row (n,) and the table (k, p); None above `limit`."""
    codes = np.zeros(len(x), dtype=np.int64)
    for column in x.T:
        values, levels = pd.factorize(column)
        codes, uniques = pd.factorize(codes * len(levels) + values)
        if len(uniques) > limit:
            return None
    _, where = np.unique(codes, return_index=True)
    return codes, x[where]


def at_risk_and_events(rows: IndexedRows, codes: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """How many of each code (n,) in 0…k-1 are at risk and leave at each exit time: two (times, k) of ints."""
    shape = (rows.n_times + 1, k)
    changes = _count(rows.first, codes, shape) - _count(rows.last, codes, shape)
    leaving = _count(rows.last[rows.event] - 1, codes[rows.event], shape)
    return changes.cumsum(axis=0)[:-1], leaving[:-1]


def weighted_rows(rows: IndexedRows) -> pd.DataFrame | None:
    """The rows reduced to patterns: columns x0…, start, stop, event, weight; None where that saves nothing."""
    found = patterns(rows.x, limit=MAX_CELLS // max(rows.n_times, 1))
    if found is None:
        return None
    codes, table = found
    at_risk, leaving = at_risk_and_events(rows, codes, len(table))
    stay_time, stay_code = np.nonzero(at_risk > leaving)
    weight = (at_risk - leaving)[stay_time, stay_code]
    exit_time, exit_code = np.nonzero(leaving)
    each = leaving[exit_time, exit_code]
    start = np.concatenate([stay_time, np.repeat(exit_time, each)])
    frame = pd.DataFrame(
        table[np.concatenate([stay_code, np.repeat(exit_code, each)])], columns=[f"x{i}" for i in range(table.shape[1])]
    )
    event = np.repeat([False, True], [len(stay_time), each.sum()])
    weights = np.concatenate([weight, np.ones(each.sum())]).astype(float)
    return frame.assign(start=start, stop=start + 1, event=event, weight=weights)


def _count(time: np.ndarray, code: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    return np.bincount(time * shape[1] + code, minlength=shape[0] * shape[1]).reshape(shape)
