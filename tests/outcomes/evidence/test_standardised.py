"""How many of 100 left within a year: from the ratio to people."""

from math import exp

import numpy as np
import pytest

from .rows import ask, from_rows, published, simulate


def difference(result):
    return next((e for e in result.estimates if e.name == "risk_difference_12m"), None)


def test_it_is_what_a_constant_rate_and_the_ratio_amount_to():
    """Leaving at 0.35 a year and half as fast after completing: exp(-0.35) - exp(-0.175) = -0.135."""
    rows = [row | {"site": "A"} for row in simulate(4000, seed=61, log_hazard_ratio=np.log(0.5))]
    rows = [row for row in rows if row["site"] == "A"]
    result = ask(from_rows(rows))
    found = difference(result)
    yearly = result.counts.events - result.counts.events_exposed
    assert found.ci_low < found.value < found.ci_high < 0
    assert yearly > 500
    # Sites leave at 0.35 and at 0.525 a year, half and half
    truth = np.mean([exp(-rate) - exp(-rate / 2) for rate in (0.35, 0.525)])
    assert found.value == pytest.approx(truth, abs=3 * found.se)


def test_its_interval_is_that_of_the_ratio_in_the_answer():
    result = ask(from_rows(simulate(800, seed=8, teams=12, log_hazard_ratio=-0.4)))
    found, answer = difference(result), result.widest
    assert found.method == f"{answer.method}_standardised"
    assert (found.p, found.clusters, found.df) == (answer.p, answer.clusters, answer.df)
    assert (found.ci_high < 0) is (answer.ci_high < 0)


def test_no_effect_is_no_difference():
    result = ask(published("stanford_heart"))
    found = difference(result)
    assert found.ci_low < 0 < found.ci_high
    assert (found.value > 0) is (result.primary.value > 0)


def test_without_a_year_after_completing_there_is_none():
    assert difference(ask(from_rows(simulate(900, seed=23)), horizon_months=10)) is None
