"""Who is shown together, and what a figure says: nothing can be found out by subtracting, and no figure fixes one rater."""

from fractions import Fraction
from itertools import product
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.scoring.grouping import Cell, Rated, cells_of
from feedback.scoring.summary import Figure, figure_in, figure_of, score_of, together

GROUPS = ("manager", "peers", "customers", "partners")
SKILL = 1


def rated(*groups: str, score: float = 3.0, may_be_named: bool = False) -> list[Rated]:
    return [Rated(n, group, {SKILL: score}, may_be_named) for n, group in enumerate(groups)]


def sizes(cells: list[Cell]) -> dict[str, int]:
    return {cell.name: len(cell.raters) for cell in cells}


@pytest.mark.parametrize(
    ("counts", "may_be_named", "shown"),
    [
        ({"peers": 2}, False, {}),
        ({"peers": 3}, False, {"peers": 3}),
        ({"manager": 1}, False, {}),
        ({"manager": 1}, True, {"one_manager": 1}),
        ({"manager": 1, "peers": 1}, False, {}),
        ({"manager": 1, "peers": 2}, False, {"manager_and_peers": 3}),
        ({"manager": 1, "peers": 2}, True, {"one_manager": 1}),
        ({"manager": 1, "peers": 5}, False, {"manager_and_peers": 6}),
        ({"manager": 1, "peers": 5}, True, {"one_manager": 1, "peers": 5}),
        ({"manager": 2, "peers": 3}, True, {"manager_and_peers": 5}),
        ({"manager": 3, "peers": 3}, False, {"manager": 3, "peers": 3}),
        ({"customers": 2, "partners": 2, "peers": 4}, False, {"peers": 4}),
        ({"customers": 3, "partners": 4}, False, {"customers": 3, "partners": 4}),
    ],
)
def test_which_groups_are_shown(counts, may_be_named, shown):
    groups = [group for group, count in counts.items() for _n in range(count)]
    assert sizes(cells_of(rated(*groups, may_be_named=may_be_named), GROUPS)) == shown


@given(st.lists(st.tuples(st.sampled_from(GROUPS), st.booleans()), max_size=16))
def test_cells_are_apart_and_of_three_or_of_one_who_agreed(people):
    raters = [Rated(n, group, {SKILL: 3.0}, named) for n, (group, named) in enumerate(people)]
    cells = cells_of(raters, GROUPS)
    keys = [rater.key for cell in cells for rater in cell.raters]
    assert len(keys) == len(set(keys))
    for cell in cells:
        alone = len(cell.raters) == 1 and cell.raters[0].group == "manager" and cell.raters[0].may_be_named
        assert len(cell.raters) >= 3 or alone
    # Whoever is left out is of a group that is too small.
    left = [rater.group for rater in raters if rater.key not in keys]
    assert all(left.count(group) < 3 for group in GROUPS)


@given(st.lists(st.tuples(st.sampled_from(GROUPS), st.booleans()), max_size=12))
def test_every_sum_and_difference_of_what_is_shown_covers_three_people_or_a_manager_who_agreed(people):
    """Cells are apart, so any combination of their totals that is about fewer people is about a whole cell."""
    raters = [Rated(n, group, {SKILL: 3.0}, named) for n, (group, named) in enumerate(people)]
    cells = [frozenset(rater.key for rater in cell.raters) for cell in cells_of(raters, GROUPS)]
    agreed = {frozenset([rater.key]) for rater in raters if rater.may_be_named and rater.group == "manager"}
    for chosen in product([0, 1], repeat=len(cells)):
        union = frozenset().union(*(cell for cell, taken in zip(cells, chosen, strict=True) if taken))
        assert not union or len(union) >= 3 or union in agreed


def test_a_skill_that_fewer_than_three_have_seen_is_not_shown():
    people = [Rated(0, "peers", {1: 3.0, 2: 5.0}), Rated(1, "peers", {1: 3.0, 2: 5.0}), Rated(2, "peers", {1: 4.0})]
    [cell] = cells_of(people, GROUPS)
    assert figure_in(cell, 1) == Figure(mean=3.3, low=2.6, high=4.0, n=3)
    assert figure_in(cell, 2) is None


def test_the_interval_is_that_of_a_mean_of_people_who_differ_by_one_step():
    half = 1.2816 / sqrt(4)
    assert figure_of(3.0, 4) == Figure(3.0, round(3 - half, 1), round(3 + half, 1), 4) == Figure(3.0, 2.4, 3.6, 4)


@pytest.mark.parametrize("spread", [0.0, 0.4, 1.0])
def test_figures_say_nothing_of_how_the_raters_differ(spread):
    people = [Rated(n, "peers", {SKILL: 3 + shift}) for n, shift in enumerate((-spread, 0.0, spread))]
    [cell] = cells_of(people, GROUPS)
    assert figure_in(cell, SKILL) == figure_of(3.0, 3)


def test_no_figure_of_three_people_fixes_what_one_of_them_said():
    """All that three people can say of three sentences: whatever is shown, each may have said one of many things."""
    scores = sorted({Fraction(sum(ratings), 3) for ratings in product(range(1, 6), repeat=3)})
    consistent: dict[Figure, set[Fraction]] = {}
    for trio in product(scores, repeat=3):
        consistent.setdefault(figure_of(float(sum(trio) / 3), 3), set()).update(trio)
    narrowest = min(max(values) - min(values) for values in consistent.values())
    assert len(consistent) == 29
    assert narrowest == Fraction(4, 3)


def test_without_the_ends_a_figure_would_tell_what_everybody_said():
    """The rule is needed: of a mean of five there is one explanation."""
    assert [figure_of(mean, 3).mean for mean in (5.0, 4.8, 4.5)] == [4.5, 4.5, 4.5]
    assert [figure_of(mean, 3).mean for mean in (1.0, 1.2, 1.5)] == [1.5, 1.5, 1.5]
    assert figure_of(5.0, 3).is_at_an_end
    assert not figure_of(4.4, 3).is_at_an_end


@pytest.mark.parametrize(("spread", "least"), [(0.7, 90), (1.0, 78), (1.2, 69)])
@pytest.mark.parametrize("n", [3, 5, 9])
def test_the_band_holds_the_mean_of_many_in_about_eighty_of_a_hundred(spread, least, n):
    """Raters drawn around what many would say, on the scale: 1.0 is what the band assumes, 1.2 is worse than that."""
    draw = np.random.default_rng(20261130)
    held = 0
    for _time in range(3000):
        true = draw.uniform(2.2, 3.8)
        figure = figure_of(float(draw.normal(true, spread, n).clip(1, 5).mean()), n)
        held += figure.low <= true <= figure.high
    assert 100 * held / 3000 >= least


def test_all_together_is_a_function_of_what_is_shown():
    assert together([Figure(3.0, 2, 4, 3), Figure(4.0, 3, 5, 1)]) == figure_of(3.25, 4)
    assert together([]) is None


@pytest.mark.parametrize(("ratings", "score"), [((1, 2, 3), 2.0), ((0, 4, 0), 4.0), ((0, 0, 0), None), ((), None)])
def test_what_could_not_be_observed_counts_nowhere(ratings, score):
    assert score_of(ratings) == score
