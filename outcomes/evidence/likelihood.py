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
from .cells import IndexedRows
from .efron import risk_sets
from .fits import UNSTABLE, CoxFit, FitError

MAX_STEPS, MAX_STEP, TOLERANCE = 25, 4.0, 1e-6
"""Of Newton's method; steps are measured in standard deviations of the covariates. After one as short as the last, the next
would be shorter than its square."""


@dataclass(frozen=True)
class PartialLikelihood:
    """At one `beta`: the `score` (p,), the observed `information` (p, p), and the cumulative baseline hazard (times + 1,).

    The baseline is that of someone with the mean covariates of the rows, before each event time and after the last.
    """

    score: Floats
    information: Floats
    cumulative_hazard: Floats


def partial_likelihood(beta: Floats, rows: IndexedRows) -> PartialLikelihood:
    """With ties after Efron (`efron.py`)."""
    relative_hazard = rows.relative_hazard(beta)
    sets = risk_sets(rows, relative_hazard, rows.centred)
    event_time = rows.stop[rows.event] - 1  # (events,)
    cumulative_hazard = sets.cumulative_hazard
    weight = relative_hazard * (cumulative_hazard[rows.stop] - cumulative_hazard[rows.start])  # (rows,)
    weight[rows.event] -= relative_hazard[rows.event] * sets.hazard[1][event_time]
    score, information = -sets.summed_means.sum(axis=0), -sets.squared_means
    for block in rows.blocks():
        covariates = rows.centred(block)
        score += rows.event[block].astype(np.float64) @ covariates
        information += covariates.T @ (weight[block, None] * covariates)
    return PartialLikelihood(score, information, cumulative_hazard)


def cumulative_hazard(beta: Floats, rows: IndexedRows) -> Floats:
    """The baseline of `partial_likelihood` alone, (times + 1,)."""
    return risk_sets(rows, rows.relative_hazard(beta)).cumulative_hazard


def refit(rows: IndexedRows, start: Floats) -> CoxFit:
    """Maximum partial likelihood by Newton's method from `start` (p,). Raises FitError where it finds no stable answer."""
    scale = rows.scale
    if not rows.event.any() or (scale == 0).any():
        raise FitError(*UNSTABLE)
    beta = np.asarray(start, dtype=np.float64).copy()
    for _step in range(MAX_STEPS):
        with np.errstate(all="ignore"):
            step, covariance = _newton_step(partial_likelihood(beta, rows), scale)
        if not np.isfinite(step).all() or np.abs(step).max() > MAX_STEP:
            raise FitError(*UNSTABLE)
        beta = beta + step / scale
        if np.abs(step).max() < TOLERANCE:
            return CoxFit(beta, covariance, f"numpy {version('numpy')}")
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
        exposures=rows.exposures[kept],
        spell_covariates=rows.spell_covariates,
        spell_index=rows.spell_index[kept],
        risk_row_index=rows.risk_row_index[kept],
        n_times=rows.n_times,
    )
