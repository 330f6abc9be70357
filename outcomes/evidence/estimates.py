"""The estimates of an adjusted question: Cox, the same with errors by team, and rates on cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version

import numpy as np
import pandas as pd
from scipy import stats

from . import limits
from .arrays import Floats, Ints, Objects
from .cells import index_rows
from .checks import refuse_without_overlap, warning
from .cox import CoxFit, FitError, fit_cox
from .design import Design
from .poisson import fit_poisson
from .question import Question
from .result import Estimate, Notice
from .sandwich import clustered_covariance
from .spells import Spells, split_at_exposure


@dataclass(frozen=True)
class Estimation:
    """Estimates, the primary one first, or the refusals that took their place."""

    estimates: tuple[Estimate, ...] = ()
    refusals: tuple[Notice, ...] = ()
    warnings: tuple[Notice, ...] = ()
    coefficients: int = 0


def estimate_completion(question: Question, spells: Spells, design: Design, team: Objects) -> Estimation:
    """Log hazard ratio of the exposed against those not yet exposed; `team` (spells,) is text, blank for none."""
    warnings = []
    in_eventless_level, level_names = design.levels_without_events(spells.unit_index, spells.event)  # (spells,)
    if level_names:
        warnings.append(warning("levels_without_events", levels=", ".join(level_names)))
        spells, team = spells.subset(~in_eventless_level, "level_without_events"), team[~in_eventless_level]
    rows, covariates = split_at_exposure(spells), design.matrix(spells.unit_index)
    indexed = index_rows(rows, covariates)
    refusals = refuse_without_overlap(question, indexed)
    if refusals:
        return Estimation(refusals=tuple(refusals))
    try:
        fit = fit_cox(indexed)
    except FitError as error:
        return Estimation(refusals=(Notice(error.code, str(error)),))
    estimates = [replace(_cox_estimate(fit), primary=True)]
    cluster, cluster_warnings = _team_clusters(team, spells.person_code)
    warnings += cluster_warnings
    if cluster is not None:
        covariance = clustered_covariance(fit, indexed, cluster[rows.spell_index[indexed.risk_row_index]])
        estimates.append(_clustered_cox_estimate(fit, covariance, n_clusters=len(np.unique(cluster))))
    if question.clock == "month" and design.all_categorical:
        estimates += _poisson_estimates(spells, covariates, cluster)
    return Estimation(tuple(estimates), warnings=tuple(warnings), coefficients=len(fit.beta))


def log_hazard_ratio(value: float, se: float, method: str, library: str, *, clusters: int | None = None) -> Estimate:
    """An estimate with its 95 % Wald interval and p-value: normal, or from t with clusters - 1 degrees of freedom."""
    df = None if clusters is None else clusters - 1
    distribution = stats.norm() if df is None else stats.t(df)
    half_width = float(distribution.ppf(0.975)) * se
    return Estimate(
        name="log_hazard_ratio",
        value=value,
        se=se,
        ci_low=value - half_width,
        ci_high=value + half_width,
        p=2 * float(distribution.sf(abs(value / se))),
        clusters=clusters,
        df=df,
        method=method,
        library=library,
    )


def _cox_estimate(fit: CoxFit) -> Estimate:
    return log_hazard_ratio(float(fit.beta[0]), float(np.sqrt(fit.covariance[0, 0])), "cox_time_varying", fit.library)


def _clustered_cox_estimate(fit: CoxFit, covariance: Floats, n_clusters: int) -> Estimate:
    library = f"{fit.library}; errors with numpy {version('numpy')}"
    se = float(np.sqrt(covariance[0, 0]))
    return log_hazard_ratio(float(fit.beta[0]), se, "cox_time_varying_clustered", library, clusters=n_clusters)


def _poisson_estimates(spells: Spells, covariates: Floats, cluster: Ints | None) -> Iterator[Estimate]:
    """Nothing where cells would be no fewer than rows: a further estimate may be missing."""
    fit = fit_poisson(spells, covariates, cluster)
    if fit is not None:
        method = "poisson_cells" if fit.clusters is None else "poisson_cells_clustered"
        yield log_hazard_ratio(fit.value, fit.se, method, fit.library, clusters=fit.clusters)


def _team_clusters(team: Objects, person_code: Ints) -> tuple[Ints | None, list[Notice]]:
    """A number for each spell's team (spells,); someone without a team is a cluster alone. None for too few teams."""
    team_code, teams = pd.factorize(pd.Series(team).replace("", pd.NA))
    if len(teams) == 0:
        return None, []
    if len(teams) < limits.MIN_CLUSTERS:
        return None, [warning("too_few_teams_to_cluster", needed=limits.MIN_CLUSTERS, teams=len(teams))]
    return np.where(team_code < 0, len(teams) + person_code, team_code), []
