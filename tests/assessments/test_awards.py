"""Awards promise what they say, or are withheld; change is told with its error."""

from statistics import fmean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from assessments import scoring
from assessments.scoring.awards import (
    AWARDABLE,
    POPULATIONS,
    LevelRule,
    Outcome,
    answers,
    awarded_level,
    expected_accuracy,
    find_rules,
    form_information,
)
from assessments.scoring.intervals import t_quantile
from assessments.scoring.placement import posterior, probabilities_at_least
from benchmarks.placement import form

RULES = [LevelRule(level, cut, 0.05, {}) for level, cut in zip(AWARDABLE, (0.8, 0.9, None, 0.9), strict=True)]
SURE = (1.0, 0.99, 0.95, 0.93, 0.5)


def test_the_highest_level_whose_cut_is_met_is_awarded():
    assert awarded_level(SURE, RULES, items=16, is_keyed=True) == 3
    assert awarded_level((1.0, 0.85, 0.85, 0.1, 0.0), RULES, items=16, is_keyed=True) == 2
    assert awarded_level((1.0, 0.79, 0.3, 0.1, 0.0), RULES, items=16, is_keyed=True) is None


def test_nothing_is_awarded_on_an_authors_key_or_on_few_items():
    assert awarded_level(SURE, RULES, items=16, is_keyed=False) is None
    assert awarded_level(SURE, RULES, items=15, is_keyed=True) is None


def test_a_cut_below_four_fifths_is_not_taken():
    lax = [LevelRule(2, 0.5, 0.05, {})]
    assert awarded_level((1.0, 0.7, 0, 0, 0), lax, items=20, is_keyed=True) is None
    assert awarded_level((1.0, 0.8, 0, 0, 0), lax, items=20, is_keyed=True) == 2


@pytest.fixture(scope="module")
def rules():
    return find_rules(form(20, np.random.default_rng(1)), persons=1500)


def test_rules_hold_in_every_population_or_withhold(rules):
    assert [rule.level for rule in rules] == [2, 3, 4, 5]
    for rule in rules:
        assert list(rule.outcomes) == [population.name for population in POPULATIONS]
        if rule.cut is not None:
            assert rule.cut >= 0.8
            assert rule.below <= 0.10
            assert all(outcome.share_right >= 0.8 for outcome in rule.outcomes.values() if outcome.awarded >= 50)


def test_rules_keep_to_what_they_promise_on_other_draws(rules):
    """Of other learners half a level below, with other answers, at most 10 in 100 get the award, but for chance."""
    layouts = form(20, np.random.default_rng(1))
    rng = np.random.default_rng(99)
    for rule in rules:
        border = answers(layouts, np.full(4000, rule.level - 0.5), rng)
        share = (probabilities_at_least(posterior(layouts, border))[:, rule.level - 1] >= rule.cut).mean()
        assert share <= 0.10 + 0.02


def test_a_form_under_16_items_awards_nothing():
    assert [rule.cut for rule in find_rules(form(15, np.random.default_rng(1)), persons=300)] == [None] * 4


def test_a_level_that_no_option_reaches_is_withheld():
    """Nobody can show level 5 on options of levels 1 and 2: whoever is at 4½ answers as whoever is at 5."""
    top = find_rules([(1, 2)] * 20, persons=1000)[-1]
    assert top.cut is None
    assert all(outcome.awarded < 50 for outcome in top.outcomes.values())


def test_an_outcome_of_few_awards_is_not_held_against_a_rule():
    assert Outcome(1000, 49, 0).holds
    assert not Outcome(1000, 50, 39).holds
    assert Outcome(1000, 50, 40).holds


def test_expected_accuracy_at_one_level_is_the_normal_share_on_its_side():
    """Rudner's equation with one level and one bound: Φ(distance / error)."""
    found = expected_accuracy(np.array([0.3]), np.array([1.0]), np.array([4.0]), [0.0])
    assert found == pytest.approx(stats.norm.cdf(0.3 * 2))


def test_expected_accuracy_is_the_share_that_simulated_estimates_classify_right():
    rng = np.random.default_rng(6)
    levels = np.linspace(0.5, 5.5, 101)
    shares = np.exp(-((levels - 3) ** 2) / 2)
    shares /= shares.sum()
    information = form_information(form(20, rng), levels)
    bounds = [1.5, 2.5, 3.5, 4.5]
    who = rng.choice(101, 200_000, p=shares)
    estimates = levels[who] + rng.normal(size=len(who)) / np.sqrt(information[who])
    simulated = np.mean(np.digitize(estimates, bounds) == np.digitize(levels[who], bounds))
    assert expected_accuracy(levels, shares, information, bounds) == pytest.approx(simulated, abs=0.005)


def test_a_longer_form_is_more_accurate():
    levels, shares = np.linspace(0.5, 5.5, 11), np.full(11, 1 / 11)
    found = [
        expected_accuracy(levels, shares, form_information(form(length, np.random.default_rng(1)), levels), [2.5, 3.5])
        for length in (4, 16, 64)
    ]
    assert found == sorted(found)
    assert found[-1] > found[0] + 0.1


# Change ---------------------------------------------------------------------------------------------------------------------


def test_reliable_change_gives_the_published_index():
    """Jacobson and Truax (1991), page 14: from 32.5 to 47.5 with SD 10 and reliability .88, RC = 3.06."""
    error = 10 * (1 - 0.88) ** 0.5
    found = scoring.reliable_change(32.5, error, 47.5, error)
    assert (round(found.index, 2), found.direction) == (3.06, "up")


@pytest.mark.parametrize(("after", "direction"), [(1.95, "unknown"), (1.97, "up"), (-1.97, "down")])
def test_reliable_change_begins_at_the_normal_quantile(after, direction):
    assert scoring.reliable_change(0, 0.6, after, 0.8).direction == direction


@pytest.mark.parametrize("errors", [(0, 1), (1, 0), (1, float("nan"))])
def test_reliable_change_needs_errors(errors):
    with pytest.raises(ValueError):
        scoring.reliable_change(0, errors[0], 1, errors[1])


def test_mean_change_is_free_of_the_difference_between_forms():
    """Form B reads 10 higher than A, everybody has risen by 2: the orders show 12 and −8, the mean 2."""
    a_first = [(50 + noise, 62 + 2 * noise) for noise in (-1, 0, 1, 2)]
    b_first = [(60 + noise, 52 + 2 * noise) for noise in (-1, 1)]
    found = scoring.mean_change(a_first, b_first, began=9)
    shift = fmean([0.5, 0])
    assert found.mean == pytest.approx(2 + shift)
    assert found.form_difference == pytest.approx(10 + shift)
    assert (found.began, found.finished) == (9, 6)


def test_mean_change_has_welchs_interval():
    rng = np.random.default_rng(2)
    groups = [list(zip(rng.normal(0, 1, n), rng.normal(0.5, sd, n), strict=True)) for n, sd in ((7, 1.0), (5, 3.0))]
    found = scoring.mean_change(*groups, began=12)
    changes = [np.array([after - before for before, after in group]) for group in groups]
    # Half the sum of two means is half the difference of one and the other turned round.
    welch = stats.ttest_ind(changes[0], -changes[1], equal_var=False).confidence_interval(0.95)
    assert (found.low, found.high) == (pytest.approx(welch.low / 2), pytest.approx(welch.high / 2))


def test_mean_change_of_twelve_learners():
    a_first = [(5, 7), (6, 6), (4, 6), (7, 8), (5, 5), (6, 9)]
    b_first = [(6, 6), (5, 7), (7, 7), (4, 5), (6, 8), (5, 6)]
    found = scoring.mean_change(a_first, b_first, began=14)
    assert found.by_order == (pytest.approx(8 / 6), pytest.approx(1.0))
    assert found.low < found.mean < found.high
    assert (found.began, found.finished) == (14, 12)


@pytest.mark.parametrize(
    ("a_first", "b_first", "began"), [([(1, 2)], [(1, 2)] * 3, 9), ([(1, 2)] * 2, [], 9), ([(1, 2)] * 2, [(1, 2)] * 2, 3)]
)
def test_mean_change_refuses_what_it_cannot_know(a_first, b_first, began):
    with pytest.raises(ValueError):
        scoring.mean_change(a_first, b_first, began=began)


def test_everybody_changing_alike_leaves_no_interval():
    found = scoring.mean_change([(1, 2)] * 3, [(2, 3)] * 3, began=6)
    assert (found.low, found.mean, found.high) == (1, 1, 1)


@settings(max_examples=25)
@given(st.floats(0.5, 0.9995), st.floats(1, 500))
def test_t_quantile_agrees_with_scipy(probability, freedom):
    assert t_quantile(probability, freedom) == pytest.approx(stats.t.ppf(probability, freedom), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize(("probability", "freedom"), [(0.4, 5), (1.0, 5), (0.9, 0.5), (0.9, float("nan"))])
def test_t_quantile_refuses_what_it_does_not_know(probability, freedom):
    with pytest.raises(ValueError):
        t_quantile(probability, freedom)
