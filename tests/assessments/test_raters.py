"""Agreement of raters beside published figures."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from assessments.scoring.raters import (
    intraclass_correlation,
    is_paused,
    needs_third_rater,
    ordinal_alpha,
    quadratic_weighted_kappa,
)

NAN = float("nan")
# Two radiologists and 85 xeromammograms: Boyd et al. (1982), J. Natl. Cancer Inst. 68, 357-363; Stata's manual, entry kappa,
# prints 0.6714 for `kap rada radb, wgt(w2)`.
XEROMAMMOGRAMS = np.array([[21, 12, 0, 0], [4, 17, 1, 0], [3, 9, 15, 2], [0, 0, 0, 1]])
# Shrout and Fleiss (1979), table 2: six targets, four judges. Table 4: ICC(2,1) = .29, ICC(2,4) = .62.
TARGETS = np.array([[9.0, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])
# Krippendorff (2011), Computing Krippendorff's alpha-reliability, section E: four observers, twelve units; ordinal alpha .815.
OBSERVERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
        [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
    ]
).T
ratings = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=40)


def pairs(table):
    one, other = np.nonzero(table)
    times = table[one, other]
    return np.repeat(one, times).tolist(), np.repeat(other, times).tolist()


def test_weighted_kappa_gives_the_published_figure():
    assert round(quadratic_weighted_kappa(*pairs(XEROMAMMOGRAMS)), 4) == 0.6714


@settings(max_examples=50)
@given(ratings)
def test_weighted_kappa_agrees_with_statsmodels(given_ratings):
    one, other = zip(*given_ratings, strict=True)
    found = quadratic_weighted_kappa(one, other)
    if found is None:
        assert len({*one, *other}) == 1
        return
    table = np.zeros((5, 5))
    np.add.at(table, (one, other), 1)
    assert found == pytest.approx(cohens_kappa(table, wt="fc", return_results=False))


def test_weighted_kappa_is_1_for_equal_ratings_and_knows_opposite_ones():
    assert quadratic_weighted_kappa([1, 2, 3], [1, 2, 3]) == 1
    assert quadratic_weighted_kappa([1, 2, 3], [3, 2, 1]) == -1


def test_a_wide_gap_costs_more_than_several_narrow_ones():
    narrow = quadratic_weighted_kappa([1, 2, 3, 4] * 3, [2, 2, 3, 4, 1, 3, 3, 4, 1, 2, 4, 4])
    wide = quadratic_weighted_kappa([1, 2, 3, 4] * 3, [4, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4])
    assert wide < narrow


@pytest.mark.parametrize(("one", "other"), [([1, 2], [1]), ([], [])])
def test_weighted_kappa_refuses_what_is_no_pair(one, other):
    with pytest.raises(ValueError):
        quadratic_weighted_kappa(one, other)


def test_intraclass_correlation_gives_the_published_figures():
    found = intraclass_correlation(TARGETS)
    assert (round(found.single, 2), round(found.mean, 2), found.works, found.raters) == (0.29, 0.62, 6, 4)


def test_a_strict_rater_lowers_the_intraclass_correlation():
    even = np.array([[1.0, 1], [2, 2], [3, 3], [4, 4]])
    assert intraclass_correlation(even).single == 1
    assert intraclass_correlation(even - [0, 2]).single < 0.6


@pytest.mark.parametrize("table", [TARGETS[:1], TARGETS[:, :1], np.array([[1, NAN], [2, 2]])])
def test_intraclass_correlation_needs_every_rating(table):
    with pytest.raises(ValueError):
        intraclass_correlation(table)


def test_ordinal_alpha_gives_the_published_figure():
    assert round(ordinal_alpha(OBSERVERS), 3) == 0.815


def test_works_with_one_rating_change_nothing():
    alone = np.full((3, 4), NAN)
    alone[:, 0] = [1, 4, 5]
    assert ordinal_alpha(np.vstack([OBSERVERS, alone])) == pytest.approx(ordinal_alpha(OBSERVERS))


def test_ordinal_alpha_depends_on_the_order_of_categories_alone():
    stretched = np.where(OBSERVERS == 5, 50, OBSERVERS)
    assert ordinal_alpha(stretched) == pytest.approx(ordinal_alpha(OBSERVERS))


def test_nothing_to_compare_has_no_agreement():
    assert ordinal_alpha(np.array([[1, NAN], [NAN, 2]])) is None
    assert ordinal_alpha(np.full((4, 2), 3.0)) is None
    assert quadratic_weighted_kappa([2, 2], [2, 2]) is None
    assert intraclass_correlation(np.full((4, 2), 3.0)) is None


@pytest.mark.parametrize(("one", "other", "needs"), [(1, 2, False), (1, 3, True), (4, 2, True), (3, 3, False)])
def test_a_third_rater_comes_at_a_gap_of_two(one, other, needs):
    assert needs_third_rater(one, other) is needs


@pytest.mark.parametrize(("kappa", "paused"), [(0.59, True), (0.6, False), (None, False), (-0.2, True)])
def test_a_rubric_rests_under_six_tenths(kappa, paused):
    assert is_paused(kappa) is paused
