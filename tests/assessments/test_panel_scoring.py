"""What a panel says of a question, against figures worked out by hand, by the literature and by SciPy."""

import numpy as np
import pytest
from scipy import stats

from assessments.scoring.panel import (
    Fault,
    Judgement,
    Keyed,
    agreement,
    alpha_of,
    judge,
    mean_interval,
)
from assessments.scoring.raters import ordinal_alpha

# Krippendorff, Computing Krippendorff's alpha-reliability (2011), example C: four observers, twelve units; ordinal .815.
OBSERVERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, np.nan, np.nan, np.nan],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, np.nan, 3],
        [np.nan, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, np.nan],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, np.nan],
    ]
)
OPTIONS = ("a", "b", "c", "d")


def said(*, best=None, levels=None, **points) -> list[Judgement]:
    """By option a string of points, one of each expert."""
    count = len(points["a"])
    chosen = best or "b" * count
    return [
        Judgement({option: int(text[number]) for option, text in points.items()}, chosen[number], levels)
        for number in range(count)
    ]


CLEAR = {"a": "22232222", "b": "55545555", "c": "33343333", "d": "11111121"}


def clear(**other):
    return judge(OPTIONS, said(**CLEAR | other), keyed=Keyed.BEST)


def test_alpha_is_the_published_one_with_an_interval_around_it():
    found = alpha_of(OBSERVERS.T)
    assert round(found.value, 3) == 0.815
    assert 0.4 < found.low < 0.75
    assert 0.93 < found.high <= 1
    assert found == alpha_of(OBSERVERS.T)
    assert ordinal_alpha(OBSERVERS.T) == found.value


def test_there_is_no_alpha_where_nobody_could_disagree():
    assert alpha_of(np.array([[3.0], [4.0]])) is None
    assert alpha_of(np.array([[3.0, 3.0], [3.0, 3.0]])) is None


def test_agreement_is_one_less_the_variance_over_that_of_chance():
    """James, Demaree and Wolf 1984: of five points chance has the variance 2."""
    assert agreement(np.array([4.0] * 8)) == 1
    assert agreement(np.array([1.0, 5, 1, 5, 1, 5, 1, 5])) == pytest.approx(1 - 32 / 7 / 2)
    assert agreement(np.array([3.0, 4, 4, 4, 5, 5, 4, 4])) == pytest.approx(1 - 2.875 / 7 / 2)


def test_the_interval_of_a_mean_is_students():
    points = np.array([3.0, 4, 4, 4, 5, 5, 4, 4])
    interval = mean_interval(points)
    expected = stats.t.interval(0.95, 7, loc=points.mean(), scale=stats.sem(points))
    assert (interval.low, interval.high) == pytest.approx(expected)
    assert mean_interval(np.array([4.0])).low == 1


def test_what_eight_experts_agree_on_is_a_key():
    verdict = clear()
    assert (verdict.faults, verdict.best.option, verdict.experts, verdict.share_chosen) == ((), "b", 8, 1.0)
    assert verdict.lead == pytest.approx(4.875 - 3.125)
    assert [option.option for option in verdict.dropped] == []


@pytest.mark.parametrize(
    ("other", "faults"),
    [
        ({option: text[:7] for option, text in CLEAR.items()}, (Fault.FEW_EXPERTS,)),
        ({"best": "bbbbbbcc"}, ()),  # six of eight are three quarters
        ({"best": "bbbbbccc"}, (Fault.FEW_CHOSE,)),
        ({"c": "44444544"}, ()),  # 4.875 leads 4.125 by 0.75
        ({"c": "44454544"}, (Fault.SMALL_LEAD,)),
        ({"b": "55515115"}, (Fault.SPLIT_BEST,)),
    ],
)
def test_rule_twelve_holds_to_the_expert_and_to_the_point(other, faults):
    assert clear(**other).faults == faults


def test_a_split_option_is_dropped_and_leads_nobody():
    """As many say 1 as 5 of c: its mean says nothing, and the key leads what is left."""
    verdict = clear(c="51515151")
    assert ([option.option for option in verdict.dropped], verdict.faults) == (["c"], ())
    assert verdict.lead == pytest.approx(4.875 - 2.125)
    few = clear(c="51515151", d="15151515")
    assert few.faults == (Fault.FEW_OPTIONS,)


def test_the_best_and_the_worst_lie_clear_of_the_others():
    ends = judge(OPTIONS, said(**CLEAR), keyed=Keyed.ENDS)
    assert (ends.faults, ends.lead) == ((), pytest.approx(2.125 - 1.125))
    near = judge(OPTIONS, said(**CLEAR | {"a": "12121222"}), keyed=Keyed.ENDS)
    assert near.faults == (Fault.NOT_CLEAR,)


@pytest.mark.parametrize(("option", "fault"), [("b", Fault.SPLIT_BEST), ("d", Fault.SPLIT_WORST)])
def test_of_the_best_and_the_worst_a_split_end_is_no_key(option, fault):
    """Left out, another answer would be called the best than the one that all chose."""
    ratings = {"b": "55555333", "d": "11111333"}[option]
    ends = judge(OPTIONS, said(**CLEAR | {"a": "22222222", "c": "33333333", option: ratings}), keyed=Keyed.ENDS)
    assert ([one.option for one in ends.dropped], ends.faults) == ([option], (fault,))


def test_of_the_best_and_the_worst_a_split_answer_between_them_is_dropped():
    ends = judge((*OPTIONS, "e"), said(**CLEAR, e="15151515"), keyed=Keyed.ENDS)
    assert ([one.option for one in ends.dropped], ends.faults) == (["e"], ())


def test_steps_need_a_distance_between_each_two():
    assert judge(OPTIONS, said(**CLEAR), keyed=Keyed.PLACES).faults == ()
    assert judge(OPTIONS, said(**CLEAR | {"a": "33233323"}), keyed=Keyed.PLACES).faults == (Fault.NOT_CLEAR,)


def test_ratings_may_be_near_but_not_all_the_same():
    assert judge(OPTIONS, said(**CLEAR | {"a": "33333333"}), keyed=Keyed.MEANS).faults == ()
    same = dict.fromkeys(OPTIONS, "33333333")
    assert judge(OPTIONS, said(**same), keyed=Keyed.MEANS).faults == (Fault.EQUAL,)


def test_levels_of_the_panel_count_where_eight_gave_them_and_agree():
    given = {"a": 2, "b": 5, "c": 4, "d": 1}
    author = {"a": 2, "b": 4, "c": 3, "d": 1}
    verdict = judge(OPTIONS, said(levels=given, **CLEAR), keyed=Keyed.BEST, authors_levels=author)
    assert (verdict.levels, verdict.are_levels_of_panel) == (given, True)
    seven = said(levels=given, **CLEAR)
    seven[0] = Judgement(seven[0].points, seven[0].best, None)
    verdict = judge(OPTIONS, seven, keyed=Keyed.BEST, authors_levels=author)
    assert (verdict.levels, verdict.are_levels_of_panel) == (author, False)


def test_levels_of_the_author_must_not_contradict_the_ratings():
    turned = {"a": 3, "b": 4, "c": 2, "d": 1}
    assert judge(OPTIONS, said(**CLEAR), keyed=Keyed.BEST, authors_levels=turned).faults == (Fault.LEVELS_AGAINST,)
    key_is_lower = {"a": 2, "b": 3, "c": 4, "d": 1}
    assert judge(OPTIONS, said(**CLEAR), keyed=Keyed.BEST, authors_levels=key_is_lower).faults == (Fault.LEVELS_AGAINST,)


def test_an_expert_who_left_an_option_open_is_no_expert():
    with pytest.raises(ValueError, match="every option"):
        judge(OPTIONS, [Judgement({"a": 1}, "a")], keyed=Keyed.BEST)
