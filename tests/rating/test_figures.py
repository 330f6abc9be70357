"""Figures of raters beside independent values, and how often the rule of pausing is right."""

import numpy as np
import pytest
from statsmodels.stats.inter_rater import cohens_kappa

from rating.figures import FEWEST_DOUBLE, agreement_in, paused_words
from tests.assessments.test_raters import XEROMAMMOGRAMS, pairs


def numbered(one, other):
    return [(1, 2, int(first), int(second)) for first, second in zip(one, other, strict=True)]


def rated(rng, works, error):
    """Two raters who see one quality, each with an error of their own, on five levels."""
    quality = rng.normal(3, 1.1, works)
    return np.clip(np.rint(quality[:, None] + rng.normal(0, error, (works, 2))), 1, 5).astype(int)


def test_figures_are_the_published_ones():
    one, other = pairs(XEROMAMMOGRAMS)

    found = agreement_in(numbered(one, other))

    # Stata's manual, entry kappa, prints 0.6714 for these 85 works.
    assert (found.double, round(found.kappa, 4), found.is_too_low) == (85, 0.6714, False)
    assert (found.same, found.apart) == (54, 3)
    assert found.kappa_interval.contains(found.kappa)
    assert found.icc_interval.contains(found.icc.single)


@pytest.mark.parametrize("error", [0.3, 0.8, 1.5])
def test_kappa_is_that_of_an_independent_library_whoever_rated_first(error):
    sample = rated(np.random.default_rng(7), 60, error)
    table = np.histogram2d(sample[:, 0], sample[:, 1], bins=[np.arange(0.5, 6)] * 2)[0]
    expected = cohens_kappa(table, wt="quadratic").kappa

    found = agreement_in(numbered(sample[:, 0], sample[:, 1]))

    assert found.kappa == pytest.approx(expected, abs=1e-12)


def test_raters_who_agree_wholly_have_a_kappa_of_one_and_no_interval():
    found = agreement_in(numbered([1, 2, 3, 4, 5] * 6, [1, 2, 3, 4, 5] * 6))

    assert (found.kappa, found.kappa_interval, found.is_too_low) == (1.0, None, False)


def test_one_level_for_everything_tells_no_kappa_and_pauses_nothing():
    found = agreement_in(numbered([3] * 40, [3] * 40))

    assert (found.kappa, found.icc, found.is_too_low) == (None, None, False)


def test_nothing_is_told_of_nothing():
    found = agreement_in([])

    assert (found.double, found.kappa, found.icc, found.raters, found.is_too_low) == (0, None, None, [], False)


def test_a_severe_rater_is_seen_against_all_others():
    found = agreement_in([(1, 2, 2, 3), (1, 2, 3, 4), (1, 3, 4, 4), (2, 3, 5, 4)])

    assert {line.number: (line.rated, round(line.severity, 2)) for line in found.raters} == {
        1: (3, -0.67),
        2: (3, 1.0),
        3: (2, -0.5),
    }


@pytest.mark.parametrize(
    ("error", "kappa", "least", "most"), [(0.5, 0.77, 0.0, 0.09), (0.9, 0.55, 0.55, 0.8), (1.1, 0.46, 0.8, 1)]
)
def test_the_rule_pauses_what_is_too_low_and_seldom_what_is_not(error, kappa, least, most):
    rng = np.random.default_rng(3)
    samples = [rated(rng, FEWEST_DOUBLE, error) for _n in range(400)]
    whole = rated(rng, 200_000, error)

    paused = np.mean([agreement_in(numbered(one[:, 0], one[:, 1])).is_too_low for one in samples])

    assert agreement_in(numbered(whole[:2000, 0], whole[:2000, 1])).kappa == pytest.approx(kappa, abs=0.03)
    assert least <= paused <= most


def test_the_words_of_a_pause_name_kappa_count_and_what_mends_it():
    found = agreement_in(numbered([1, 5, 1, 5, 3, 3] * 5, [5, 1, 1, 5, 3, 3] * 5))

    words = paused_words(found)

    assert words.startswith("Paused: the weighted kappa of its raters is 0.00 over 30 answers that two have rated")
    assert "have the raters train again" in words
