"""Errors clustered by team for the Cox model.

The score residuals of Lin and Wei (1989), summed by cluster, between two inverse informations. Our
own arithmetic, and no further estimator: lifelines' `cluster_col` forgets late entry in its
residuals, and statsmodels' residuals forget Efron's correction and take a loop over sets of people.
Without ties it equals statsmodels' `PHReg.fit(groups=…)`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from .arrays import Floats, Ints
from .cells import IndexedRows, sum_by_code
from .efron import cumulative, risk_sets
from .fits import CoxFit


def clustered_covariance(fit: CoxFit, rows: IndexedRows, cluster: Ints, columns: slice = slice(None)) -> Floats:
    """Covariance (k, k) of the `columns` of `fit.beta` (all, if none are named), robust to dependence within `cluster` (rows,).

    With the factor G / (G - 1) for G clusters. Lin and Wei (1989), The robust inference for the Cox
    proportional hazards model, JASA 84, 1074-1078.
    """
    influence = score_residuals(fit.beta, rows, fit.covariance[:, columns])  # (rows, k)
    cluster_code, clusters = pd.factorize(cluster)
    sums = np.column_stack([sum_by_code(column, cluster_code, len(clusters)) for column in influence.T])
    covariance: Floats = len(clusters) / (len(clusters) - 1) * (sums.T @ sums)
    return covariance


def score_residuals(beta: Floats, rows: IndexedRows, directions: Floats | None = None) -> Floats:
    """Each row's share (rows, k) of the score at `beta` (p,) under Efron's ties, along `directions` (p, k); they add up to it.

    Without directions k is p. As in R's `residuals(coxph, type="score")`: Therneau and Grambsch
    (2000), Modeling Survival Data: Extending the Cox Model.
    """
    directions = np.eye(len(beta)) if directions is None else directions
    relative_hazard = rows.relative_hazard(beta)[:, None]  # (rows, 1)
    along = rows.along(directions)  # (rows, k)
    sets = risk_sets(rows, relative_hazard[:, 0], lambda block: along[block])
    cumulative_hazard, cumulative_mean = sets.cumulative_hazard[:, None], cumulative(sets.means_times_hazard(0))
    residuals: Floats = cumulative_mean[rows.stop] - cumulative_mean[rows.start]
    residuals -= along * (cumulative_hazard[rows.stop] - cumulative_hazard[rows.start])
    residuals *= relative_hazard
    event_time = rows.stop[rows.event] - 1  # (events,)
    mean_met = sets.summed_means / sets.n_events[:, None]  # (times, k)
    residuals[rows.event] += along[rows.event] - mean_met[event_time]
    tied = along[rows.event] * sets.hazard[1][event_time, None] - sets.means_times_hazard(1)[event_time]
    residuals[rows.event] += relative_hazard[rows.event] * tied
    return residuals
