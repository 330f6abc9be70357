"""Intervals and p-values: normal, or with clusters from t with one degree of freedom fewer than there are clusters."""

import pytest

from outcomes.evidence.estimates import log_hazard_ratio
from outcomes.evidence.result import CALENDAR, HEADLINE

from .rows import ask, from_rows, simulate

# NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.1 and 1.3.6.7.2: upper quantiles at 0.975 and at 0.995
NORMAL, T19 = (1.960, 2.576), (2.093, 2.861)


@pytest.mark.parametrize(("clusters", "df", "quantiles"), [(None, None, NORMAL), (20, 19, T19)])
def test_interval_and_p_come_from_the_distribution_of_the_errors(clusters, df, quantiles):
    for quantile, p in zip(quantiles, (0.05, 0.01), strict=True):
        for sign in (1, -1):
            estimate = log_hazard_ratio(sign * 0.25 * quantile, 0.25, "method", "library", clusters=clusters)
            assert (estimate.clusters, estimate.df) == (clusters, df)
            assert estimate.p == pytest.approx(p, rel=2e-3)
            assert (estimate.value - estimate.ci_low) / 0.25 == pytest.approx(quantiles[0], abs=5e-4)
            assert (estimate.ci_high - estimate.value) / 0.25 == pytest.approx(quantiles[0], abs=5e-4)


def test_at_twenty_teams_the_clustered_intervals_are_those_of_t_with_nineteen_degrees_of_freedom():
    result = ask(from_rows(simulate(800, seed=8, teams=20)), "site:category", clock="month")
    shown = [e for e in result.estimates if e.method in HEADLINE + CALENDAR]
    widths = {e.method: (e.df, round((e.ci_high - e.ci_low) / (2 * e.se), 3)) for e in shown}
    assert widths == {
        "cox_time_varying": (None, 1.960),
        "cox_time_varying_clustered": (19, 2.093),
        "cox_time_varying_jackknife": (19, 2.093),
        "poisson_cells_clustered": (19, 2.093),
    }
