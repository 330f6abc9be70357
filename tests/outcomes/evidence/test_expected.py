"""Exits expected of each person: those of lifelines where it has them, and as many in all as there were."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter, NelsonAalenFitter

from outcomes.evidence.expected import expected_exits, heaviest_of, weights_of
from outcomes.evidence.question import Question, parse_covariates
from outcomes.evidence.units import Units

FIRST, AS_OF = np.datetime64("2022-01-01"), date(2024, 12, 31)
DAYS = 1095


def staff(n=400, seed=4):
    """Hired over two years, half of them in Accord's course, at two sites, of which one has twice the exits."""
    rng = np.random.default_rng(seed)
    hired = rng.integers(0, 700, n)
    site = rng.integers(0, 2, n)
    left = hired + np.ceil(rng.exponential(900 / (1 + site))).astype(int)
    never = np.datetime64("NaT", "D")
    return Units.from_columns(
        {
            "unit_id": np.array([f"P{i}" for i in range(n)], dtype=object),
            "origin": FIRST + hired,
            "exit": np.where(left <= DAYS, FIRST + left, never),
            "exposed_on": np.where(rng.random(n) < 0.5, FIRST + hired + 60, never),
            "observed_from": np.full(n, FIRST),
            "observed_until": np.full(n, FIRST + DAYS),
            "team": np.full(n, "", dtype=object),
        },
        {"site": np.where(site == 1, "north", "south").astype(object)},
    )


NEVER = np.datetime64("NaT", "D")


def expected(units, covariates="", since=FIRST - 3000, until=NEVER):
    """Of all their time, if nothing else is said."""
    n = len(units)
    return expected_exits(ask(covariates), units, AS_OF, np.full(n, since), np.full(n, until))


def ask(covariates=""):
    return Question(organisation="acme", covariates=parse_covariates(covariates))


def test_without_columns_it_is_the_hazard_of_nelson_and_aalen():
    units = staff()
    by_day = expected(units)[0]
    ends = np.fmin(units.exit, FIRST + DAYS)
    durations = (ends - units.origin).astype(int)
    hazard = NelsonAalenFitter(nelson_aalen_smoothing=True).fit(durations, ~np.isnat(units.exit)).cumulative_hazard_
    assert by_day == pytest.approx(hazard["NA_estimate"].loc[durations].to_numpy(), rel=1e-9)


@pytest.mark.parametrize("covariates", ["", "site:category"])
def test_as_many_are_expected_as_left_by_each_way_of_looking(covariates):
    """By calendar quarters exactly; after Efron a little more, since of those who leave together each counts a little less."""
    units = staff()
    left = int((~np.isnat(units.exit)).sum())
    by_day, by_month, by_quarter = (float(way.sum()) for way in expected(units, covariates))
    assert by_quarter == pytest.approx(left, rel=1e-6)
    assert left <= by_day < 1.01 * left
    assert left <= by_month < 1.04 * left


def test_columns_count_as_in_the_model():
    """Against lifelines: of two who stay as long, what is expected goes with the ratio of their sites."""
    units = staff()
    pair = [0, 1]  # the same days, on either site
    for days in (units.origin, units.exit):
        days[pair] = FIRST if days is units.origin else np.datetime64("NaT", "D")
    units.covariates["site"][pair] = ["north", "south"]
    durations = (np.fmin(units.exit, FIRST + DAYS) - units.origin).astype(int)
    north = (units.covariates["site"] == "north").astype(float)
    rows = pd.DataFrame({"days": durations, "left": ~np.isnat(units.exit), "north": north})
    ratio = CoxPHFitter().fit(rows, "days", "left").hazard_ratios_["north"]
    by_day = expected(units, "site:category")[0]
    assert by_day[0] / by_day[1] == pytest.approx(ratio, rel=1e-6)
    assert 1.5 < ratio < 3


def test_who_completed_changes_nothing():
    units = staff()
    nobody = replace(units, exposed_on=np.full(400, np.datetime64("NaT", "D")))
    for one, other in zip(expected(units), expected(nobody), strict=True):
        assert (one == other).all()


def test_only_the_time_that_is_open_counts():
    """From one day on and up to another, by each way of looking: the parts make up the whole."""
    units, middle = staff(), FIRST + 400
    parts = zip(expected(units, until=middle), expected(units, since=middle), expected(units), strict=True)
    for before, after, whole in parts:
        assert before + after == pytest.approx(whole)
        assert 0.1 * whole.sum() < after.sum() < 0.9 * whole.sum()
    hired_late = units.origin > middle + 31
    assert all((one[hired_late] == 0).all() for one in expected(units, until=middle))
    assert all((one == 0).all() for one in expected(units, since=NEVER))


def test_what_the_heaviest_is_beside_all_others():
    assert heaviest_of(np.ones(11)) == pytest.approx(1 / 10)
    assert heaviest_of(np.array([3.0, 1, 1, 1])) == 3
    assert heaviest_of(np.array([2.0, 0, 0])) == np.inf
    assert heaviest_of(np.zeros(4)) == heaviest_of(np.array([])) == 0
    twice = np.array(["a", "a", "b", "c"], dtype=object)
    assert weights_of(np.array([1.0, 2, 5, 9]), twice, np.array([True, True, True, False])).tolist() == [3, 5]
