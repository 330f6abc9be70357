"""Pure figures of a form's questions: who chose what, what goes with the rest, what is advised, and when."""

import numpy as np
import pytest

from assessments.scoring.advice import advice_on
from assessments.scoring.classical import correlation_interval, item_figures, option_figures
from assessments.scoring.form_curves import estimate_curves, form_knows
from assessments.scoring.irt import MISSING
from assessments.scoring.item_analysis import Share, Sittings, analyse_form

pytestmark = pytest.mark.once
OPTIONS = ("a", "b", "c")
KEY = frozenset("a")
NONE = Share(0, 0)


def sat(points, wrong="b", **fields):
    """A question of which everybody who does not agree chose `wrong`."""
    column = np.asarray(points, dtype=float)
    chosen = [None if np.isnan(value) else ["a"] if value else [wrong] for value in column.tolist()]
    return Sittings(column, fields.pop("chosen", chosen), OPTIONS, KEY, fields.pop("levels", {}))


def simulated(persons, slopes, seed=7):
    """(persons, items) of 0 and 1 by the logistic model, all of middling difficulty."""
    rng = np.random.default_rng(seed)
    levels = rng.normal(size=(persons, 1))
    return (rng.random((persons, len(slopes))) < 1 / (1 + np.exp(-np.array(slopes) * levels))).astype(float)


def analysed(points, **of_first):
    items = [sat(points[:, 0], **of_first), *(sat(points[:, column]) for column in range(1, points.shape[1]))]
    return analyse_form(points, items)


def codes(item, before=NONE, after=NONE):
    return [advice.code for advice in advice_on(item, KEY, before=before, after=after)]


def test_figures_are_those_of_the_classical_functions():
    points = simulated(80, [1, 1, 2, 0.5])
    found = analysed(points).items
    expected = item_figures(points, [1.0] * 4)
    assert [item.rest.value for item in found] == [figures.item_rest for figures in expected]
    assert [item.agreed.share for item in found] == pytest.approx([figures.facility for figures in expected])
    rest = points[:, 1:].sum(axis=1)
    table = option_figures(["a" if value else "b" for value in points[:, 0].tolist()], rest.tolist())
    for row in found[0].options[:2]:
        told = table[row.option]
        assert (row.chosen.count, row.high.share, row.low.share) == (told.chosen, told.share_high, told.share_low)
        assert row.rest.value == pytest.approx(told.correlation)


def test_correlation_interval_is_fishers():
    """Values for r = .50 and n = 30 as in textbooks: .17 to .73."""
    interval = correlation_interval(0.5, 30)
    assert (interval.low, interval.high) == (pytest.approx(0.170, abs=5e-4), pytest.approx(0.729, abs=5e-4))
    assert correlation_interval(0.5, 3) is None


def test_nothing_is_told_of_options_under_ten_sittings():
    points = simulated(9, [1, 1])
    assert [item.options for item in analysed(points).items] == [(), ()]
    assert [len(item.options) for item in analysed(simulated(10, [1, 1])).items] == [3, 3]


def test_an_earlier_wording_takes_no_figure_of_other_questions_away():
    points = simulated(60, [1, 1, 1])
    today = points[:, 0].copy()
    today[:30] = np.nan
    reworded, second, third = analyse_form(points, [sat(today), sat(points[:, 1]), sat(points[:, 2])]).items
    assert (reworded.agreed.total, reworded.rest.n) == (30, 30)
    assert (second.rest.n, third.agreed.total) == (60, 60)


def test_left_open_does_not_agree_and_is_counted():
    points = np.array([[1.0, 0], [0, 1], [0, 0], [1, 1]])
    chosen = [["a"], [], ["b"], ["a"]]
    first = analyse_form(points, [sat(points[:, 0], chosen=chosen), sat(points[:, 1])]).items[0]
    assert (first.agreed, first.left_open) == (Share(2, 4), Share(1, 4))


def curves_of(points):
    """Of answers that are right or wrong."""
    return estimate_curves(np.nan_to_num(points, nan=MISSING).astype(np.int8), [1] * points.shape[1])


@pytest.mark.parametrize("persons", [0, 1, 3, 12])
def test_few_sittings_break_nothing(persons):
    points = np.ones((persons, 3))
    form = analysed(points)
    assert len(form.items) == 3
    assert [codes(item) for item in form.items] == [[], [], []]
    assert curves_of(points).reason == "few"


def test_no_advice_under_fifty():
    points = simulated(49, [1, 1, 1])
    assert all(codes(item) == [] for item in analysed(points).items)
    assert "chosen_by_nobody" in codes(analysed(simulated(60, [1, 1, 1])).items[0])


def test_advice_names_a_key_that_works_against_the_others():
    points = simulated(400, [2, 2, 2, 2])
    points[:, 0] = 1 - points[:, 0]
    found = codes(analysed(points).items[0])
    assert found[:2] == ["against", "better_half_prefers"]
    assert "against" not in codes(analysed(simulated(400, [2, 2, 2, 2])).items[0])


def test_advice_on_what_is_too_easy_and_on_what_is_missed():
    points = simulated(200, [1, 1, 1])
    points[:, 0] = 1
    assert "easy" in codes(analysed(points).items[0])
    points[:, 0] = 0
    assert "below_chance" in codes(analysed(points).items[0])


def test_advice_on_levels_that_run_backwards():
    points = simulated(300, [2, 2, 2])
    turned, right = ({"a": 1, "b": 3, "c": 5}, {"a": 5, "b": 3, "c": 1})
    assert "levels_turned" in codes(analysed(points, levels=turned).items[0])
    assert "levels_turned" not in codes(analysed(points, levels=right).items[0])


def test_advice_where_fewer_agree_after_the_course_needs_enough_on_both_sides():
    item = analysed(simulated(100, [1, 1])).items[0]
    assert "falls" in codes(item, before=Share(80, 100), after=Share(40, 100))
    assert "falls" not in codes(item, before=Share(50, 100), after=Share(45, 100))
    assert "falls" not in codes(item, before=Share(36, 40), after=Share(4, 40))


def test_curves_find_what_was_simulated_and_say_what_was_seen():
    points = simulated(2000, [0.7, 1.0, 1.5, 2.0])
    curves = curves_of(points)
    assert (curves.reason, curves.persons, curves.answers) == ("", 2000, 2000)
    for curve, slope in zip(curves.items, [0.7, 1.0, 1.5, 2.0], strict=True):
        assert abs(curve.a - slope) < 3 * curve.a_error
        assert abs(curve.b) < 3 * curve.b_error
        assert [group.agreed.total for group in curve.groups] == [400] * 5
        assert sum(group.agreed.count for group in curve.groups) == points[:, curves.items.index(curve)].sum()
    assert form_knows(curves.items, 0.0) > form_knows(curves.items, 2.5)


def test_curves_leave_out_what_all_answer_alike_and_what_too_few_met():
    points = simulated(80, [1, 1, 1, 1, 1])
    points[:, 0] = 1
    points[49:, 1] = np.nan
    curves = curves_of(points)
    assert [curve is None for curve in curves.items] == [True, True, False, False, False]
    points[:, 2:4] = 1
    assert curves_of(points).reason == "alike"
