import pytest

from practice.scoring.interview import END, replay
from practice.scoring.interview_map import (
    Entry,
    InvalidMap,
    lines_to_choose,
    mark_map,
    one_thing_unheard,
    read_map,
    score_interview,
)
from tests.practice.scoring.test_interview import GOOD, cards
from tests.practice.simulations import lunch

STATE = replay(lunch(), "1", [*cards(*GOOD), END])
FULL = (Entry("told-first", "known", 1), Entry("not-blamed", "known", 2), Entry("soft-names", "known", 3))


def test_found_is_the_weight_of_what_was_revealed_and_noted():
    # Weights 4, 3 and 3 of 18.
    assert score_interview(lunch(), STATE, FULL).found == pytest.approx(10 / 18)
    assert score_interview(lunch(), STATE, FULL[:1]).found == pytest.approx(4 / 18)


def test_what_was_noted_but_never_revealed_does_not_count_as_found():
    guessed = (*FULL, Entry("seen-cooks", "assumed", 4))
    assert score_interview(lunch(), STATE, guessed).found == pytest.approx(10 / 18)


@pytest.mark.parametrize(
    ("ranks", "order"), [((1, 2, 3), 1.0), ((3, 2, 1), 0.0), ((2, 1, 3), (1 / 3 + 1) / 2), ((1, 1, 1), 0.5), ((None,) * 3, 0.5)]
)
def test_order_is_tau_b_against_their_own(ranks, order):
    entries = [Entry(entry.line, "known", rank) for entry, rank in zip(FULL, ranks, strict=True)]
    assert score_interview(lunch(), STATE, entries).order == pytest.approx(order)


def test_a_line_without_a_rank_comes_last():
    entries = (FULL[0], FULL[1], Entry("soft-names", "known"))
    assert score_interview(lunch(), STATE, entries).order == 1.0


def test_order_of_one_is_half_and_of_none_is_nothing():
    assert score_interview(lunch(), STATE, FULL[:1]).order == 0.5
    assert score_interview(lunch(), STATE, ()).order == 0.0


def test_honest_counts_what_is_called_known_and_was_never_said():
    entries = (*FULL, Entry("large-print", "known"), Entry("new-menu", "assumed"), Entry("seen-cooks", "known"))
    # Six noted; a false lead and an expectation called known that nobody had spoken of.
    assert score_interview(lunch(), STATE, entries).honest == pytest.approx(1 - 2 / 6)
    assert score_interview(lunch(), STATE, ()).honest is None


def test_what_was_said_in_part_may_be_called_known():
    state = replay(lunch(), "1", cards("q-last-weeks", "q-tuesday"))
    scores = score_interview(lunch(), state, (Entry("told-first", "known"),))
    assert (scores.honest, scores.found) == (1.0, 0.0)


def test_follow_ups_are_counted_for_each_open_question_up_to_two():
    # One open question; four that take up what was said; one that does neither.
    assert score_interview(lunch(), STATE, ()).follow_up == 2.0
    state = replay(lunch(), "1", cards("q-last-weeks", "q-tuesday", "o-own-slip", "q-families"))
    assert score_interview(lunch(), state, ()).follow_up == 0.5
    assert score_interview(lunch(), replay(lunch(), "1", []), ()).follow_up == 0.0
    assert score_interview(lunch(), replay(lunch(), "1", cards("q-yesterday")), ()).follow_up == 2.0


def test_the_cost_is_what_is_left():
    scores = score_interview(lunch(), STATE, ())
    assert (scores.minutes, scores.patience) == (11, 6)


def test_the_person_marks_the_map():
    entries = (FULL[0], Entry("large-print", "known"), Entry("seen-cooks", "assumed"))
    marks = mark_map(lunch(), "1", STATE, entries)
    assert [(mark.line, mark.mark, mark.was_said) for mark in marks] == [
        ("told-first", "right", True),
        ("large-print", "wrong", False),
        ("seen-cooks", "right", False),
        ("not-blamed", "missing", True),
        ("soft-names", "missing", True),
        ("quiet-hour", "missing", False),
        ("warm-upstairs", "missing", False),
        ("meals-eaten", "missing", False),
        ("sunday-choice", "missing", False),
    ]
    by_id = {entry.id: entry for entry in lunch().expectations}
    assert marks[0].says == by_id["told-first"].if_right
    assert marks[2].says in lunch().person.not_said
    assert marks[3].says == by_id["not-blamed"].if_missing


def test_the_map_offers_true_and_false_lines_of_every_topic_that_came_up():
    early, late = lines_to_choose(lunch(), "1", replay(lunch(), "1", [])), lines_to_choose(lunch(), "1", STATE)
    assert sorted(early) == [
        "large-print",
        "lower-price",
        "new-menu",
        "new-wheels",
        "pay-trolley",
        "quiet-hour",
        "warm-upstairs",
    ]
    assert {"told-first", "not-blamed", "soft-names", "difficult-families"} <= set(late)
    assert "sunday-choice" not in late
    assert lines_to_choose(lunch(), "2", STATE) != late


def test_one_thing_that_was_not_heard_with_the_card_that_was_on_the_table():
    unheard = one_thing_unheard(lunch(), ["q-last-weeks", "q-tuesday"])
    # Half of the weightiest was heard; “by nine” takes more trust than there was, or owning up first.
    assert (unheard.expectation.id, unheard.card.id, unheard.minute) == ("told-first", "q-latest", None)
    later = one_thing_unheard(lunch(), ["q-last-weeks", "q-tuesday", "o-own-slip", "q-latest", "q-which-tray"])
    assert (later.expectation.id, later.card.id, later.minute) == ("not-blamed", "q-who-answers", 5)


def test_nothing_is_missing_where_everything_was_found():
    from practice.cases import case_from_data
    from tests.practice.simulations import small_interview

    data = small_interview() | {"minutes": 12}
    played = ["q-open", "s-wait", "q-follow", "o-own-up", "q-home"]
    assert one_thing_unheard(case_from_data(data), played) is None


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("told-first", "a list of lines"),
        (["told-first"], "and no others"),
        ([{"line": "told-first", "status": "known", "why": 1}], "and no others"),
        ([{"line": "unheard-of", "status": "known"}], "not one of those"),
        ([{"line": "told-first", "status": "sure"}], "known or assumed"),
        ([{"line": "told-first", "status": "known", "rank": 0}], "whole number from 1 to 14"),
        ([{"line": "told-first", "status": "known", "rank": True}], "whole number"),
        ([{"line": "told-first", "status": "known", "limit": "x" * 301}], "at most 300"),
        ([{"line": "told-first", "status": "known"}] * 2, "twice"),
    ],
)
def test_a_map_that_cannot_be_read_says_why(data, message):
    with pytest.raises(InvalidMap, match=message):
        read_map(lunch(), data)


def test_a_map_is_read():
    data = [{"line": "told-first", "status": "known", "rank": 1, "limit": "nine"}, {"line": "new-menu", "status": "assumed"}]
    assert read_map(lunch(), data) == (Entry("told-first", "known", 1, "nine"), Entry("new-menu", "assumed"))
