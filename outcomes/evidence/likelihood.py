"""Efron's partial likelihood on indexed rows: its slope, its curvature, and fits that start from one that is known.

The primary estimate comes from a library (`cox.py`). A library's fit takes seconds on large data, and looking at an
estimate from a dozen sides, or without each of 39 teams in turn, needs fits by the dozen. A test holds that these equal
those of the library.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version

import numpy as np

from .arrays import Bools, Floats
from .cells import IndexedRows, sum_by_code
from .cox import UNSTABLE, CoxFit, FitError

MAX_STEPS, MAX_STEP, TOLERANCE = 25, 4.0, 1e-9
"""Of Newton's method; steps are measured in standard deviations of the covariates."""


@dataclass(frozen=True)
class PartialLikelihood:
    """At one `beta`: the `score` (p,), the observed `information` (p, p), and the cumulative baseline hazard (times + 1,).

    The baseline is that of someone with the mean covariates of the rows, before each event time and after the last.
    """

    score: Floats
    information: Floats
    cumulative_hazard: Floats


def partial_likelihood(beta: Floats, rows: IndexedRows) -> PartialLikelihood:
    """The r-th of d tied events, r from 0, meets all those at risk but the share r / d of the d who leave.

    Efron (1977), The efficiency of Cox's likelihood function for censored data, JASA 72, 557-565.
    """
    covariates = rows.covariates - rows.covariates.mean(axis=0)
    relative_hazard = np.exp(covariates @ beta)  # (rows,)
    event_time = rows.stop[rows.event] - 1  # (events,)
    n_events = np.bincount(event_time, minlength=rows.n_times)  # (times,)
    time = np.repeat(np.arange(rows.n_times), n_events)  # (events,), in the order of time
    share = (np.arange(len(time)) - np.repeat(n_events.cumsum() - n_events, n_events)) / n_events[time]

    def sum_met(values: Floats) -> Floats:
        """Sums (events,) of `values` (rows,) over those whom each event meets."""
        tied = sum_by_code(values[rows.event], event_time, rows.n_times)
        met: Floats = _sum_at_risk(values, rows)[time] - share * tied[time]
        return met

    hazard = 1 / sum_met(relative_hazard)  # (events,)
    means = np.column_stack([sum_met(relative_hazard * column) * hazard for column in covariates.T])  # (events, p)
    cumulative_hazard = np.concatenate([[0.0], sum_by_code(hazard, time, rows.n_times).cumsum()])
    weight = relative_hazard * (cumulative_hazard[rows.stop] - cumulative_hazard[rows.start])  # (rows,)
    weight[rows.event] -= relative_hazard[rows.event] * sum_by_code(share * hazard, time, rows.n_times)[event_time]
    return PartialLikelihood(
        score=covariates[rows.event].sum(axis=0) - means.sum(axis=0),
        information=covariates.T @ (weight[:, None] * covariates) - means.T @ means,
        cumulative_hazard=cumulative_hazard,
    )


def refit(rows: IndexedRows, start: Floats) -> CoxFit:
    """Maximum partial likelihood by Newton's method from `start` (p,). Raises FitError where it finds no stable answer."""
    scale = rows.covariates.std(axis=0)
    if not rows.event.any() or (scale == 0).any():
        raise FitError(*UNSTABLE)
    beta = np.asarray(start, dtype=np.float64).copy()
    for _step in range(MAX_STEPS):
        with np.errstate(all="ignore"):
            step, covariance = _newton_step(partial_likelihood(beta, rows), scale)
        if not np.isfinite(step).all() or np.abs(step).max() > MAX_STEP:
            raise FitError(*UNSTABLE)
        if np.abs(step).max() < TOLERANCE:
            return CoxFit(beta, covariance, f"numpy {version('numpy')}")
        beta = beta + step / scale
    raise FitError(*UNSTABLE)


def _newton_step(at_beta: PartialLikelihood, scale: Floats) -> tuple[Floats, Floats]:
    """The next step in standard deviations (p,), and the covariance (p, p) here."""
    try:
        inverse = np.linalg.inv(at_beta.information / np.outer(scale, scale))
    except np.linalg.LinAlgError as error:
        raise FitError(*UNSTABLE) from error
    return inverse @ (at_beta.score / scale), inverse / np.outer(scale, scale)


def subset_rows(rows: IndexedRows, kept: Bools) -> IndexedRows:
    """The rows where `kept` (rows,), on the same event times."""
    return IndexedRows(
        start=rows.start[kept],
        stop=rows.stop[kept],
        event=rows.event[kept],
        covariates=rows.covariates[kept],
        risk_row_index=rows.risk_row_index[kept],
        n_times=rows.n_times,
    )


def _sum_at_risk(values: Floats, rows: IndexedRows) -> Floats:
    """Sums (times,) of `values` (rows,) over those at risk."""
    entering = sum_by_code(values, rows.start, rows.n_times + 1)
    sums: Floats = (entering - sum_by_code(values, rows.stop, rows.n_times + 1)).cumsum()[:-1]
    return sums
