"""Cox regression with the exposure as a time-varying covariate, on the scale of tenure, ties after Efron."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
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

TIMES_PER_BLOCK = 256


class FitError(Exception):
    """The model could not be fitted; `code` and message are those of the refusal."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


UNSTABLE = (
    "no_stable_answer",
    "The model found no stable estimate; a covariate may separate those who left from those who stayed. Use fewer covariates.",
)
COLLINEAR = (
    "collinear_covariates",
    "Two or more of the covariates carry the same information, so their effects cannot be told apart. Leave one of them out.",
)


@dataclass(frozen=True)
class CoxFit:
    """Log hazard ratios `beta` (1 + p,), the exposure first, and their model-based `covariance` (1 + p, 1 + p)."""

    beta: Floats
    covariance: Floats
    library: str


def fit_cox(rows: IndexedRows, start: Floats | None = None) -> CoxFit:
    """Maximum partial likelihood with model-based errors.

    Where covariates take few values, lifelines fits the rows reduced to weighted cells (exactly the
    same likelihood); otherwise statsmodels fits the rows as they are. Both equal lifelines'
    CoxTimeVaryingFitter on all rows, which takes many times longer. `start` (1 + p,) is where lifelines
    begins to look, and saves it most of the way; the answer is its own.

    Raises FitError. Cox (1972), Regression models and life-tables, JRSS B 34, 187-220; ties after
    Efron (1977), The efficiency of Cox's likelihood function for censored data, JASA 72, 557-565.
    """
    mean, standard_deviation = rows.covariates.mean(axis=0), rows.covariates.std(axis=0)
    if _are_collinear(rows.covariates, standard_deviation):
        raise FitError(*COLLINEAR)
    cells = weighted_rows(rows)
    fit = _fit_rows(rows, mean, standard_deviation) if cells is None else _fit_cells(cells, rows.n_times, start)
    if not (np.isfinite(fit.beta).all() and (np.diag(fit.covariance) > 0).all()):
        raise FitError(*UNSTABLE)
    return fit


def _are_collinear(covariates: Floats, standard_deviation: Floats) -> bool:
    if (standard_deviation == 0).any():
        return True
    covariance = np.cov(covariates / standard_deviation, rowvar=False)
    return bool(np.linalg.matrix_rank(covariance, tol=1e-9) < covariates.shape[1])


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
        except ConvergenceError as error:
            raise FitError(*UNSTABLE) from error
    _raise_unless_converged([caught for caught in caught_warnings if issubclass(caught.category, ConvergenceWarning)])
    covariance = fitter.variance_matrix_.to_numpy(dtype=float)
    return CoxFit(fitter.params_.to_numpy(dtype=float), covariance, f"lifelines {version('lifelines')}")


def _raise_unless_converged(convergence_warnings: list[warnings.WarningMessage]) -> None:
    for warning in convergence_warnings:
        if str(warning.message).startswith(("Newton-R", "The log-likelihood is getting")):
            raise FitError(*UNSTABLE)


def _fit_rows(rows: IndexedRows, mean: Floats, standard_deviation: Floats) -> CoxFit:
    """statsmodels counts someone who enters at t as at risk at t, hence the half step between times 1, 2, 3 …"""
    standardised = (rows.covariates - mean) / standard_deviation
    model = PHReg(rows.stop, standardised, status=rows.event.astype(int), entry=rows.start + 0.5, ties="efron")
    with warnings.catch_warnings():
        warnings.simplefilter("error", StatsmodelsConvergenceWarning)
        warnings.simplefilter("error", HessianInversionWarning)
        try:
            fitted = model.fit()
        except (StatsmodelsConvergenceWarning, HessianInversionWarning, np.linalg.LinAlgError) as error:
            raise FitError(*UNSTABLE) from error
    covariance = np.asarray(fitted.cov_params()) / np.outer(standard_deviation, standard_deviation)
    return CoxFit(np.asarray(fitted.params) / standard_deviation, covariance, f"statsmodels {version('statsmodels')}")
