"""Published numbers, with their source beside each."""

import math

import pytest

from outcomes.evidence.summary import summarise

from .rows import ask, published

STANFORD = "age_minus_48,accept_year,prior_surgery"


@pytest.fixture(scope="module")
def stanford():
    return ask(published("stanford_heart"), STANFORD)


@pytest.fixture(scope="module")
def workforce():
    return ask(published("sim_workforce"), "grade:category", clock="month")


def test_stanford_with_covariates(stanford):
    # R survival 3.5-3: coxph(Surv(start, stop, event) ~ transplant + age + year + surgery, heart), Efron
    assert stanford.primary.value == pytest.approx(-0.01025, abs=5e-6)
    assert stanford.primary.se == pytest.approx(0.31375, abs=5e-6)
    assert stanford.primary.method == "cox_time_varying"
    assert (stanford.counts.units, stanford.counts.exposed_units, stanford.counts.events) == (103, 69, 75)


def test_stanford_without_covariates():
    # the same, coxph(… ~ transplant)
    result = ask(published("stanford_heart"))
    assert result.primary.value == pytest.approx(0.1271, abs=5e-5)
    assert result.primary.se == pytest.approx(0.3011, abs=5e-5)


def test_workforce_with_grade_as_categories(workforce):
    # tests/data/sim_workforce/README.md: lifelines CoxTimeVaryingFitter, equal to R; person-months and exits there too
    assert workforce.primary.value == pytest.approx(-0.28601, abs=5e-6)
    assert workforce.primary.se == pytest.approx(0.05366, abs=5e-6)
    assert (workforce.counts.unit_months, workforce.counts.events, workforce.counts.units) == (322_534, 3_751, 13_213)


def test_workforce_without_covariates():
    # the same README: without covariates
    result = ask(published("sim_workforce"), clock="month")
    assert result.primary.value == pytest.approx(-0.3753, abs=5e-5)
    assert result.primary.se == pytest.approx(0.0534, abs=5e-5)


def test_workforce_on_cells_clustered_by_team(workforce):
    # the same README: pyfixest, Poisson on cells by tenure month, calendar quarter and grade, team-clustered
    estimate = next(e for e in workforce.estimates if e.method == "poisson_cells_clustered")
    assert estimate.value == pytest.approx(-0.27815, abs=5e-6)
    assert estimate.se == pytest.approx(0.054, abs=5e-4)
    assert (estimate.clusters, estimate.df, estimate.primary) == (1996, 1995, False)


def test_workforce_retention_at_twelve_months(workforce):
    # the same README: lifelines KaplanMeierFitter with entry=
    year = next(point for point in workforce.curve("everyone") if point.month == 12)
    assert year.retained == pytest.approx(0.77358, abs=5e-6)


def test_workforce_truth_lies_in_every_interval(workforce):
    # simulated with a hazard ratio of 0.78, log -0.25
    ratios = [estimate for estimate in workforce.estimates if estimate.name == "log_hazard_ratio"]
    assert len(ratios) == 13
    assert all(estimate.ci_low < -0.25 < estimate.ci_high for estimate in ratios)


@pytest.mark.parametrize(
    ("name", "covariates", "clock", "biased"),
    [
        # "ever completed" as a fixed covariate: R coxph on jasa, and the README of the simulated workforce
        ("stanford_heart", STANFORD, "day", -1.717),
        ("stanford_heart", "", "day", -1.717),
        ("sim_workforce", "grade:category", "month", -1.856),
        ("sim_workforce", "", "day", -1.856),
    ],
)
def test_ever_completed_is_never_an_effect(name, covariates, clock, biased):
    result = ask(published(name), covariates, clock=clock)
    ratios = [estimate for estimate in result.estimates if estimate.name == "log_hazard_ratio"]
    assert all(abs(estimate.value - biased) > 1 for estimate in ratios)
    assert f"{math.exp(biased):.2f}" not in summarise(result).answer


@pytest.mark.parametrize("clock", ["day", "month"])
def test_retention_never_ignores_late_entry(clock):
    # 0.9016 is what Kaplan-Meier without entry= gives at twelve months
    result = ask(published("sim_workforce"), clock=clock)
    year = [point.retained for point in result.curves if point.month == 12]
    assert len(year) == 3
    assert all(abs(share - 0.9016) > 0.02 for share in year)
