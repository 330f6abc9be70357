"""Whether teams that were offered the training had been on the same way before as those not yet offered it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from diff_diff import HonestDiD
from diff_diff.results_base import EventStudyResults
from scipy import optimize, stats

from outcomes.evidence.arrays import Floats, Ints

from .panel import NEVER, TeamMonths
from .staggered import Staggered

MOST_LEADS, FEWEST_LEADS = 12, 2
TEAMS_TO_A_LEAD = 3
POWER, FALSE_ALARMS = 0.8, 0.05


@dataclass(frozen=True)
class PreTrends:
    """`p` of all `leads` (periods before the offer) together being 0; `detectable`: the smallest steady drift a month, in the
    unit of the values, that the test would find 4 times in 5. Both None where it cannot be tested.
    """

    leads: tuple[int, ...] = ()
    p: float | None = None
    detectable: float | None = None

    @property
    def is_tested(self) -> bool:
        return self.p is not None

    @property
    def has_failed(self) -> bool:
        return self.p is not None and self.p < FALSE_ALARMS


def teams_that_count(panel: TeamMonths) -> int:
    """Of how many teams the covariance of leads is as sure as of as many on one side: teams less waves, or fewer.

    After Welch and Satterthwaite, where teams vary alike: of five teams beside thirty-five it is no surer than of six, since
    the five make nearly all of it. Simulated with nothing going on, taking it for one of 39 failed in 40 of 100 draws.
    """
    n, waiting = len(panel.teams), int((panel.first == NEVER).sum())
    most, offered = n - len(panel.waves), n - waiting
    if min(offered, waiting) < 2:
        return most
    squares = 1 / (offered**2 * (offered - 1)) + 1 / (waiting**2 * (waiting - 1))
    return min(most, 1 + int((1 / offered + 1 / waiting) ** 2 / squares))


def leads_to_test(months: Ints, n_teams: int) -> Ints:
    """The last q leads before the month that all are compared with: at most twelve, those there are, and one for three teams.

    More of them than that ask for more covariances than the teams can tell, and the test fails for nothing.
    """
    leads = np.sort(months[months < 0])
    q = min(MOST_LEADS, len(leads), n_teams // TEAMS_TO_A_LEAD)
    return leads[len(leads) - q :] if q > 0 else leads[:0]


def pre_trends(panel: TeamMonths, universal: Staggered) -> PreTrends:
    """A joint test of the leads of a fit with universal base, by Hotelling's T squared with `teams_that_count`.

    The reference is F, since a chi squared takes the covariance for known. A drift that it does not find may be there all the
    same, so what it would have found is said: Roth (2022), Pretest with caution, American Economic Review: Insights 4, 305-322.
    """
    study, n = universal.event_study, teams_that_count(panel)
    leads = leads_to_test(study.months, n)
    if len(leads) < FEWEST_LEADS:
        return PreTrends()
    at = np.flatnonzero(np.isin(study.months, leads))
    values, covariance = study.values[at], study.covariance[np.ix_(at, at)]
    p = _joint_p(values, covariance, n)
    drift = _detectable(panel.span * (leads - study.reference), covariance, n) if p is not None else None
    return PreTrends(tuple(int(lead) for lead in leads), p, drift)


def _joint_p(values: Floats, covariance: Floats, n: int) -> float | None:
    """None where leads say the same as others, so that they cannot be tested together."""
    q = len(values)
    if n - q < 1 or np.linalg.matrix_rank(covariance, hermitian=True) < q:
        return None
    wald = float(values @ np.linalg.solve(covariance, values))
    return float(stats.f.sf(wald * (n - q) / (q * (n - 1)), q, n - q))


def _detectable(months: Ints, covariance: Floats, n: int) -> float | None:
    """By the noncentral F of the same test, for a drift that is a straight line through what all are compared with: `months`
    are counted from there.
    """
    q = len(months)
    if n - q < 1:
        return None
    line = months.astype(np.float64)
    # The inverse of a covariance that is estimated from few teams is too large on average.
    too_large = (n - 1) / max(n - q - 2, 1)
    information = float(line @ np.linalg.solve(covariance, line)) / too_large
    limit = stats.f.isf(FALSE_ALARMS, q, n - q)
    scale = n / (n - 1)  # of a covariance that is estimated from n teams
    noncentrality = optimize.brentq(lambda nc: stats.ncf.sf(limit, q, n - q, nc) - POWER, 1e-6, 1e4)
    return float(np.sqrt(noncentrality * scale / information))


def bounds_with_drift(panel: TeamMonths, universal: Staggered) -> tuple[float, float] | None:
    """95 % interval of the effect in the first month where teams may have drifted apart steadily, as they did before.

    Smoothness restriction of Rambachan and Roth (2023), A more credible approach to parallel trends, Review of Economic
    Studies 90, 2555-2591, with M = 0: no change of slope. From the leads that are tested and the first month alone: more of
    them have no covariance of their own where teams are fewer. None where it cannot be worked out.
    """
    study = universal.event_study
    leads = leads_to_test(study.months, teams_that_count(panel))
    if len(leads) < FEWEST_LEADS or 0 not in study.months:
        return None
    try:
        surface = _only(study.surface, [*leads.tolist(), study.reference, 0])
        found = HonestDiD(method="smoothness", M=0.0, l_vec=np.ones(1)).fit(surface)
    except ValueError:
        return None
    low, high = float(found.ci_lb), float(found.ci_ub)
    return (low, high) if np.isfinite([low, high]).all() else None


def _only(surface: EventStudyResults, months: Sequence[int]) -> EventStudyResults:
    """`surface` with some of its months alone."""
    kept = np.isin(surface.event_time, months)
    of_months = {
        field.name: value[kept]
        for field in fields(surface)
        if field.name not in ("vcov", "vcov_index")
        and isinstance(value := getattr(surface, field.name), np.ndarray)
        and value.shape == kept.shape
    }
    if surface.vcov is None or surface.vcov_index is None:
        raise ValueError("no covariance of the months")
    at = np.isin(surface.vcov_index, months)
    return replace(surface, **of_months, vcov=surface.vcov[np.ix_(at, at)], vcov_index=surface.vcov_index[at])
