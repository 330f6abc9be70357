"""Intervals of agreement beside published figures, independent libraries and simulation."""

import numpy as np
import pytest
from scipy.stats import f as f_distribution
from statsmodels.stats.inter_rater import cohens_kappa

from assessments.scoring.rater_intervals import f_quantile, icc_interval, kappa_interval
from assessments.scoring.raters import quadratic_weighted_kappa
from tests.assessments.test_raters import TARGETS, XEROMAMMOGRAMS, pairs


def test_the_interval_of_kappa_is_that_of_an_independent_library():
    one, other = pairs(XEROMAMMOGRAMS)
    library = cohens_kappa(XEROMAMMOGRAMS, wt="quadratic")

    interval = kappa_interval(one, other)

    assert (interval.low, interval.high) == pytest.approx((library.kappa_low, library.kappa_upp), abs=1e-9)


def test_the_interval_of_the_intraclass_correlation_is_the_published_one():
    # The data of Shrout and Fleiss (1979), table 2; the manual of R's psych, entry ICC, prints .019 and .76 for ICC2.
    interval = icc_interval(TARGETS)

    assert round(interval.low, 3) == 0.019
    assert round(interval.high, 2) == 0.76


@pytest.mark.parametrize("probability", [0.025, 0.5, 0.9, 0.975, 0.999])
@pytest.mark.parametrize(("numerator", "denominator"), [(1, 1), (5, 15), (29, 29), (3.7, 199), (200, 2.2)])
def test_quantiles_of_f_are_those_of_an_independent_library(probability, numerator, denominator):
    expected = f_distribution.ppf(probability, numerator, denominator)

    assert f_quantile(probability, numerator, denominator) == pytest.approx(expected, rel=1e-7)


def test_whole_agreement_has_no_interval():
    assert kappa_interval([1, 2, 3], [1, 2, 3]) is None
    assert kappa_interval([2, 2], [2, 2]) is None
    assert icc_interval(np.array([[1.0, 1], [2, 2], [5, 5]])) is None


def rated(rng, works, error):
    """Two raters who see the same quality, each with an error of their own."""
    quality = rng.normal(3, 1.1, works)
    return np.clip(np.rint(quality[:, None] + rng.normal(0, error, (works, 2))), 1, 5).astype(int)


@pytest.mark.parametrize(("works", "least"), [(30, 0.90), (100, 0.92)])
def test_the_interval_of_kappa_holds_the_kappa_of_all_works(works, least):
    rng = np.random.default_rng(5)
    many = rated(rng, 400_000, 0.7)
    truth = quadratic_weighted_kappa(many[:, 0], many[:, 1])

    held = 0
    for _sample in range(600):
        few = rated(rng, works, 0.7)
        held += kappa_interval(few[:, 0], few[:, 1]).contains(truth)

    assert 0.6 < truth < 0.8
    assert least <= held / 600 <= 0.98
