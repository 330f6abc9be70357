"""Permutation tests and the model of words, against enumeration and against sums done by hand."""

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from assessments.item_rules.heuristics import HEURISTICS, pairs_of, ranks, shares
from assessments.item_rules.model import Item, Option
from assessments.item_rules.permutation import hit_test, level_test
from assessments.item_rules.word_model import corpora, leave_one_out_hits, transfer_hits, word_tests


def item(*texts: str, key: int = 0, **fields: str) -> Item:
    options = tuple(
        Option(id="abcd"[place], text=text, act="do", tone="neutral", rationale="", is_key=place == key)
        for place, text in enumerate(texts)
    )
    defaults = {"id": "x", "file": "x.yaml", "skill": "s", "relationship": "customer", "industry": "i"}
    return Item(**{**defaults, "situation": "", "question": "", **fields}, options=options)


def one_hot(choices: list[int], n_options: int = 4) -> np.ndarray:
    return np.eye(n_options)[choices][None]


def test_how_many_hits_twenty_items_allow():
    """One rule: the binomial's own limit. Fifteen independent ones allow more; ours hang together, and allow about 10."""
    rng = np.random.default_rng(1)
    keys, n_options = rng.integers(0, 4, 20), np.full(20, 4)
    assert hit_test(one_hot([0] * 20), keys, n_options).critical == binom.ppf(0.95, 20, 0.25) == 8
    fifteen = np.concatenate([one_hot(list(rng.integers(0, 4, 20))) for _ in range(15)])
    assert hit_test(fifteen, keys, n_options).critical == 11


def test_p_of_one_rule_is_the_tail_of_the_binomial():
    test = hit_test(one_hot([0] * 20), np.array([0] * 9 + [1] * 11), np.full(20, 4), draws=20_000)
    assert (test.hits[0], test.chance) == (9, 5)
    assert test.p[0] == pytest.approx(binom.sf(8, 20, 0.25), abs=0.004)


def test_familywise_p_is_rarely_small_when_keys_are_random():
    rng = np.random.default_rng(5)
    n_options = np.full(20, 4)
    found = 0
    for trial in range(200):
        weights = np.concatenate([one_hot(list(rng.integers(0, 4, 20))) for _ in range(12)])
        found += hit_test(weights, rng.integers(0, 4, 20), n_options, draws=399, seed=trial).p.min() <= 0.05
    assert found <= binom.ppf(0.999, 200, 0.05)


def test_ties_share_the_hit_and_items_may_have_fewer_options():
    weights = np.array([[[0.5, 0.5, 0.0, 0.0], [1 / 3, 1 / 3, 1 / 3, 0.0]]])
    test = hit_test(weights, np.array([1, 2]), np.array([4, 3]))
    assert test.hits[0] == pytest.approx(0.5 + 1 / 3)
    assert test.chance == pytest.approx(1 / 4 + 1 / 3)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(*[st.integers(1, 5)] * 4), min_size=1, max_size=2), st.integers(0, 3))
def test_the_standard_error_of_levels_is_that_of_all_permutations(levels, choice):
    values = np.array(levels, dtype=float)
    test = level_test(one_hot([choice] * len(levels)), values, draws=19)
    means = [np.mean([row[choice] for row in rows]) - values.mean() for rows in product(*(permutations(row) for row in levels))]
    assert test.se[0] == pytest.approx(np.std(means))
    assert test.gap[0] == pytest.approx(values[:, choice].mean() - values.mean())


def test_levels_of_three_options_do_not_reckon_with_a_fourth():
    weights = np.array([[[1.0, 0.0, 0.0, 0.0]]])
    test = level_test(weights, np.array([[3.0, 1.0, 2.0, np.nan]]))
    assert (test.gap[0], test.se[0]) == (1.0, pytest.approx(np.std([1, 2, 3])))


def test_a_model_of_words_by_hand():
    """Two items teach the third: keys had "ask" 2 of 4 words, others "tell" 2 of 4."""
    items = [item("ask him", "tell him"), item("ask her", "tell her"), item("ask them", "tell them")]
    (corpus,) = corpora([items])
    assert leave_one_out_hits(corpus, np.array([[0, 0, 0], [0, 1, 0]])).tolist() == [3.0, 1.0]


def test_words_that_were_never_seen_leave_a_tie():
    first, second = corpora([[item("ask him", "tell him")], [item("wait", "decide")]])
    keys = np.array([[0]])
    assert transfer_hits(first, keys, second, keys).tolist() == [0.5]


def test_word_tests_name_what_they_tried_and_never_an_overlap():
    people = ["him", "her", "them", "us", "me", "you", "it", "all", "one", "both"]
    one = [item(f"ask {word}", f"tell {word}", id=f"a-{word}") for word in people]
    two = [item(f"tell {word} again", f"ask {word} again", key=1, id=f"b-{word}") for word in people]
    tests = word_tests([("a", one), ("b", two), ("bank", [*one, *two])])
    assert [test.name for test in tests] == ["within a", "within b", "within bank", "from a to b", "from b to a"]
    assert [(test.hits, test.chance) for test in tests] == [(10, 5), (10, 5), (20, 10), (10, 5), (10, 5)]
    # Leaving one out proves less here: of keys drawn at random most are alike too, and a model learns those as well.
    assert [test.significant for test in tests] == [False, False, False, True, True]


def test_there_are_more_heuristics_than_the_design_asks_for():
    assert len(HEURISTICS) >= 18
    assert all(heuristic.name == name for name, heuristic in HEURISTICS.items())


def test_shares_and_ranks():
    assert shares(np.array([1.0, 3.0, 3.0, 0.0])).tolist() == [0, 0.5, 0.5, 0]
    assert ranks(np.array([1.0, 3.0, 3.0, 0.0])).tolist() == [1, 2.5, 2.5, 0]


def test_pairs_are_each_two_once_and_each_without_the_other():
    three = list(HEURISTICS.values())[:3]
    assert [pair.name for pair in pairs_of(three)] == [
        "open question and what",
        "open question and question words",
        "what and question words",
        "open question but not what",
        "open question but not question words",
        "what but not open question",
        "what but not question words",
        "question words but not open question",
        "question words but not what",
    ]


STEM = "Amal Haddad bakes bread for cafes and sells it to hotels."
CHOSEN = [
    (
        "open question",
        ("Ask her what she needs.", "Ask if she needs it.", "Offer her one.", "Bake, because she asked."),
        "a",
    ),
    ("what", ("Find out what it costs.", "Ask her.", "Say so.", "Bake."), "a"),
    ("question words", ("Say what, when and how.", "Say what.", "Say it.", "Bake."), "a"),
    ("question mark", ("Is it late?", "It is late.", "Ask her.", "Bake."), "a"),
    ("asks", ("Bake.", "Ask her.", "“Late?”", "Wait."), "bc"),
    ("asks first", ("Ask her, then bake.", "Bake it, and when it is done ask her.", "Bake.", "Wait."), "a"),
    ("does not ask", ("Ask her.", "Late?", "Bake.", "Ask him."), "c"),
    ("longest", ("Bake.", "Bake more bread.", "Wait.", "Ask."), "b"),
    ("shortest", ("Bake.", "Bake more.", "Wait more.", "Ask."), "d"),
    ("most words", ("Unquestionably necessary.", "Go to it now.", "Wait.", "Ask."), "b"),
    ("most clauses", ("Bake; wait, ask.", "Bake it.", "Wait.", "Ask."), "a"),
    ("most polite", ("Thank her, please.", "Tell her.", "Wait.", "Ask."), "a"),
    ("first position", ("Bake.", "Ask.", "Wait.", "Go."), "a"),
    ("last position", ("Bake.", "Ask.", "Wait.", "Go."), "d"),
    ("most I and we", ("I say we bake.", "She says I bake.", "Wait.", "It is in it."), "a"),
    ("most you", ("Tell me, you and yours.", "I bake.", "Wait.", "You go."), "a"),
    ("most hedges", ("Perhaps she might.", "Perhaps so.", "She will.", "Bake."), "a"),
    ("fewest hedges", ("Perhaps.", "Maybe.", "She will.", "It might."), "c"),
    ("fewest absolutes", ("Always bake.", "Never bake.", "Bake.", "Bake it all."), "c"),
    ("most absolutes", ("Always bake all of it.", "Never bake.", "Bake.", "Wait."), "a"),
    ("most numbers", ("Bake 12 loaves in two hours.", "Bake 12.", "Bake one.", "Wait."), "a"),
    ("gives a reason", ("Bake, since she asked.", "Bake so far.", "Bake.", "Wait."), "a"),
    ("gives no reason", ("Bake, so she eats.", "Bake because.", "Bake so many.", "Wait, since."), "c"),
    ("makes no offer", ("Offer bread.", "I will bake.", "Order flour.", "Wait."), "d"),
    ("confirms", ("Check and rank them.", "Check.", "Bake.", "Wait."), "a"),
    ("both sides", ("Put both together.", "Put it there.", "Bake.", "Wait."), "a"),
    ("negation", ("Do not go; she won't.", "Do not.", "Bake.", "Wait."), "a"),
    ("names a time", ("Bake on Monday morning.", "Bake today.", "Bake.", "Wait."), "a"),
    ("names the other", ("Call Amal.", "Call her.", "Bake.", "Wait."), "a"),
    ("most overlap with the stem", ("Sell bread to hotels.", "Paint a wall green.", "Walk home.", "Read."), "a"),
    ("least overlap with the stem", ("Sell bread.", "Bake bread.", "Walk home.", "Hotels sell."), "c"),
    ("most like the others", ("Paint walls green.", "Paint walls blue.", "Paint doors.", "Sleep."), "ab"),
    ("least like the others", ("Paint walls green.", "Paint walls blue.", "Paint doors.", "Sleep."), "d"),
    ("most specific", ("On Monday bake 12 for Amal.", "Bake 12.", "Bake.", "Wait."), "a"),
    ("longest word", ("Unquestionably so.", "Bake it.", "Wait.", "Ask."), "a"),
    ("longest words", ("Unquestionably.", "Unquestionably so.", "Wait.", "Ask."), "a"),
]


@pytest.mark.parametrize(("name", "texts", "chosen"), CHOSEN, ids=[name for name, _texts, _chosen in CHOSEN])
def test_what_each_heuristic_chooses(name, texts, chosen):
    weights = HEURISTICS[name].choose(item(*texts, situation=STEM, question="What should he do?"))
    assert "".join(letter for letter, weight in zip("abcd", weights, strict=True) if weight) == chosen


def test_heuristics_of_tone_and_act_read_the_fields():
    specs = [("ask", "warm"), ("ask", "firm"), ("tell", "neutral"), ("wait", "neutral")]
    options = tuple(
        Option(id="abcd"[place], text="x", act=act, tone=tone, rationale="", is_key=place == 0)
        for place, (act, tone) in enumerate(specs)
    )
    four = Item("x", "x", "s", "customer", "i", "", "", options)
    found = {
        name: HEURISTICS[name].choose(four).tolist() for name in ("warmest", "firmest", "act: ask", "act: do", "rarest act")
    }
    assert found == {
        "warmest": [1, 0, 0, 0],
        "firmest": [0, 1, 0, 0],
        "act: ask": [0.5, 0.5, 0, 0],
        "act: do": [0.25] * 4,
        "rarest act": [0, 0, 0.5, 0.5],
    }
    assert set(HEURISTICS) == {name for name, _t, _c in CHOSEN} | set(found) | {
        f"act: {act}" for act in ("tell", "decide", "decline", "wait", "record")
    }
