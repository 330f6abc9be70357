"""Placement on five levels: what one person is told, and how often it is true."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.scoring.placement import Choice, place, whole_level
from benchmarks.placement import AS_SAID, HALVED, LENGTHS, TRUTHS, coverage

FOUR = (1, 2, 3, 4)
choices = st.lists(st.sampled_from([(1, 2, 3), FOUR, (2, 3, 4, 5), (1, 3, 5)]), min_size=1, max_size=12).flatmap(
    lambda layouts: st.tuples(
        *(st.sampled_from(levels).map(lambda level, levels=levels: Choice(levels, level)) for levels in layouts)
    )
)


def test_answers_around_level_3_are_told_as_level_3_with_its_neighbours():
    told = place([Choice(FOUR, 3), Choice((2, 3, 4, 5), 3), Choice(FOUR, 2), Choice((2, 3, 4, 5), 4)] * 2)
    assert (told.level, told.low, told.high, told.items) == (3, 2, 4, 8)
    assert told.estimate == pytest.approx(3.0, abs=0.15)


def test_mixed_answers_have_a_wider_band_than_consistent_ones():
    consistent = place([Choice((1, 2, 3, 4, 5), 3)] * 10)
    mixed = place([Choice((1, 2, 3, 4, 5), level) for level in (1, 5, 2, 4, 3)] * 2)
    assert mixed.estimate == pytest.approx(consistent.estimate, abs=0.01)
    assert mixed.band_high - mixed.band_low > 1.3 * (consistent.band_high - consistent.band_low)


def test_more_answers_make_a_narrower_band():
    widths = [told.band_high - told.band_low for told in (place([Choice(FOUR, 2), Choice(FOUR, 3)] * n) for n in (1, 2, 4, 8))]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 2 * widths[-1]


def test_the_best_options_throughout_are_told_with_an_open_end():
    """All that is known of somebody who always chooses level 4 of 1 to 4 is that they are there or higher."""
    told = place([Choice(FOUR, 4)] * 8)
    assert (told.level, told.high) == (5, 5)
    assert told.at_least[3] > 0.9


def test_one_answer_is_told_with_nearly_the_whole_scale():
    told = place([Choice(FOUR, 2)])
    assert (told.low, told.high) == (1, 4)


@settings(max_examples=40, deadline=None)
@given(choices)
def test_what_is_told_agrees_with_itself(given_choices):
    told = place(given_choices)
    assert 1 <= told.low <= told.level <= told.high <= 5
    assert told.band_low <= told.band_high
    assert told.at_least[0] == 1
    assert list(told.at_least) == sorted(told.at_least, reverse=True)


@settings(max_examples=40, deadline=None)
@given(choices)
def test_the_scale_reads_the_same_from_either_end(given_choices):
    told = place(given_choices)
    turned = place([Choice(tuple(6 - level for level in choice.options), 6 - choice.chosen) for choice in given_choices])
    assert turned.band_low == pytest.approx(6 - told.band_high, abs=1e-6)
    assert turned.estimate == pytest.approx(6 - told.estimate, abs=1e-6)
    assert 1 - turned.at_least[1] == pytest.approx(told.at_least[4], abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(choices, st.randoms())
def test_the_order_of_items_and_of_options_changes_nothing(given_choices, random):
    shuffled = [Choice(tuple(random.sample(choice.options, len(choice.options))), choice.chosen) for choice in given_choices]
    random.shuffle(shuffled)
    assert place(shuffled).estimate == pytest.approx(place(given_choices).estimate, abs=1e-9)


def test_a_higher_answer_never_lowers_the_estimate():
    others = [Choice(FOUR, 2), Choice((2, 3, 4, 5), 4), Choice((1, 2, 3), 2)]
    estimates = [place([*others, Choice(FOUR, level)]).estimate for level in FOUR]
    assert estimates == sorted(estimates)


def test_items_whose_options_are_all_of_one_level_say_nothing():
    told = place([Choice(FOUR, 2), Choice((3, 3), 3)])
    assert told == place([Choice(FOUR, 2)])
    with pytest.raises(ValueError):
        place([Choice((3, 3), 3)])
    with pytest.raises(ValueError):
        place([])


@pytest.mark.parametrize("choice", [Choice(FOUR, 5), Choice((0, 1), 1), Choice((4, 6), 4)])
def test_levels_that_are_none_are_refused(choice):
    with pytest.raises(ValueError):
        place([choice])


def test_halves_belong_to_the_higher_level_and_nothing_lies_beyond_the_scale():
    assert [whole_level(level) for level in (-1, 1.49, 1.5, 3.2, 4.5, 9)] == [1, 1, 2, 3, 5, 5]


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("truth", [1.0, 2.5, 3.0, 5.0])
def test_the_band_holds_the_truth_as_often_as_it_says(truth, length):
    """A few of the cells of benchmarks/README.md, with fewer people; 4 points are three standard errors of these 1,000."""
    found = coverage(truth, length, AS_SAID, 1000)
    assert 0.75 - 0.04 <= found.band <= 0.92 + 0.03
    assert found.whole >= 0.80


@pytest.mark.slow
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("truth", TRUTHS)
def test_the_band_holds_the_truth_within_its_limits_everywhere(truth, length):
    found = coverage(truth, length, AS_SAID, 4000)
    assert 0.75 <= found.band <= 0.92
    assert found.whole >= 0.80
    assert coverage(truth, length, HALVED, 4000).band >= 0.65
