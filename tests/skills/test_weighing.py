"""What a piece of evidence weighs: one over the variance that its 80% band stands for."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skills.placed import Placed
from skills.weighing import standard_error, weights


def between(low: float, high: float) -> Placed:
    return Placed((low + high) / 2, low, high, 3, 3, 3)


def test_the_standard_error_is_what_the_normal_distribution_says():
    """80% of a normal distribution lie within 1.2816 standard errors: Φ(1.2816) = 0.9000."""
    assert standard_error(between(2.0, 4.0)) == pytest.approx(1 / 1.2816)


def test_half_the_band_weighs_four_times_as_much():
    assert weights([between(2.5, 3.5), between(2.0, 4.0)]) == [80, 20]


def test_alone_it_weighs_all_and_nothing_weighs_nothing():
    assert weights([between(2.0, 4.0)]) == [100]
    assert weights([]) == []


def test_three_equal_ones_add_up_to_a_hundred():
    assert sorted(weights([between(2.0, 4.0)] * 3)) == [33, 33, 34]


def test_a_band_that_the_end_of_the_scale_cuts_off_does_not_look_surer():
    cut = Placed(1.2, 0.5, 2.4, 1, 1, 2)
    assert standard_error(cut) == pytest.approx(1.2 / 1.2816)
    assert standard_error(Placed(4.6, 3.2, 5.5, 5, 3, 5)) == pytest.approx(1.4 / 1.2816)


def test_a_band_without_width_does_not_take_everything():
    assert weights([between(3.0, 3.0), between(2.9, 3.1)]) == [80, 20]


@given(st.lists(st.tuples(st.floats(0.5, 5.5), st.floats(0.5, 5.5)).map(sorted), min_size=1, max_size=30))
def test_weights_are_whole_and_add_up_and_the_narrower_weighs_no_less(bands):
    found = [between(low, high) for low, high in bands]
    given_weights = weights(found)
    assert sum(given_weights) == 100
    assert min(given_weights) >= 0
    by_error = sorted(zip(map(standard_error, found), given_weights, strict=True))
    assert all(earlier[1] >= later[1] - 1 for earlier, later in pairwise(by_error))
