"""Errors clustered by team for the Cox model.

The score residuals of Lin and Wei (1989), summed by cluster, between two inverse informations. Our
own arithmetic, and no further estimator: lifelines' `cluster_col` forgets late entry in its
residuals, and statsmodels' residuals forget Efron's correction and take a loop over sets of people.
Without ties it equals statsmodels' `PHReg.fit(groups=…)`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .cells import IndexedRows
from .cox import CoxFit


def clustered_covariance(fit: CoxFit, rows: IndexedRows, cluster: np.ndarray) -> np.ndarray:
    """Covariance (p, p) of `fit.beta`, robust to dependence within `cluster` (n,) of ints.

    With the factor G / (G - 1) for G clusters.
    """
    scores = score_residuals(fit.beta, rows)
    groups, codes = np.unique(cluster, return_inverse=True)
    sums = np.zeros((len(groups), scores.shape[1]))
    np.add.at(sums, codes, scores)
    factor = len(groups) / (len(groups) - 1)
    return np.asarray(factor * fit.covariance @ (sums.T @ sums) @ fit.covariance)


def score_residuals(beta: np.ndarray, rows: IndexedRows) -> np.ndarray:
    """Each row's share (n, p) of the score at `beta` under Efron's ties; they add up to the score.

    As in R's `residuals(coxph, type="score")`: Therneau and Grambsch (2000), sections 3.3 and 4.3.
    """
    x = rows.x - rows.x.mean(axis=0)
    risk = np.exp(x @ beta)
    hazard = _efron_hazard(x, risk, rows)
    scores: np.ndarray = -risk[:, None] * (
        x * (hazard.cumulative[rows.last] - hazard.cumulative[rows.first])[:, None]
        - (hazard.weighted[rows.last] - hazard.weighted[rows.first])
    )
    at = rows.last[rows.event] - 1
    own_x, own_risk = x[rows.event], risk[rows.event][:, None]
    scores[rows.event] += own_x - hazard.mean_x[at]
    scores[rows.event] += own_risk * (own_x * hazard.tied[at][:, None] - hazard.tied_weighted[at])
    return scores


@dataclass(frozen=True)
class _EfronHazard:
    """At t exit times: `cumulative` (t + 1,) hazard before each, `weighted` (t + 1, p) the same times mean x.

    `mean_x` (t, p) is the mean at each time over the tied exits; `tied` and `tied_weighted` are the
    shares of hazard that those who leave at that time do not carry.
    """

    cumulative: np.ndarray
    weighted: np.ndarray
    mean_x: np.ndarray
    tied: np.ndarray
    tied_weighted: np.ndarray


def _efron_hazard(x: np.ndarray, risk: np.ndarray, rows: IndexedRows) -> _EfronHazard:
    at = rows.last[rows.event] - 1
    deaths = np.bincount(at, minlength=rows.n_times)
    s0, s1 = _at_risk_sums(np.column_stack([risk, risk[:, None] * x]), rows)
    e0 = np.bincount(at, risk[rows.event], minlength=rows.n_times)
    e1 = _sum_by_time((risk[:, None] * x)[rows.event], at, rows.n_times)

    time = np.repeat(np.arange(rows.n_times), deaths)
    share = (np.arange(len(time)) - np.repeat(deaths.cumsum() - deaths, deaths)) / deaths[time]
    step = 1 / (s0[time] - share * e0[time])
    mean = (s1[time] - share[:, None] * e1[time]) * step[:, None]
    return _EfronHazard(
        cumulative=_running(np.bincount(time, step, minlength=rows.n_times)),
        weighted=_running(_sum_by_time(mean * step[:, None], time, rows.n_times)),
        mean_x=_sum_by_time(mean, time, rows.n_times) / deaths[:, None],
        tied=np.bincount(time, share * step, minlength=rows.n_times),
        tied_weighted=_sum_by_time(mean * (share * step)[:, None], time, rows.n_times),
    )


def _at_risk_sums(values: np.ndarray, rows: IndexedRows) -> tuple[np.ndarray, np.ndarray]:
    """Sums over those at risk at each time, of the first column and of the others."""
    entering = _sum_by_time(values, rows.first, rows.n_times + 1)
    leaving = _sum_by_time(values, rows.last, rows.n_times + 1)
    sums = (entering - leaving).cumsum(axis=0)[:-1]
    return sums[:, 0], sums[:, 1:]


def _sum_by_time(values: np.ndarray, time: np.ndarray, n: int) -> np.ndarray:
    return np.column_stack([np.bincount(time, column, minlength=n) for column in values.T])


def _running(values: np.ndarray) -> np.ndarray:
    return np.concatenate([np.zeros_like(values[:1]), values.cumsum(axis=0)])
