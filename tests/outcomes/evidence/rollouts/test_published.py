"""Figures of the published example: minimum wages and teenage employment in 500 counties."""

import numpy as np
import pandas as pd
import pytest

from outcomes.evidence.rollouts.panel import NEVER, TeamMonths
from outcomes.evidence.rollouts.staggered import NotIdentified, fit
from outcomes.evidence.rollouts.trends import bounds_with_drift, leads_to_test, pre_trends, teams_that_count
from outcomes.evidence.rollouts.two_way import two_way
from tests.outcomes.evidence.rollouts.made import panel_of
from tests.stakeholders.conftest import DATA

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def counties() -> TeamMonths:
    rows = pd.read_csv(DATA / "mpdta" / "team_metrics.csv")
    months = sorted(rows["month"].unique())
    position = {month: i for i, month in enumerate(months)}
    values = rows.pivot(index="team", columns="month", values="value")
    first = rows.groupby("team")["first_trained_month"].first().map(position).fillna(NEVER).astype(int)
    return panel_of(values.to_numpy(), first.loc[values.index].to_numpy(), begins=months[0])


def test_the_simple_average_with_counties_not_yet_treated(counties):
    found = fit(counties)
    assert found.overall.value == pytest.approx(-0.0397636, abs=5e-8)
    assert found.overall.se == pytest.approx(0.0120524, abs=5e-8)
    assert found.overall.df == 498
    assert found.library.startswith("diff-diff ")


def test_the_event_study_by_varying_base(counties):
    """Printed with never-treated controls; those not yet treated move the figures in the third decimal."""
    study = fit(counties).event_study
    assert study.months.tolist() == [-3, -2, -1, 0, 1, 2, 3]
    printed = [0.0305, -0.0006, -0.0245, -0.0199, -0.0510, -0.1373, -0.1008]
    assert study.values == pytest.approx(printed, abs=3e-3)
    assert study.effect(6, 498).value == pytest.approx(-0.1008, abs=5e-5)


def test_the_two_way_figure_and_its_forbidden_comparisons(counties):
    found = two_way(counties)
    assert found.effect.value == pytest.approx(-0.0365489, abs=5e-8)
    assert found.effect.se == pytest.approx(0.01325, abs=5e-6)
    assert 0 < found.forbidden < 0.1


def test_trends_before_are_tested_against_the_last_month_before(counties):
    universal = fit(counties, base="universal")
    assert universal.event_study.months.tolist() == [-4, -3, -2, 0, 1, 2, 3]
    found = pre_trends(counties, universal)
    assert found.leads == (-4, -3, -2)
    assert found.p == pytest.approx(0.13, abs=0.01)
    assert found.detectable == pytest.approx(0.0256, abs=5e-4)
    low, high = bounds_with_drift(counties, universal)
    assert low < universal.event_study.values[3] < high


@pytest.mark.parametrize(
    ("teams", "waves", "leads", "tested"),
    [(500, 3, 4, 4), (500, 3, 30, 12), (20, 2, 30, 6), (8, 2, 30, 2), (7, 2, 30, 1), (4, 2, 30, 0)],
)
def test_no_more_leads_are_tested_than_teams_can_tell(teams, waves, leads, tested):
    months = pd.RangeIndex(-leads - 1, 12).to_numpy()
    months = months[months != -1]
    found = leads_to_test(months, teams - waves)
    assert len(found) == tested
    assert found.tolist() == list(range(-tested - 1, -1))


@pytest.mark.parametrize(
    ("offered", "waiting", "n"), [(5, 35, 6), (35, 5, 6), (20, 20, 39), (5, 5, 9), (1, 20, 20), (12, 0, 11), (6, 12, 11)]
)
def test_five_teams_beside_many_are_as_sure_as_six(offered, waiting, n):
    """By Welch and Satterthwaite for two groups that vary alike; with nobody waiting, or one alone, teams less waves."""
    values = np.zeros((offered + waiting, 6))
    assert teams_that_count(panel_of(values, [3] * offered + [NEVER] * waiting)) == n


def test_with_too_few_teams_trends_cannot_be_tested(counties):
    few = counties.of([name in {0, 1, 250, 251, 252} for name in range(len(counties.teams))])
    found = pre_trends(few, fit(counties, base="universal"))
    assert not found.is_tested
    assert not found.has_failed


def test_without_anybody_treated_there_is_no_comparison(counties):
    with pytest.raises(NotIdentified):
        fit(counties.offered_as(counties.first * 0 + NEVER))
