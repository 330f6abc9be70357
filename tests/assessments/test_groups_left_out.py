"""Intervals by leaving out groups, against formulas where there are some, and against draws with a known truth."""

from math import sqrt

import numpy as np
import pytest

from assessments.scoring.groups_left_out import (
    figures_with_intervals,
    jackknife_interval,
    mean_with_interval,
    positive_interval,
)


def answers(rng, people, items=8):
    """Right and wrong, by a level that the items share."""
    levels = rng.normal(size=(people, 1))
    return (rng.random((people, items)) < 1 / (1 + np.exp(-levels * 1.5))).astype(float)


def test_the_jackknife_of_a_mean_is_students_interval():
    """Quenouille's, with as many groups as people: Efron and Tibshirani (1993), An Introduction to the Bootstrap, 11.2."""
    values = np.array([[3.0], [5.0], [6.0], [9.0], [12.0]])
    without = [float(np.delete(values, place).mean()) for place in range(5)]
    found, formula = jackknife_interval(float(values.mean()), without), mean_with_interval(values).interval
    assert (found.low, found.high) == pytest.approx((formula.low, formula.high))
    assert formula.high - 7 == pytest.approx(2.7764451 * values.std(ddof=1) / sqrt(5))  # t of 4 degrees, 97.5 %


def test_there_is_no_interval_of_too_few_groups_or_of_a_figure_that_some_lack():
    assert jackknife_interval(1.0, [1.0, 1.1]) is None
    assert jackknife_interval(1.0, [1.0, 1.1, None, 0.9]) is None
    assert jackknife_interval(None, [1.0, 1.1, 0.9]) is None
    assert positive_interval(1.0, [1.0, 0.0, 0.9]) is None
    assert mean_with_interval(np.ones((1, 2))).interval is None
    assert figures_with_intervals(np.full((0, 3), np.nan)).sd.interval is None


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    truth = figures_with_intervals(answers(np.random.default_rng(1), 40_000))
    rng, held = np.random.default_rng(2), {"mean": 0, "sd": 0, "sem": 0, "weight": 0, "efficiency": 0}
    draws = 120
    for _draw in range(draws):
        points = answers(rng, 40)
        found = figures_with_intervals(points)
        held["mean"] += mean_with_interval(points).interval.contains(4.0)
        held["sd"] += found.sd.interval.contains(truth.sd.value)
        held["sem"] += found.sem.interval.contains(truth.sem.value)
        held["weight"] += found.items[0].weight.interval.contains(truth.items[0].weight.value)
        held["efficiency"] += found.items[0].efficiency.interval.contains(truth.items[0].efficiency.value)
    assert {name: count / draws >= 0.88 for name, count in held.items()} == dict.fromkeys(held, True)
