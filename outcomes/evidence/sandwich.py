"""Errors clustered by team for the Cox model.

The score residuals of Lin and Wei (1989), summed by cluster, between two inverse informations. Our
own arithmetic, and no further estimator: lifelines' `cluster_col` forgets late entry in its
residuals, and statsmodels' residuals forget Efron's correction and take a loop over sets of people.
Without ties it equals statsmodels' `PHReg.fit(groups=…)`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import Floats, Ints
from .cells import IndexedRows, sum_by_code
from .cox import CoxFit


def clustered_covariance(fit: CoxFit, rows: IndexedRows, cluster: Ints) -> Floats:
    """Covariance (p, p) of `fit.beta`, robust to dependence within `cluster` (rows,).

    With the factor G / (G - 1) for G clusters. Lin and Wei (1989), The robust inference for the Cox
    proportional hazards model, JASA 84, 1074-1078.
    """
    residuals = score_residuals(fit.beta, rows)
    cluster_names, cluster_codes = np.unique(cluster, return_inverse=True)
    n_clusters = len(cluster_names)
    cluster_scores = np.zeros((n_clusters, residuals.shape[1]))
    np.add.at(cluster_scores, cluster_codes, residuals)
    small_sample_factor = n_clusters / (n_clusters - 1)
    covariance: Floats = small_sample_factor * fit.covariance @ (cluster_scores.T @ cluster_scores) @ fit.covariance
    return covariance


def score_residuals(beta: Floats, rows: IndexedRows) -> Floats:
    """Each row's share (rows, p) of the score at `beta` (p,) under Efron's ties; they add up to the score.

    As in R's `residuals(coxph, type="score")`: Therneau and Grambsch (2000), Modeling Survival Data:
    Extending the Cox Model.
    """
    covariates = rows.covariates - rows.covariates.mean(axis=0)
    relative_hazard = np.exp(covariates @ beta)  # (rows,)
    efron = _efron_hazard(covariates, relative_hazard, rows)
    residuals: Floats = -relative_hazard[:, None] * (
        covariates * (efron.cumulative_hazard[rows.stop] - efron.cumulative_hazard[rows.start])[:, None]
        - (efron.cumulative_mean[rows.stop] - efron.cumulative_mean[rows.start])
    )
    event_time = rows.stop[rows.event] - 1  # (events,)
    event_covariates = covariates[rows.event]
    event_relative_hazard = relative_hazard[rows.event][:, None]
    residuals[rows.event] += event_covariates - efron.mean_covariates[event_time]
    residuals[rows.event] += event_relative_hazard * (
        event_covariates * efron.tied_hazard[event_time][:, None] - efron.tied_mean[event_time]
    )
    return residuals


@dataclass(frozen=True)
class _EfronHazard:
    """The baseline hazard and the mean covariates of those at risk, as Efron's correction has them.

    `cumulative_hazard` (times + 1,) before each event time, `cumulative_mean` (times + 1, p) the same
    times the mean covariates. `mean_covariates` (times, p) is the mean at each time over its tied
    events; `tied_hazard` (times,) and `tied_mean` (times, p) are the shares that those who leave at
    that time do not carry.
    """

    cumulative_hazard: Floats
    cumulative_mean: Floats
    mean_covariates: Floats
    tied_hazard: Floats
    tied_mean: Floats


def _efron_hazard(covariates: Floats, relative_hazard: Floats, rows: IndexedRows) -> _EfronHazard:
    """The r-th of d tied events, r from 0, meets all those at risk but the share r / d of the d who leave."""
    weighted_covariates = relative_hazard[:, None] * covariates
    event_time = rows.stop[rows.event] - 1  # (events,)
    n_events = np.bincount(event_time, minlength=rows.n_times)  # (times,)
    risk_sum, risk_covariate_sum = _risk_set_sums(np.column_stack([relative_hazard, weighted_covariates]), rows)
    event_sum = sum_by_code(relative_hazard[rows.event], event_time, rows.n_times)
    event_covariate_sum = _sums_by_time(weighted_covariates[rows.event], event_time, rows.n_times)

    time = np.repeat(np.arange(rows.n_times), n_events)  # (events,), in the order of time
    rank = np.arange(len(time)) - np.repeat(n_events.cumsum() - n_events, n_events)
    share = rank / n_events[time]
    hazard = 1 / (risk_sum[time] - share * event_sum[time])
    mean = (risk_covariate_sum[time] - share[:, None] * event_covariate_sum[time]) * hazard[:, None]
    return _EfronHazard(
        cumulative_hazard=_cumulative(sum_by_code(hazard, time, rows.n_times)),
        cumulative_mean=_cumulative(_sums_by_time(mean * hazard[:, None], time, rows.n_times)),
        mean_covariates=_sums_by_time(mean, time, rows.n_times) / n_events[:, None],
        tied_hazard=sum_by_code(share * hazard, time, rows.n_times),
        tied_mean=_sums_by_time(mean * (share * hazard)[:, None], time, rows.n_times),
    )


def _risk_set_sums(values: Floats, rows: IndexedRows) -> tuple[Floats, Floats]:
    """Sums of `values` (rows, 1 + p) over those at risk: of the first column (times,), of the others (times, p)."""
    entering = _sums_by_time(values, rows.start, rows.n_times + 1)
    leaving = _sums_by_time(values, rows.stop, rows.n_times + 1)
    sums = (entering - leaving).cumsum(axis=0)[:-1]
    return sums[:, 0], sums[:, 1:]


def _sums_by_time(values: Floats, time: Ints, n_times: int) -> Floats:
    """(times, columns) from `values` (rows, columns) at `time` (rows,)."""
    return np.column_stack([sum_by_code(column, time, n_times) for column in values.T])


def _cumulative(values: Floats) -> Floats:
    """Sums before each time and after the last: (times + 1, …) from (times, …)."""
    return np.concatenate([np.zeros_like(values[:1]), values.cumsum(axis=0)])
