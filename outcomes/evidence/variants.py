"""The same question looked at from other sides: lagged, by months since completion, by tenure, by the other clock.

None of these is the answer. Each has a reason why it might differ from it, and where it does, a warning says which way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from .arrays import Bools, Floats, Ints
from .cells import IndexedRows, index_rows
from .fits import CoxFit, FitError
from .likelihood import refit
from .limits import MIN_EVENTS_IN_ARM
from .spells import RiskRows, Spells

SINCE = {"cox_months_since_0_3": (0.0, 3.0), "cox_months_since_3_12": (3.0, 12.0), "cox_months_since_12_plus": (12.0, np.inf)}
"""Methods by months since completion: from, to."""
LAGS = {"cox_lag_1_month": 1.0, "cox_lag_3_months": 3.0}
"""Methods that leave out the first months after a completion."""
DAYS_AFTER = {"cox_within_30_days": 30.0, "cox_within_90_days": 90.0}
BY_TENURE = ("cox_tenure_early", "cox_tenure_late")
OTHER_CLOCK = {"day": "cox_by_month", "month": "cox_by_day"}


@dataclass(frozen=True)
class Variant:
    """One figure: the log hazard ratio with its model-based error, and what clustered errors need."""

    method: str
    fit: CoxFit
    column: int
    rows: IndexedRows
    spell_index: Ints


@dataclass(frozen=True)
class Contrast:
    """Whether figures of one fit are the same: Wald's p-value, and the figures (log hazard ratios) it compares."""

    p: float
    values: tuple[float, ...]


def cut_rows(rows: RiskRows, cut: Floats) -> RiskRows:
    """`rows` with each that holds `cut` (rows,) in its inside made two, the first of them without the event."""
    holds = (rows.start < cut) & (cut < rows.stop)
    index = np.concatenate([np.arange(len(rows)), np.flatnonzero(holds)]).astype(np.int32)
    start, stop, event = rows.start[index], rows.stop[index], rows.event[index]
    first, second = np.flatnonzero(holds), np.arange(len(rows), len(index))
    stop[first], event[first], start[second] = cut[holds], False, cut[holds]
    return RiskRows(rows.spell_index[index], start, stop, rows.exposed[index], event)


def months_since(rows: RiskRows, spells: Spells, edges: Sequence[float]) -> tuple[RiskRows, Ints]:
    """`rows` cut at `edges` months after the exposure, and which span each is in (rows,): 0 before it, then 1, 2, …"""
    for edge in edges:
        rows = cut_rows(rows, (spells.exposed_from + edge * spells.time_per_month)[rows.spell_index])
    since = rows.start - spells.exposed_from[rows.spell_index]  # (rows,)
    span = np.searchsorted(np.array(edges) * spells.time_per_month, since, side="right") + 1
    return rows, np.where(rows.exposed, span, 0).astype(np.int8)


def by_span(
    methods: Sequence[str], rows: RiskRows, span: Ints, covariates: Floats, fit: CoxFit
) -> tuple[list[Variant], Contrast | None]:
    """One figure for each span 1, 2, … of the exposure, and whether they differ; those with too few events are left out."""
    n_events = np.bincount(span[rows.event], minlength=len(methods) + 1)
    n_reference = n_events[0]
    usable = [i for i in range(1, len(methods) + 1) if n_events[i] >= MIN_EVENTS_IN_ARM]
    if not usable or n_reference < MIN_EVENTS_IN_ARM:
        return [], None
    in_use = np.isin(span, [0, *usable])
    if not in_use.all():
        rows, span = rows.subset(in_use), span[in_use]
    refitted = _refit(rows, np.column_stack([span == i for i in usable]), covariates, fit)
    if refitted is None:
        return [], None
    spans, indexed = refitted
    variants = [Variant(methods[i - 1], spans, column, indexed, rows.spell_index) for column, i in enumerate(usable)]
    return variants, _contrast(spans, len(usable))


def lagged(method: str, months: float, rows: RiskRows, spells: Spells, covariates: Floats, fit: CoxFit) -> Iterator[Variant]:
    """The first `months` after each completion belong to neither side."""
    rows, span = months_since(rows, spells, [months])
    kept = span != 1
    variants, _ = by_span([method], rows.subset(kept), (span[kept] > 0).astype(np.int8), covariates, fit)
    yield from variants


def by_tenure(rows: RiskRows, covariates: Floats, fit: CoxFit) -> tuple[list[Variant], Contrast | None]:
    """The figure below and above the tenure at which half of the exits had happened: whether hazards are proportional.

    The test of Cox (1972), with a step for the function of time.
    """
    middle = float(np.median(rows.stop[rows.event]))
    rows = cut_rows(rows, np.full(len(rows), middle))
    span = np.where(rows.exposed, np.where(rows.start < middle, 1, 2), 0)
    variants, contrast = by_span(BY_TENURE, rows, span, covariates, fit)
    return (variants, contrast) if len(variants) == len(BY_TENURE) else ([], None)


def same_question(method: str, rows: RiskRows, covariates: Floats, fit: CoxFit) -> Iterator[Variant]:
    """The figure on `rows` as they are, as by the other clock."""
    refitted = _refit(rows, rows.exposed[:, None], covariates, fit)
    if refitted is not None:
        yield Variant(method, refitted[0], 0, refitted[1], rows.spell_index)


def _refit(rows: RiskRows, exposures: Bools, covariates: Floats, fit: CoxFit) -> tuple[CoxFit, IndexedRows] | None:
    indexed = index_rows(rows, covariates, exposures)
    start = np.concatenate([np.full(exposures.shape[1], fit.beta[0]), fit.beta[1:]])
    try:
        return refit(indexed, start), indexed
    except FitError:
        return None


def _contrast(fit: CoxFit, n: int) -> Contrast | None:
    """Wald's test that the first `n` figures of `fit` are one."""
    if n < 2:
        return None
    differences = np.eye(n - 1, len(fit.beta), 1)
    differences[:, 0] = -1
    distance = differences @ fit.beta
    statistic = float(distance @ np.linalg.solve(differences @ fit.covariance @ differences.T, distance))
    return Contrast(float(chi2.sf(statistic, n - 1)), tuple(float(value) for value in fit.beta[:n]))
