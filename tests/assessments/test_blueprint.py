"""Drawing by a blueprint: exact, the same for the same seed, enemies apart."""

from itertools import combinations, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.scoring.blueprint import BankItem, Blueprint, Cell, Lack, NotFilled, draw
from assessments.scoring.forecast import forecast_of

pytestmark = pytest.mark.once
BOUNDARIES = ("1|2", "2|3", "3|4", "4|5")


def bank(count, *, skill="listen", enemies=None, **fields):
    return [
        BankItem(
            f"{skill}-{number}",
            skill,
            BOUNDARIES[number % 4],
            ("customer", "employee", "partner")[number % 3],
            frozenset((enemies or {}).get(number, ())),
            levels=(1, 2, 3, 4),
            **fields,
        )
        for number in range(count)
    ]


def test_a_form_has_what_each_cell_asks_and_is_the_same_for_the_same_seed():
    blueprint = Blueprint((Cell("listen", 2, "1|2"), Cell("listen", 1, "3|4"), Cell("listen", 2, relationship="customer")))
    items = {item.key: item for item in bank(24)}
    drawn = draw(list(items.values()), blueprint, seed="a")
    assert drawn == draw(list(reversed(items.values())), blueprint, seed="a"), "the order of the bank says nothing"
    assert len(set(drawn)) == 5
    assert sum(items[key].boundary == "1|2" for key in drawn) >= 2
    assert {tuple(draw(list(items.values()), blueprint, seed=str(n))) for n in range(20)} != {tuple(drawn)}


def test_nothing_is_drawn_that_was_met_before():
    blueprint = Blueprint((Cell("listen", 4),))
    first = draw(bank(8), blueprint, seed="a")
    second = draw(bank(8), blueprint, seed="a", met=first)
    assert set(first).isdisjoint(second)
    with pytest.raises(NotFilled):
        draw(bank(8), blueprint, seed="a", met=first + second)


def test_what_cannot_be_filled_says_which_cell_lacks_how_many():
    blueprint = Blueprint((Cell("listen", 2, "1|2"), Cell("listen", 5, "2|3", "customer")))
    with pytest.raises(NotFilled) as refused:
        draw(bank(12), blueprint, seed="a")
    assert refused.value.lacks == (Lack("listen · 2|3 · customer", 4),)


def test_enemies_stay_apart_even_where_only_one_form_is_left():
    # Each cell has two items; all but one pair that could be drawn are enemies.
    items = [
        BankItem("a", "s", "1|2", enemies=frozenset({"c", "d"})),
        BankItem("b", "s", "1|2", enemies=frozenset({"d"})),
        BankItem("c", "s", "2|3"),
        BankItem("d", "s", "2|3"),
    ]
    blueprint = Blueprint((Cell("s", 1, "1|2"), Cell("s", 1, "2|3")))
    assert {frozenset(draw(items, blueprint, seed=str(n))) for n in range(10)} == {frozenset({"b", "c"})}


def test_anchors_stand_in_no_cell_and_are_drawn_beside_them():
    blueprint = Blueprint((Cell("listen", 3),), frozenset({"listen-0", "listen-1", "listen-2"}), 2)
    for seed in "abcdef":
        assert sum(key in blueprint.anchors for key in draw(bank(6), blueprint, seed=seed)) == 2


SMALL = st.lists(
    st.tuples(st.sampled_from("st"), st.sampled_from(BOUNDARIES[:2]), st.frozensets(st.integers(0, 5), max_size=2)), max_size=6
)
CELLS = st.lists(
    st.tuples(st.sampled_from("st"), st.integers(1, 2), st.sampled_from(("", *BOUNDARIES[:2]))), min_size=1, max_size=2
)


def fullest(items, cells):
    """By trying every set of items in every way."""
    slots = [cell for cell in cells for _one in range(cell.count)]
    for size in range(min(len(items), len(slots)), 0, -1):
        for some in combinations(items, size):
            keys = {item.key for item in some}
            if not any(item.enemies & keys for item in some) and any(
                all(cell.takes(item) for cell, item in zip(chosen, some, strict=True)) for chosen in permutations(slots, size)
            ):
                return size
    return 0


@settings(max_examples=60, deadline=None)
@given(SMALL, CELLS, st.text("abc", max_size=3))
def test_a_form_is_found_wherever_there_is_one(written, asked, seed):
    items = [
        BankItem(f"i{number}", skill, boundary, enemies=frozenset(f"i{other}" for other in enemies if other != number))
        for number, (skill, boundary, enemies) in enumerate(written)
    ]
    cells = tuple(Cell(skill, count, boundary) for skill, count, boundary in asked)
    blueprint = Blueprint(cells)
    try:
        found = len(draw(items, blueprint, seed=seed))
    except NotFilled as refused:
        found = blueprint.length - sum(lack.missing for lack in refused.lacks)
    assert found == fullest(items, cells)


# Before it is published ------------------------------------------------------------------------------------------------


def test_forecast_says_for_how_many_sittings_the_bank_is_enough():
    assert forecast_of(bank(24), Blueprint((Cell("listen", 10),)), seed="a").sittings == 2


def test_nothing_is_awarded_on_keys_of_the_author_nor_on_few_questions():
    long, short = Blueprint((Cell("listen", 16),)), Blueprint((Cell("listen", 10),))
    of_author = forecast_of(bank(20), long, seed="a").skills[0]
    few = forecast_of(bank(20, is_keyed=True), short, seed="a").skills[0]
    assert (of_author.is_keyed, of_author.awarded) == (False, {})
    assert (few.is_keyed, few.is_long_enough, few.awarded) == (True, False, {})


def test_more_questions_place_more_people_at_their_level():
    few, many = (forecast_of(bank(64), Blueprint((Cell("listen", n),)), seed="a").skills[0].accuracy for n in (8, 32))
    assert few.keys() == {"beginners", "mixed", "experienced"}
    assert all(0.2 < few[name] < many[name] < 1 for name in few)


def test_a_forecast_of_a_bank_that_is_too_small_names_what_it_lacks():
    found = forecast_of(bank(3), Blueprint((Cell("listen", 5),)), seed="a")
    assert (found.lacks, found.sittings, found.skills) == ((Lack("listen", 2),), 0, ())
