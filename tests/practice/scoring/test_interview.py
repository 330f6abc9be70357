"""An interview as it is played: on the shipped one, and on one small enough to work out by hand."""

import json
import time
from typing import Any

import pytest

from practice.cases import case_from_data
from practice.scoring.interview import END, InvalidCard, replay
from practice.scoring.interview_case import Bound
from practice.scoring.interview_rules import MAX_SHOWN, rules_of
from tests.practice.simulations import lunch, small_interview

GOOD = ["q-last-weeks", "q-tuesday", "o-own-slip", "q-who-answers", "q-which-tray", "q-latest"]


def cards(*names: str) -> list[dict[str, Any]]:
    return [{"card": name} for name in names]


def small(**changes: Any):
    return case_from_data(small_interview() | changes)


def found(case, state) -> list[str]:
    return [case.expectations[position].id for position in rules_of(case).found(state.talk.heard)]


def test_a_good_talk_finds_what_was_not_said_at_first():
    state = replay(lunch(), "1", cards(*GOOD))
    assert found(lunch(), state) == ["told-first", "not-blamed", "soft-names"]
    assert (state.talk.minutes, state.talk.trust, state.talk.patience, state.ended) == (11, 3, 6, "")


def test_without_owning_up_the_same_question_brings_nothing():
    state = replay(lunch(), "1", cards("q-last-weeks", "q-tuesday", "q-tuesday-cost", "q-who-answers"))
    assert found(lunch(), state) == []
    assert state.lines[-1].says == "I deal with it. That's what I'm here for."


def test_a_part_is_not_the_whole():
    state = replay(small(), "1", cards("q-open"))
    assert found(small(), state) == []
    assert found(small(), replay(small(), "1", cards("q-open", "q-follow"))) == ["first"]


def test_what_needs_trust_is_not_told_before():
    data = small_interview()
    data["cards"][3]["replies"] = [{"say": "Well.", "reveals": ["second"]}, {"say": "Hm."}]
    case = case_from_data(data)
    assert found(case, replay(case, "1", cards("q-open", "q-home"))) == []
    assert found(case, replay(case, "1", cards("q-open", "o-own-up", "q-home"))) == ["second"]


def test_silence_after_the_right_card_brings_something_and_after_another_does_not():
    assert found(small(), replay(small(), "1", cards("q-open", "s-wait"))) == ["third"]
    assert found(small(), replay(small(), "1", cards("q-rank", "s-wait"))) == []


def test_a_topic_comes_up_when_a_card_unlocks_it():
    case = small()
    before = {card.id for card in replay(case, "1", []).hand}
    data = small_interview()
    data["cards"][0]["replies"][0].pop("mentions")
    unlocked = replay(case_from_data(data), "1", cards("q-open"))
    assert "q-home" not in before
    assert "q-home" in {card.id for card in unlocked.hand}


def test_what_was_just_mentioned_is_shown_first_and_a_card_once():
    rules = rules_of(small())
    talk = rules.step(rules.begin(), 0)
    shown = [small().cards[position].id for position in rules.hand(talk)]
    assert shown[0] == "q-home"
    assert "q-open" not in shown
    assert len(shown) == MAX_SHOWN


def test_silence_can_be_kept_again():
    state = replay(small(), "1", cards("q-open", "s-wait", "s-wait"))
    assert "s-wait" in {card.id for card in state.hand}


def test_shown_cards_are_drawn_by_the_talk_and_ordered_by_the_seed():
    hands = [[card.id for card in replay(lunch(), str(seed), cards("q-last-weeks")).hand] for seed in range(20)]
    assert len({tuple(sorted(hand)) for hand in hands}) == 1
    assert len({tuple(hand) for hand in hands}) > 5


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_four_to_six_cards_are_shown_until_the_time_is_nearly_up(seed):
    state = replay(lunch(), seed, [])
    history = []
    while state.hand and state.talk.minutes > 5:
        assert 4 <= len(state.hand) <= 6
        history.append({"card": state.hand[0].id})
        state = replay(lunch(), seed, history)


def test_the_talk_ends_when_the_time_is_up():
    state = replay(small(), "1", cards("q-open", *["s-wait"] * 5))
    assert (state.ended, state.hand, state.talk.minutes) == ("time", (), 0)
    assert state.lines[-1].says == "So."


def test_the_talk_ends_when_patience_does():
    state = replay(small(), "1", cards("q-lead-0", "q-lead-1", "q-lead-2"))
    assert (state.ended, state.talk.patience, state.talk.trust) == ("patience", 0, -2)


def test_the_learner_can_take_leave():
    state = replay(lunch(), "1", [*cards("q-last-weeks"), END])
    assert (state.ended, state.hand) == ("thanked", ())
    assert state.lines[-1].says in lunch().person.thanked


def test_the_transcript_has_both_sides_and_the_minute():
    state = replay(lunch(), "1", cards("q-last-weeks", "q-tuesday"))
    assert [(line.minute, line.who) for line in state.lines] == [(0, "them"), (0, "you"), (0, "them"), (2, "you"), (2, "them")]
    assert state.lines[1].says == lunch().cards[0].say


@pytest.mark.parametrize(
    ("history", "message"),
    [
        ([{"card": "q-none"}], "is no move"),
        ([{"card": "q-last-weeks", "also": 1}], "is no move"),
        ([{}], "is no move"),
        (["q-last-weeks"], "is no move"),
        ([{"card": ["q-last-weeks"]}], "is no move"),
        ([None], "is no move"),
        (cards("q-tuesday"), "not shown now"),
        (cards("q-last-weeks", "q-last-weeks"), "not shown now"),
        ([END, *cards("q-last-weeks")], "talk is over"),
        ([END, END], "talk is over"),
    ],
)
def test_what_cannot_be_played_says_why(history, message):
    with pytest.raises(InvalidCard, match=message):
        replay(lunch(), "1", history)


def test_the_same_history_gives_the_same_talk_also_from_json():
    history = cards(*GOOD)
    assert replay(lunch(), "9", history) == replay(lunch(), "9", json.loads(json.dumps(history)))


def test_seeds_change_words_and_nothing_else():
    states = [replay(lunch(), str(seed), cards(*GOOD)) for seed in range(30)]
    assert len({state.lines for state in states}) > 5
    assert len({state.talk for state in states}) == 1


def test_a_turn_takes_well_under_a_tenth_of_a_second():
    replay(lunch(), "1", [])
    begun = time.process_time()
    replay(lunch(), "1", cards(*GOOD))
    assert time.process_time() - begun < 0.1


@pytest.mark.parametrize(
    ("written", "number", "holds"),
    [
        (">=2", 2, True),
        (">=2", 1, False),
        ("> 2", 2, False),
        ("<=-1", -1, True),
        ("<0", 0, False),
        ("==3", 3, True),
        ("==3", 2, False),
    ],
)
def test_a_bound_holds_what_it_says(written, number, holds):
    assert Bound.parse(written).holds(number) is holds


@pytest.mark.parametrize("written", ["", "2", "=2", ">=x", ">=2 or 1", "__import__('os')"])
def test_a_bound_is_a_sign_and_a_number_and_nothing_else(written):
    with pytest.raises(ValueError, match="no comparison"):
        Bound.parse(written)


@pytest.mark.parametrize(
    ("condition", "holds_before", "holds_after"),
    [
        ({"trust": ">=2"}, False, True),
        ({"patience": "<3"}, False, False),
        ({"minutes": "<=5"}, False, True),
        ({"mentioned": ["work", "home"]}, False, False),
        ({"mentioned_any": ["work", "home"]}, True, True),
        ({"asked": ["o-own-up"]}, False, True),
        ({"asked_any": ["o-own-up", "q-open"]}, False, True),
        ({"not_asked": ["o-own-up"]}, True, False),
        ({"heard_any": ["first.what"]}, False, False),
        ({"not_heard": ["first"]}, True, True),
        ({"last": ["o-own-up"]}, False, True),
    ],
)
def test_conditions_are_asked_of_the_talk(condition, holds_before, holds_after):
    data = small_interview()
    data["cards"][1]["when"] = condition
    rules = rules_of(case_from_data(data))
    before = rules.begin()
    after = rules.step(before, 2)
    assert (1 in rules.hand(before), 1 in rules.hand(after)) == (holds_before, holds_after)


def test_other_topics_take_turns_in_the_hand():
    """Two cards on no topic, then one of each open topic before a second of any."""
    shown = [lunch().cards[position].id for position in rules_of(lunch()).hand(rules_of(lunch()).begin())]
    assert shown == ["q-last-weeks", "o-new-here", "q-yesterday", "q-loud-when", "q-renewal", "q-new-menu"]
