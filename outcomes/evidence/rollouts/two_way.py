"""The figure that a regression with effects of teams and months gives. It can take an answer back, and is never the answer."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
import statsmodels.api as sm
from diff_diff import BaconDecomposition

from outcomes.evidence.arrays import Floats

from .panel import TeamMonths
from .staggered import Effect


@dataclass(frozen=True)
class TwoWay:
    """`forbidden`: share of its weight on comparisons with teams that had been offered it earlier, whose own change since is
    then taken off the effect: Goodman-Bacon (2021), Journal of Econometrics 225, 254-277.
    """

    effect: Effect
    forbidden: float
    library: str


def two_way(panel: TeamMonths) -> TwoWay:
    """Least squares on columns less their means of team and month, errors by team. Teams count alike."""
    n_teams, n_months = panel.values.shape
    column, values = _demeaned(panel.is_offered.astype(np.float64)), _demeaned(panel.values)
    groups = np.repeat(np.arange(n_teams), n_months)
    fitted = sm.OLS(values.ravel(), column.ravel()[:, None]).fit(cov_type="cluster", cov_kwds={"groups": groups})
    effect = Effect(float(fitted.params[0]), float(fitted.bse[0]), n_teams - 2)
    return TwoWay(effect, _forbidden(panel), f"statsmodels {version('statsmodels')}")


def plain_regression(panel: TeamMonths) -> float:
    """The same figure alone."""
    column, values = _demeaned(panel.is_offered.astype(np.float64)).ravel(), _demeaned(panel.values).ravel()
    return float(column @ values / (column @ column))


def _demeaned(values: Floats) -> Floats:
    """(teams, months) Less the means of teams and of months."""
    by_team, by_month = values.mean(axis=1, keepdims=True), values.mean(axis=0, keepdims=True)
    return np.asarray(values - by_team - by_month + values.mean(), dtype=np.float64)


def _forbidden(panel: TeamMonths) -> float:
    found = BaconDecomposition().fit(panel.frame(), outcome="value", unit="team", time="month", first_treat="first")
    return float(found.total_weight_later_vs_earlier)
