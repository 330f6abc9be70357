import pytest

from practice.scoring.kendall import kendall_tau_b


def test_tau_b_with_ties_is_as_published():
    # The example in the documentation of scipy.stats.kendalltau.
    assert kendall_tau_b([12, 2, 1, 12, 2], [1, 4, 7, 1, 0]) == pytest.approx(-0.47140452079103173)


@pytest.mark.parametrize(
    ("first", "second", "tau"), [([1, 2, 3], [1, 2, 3], 1), ([1, 2, 3], [3, 2, 1], -1), ([1, 2, 3], [2, 1, 3], 1 / 3)]
)
def test_tau_without_ties(first, second, tau):
    assert kendall_tau_b(first, second) == pytest.approx(tau)


@pytest.mark.parametrize(("first", "second"), [([], []), ([1], [1]), ([2, 2], [1, 2])])
def test_there_is_no_tau_without_an_order(first, second):
    assert kendall_tau_b(first, second) is None


def test_rankings_of_different_things_are_refused():
    with pytest.raises(ValueError, match="a rank for each"):
        kendall_tau_b([1, 2], [1])
