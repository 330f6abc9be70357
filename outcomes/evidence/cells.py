"""Fewer rows, the same statistics.

A partial likelihood changes only at event times, and depends on tenure only through their order. So
tenure becomes the index of the event time, and people with the same covariates become one row with
a weight for each event time. People who leave stay one row each, with weight one: lifelines' Efron
correction counts rows, and only then equals the one on the rows that were reduced.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from .arrays import Bools, Floats, Ints
from .spells import RiskRows

ROWS_PER_BLOCK = 50_000

MAX_CELLS = 200_000
"""Event times times patterns; above it the rows themselves are fewer or as many."""


@dataclass(frozen=True)
class IndexedRows:
    """Start-stop rows on event times 0, 1, 2 …: at risk at `start` ≤ time < `stop`, arrays (rows,).

    An `event` happens at time `stop` - 1. The columns of a row are its `exposures` (rows, k), and those
    of its spell: `spell_index` (rows,) points into `spell_covariates` (spells, p), which all that looks
    at the same spells shares. `risk_row_index` says which of the risk rows each came from; those at risk
    at no event time say nothing and are gone.
    """

    start: Ints
    stop: Ints
    event: Bools
    exposures: Floats
    spell_covariates: Floats
    spell_index: Ints
    risk_row_index: Ints
    n_times: int

    def __len__(self) -> int:
        return len(self.start)

    @property
    def covariates(self) -> Floats:
        """(rows, k + p), the exposures first."""
        return self.block(slice(None))

    def block(self, rows: slice) -> Floats:
        """The covariates of a slice of the rows."""
        return np.hstack([self.exposures[rows], self.spell_covariates[self.spell_index[rows]]])

    def centred(self, rows: slice) -> Floats:
        """The covariates of a slice of the rows less the mean of all."""
        centred: Floats = self.block(rows) - self.mean
        return centred

    @cached_property
    def mean(self) -> Floats:
        """(k + p,)"""
        sums = sum((self.block(rows).sum(axis=0) for rows in self.blocks()), np.zeros(self.n_columns))
        mean: Floats = sums / max(len(self), 1)
        return mean

    @cached_property
    def scale(self) -> Floats:
        """(k + p,) The standard deviation of each column."""
        squares = sum((np.square(self.centred(rows)).sum(axis=0) for rows in self.blocks()), np.zeros(self.n_columns))
        scale: Floats = np.sqrt(squares / max(len(self), 1))
        return scale

    @property
    def n_columns(self) -> int:
        return int(self.exposures.shape[1] + self.spell_covariates.shape[1])

    def blocks(self) -> Iterator[slice]:
        """All rows, some at a time: what is made of their covariates stays small."""
        return (slice(first, first + ROWS_PER_BLOCK) for first in range(0, len(self), ROWS_PER_BLOCK))

    def along(self, directions: Floats) -> Floats:
        """(rows, m) or (rows,) The covariates less their mean, times `directions` (k + p, m) or (k + p,)."""
        k = self.exposures.shape[1]
        of_spells = self.spell_covariates @ directions[k:] - self.mean @ directions
        along: Floats = self.exposures @ directions[:k] + of_spells[self.spell_index]
        return along

    def relative_hazard(self, beta: Floats) -> Floats:
        """(rows,) Against someone with the mean covariates, at `beta` (k + p,)."""
        relative_hazard: Floats = np.exp(self.along(beta))
        return relative_hazard


@dataclass(frozen=True)
class CovariatePatterns:
    """The distinct rows of a matrix: `codes` (rows,) into `table` (patterns, p)."""

    codes: Ints
    table: Floats


def index_rows(rows: RiskRows, covariates: Floats, exposures: Bools | None = None) -> IndexedRows:
    """`rows` on the index of their event times; `covariates` (spells, p) are those of each spell.

    `exposures` (rows, k) stand in place of the one of the rows, as where it is looked at in parts.
    """
    event_times = np.unique(rows.stop[rows.event])
    start = np.searchsorted(event_times, rows.start, side="right").astype(np.int32)
    stop = np.searchsorted(event_times, rows.stop, side="right").astype(np.int32)
    risk_row_index = np.flatnonzero(start < stop).astype(np.int32)
    exposed = (rows.exposed[:, None] if exposures is None else exposures)[risk_row_index].astype(float)
    return IndexedRows(
        start=start[risk_row_index],
        stop=stop[risk_row_index],
        event=rows.event[risk_row_index],
        exposures=exposed,
        spell_covariates=covariates,
        spell_index=rows.spell_index[risk_row_index],
        risk_row_index=risk_row_index,
        n_times=len(event_times),
    )


def covariate_patterns(covariates: Floats, max_patterns: int) -> CovariatePatterns | None:
    """The patterns of `covariates` (rows, p); None where there are more than `max_patterns`."""
    codes: Ints = np.zeros(len(covariates), dtype=np.int64)
    for column in covariates.T:
        values, levels = pd.factorize(column)
        codes, patterns = pd.factorize(codes * len(levels) + values)
        if len(patterns) > max_patterns:
            return None
    _, first_rows = np.unique(codes, return_index=True)
    return CovariatePatterns(codes, covariates[first_rows])


def risk_set_counts(rows: IndexedRows, codes: Ints, n_codes: int) -> tuple[Ints, Ints]:
    """How many of each code are at risk and how many leave at each event time: two (times, codes).

    `codes` (rows,) are 0 … `n_codes` - 1.
    """
    shape = (rows.n_times + 1, n_codes)
    net_entries = _counts_by_time(rows.start, codes, shape) - _counts_by_time(rows.stop, codes, shape)
    n_events = _counts_by_time(rows.stop[rows.event] - 1, codes[rows.event], shape)
    return net_entries.cumsum(axis=0)[:-1], n_events[:-1]


def weighted_rows(rows: IndexedRows) -> pd.DataFrame | None:
    """The rows reduced to patterns: columns x0 …, start, stop, event, weight; None where that saves nothing."""
    patterns = _patterns(rows, max_patterns=MAX_CELLS // max(rows.n_times, 1))
    if patterns is None:
        return None
    n_at_risk, n_events = risk_set_counts(rows, patterns.codes, len(patterns.table))  # (times, patterns)
    n_staying = n_at_risk - n_events
    stay_time, stay_pattern = np.nonzero(n_staying)
    event_time, event_pattern = np.nonzero(n_events)
    n_tied = n_events[event_time, event_pattern]
    start = np.concatenate([stay_time, np.repeat(event_time, n_tied)])
    pattern = np.concatenate([stay_pattern, np.repeat(event_pattern, n_tied)])
    event = np.repeat([False, True], [len(stay_time), n_tied.sum()])
    weight = np.concatenate([n_staying[stay_time, stay_pattern], np.ones(n_tied.sum())]).astype(float)
    cells = pd.DataFrame(patterns.table[pattern], columns=[f"x{i}" for i in range(patterns.table.shape[1])])
    return cells.assign(start=start, stop=start + 1, event=event, weight=weight)


def _patterns(rows: IndexedRows, max_patterns: int) -> CovariatePatterns | None:
    """Of the spells first, which are fewer."""
    of_spells = covariate_patterns(rows.spell_covariates, max_patterns)
    if of_spells is None:
        return None
    patterns = covariate_patterns(np.column_stack([rows.exposures, of_spells.codes[rows.spell_index]]), max_patterns)
    if patterns is None:
        return None
    exposures, spell_codes = patterns.table[:, :-1], patterns.table[:, -1].astype(np.int64)
    return CovariatePatterns(patterns.codes, np.hstack([exposures, of_spells.table[spell_codes]]))


def sum_by_code(values: Floats, codes: Ints, n_codes: int) -> Floats:
    """Sums (codes,) of `values` (rows,) by `codes` (rows,).

    numpy's types promise integers of a weighted count as well, so the floats are named here.
    """
    return np.bincount(codes, values, minlength=n_codes).astype(np.float64, copy=False)


def _counts_by_time(time: Ints, code: Ints, shape: tuple[int, int]) -> Ints:
    return np.bincount(time.astype(np.int64) * shape[1] + code, minlength=shape[0] * shape[1]).reshape(shape)
