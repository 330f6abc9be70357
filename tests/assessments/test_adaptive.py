"""The next question: telling, spread over the bank, and the same whenever it is asked for."""

from collections import Counter

import numpy as np
import pytest

from assessments.scoring import adaptive, irt
from assessments.scoring.adaptive import Answer, Bank, Rules, step
from tests.assessments.irt_cases import answers_to, items_of

KEPT = [36, 34, 23, 25, 34, 26, 33, 34]
FACETS = ("ask", "listen", "agree", "follow")


def bank_of(size, model="2pl", categories=2, seed=3, facets=None):
    items = items_of(model, size, categories, np.random.default_rng(seed))
    return items, Bank(model, items, facets)


def sit(items, bank, rules, seed, level, rng, model="2pl"):
    """The answers of one sitting to its end, and where it stands then."""
    given = []
    while (now := step(bank, rules, given, seed)).item is not None:
        category = answers_to(model, [items[now.item]], np.array([level]), rng)[0, 0]
        given.append(Answer(now.item, int(category)))
    return given, now


def exposure(size, length, sittings=500):
    items, bank = bank_of(size)
    rng = np.random.default_rng(4)
    asked = Counter()
    for number in range(sittings):
        given, _end = sit(items, bank, Rules(length), str(number), rng.normal(), rng)
        asked.update(answer.item for answer in given)
    return max(asked.values()) / sittings


def test_the_level_and_its_error_are_those_of_the_scores():
    items, bank = bank_of(30, "grm", 4)
    given = [Answer(place, place % 4) for place in (3, 8, 9, 20, 25)]
    codes = np.full((1, 30), -1, dtype=np.int8)
    for answer in given:
        codes[0, answer.item] = answer.category
    expected = irt.eap("grm", items, codes, grid=adaptive.GRID)
    now = step(bank, Rules(10), given, "x")
    assert (now.level, now.error) == (pytest.approx(expected.level[0]), pytest.approx(expected.error[0]))


def test_a_sitting_can_be_replayed_from_its_answers():
    items, bank = bank_of(80)
    given, end = sit(items, bank, Rules(12), "sitting", 0.4, np.random.default_rng(1))
    again = Bank("2pl", items)
    assert [step(again, Rules(12), given[:n], "sitting").item for n in range(12)] == [answer.item for answer in given]
    assert step(again, Rules(12), given, "sitting") == end


def test_the_draw_is_kept_for_ever():
    """Written down once: another stream of numbers would bring other questions to sittings that are under way."""
    items = [irt.ItemParameters(1.0, (b,)) for b in np.linspace(-2, 2, 61).tolist()]
    bank = Bank("2pl", items)
    assert [step(bank, Rules(10), [], f"sitting {number}").item for number in range(8)] == KEPT


def test_it_ends_at_its_length_or_once_it_is_sure():
    items, bank = bank_of(100)
    given, end = sit(items, bank, Rules(15), "a", 0.0, np.random.default_rng(1))
    assert (len(given), end.answered, end.item) == (15, 15, None)
    given, end = sit(items, bank, Rules(60, error=0.4, shortest=5), "a", 0.0, np.random.default_rng(1))
    assert 5 <= len(given) < 60
    assert end.error <= 0.4
    assert step(bank, Rules(60, error=0.4), given[:-1], "a").error > 0.4


def test_it_does_not_end_before_its_shortest_length():
    items, bank = bank_of(100)
    given, _end = sit(items, bank, Rules(20, error=5.0, shortest=7), "a", 0.0, np.random.default_rng(1))
    assert len(given) == 7


def test_a_bank_that_is_used_up_ends_it():
    items, bank = bank_of(6)
    given, _end = sit(items, bank, Rules(20), "a", 0.0, np.random.default_rng(1))
    assert sorted(answer.item for answer in given) == list(range(6))


def test_questions_follow_the_level():
    """Whoever answers everything right is asked harder and harder questions, and the other way round."""
    _items, bank = bank_of(200)
    difficulty = [item.b[0] for item in _items]
    reached = []
    for category in (0, 1):
        given = []
        for _number in range(10):
            given.append(Answer(step(bank, Rules(10), given, "s").item, category))
        reached.append(np.mean([difficulty[answer.item] for answer in given[-4:]]))
    assert reached[0] < -0.5
    assert reached[1] > 0.5


def test_an_adaptive_sitting_knows_more_than_as_many_random_questions():
    items, bank = bank_of(200)
    rng = np.random.default_rng(5)
    ends = [sit(items, bank, Rules(12), str(n), level, rng)[1].error for n, level in enumerate(rng.normal(size=60))]
    drawn = [items[place] for place in rng.permutation(200)[:12]]
    at_random = irt.eap("2pl", drawn, answers_to("2pl", drawn, rng.normal(size=60), rng)).error
    assert np.mean(ends) < 0.9 * at_random.mean()


@pytest.mark.parametrize(("times", "most"), [(4, 0.40), (8, 0.25), (12, 0.25)])
def test_no_question_is_asked_of_too_many(times, most):
    assert exposure(times * 8, 8) <= most


def test_facets_get_their_shares():
    facets = [FACETS[place % 4] for place in range(120)]
    items, bank = bank_of(120, facets=facets)
    shares = {"ask": 0.4, "listen": 0.3, "agree": 0.2, "follow": 0.1}
    for number in range(20):
        given, _end = sit(items, bank, Rules(10, shares=shares), str(number), 0.0, np.random.default_rng(number))
        assert Counter(facets[answer.item] for answer in given) == {"ask": 4, "listen": 3, "agree": 2, "follow": 1}


def test_a_facet_that_is_used_up_gives_way_to_the_others():
    facets = ["ask"] * 2 + ["listen"] * 30
    items, bank = bank_of(32, facets=facets)
    given, _end = sit(items, bank, Rules(10, shares={"ask": 0.5, "listen": 0.5}), "a", 0.0, np.random.default_rng(1))
    assert Counter(facets[answer.item] for answer in given) == {"ask": 2, "listen": 8}


@pytest.mark.parametrize("answers", [[Answer(99, 0)], [Answer(-1, 0)], [Answer(0, 2)], [Answer(0, -1)], [Answer(0, 1)] * 2])
def test_answers_that_cannot_be_are_refused(answers):
    _items, bank = bank_of(20)
    with pytest.raises(ValueError):
        step(bank, Rules(10), answers, "a")


def test_every_item_has_one_facet():
    with pytest.raises(ValueError):
        bank_of(4, facets=["ask"])
    with pytest.raises(ValueError):
        Bank("2pl", [])
