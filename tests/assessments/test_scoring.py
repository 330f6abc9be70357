"""Published numbers beside every estimator."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from assessments import scoring

# Newcombe (1998), Two-sided confidence intervals for the single proportion, Statistics in Medicine 17, 857-872, Table I,
# method 3 (score, without continuity correction).
NEWCOMBE_SINGLE = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0, 0.1611),
    (1, 29, 0.0061, 0.1718),
]

# Newcombe (1998), Interval estimation for the difference between independent proportions, Statistics in Medicine 17, 873-890,
# Table II (a), method 10.
NEWCOMBE_DIFFERENCE = [(56, 70, 48, 80, 0.0524, 0.3339)]

# Drawn once and written down: a change of the algorithm would make past allocations impossible to check.
AUDITED = [0, 1, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1]

counts = st.integers(1, 60).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))


@pytest.mark.parametrize(("count", "total", "low", "high"), NEWCOMBE_SINGLE)
def test_wilson_interval_gives_the_published_limits(count, total, low, high):
    interval = scoring.wilson_interval(count, total)
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


@given(counts)
def test_wilson_interval_agrees_with_statsmodels(case):
    count, total = case
    interval = scoring.wilson_interval(count, total)
    assert (interval.low, interval.high) == pytest.approx(proportion_confint(count, total, method="wilson"), abs=1e-12)


@given(counts)
def test_wilson_interval_holds_the_share_and_stays_between_0_and_1(case):
    count, total = case
    interval = scoring.wilson_interval(count, total)
    assert 0 <= interval.low <= count / total <= interval.high <= 1


@pytest.mark.parametrize(("count", "total"), [(0, 0), (3, 2), (-1, 4)])
def test_wilson_interval_refuses_what_is_no_proportion(count, total):
    with pytest.raises(ValueError):
        scoring.wilson_interval(count, total)


@pytest.mark.parametrize("confidence", [0, 1, 95])
def test_wilson_interval_refuses_a_confidence_in_per_cent(confidence):
    with pytest.raises(ValueError):
        scoring.wilson_interval(1, 2, confidence)


@pytest.mark.parametrize(("count", "total", "other", "other_total", "low", "high"), NEWCOMBE_DIFFERENCE)
def test_difference_interval_gives_the_published_limits(count, total, other, other_total, low, high):
    interval = scoring.difference_interval(count, total, other, other_total)
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


@given(counts, counts)
def test_difference_interval_agrees_with_statsmodels(first, second):
    interval = scoring.difference_interval(*first, *second)
    low, high = confint_proportions_2indep(*first, *second, method="newcomb", compare="diff", correction=False)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-9)


@pytest.mark.parametrize(
    ("agreed", "items", "low", "high"), [(8, 12, 5, 10), (12, 12, 9, 12), (0, 12, 0, 3), (6, 12, 3, 9), (1, 1, 0, 1)]
)
def test_agreement_is_told_in_whole_questions(agreed, items, low, high):
    result = scoring.estimate_agreement(agreed, items)
    assert (result.agreed, result.items, result.low, result.high) == (agreed, items, low, high)


@given(counts)
def test_agreement_range_always_holds_the_count(case):
    result = scoring.estimate_agreement(*case)
    assert 0 <= result.low <= result.agreed <= result.high <= result.items


def test_two_more_of_twelve_are_too_few_to_say_anything():
    assert scoring.estimate_change(7, 12, 9, 12).direction == "unknown"


def test_five_more_of_twelve_are_a_change():
    change = scoring.estimate_change(5, 12, 10, 12)
    assert (change.direction, round(change.share, 4)) == ("up", 0.4167)


def test_change_downwards_is_named_as_such():
    assert scoring.estimate_change(10, 12, 5, 12).direction == "down"


@given(counts, counts)
def test_change_turns_round_when_the_occasions_do(before, after):
    forwards, backwards = scoring.estimate_change(*before, *after), scoring.estimate_change(*after, *before)
    assert (forwards.low, forwards.high) == pytest.approx((-backwards.high, -backwards.low))


@given(st.text(max_size=40), st.integers(0, 300))
def test_every_block_of_four_holds_each_form_twice(seed, block):
    drawn = [scoring.first_form(seed, block * scoring.BLOCK_LENGTH + position) for position in range(scoring.BLOCK_LENGTH)]
    assert sorted(drawn) == [0, 0, 1, 1]


@given(st.text(max_size=40), st.integers(1, 200))
def test_forms_never_drift_apart_by_more_than_two(seed, learners):
    drawn = [scoring.first_form(seed, sequence) for sequence in range(learners)]
    assert abs(drawn.count(0) - drawn.count(1)) <= 2


def test_draw_can_be_audited_for_ever():
    assert [scoring.first_form("00000000-0000-0000-0000-000000000001", n) for n in range(12)] == AUDITED


def test_all_six_arrangements_occur():
    arrangements = {tuple(scoring.first_form("x", block * 4 + position) for position in range(4)) for block in range(100)}
    assert len(arrangements) == 6
