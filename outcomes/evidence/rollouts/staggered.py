"""The effect of an offer on teams that come to it in waves, by months since, and how sure it is."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from importlib.metadata import version
from typing import Literal

import numpy as np
from diff_diff import CallawaySantAnna, SurveyDesign
from diff_diff.results_base import EventStudyResults
from diff_diff.staggered_results import CallawaySantAnnaResults
from scipy import stats

from outcomes.evidence.arrays import Floats, Ints

from .panel import TeamMonths

CONFIDENCE = 0.95
Base = Literal["varying", "universal"]


class NotIdentified(Exception):
    """These teams and waves give no comparison."""


@dataclass(frozen=True)
class Effect:
    """A difference in the unit of the values (for exits: per person-month), with its 95 % interval by t with `df`."""

    value: float
    se: float
    df: int

    @property
    def margin(self) -> float:
        return float(stats.t.ppf(0.5 + CONFIDENCE / 2, self.df)) * self.se

    @property
    def low(self) -> float:
        return self.value - self.margin

    @property
    def high(self) -> float:
        return self.value + self.margin

    @property
    def p(self) -> float:
        return float(2 * stats.t.sf(abs(self.value) / self.se, self.df)) if self.se > 0 else float("nan")


@dataclass(frozen=True)
class EventStudy:
    """By months since the offer (`months`, below 0 before it): values (months,) with their covariance (months, months)."""

    months: Ints
    values: Floats
    covariance: Floats
    surface: EventStudyResults

    @property
    def reference(self) -> int:
        """The month before the offer that all are compared with, where the base is universal."""
        (month,) = self.surface.reference_event_times or (-1,)
        return int(month)

    def effect(self, position: int, df: int) -> Effect:
        return Effect(float(self.values[position]), float(np.sqrt(self.covariance[position, position])), df)


@dataclass(frozen=True)
class Staggered:
    """`overall`: the mean effect over waves and months since (their simple average in the article); by `df` teams less two."""

    overall: Effect
    event_study: EventStudy
    library: str


def fit(panel: TeamMonths, *, base: Base = "varying", anticipation: int = 0) -> Staggered:
    """Teams offered the training against teams not yet offered it, after Callaway and Sant'Anna (2021), without covariates.

    The estimates of months before the offer depend on `base`: against the month before each (varying, as published), or
    all against the last month before the offer (universal, which tests of trends need). `anticipation`: months before
    the offer in which teams may have acted on it already. Raises NotIdentified.

    Errors are the library's analytic ones, by team; t with K − 2 degrees of freedom for K teams. Simulated without any effect
    and with waves drawn at random, an interval misses 0 in 6 to 9 of 100 draws with 10 to 40 teams and not in 5: the
    words beside it have to say so.
    """
    if not len(panel.waves) or len(panel.teams) < 3:
        raise NotIdentified("fewer than three teams, or none that was offered the training")
    estimator = CallawaySantAnna(
        control_group="not_yet_treated", estimation_method="reg", base_period=base, anticipation=anticipation, cband=False
    )
    design = SurveyDesign(weights="weight") if np.ptp(panel.weight) else None
    try:
        with warnings.catch_warnings():
            # Teams that were offered it before the first month have nothing before it, and are left out: the caller says so.
            warnings.simplefilter("ignore", UserWarning)
            found = estimator.fit(panel.frame(), "value", "team", "month", "first", survey_design=design)
            surface = found.aggregate("event_study")
    except ValueError as error:
        raise NotIdentified(str(error)) from error
    return Staggered(_overall(found, len(panel.teams)), _event_study(surface), f"diff-diff {version('diff-diff')}")


def _overall(found: CallawaySantAnnaResults, n_teams: int) -> Effect:
    value, se = float(found.overall_att), float(found.overall_se)
    if not np.isfinite([value, se]).all() or se <= 0:
        raise NotIdentified("no stable answer")
    return Effect(value, se, n_teams - 2)


def _event_study(surface: EventStudyResults) -> EventStudy:
    """Without the month that all others are compared with, which is 0 by definition."""
    if surface.vcov is None or surface.vcov_index is None:
        raise NotIdentified("no covariance of the months")
    months = np.asarray(surface.vcov_index, dtype=np.int64)
    by_month = dict(zip(np.asarray(surface.event_time).tolist(), np.asarray(surface.att, dtype=np.float64), strict=True))
    kept = np.array([bool(np.diag(surface.vcov)[i] > 0) for i in range(len(months))])
    values = np.array([by_month[month] for month in months.tolist()])
    return EventStudy(months[kept], values[kept], np.asarray(surface.vcov)[np.ix_(kept, kept)], surface)
