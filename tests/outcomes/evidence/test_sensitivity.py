import math

import pytest

from outcomes.evidence.result import widest
from outcomes.evidence.sensitivity import as_risk_ratio, e_value, e_value_of_limit, minimum_detectable_effect

from .rows import ask, from_rows, published, simulate


@pytest.mark.parametrize(
    ("risk_ratio", "published_value"),
    [
        # VanderWeele and Ding, Annals of Internal Medicine 2017; 167:268-274: formula feeding, RR 3.9 (1.8 to 8.7)
        (3.9, 7.2),
        (1.8, 3.0),
        # the same paper: breastfeeding and leukaemia, RR 0.80 (0.71 to 0.91)
        (0.80, 1.81),
        (0.91, 1.43),
        # documentation of R package tipr, e_value(): https://r-causal.github.io/tipr/reference/e_value.html
        (0.9, 1.462475),
        (1.3, 1.9245),
    ],
)
def test_e_values_as_published(risk_ratio, published_value):
    digits = len(str(published_value).partition(".")[2])
    tolerance = 0.065 if published_value == 7.2 else 0.51 * 10**-digits  # the paper cuts 7.26 to 7.2
    assert e_value(risk_ratio) == pytest.approx(published_value, abs=tolerance)


def test_a_rare_outcome_takes_the_hazard_ratio_for_the_risk_ratio():
    assert as_risk_ratio(0.56, common=False) == 0.56


def test_a_common_outcome_brings_the_hazard_ratio_nearer_to_one():
    # The formula of the same paper: (1 - 0.5^sqrt(HR)) / (1 - 0.5^sqrt(1/HR)), worked out by hand
    assert as_risk_ratio(0.56, common=True) == pytest.approx(0.4047 / 0.6040, abs=2e-4)
    assert as_risk_ratio(1 / 0.56, common=True) == pytest.approx(0.6040 / 0.4047, abs=4e-4)
    assert as_risk_ratio(1.0, common=True) == 1.0


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0.71, 0.91, e_value(0.91)), (1.8, 8.7, e_value(1.8)), (0.9, 1.2, 1.0), (1.0, 1.5, 1.0)],
)
def test_the_limit_nearest_to_one_counts(low, high, expected):
    assert e_value_of_limit(low, high, common=False) == pytest.approx(expected)


def test_minimum_detectable_effect_is_2_8_errors():
    # 1.960 + 0.842, the usual sum for 5 % two-sided and power 80 %
    assert minimum_detectable_effect(0.1) == pytest.approx(0.2802, abs=5e-5)


def test_diagnostics_follow_from_the_primary_estimate():
    # 75 of 103 died, so the outcome is common
    result = ask(published("stanford_heart"))
    ratio = as_risk_ratio(math.exp(result.primary.value), common=True)
    assert result.diagnostics.e_value == pytest.approx(e_value(ratio))
    assert result.diagnostics.e_value_ci == 1.0
    assert result.diagnostics.minimum_detectable_effect == pytest.approx(2.8016 * result.primary.se, rel=1e-4)


def test_the_e_value_of_the_limit_is_that_of_the_widest_interval():
    """Teams make it wider than the primary one: passing that would promise more than the data hold."""
    result = ask(from_rows(simulate(3000, 5, log_hazard_ratio=-0.5, teams=12)))
    answer = widest(result.estimates)
    limits = [(math.exp(one.ci_low), math.exp(one.ci_high)) for one in (answer, result.primary)]
    common = result.counts.outcome_is_common
    of_widest, of_primary = (e_value_of_limit(*pair, common=common) for pair in limits)
    assert limits[0] != limits[1]
    assert of_widest < of_primary
    assert result.diagnostics.e_value_ci == pytest.approx(of_widest)
