"""Cox regression with the exposure as a time-varying covariate, on the scale of tenure, ties after Efron."""

from __future__ import annotations

import warnings
from importlib.metadata import version

import numpy as np
import pandas as pd
from lifelines import CoxTimeVaryingFitter
from lifelines.exceptions import ConvergenceError, ConvergenceWarning
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.tools.sm_exceptions import ConvergenceWarning as StatsmodelsConvergenceWarning
from statsmodels.tools.sm_exceptions import HessianInversionWarning

from .arrays import Floats
from .cells import IndexedRows, weighted_rows
from .fits import COLLINEAR, UNSTABLE, CoxFit, FitError
from .likelihood import refit

TIMES_PER_BLOCK = 256

MAX_ROWS = 20_000
"""So many rows are fitted by statsmodels; more of them take it minutes and gigabytes."""


def fit_cox(rows: IndexedRows, start: Floats | None = None) -> CoxFit:
    """Maximum partial likelihood with model-based errors.

    Where covariates take few values, lifelines fits the rows reduced to weighted cells (exactly the
    same likelihood); otherwise statsmodels fits the rows as they are, and where those are too many for
    it, we do. All equal lifelines' CoxTimeVaryingFitter on all rows, which takes many times longer.
    `start` (1 + p,) is where to begin to look, which saves most of the way; it changes no answer.

    Raises FitError. Cox (1972), Regression models and life-tables, JRSS B 34, 187-220; ties after
    Efron (1977), The efficiency of Cox's likelihood function for censored data, JASA 72, 557-565.
    """
    if _are_collinear(rows):
        raise FitError(*COLLINEAR)
    cells = weighted_rows(rows)
    if cells is not None:
        fit = _fit_cells(cells, rows.n_times, start)
    elif len(rows.start) <= MAX_ROWS:
        fit = _fit_rows(rows, start)
    else:
        fit = refit(rows, np.zeros(len(rows.mean)) if start is None else start)
    if not (np.isfinite(fit.beta).all() and (np.diag(fit.covariance) > 0).all()):
        raise FitError(*UNSTABLE)
    return fit


def _are_collinear(rows: IndexedRows) -> bool:
    if (rows.scale == 0).any():
        return True
    correlation = np.zeros((len(rows.scale), len(rows.scale)))
    for block in rows.blocks():
        standardised = rows.centred(block) / rows.scale
        correlation += standardised.T @ standardised / len(rows.start)
    return bool(np.linalg.matrix_rank(correlation, tol=1e-9) < len(correlation))


def _fit_cells(cells: pd.DataFrame, n_times: int, start: Floats | None) -> CoxFit:
    """Blocks of event times as strata keep every risk set as it is and spare a search through all rows."""
    strata = None
    if n_times > TIMES_PER_BLOCK:
        cells = cells.assign(block=cells["start"] // TIMES_PER_BLOCK).sort_values("block", kind="stable")
        strata = ["block"]
    if start is not None:
        start = start * cells.filter(regex=r"^x\d+$").std().to_numpy()  # lifelines looks among standardised columns
    with warnings.catch_warnings(record=True) as caught_warnings:
        warnings.simplefilter("always")  # kept and read below: its checks of variance do not know weights
        try:
            fitter = CoxTimeVaryingFitter().fit(
                cells,
                event_col="event",
                start_col="start",
                stop_col="stop",
                weights_col="weight",
                strata=strata,
                initial_point=start,
            )
        except (ConvergenceError, np.linalg.LinAlgError) as error:  # of the latter lifelines lets some through
            raise FitError(*UNSTABLE) from error
    _raise_unless_converged([caught for caught in caught_warnings if issubclass(caught.category, ConvergenceWarning)])
    covariance = fitter.variance_matrix_.to_numpy(dtype=float)
    return CoxFit(fitter.params_.to_numpy(dtype=float), covariance, f"lifelines {version('lifelines')}")


def _raise_unless_converged(convergence_warnings: list[warnings.WarningMessage]) -> None:
    for warning in convergence_warnings:
        if str(warning.message).startswith(("Newton-R", "The log-likelihood is getting")):
            raise FitError(*UNSTABLE)


def _fit_rows(rows: IndexedRows, start: Floats | None) -> CoxFit:
    """statsmodels counts someone who enters at t as at risk at t, hence the half step between times 1, 2, 3 …"""
    standardised = rows.centred(slice(None)) / rows.scale
    model = PHReg(rows.stop, standardised, status=rows.event.astype(int), entry=rows.start + 0.5, ties="efron")
    with warnings.catch_warnings(), np.errstate(all="ignore"):  # where rates run away, what is left is not finite
        warnings.simplefilter("error", StatsmodelsConvergenceWarning)
        warnings.simplefilter("error", HessianInversionWarning)
        try:
            fitted = model.fit(start_params=None if start is None else start * rows.scale)
        except (StatsmodelsConvergenceWarning, HessianInversionWarning, np.linalg.LinAlgError) as error:
            raise FitError(*UNSTABLE) from error
    covariance = np.asarray(fitted.cov_params()) / np.outer(rows.scale, rows.scale)
    return CoxFit(np.asarray(fitted.params) / rows.scale, covariance, f"statsmodels {version('statsmodels')}")
