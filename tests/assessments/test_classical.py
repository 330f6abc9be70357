"""Classical figures beside published ones, and beside what can be worked out by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.scoring.classical import alpha_interval, item_figures, missing_as_zero, option_figures, scale_figures
from tests.assessments.irt_cases import published

NAN = float("nan")
LSAT7 = published("lsat7").astype(float)
# R mirt, manual of `itemstats`, the example with LSAT7: mean, sd, correlation with the rest, alpha without the item.
ITEMSTATS = [
    (0.828, 0.378, 0.246, 0.396),
    (0.658, 0.475, 0.247, 0.394),
    (0.772, 0.420, 0.313, 0.345),
    (0.606, 0.489, 0.223, 0.415),
    (0.843, 0.364, 0.175, 0.438),
]
# Three items with up to 2 points and four people, worked out by hand below.
BY_HAND = np.array([[0.0, 1, 0], [1, 0, 1], [1, 2, 1], [2, 2, 1]])


def test_figures_of_items_are_the_published_ones():
    items, scale = item_figures(LSAT7, [1] * 5), scale_figures(LSAT7)
    found = [
        (item.facility, item.sd, item.item_rest, without) for item, without in zip(items, scale.alpha_if_left_out, strict=True)
    ]
    assert np.array(found) == pytest.approx(np.array(ITEMSTATS), abs=5e-4)


def test_figures_of_the_scale_are_the_published_ones():
    """The same manual: mean 3.707, sd 1.199, alpha .453, standard error of measurement .886."""
    scale = scale_figures(LSAT7)
    assert (scale.complete, round(scale.mean, 3), round(scale.sd, 3)) == (1000, 3.707, 1.199)
    assert (round(scale.alpha, 3), round(scale.sem, 3)) == (0.453, 0.886)


def test_alpha_interval_holds_the_alpha_of_the_population_as_often_as_it_says():
    """Five items whose loadings are equal: alpha is known, 5·.4 / (1 + 4·.4) = .769."""
    rng = np.random.default_rng(8)
    alpha, held = 5 * 0.4 / (1 + 4 * 0.4), 0
    for _draw in range(1000):
        points = 0.4**0.5 * rng.normal(size=(40, 1)) + 0.6**0.5 * rng.normal(size=(40, 5))
        held += scale_figures(points).alpha_interval.contains(alpha)
    assert 930 <= held <= 970


@pytest.mark.parametrize(("alpha", "persons", "items"), [(1.0, 30, 5), (0.5, 2, 5), (0.5, 30, 1)])
def test_alpha_has_no_interval_where_there_is_nothing_to_tell(alpha, persons, items):
    assert alpha_interval(alpha, persons, items) is None


def test_polytomous_items_are_worked_out_by_moodles_definitions():
    """Totals 1, 2, 4, 5; covariances with them 4/3, 4/3 and 2/3; with the rest, and the highest possible, item by item."""
    items = item_figures(BY_HAND, [2, 2, 1])
    assert [item.facility for item in items] == [0.5, 0.625, 0.75]
    roots = np.sqrt([4 / 3, 4 / 3, 2 / 3])
    assert [item.effective_weight for item in items] == pytest.approx(list(roots / roots.sum()))
    # Item 1: rest 1, 1, 3, 3, covariance 2/3, both already rise together, so that nothing higher is possible.
    assert items[0].discriminative_efficiency == pytest.approx(1.0)
    assert items[0].item_rest == pytest.approx((2 / 3) / (np.std([0, 1, 1, 2], ddof=1) * np.std([1, 1, 3, 3], ddof=1)))
    # Item 2: rest 0, 2, 2, 3, covariance 5/12; sorted 0, 1, 2, 2 beside 0, 2, 2, 3 it is 13/12.
    assert items[1].discriminative_efficiency == pytest.approx(5 / 13)


def test_an_item_that_works_against_the_others_has_no_weight():
    points = np.array([[0, 3.0, 3], [0, 3, 2], [1, 1, 0], [1, 0, 1]])
    first = item_figures(points, [1, 3, 3])[0]
    assert first.effective_weight is None
    assert first.item_rest < 0
    assert first.discriminative_efficiency < 0


def test_missing_answers_are_left_out_and_counted():
    points = np.vstack([BY_HAND, [NAN, 2, 1], [NAN, 0, NAN]])
    items = item_figures(points, [2, 2, 1])
    assert [(item.answered, item.complete) for item in items] == [(4, 4), (6, 4), (5, 4)]
    assert items[1].facility == pytest.approx(7 / 12)
    assert items[0].item_rest == item_figures(BY_HAND, [2, 2, 1])[0].item_rest
    assert scale_figures(points) == scale_figures(BY_HAND)


def test_missing_answers_can_be_made_zero():
    points = missing_as_zero(np.array([[NAN, 1.0], [1, NAN]]))
    assert [item.facility for item in item_figures(points, [1, 1])] == [0.5, 0.5]


def test_nobody_and_one_person_and_alike_answers_give_no_figures():
    nobody = item_figures(np.full((2, 3), NAN), [1, 1, 1])[0]
    assert (nobody.answered, nobody.facility, nobody.item_rest, nobody.discriminative_efficiency) == (0, None, None, None)
    one = scale_figures(np.array([[1.0, 0, 1]]))
    assert (one.complete, one.mean, one.sd, one.alpha, one.sem) == (1, 2.0, None, None, None)
    alike = scale_figures(np.ones((4, 3)))
    assert (alike.alpha, alike.alpha_interval, alike.sem) == (None, None, None)
    assert item_figures(np.ones((4, 3)), [1, 1, 1])[0].item_rest is None


def test_a_scale_of_one_item_has_no_alpha():
    assert scale_figures(np.array([[0.0], [1], [1]])).alpha is None


@pytest.mark.parametrize(
    ("points", "highest"), [(np.ones((3, 2)), [1]), (np.ones((3, 1)), [0]), (np.full((3, 1), 2.0), [1]), (np.ones(3), [1])]
)
def test_points_that_an_item_cannot_give_are_refused(points, highest):
    with pytest.raises(ValueError):
        item_figures(points, highest)


@settings(max_examples=50)
@given(st.lists(st.tuples(*[st.integers(0, 3)] * 4), min_size=3, max_size=30))
def test_efficiency_never_passes_1_and_weights_sum_to_1(rows):
    items = item_figures(np.array(rows, dtype=float), [3] * 4)
    assert all(item.discriminative_efficiency <= 1 + 1e-9 for item in items if item.discriminative_efficiency is not None)
    weights = [item.effective_weight for item in items]
    if any(weights):
        assert sum(weight or 0 for weight in weights) == pytest.approx(1)


def test_distractors_show_who_chose_them():
    """Ten answered, a blank one does not count; 27 % of ten are three."""
    chosen = ["a", "a", "b", "b", "b", "b", "c", "b", "b", "b", None]
    table = option_figures(chosen, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    assert list(table) == ["b", "a", "c"]
    assert (table["b"].chosen, table["b"].share) == (7, 0.7)
    assert (table["b"].share_high, table["b"].share_low) == (1.0, pytest.approx(1 / 3))
    assert (table["a"].share_high, table["a"].share_low) == (0.0, pytest.approx(2 / 3))
    assert table["a"].correlation < 0 < table["b"].correlation


def test_a_wrong_option_that_the_better_prefer_stands_out():
    table = option_figures(["key"] * 5 + ["trap"] * 5, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    assert table["trap"].correlation > 0.8


def test_distractors_of_few_or_unknown_totals_say_what_they_can():
    table = option_figures(["a", "b"], [NAN, NAN])
    assert (table["a"].share, table["a"].share_high, table["a"].correlation) == (0.5, None, None)
    assert option_figures([None], [1.0]) == {}
