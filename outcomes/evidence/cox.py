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

from .cells import IndexedRows, weighted_rows

TIMES_PER_BLOCK = 256


class FitError(Exception):
    """The model could not be fitted; `code` and message are those of the refusal."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


UNSTABLE = (
    "no_stable_answer",
    "The model found no stable answer; a covariate may separate those who left from those who stayed. Use fewer covariates.",
)
COLLINEAR = (
    "collinear_covariates",
    "Two or more of the covariates say the same thing, so they cannot be told apart. Leave one of them out.",
)


@dataclass(frozen=True)
class CoxFit:
    """`beta` (1 + p,), the exposure first, and its model-based `covariance` (1 + p, 1 + p)."""

    beta: np.ndarray
    covariance: np.ndarray
    library: str


def fit_cox(rows: IndexedRows) -> CoxFit:
    """Maximum partial likelihood with model-based errors. Raises FitError.

    Where covariates take few values, lifelines fits the rows reduced to weighted cells (exactly the
    same likelihood); otherwise statsmodels fits the rows as they are. Both equal lifelines'
    CoxTimeVaryingFitter on all rows, which takes many times longer.
    """
    centre, scale = rows.x.mean(axis=0), rows.x.std(axis=0)
    if (scale == 0).any() or np.linalg.matrix_rank(np.cov(rows.x / scale, rowvar=False), tol=1e-9) < rows.x.shape[1]:
        raise FitError(*COLLINEAR)
    frame = weighted_rows(rows)
    fit = _fit_rows(rows, centre, scale) if frame is None else _fit_cells(frame, rows.n_times)
    if not (np.isfinite(fit.beta).all() and (np.diag(fit.covariance) > 0).all()):
        raise FitError(*UNSTABLE)
    return fit


def _fit_cells(frame: pd.DataFrame, n_times: int) -> CoxFit:
    """Blocks of exit times as strata keep every risk set as it is and spare a search through all rows."""
    strata = None
    if n_times > TIMES_PER_BLOCK:
        frame = frame.assign(block=frame["start"] // TIMES_PER_BLOCK).sort_values("block", kind="stable")
        strata = ["block"]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")  # kept and read below: its checks of variance do not know weights
        try:
            fitter = CoxTimeVaryingFitter().fit(
                frame, event_col="event", start_col="start", stop_col="stop", weights_col="weight", strata=strata
            )
        except ConvergenceError as error:
            raise FitError(*UNSTABLE) from error
    _raise_unless_converged([w for w in caught if issubclass(w.category, ConvergenceWarning)])
    covariance = fitter.variance_matrix_.to_numpy(dtype=float)
    return CoxFit(fitter.params_.to_numpy(dtype=float), covariance, f"lifelines {version('lifelines')}")


def _raise_unless_converged(caught: list[warnings.WarningMessage]) -> None:
    for warning in caught:
        if str(warning.message).startswith(("Newton-R", "The log-likelihood is getting")):
            raise FitError(*UNSTABLE)


def _fit_rows(rows: IndexedRows, centre: np.ndarray, scale: np.ndarray) -> CoxFit:
    """statsmodels counts someone who enters at t as at risk at t, hence the half step between times 1, 2, 3 …"""
    model = PHReg(rows.last, (rows.x - centre) / scale, status=rows.event.astype(int), entry=rows.first + 0.5, ties="efron")
    with warnings.catch_warnings():
        warnings.simplefilter("error", StatsmodelsConvergenceWarning)
        warnings.simplefilter("error", HessianInversionWarning)
        try:
            fitted = model.fit()
        except (StatsmodelsConvergenceWarning, HessianInversionWarning, np.linalg.LinAlgError) as error:
            raise FitError(*UNSTABLE) from error
    covariance = np.asarray(fitted.cov_params()) / np.outer(scale, scale)
    return CoxFit(np.asarray(fitted.params) / scale, covariance, f"statsmodels {version('statsmodels')}")
