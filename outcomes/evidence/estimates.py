"""The estimates of an adjusted question: Cox, the same with errors by team, and rates on cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version

import numpy as np
import pandas as pd
from scipy import stats

from . import limits
from .cells import index_rows
from .checks import refuse_without_overlap, warning
from .cox import CoxFit, FitError, fit_cox
from .design import Design
from .poisson import fit_poisson
from .question import Question
from .result import Estimate, Notice
from .sandwich import clustered_covariance
from .spells import Spells, risk_rows


@dataclass(frozen=True)
class Estimated:
    """Estimates, the primary one first, or the refusals that took their place."""

    estimates: tuple[Estimate, ...] = ()
    refusals: tuple[Notice, ...] = ()
    warnings: tuple[Notice, ...] = ()
    coefficients: int = 0


def estimate_completion(question: Question, spells: Spells, design: Design, team: np.ndarray) -> Estimated:
    """Hazard ratio of the exposed against those not yet exposed; `team` (spells,) is text, blank for none."""
    warnings = []
    silent, levels = design.levels_without_events(spells.row, spells.event)
    if levels:
        warnings.append(warning("levels_without_events", levels=", ".join(levels)))
        spells, team = spells.take(~silent, "level_without_events"), team[~silent]
    rows, matrix = risk_rows(spells), design.matrix(spells.row)
    indexed = index_rows(rows, matrix)
    refusals = refuse_without_overlap(indexed)
    if refusals:
        return Estimated(refusals=tuple(refusals))
    try:
        fit = fit_cox(indexed)
    except FitError as error:
        return Estimated(refusals=(Notice(error.code, str(error)),))
    estimates = [replace(_cox(fit), primary=True)]
    cluster, too_few = _clusters(team, spells.person)
    warnings += too_few
    if cluster is not None:
        estimates.append(_cox_clustered(fit, clustered_covariance(fit, indexed, cluster[rows.spell[indexed.kept]]), cluster))
    if question.clock == "month" and design.all_categorical:
        estimates += _cells(spells, matrix, cluster)
    return Estimated(tuple(estimates), warnings=tuple(warnings), coefficients=len(fit.beta))


def log_hazard_ratio(value: float, se: float, method: str, library: str, *, clusters: int | None = None) -> Estimate:
    """An estimate with 95 % interval and p-value: normal, or from t with clusters - 1 degrees of freedom."""
    df = None if clusters is None else clusters - 1
    reference = stats.norm() if df is None else stats.t(df)
    half = float(reference.ppf(0.975)) * se
    p = 2 * float(reference.sf(abs(value / se)))
    return Estimate(
        "log_hazard_ratio", value, se, value - half, value + half, p, clusters=clusters, df=df, method=method, library=library
    )


def _cox(fit: CoxFit) -> Estimate:
    return log_hazard_ratio(float(fit.beta[0]), float(np.sqrt(fit.covariance[0, 0])), "cox_time_varying", fit.library)


def _cox_clustered(fit: CoxFit, covariance: np.ndarray, cluster: np.ndarray) -> Estimate:
    library = f"{fit.library}; errors with numpy {version('numpy')}"
    error = float(np.sqrt(covariance[0, 0]))
    n = len(np.unique(cluster))
    return log_hazard_ratio(float(fit.beta[0]), error, "cox_time_varying_clustered", library, clusters=n)


def _cells(spells: Spells, matrix: np.ndarray, cluster: np.ndarray | None) -> Iterator[Estimate]:
    """Nothing where cells would be no fewer than rows: a further estimate may be missing."""
    fit = fit_poisson(spells, matrix, cluster)
    if fit is not None:
        method = "poisson_cells" if fit.clusters is None else "poisson_cells_clustered"
        yield log_hazard_ratio(fit.value, fit.se, method, fit.library, clusters=fit.clusters)


def _clusters(team: np.ndarray, person: np.ndarray) -> tuple[np.ndarray | None, list[Notice]]:
    """A number for each spell's team; someone without a team is a cluster alone. None for too few teams."""
    codes, teams = pd.factorize(pd.Series(team).replace("", pd.NA))
    if len(teams) == 0:
        return None, []
    if len(teams) < limits.MIN_CLUSTERS:
        return None, [warning("too_few_teams_to_cluster", needed=limits.MIN_CLUSTERS, teams=len(teams))]
    return np.where(codes < 0, len(teams) + person, codes), []
