"""The cases that ship: what the design asks of them, and their words."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest

from practice.cases import case_to_data
from practice.scoring.interview_case import FOLLOW_UPS
from tests.practice.simulations import LUNCH, NIGHT, ROOM, lunch, night, room, shipped

BANNED = re.compile(r"\b(shall|seldom|gladly|somebody|goods-in|put a stroke)\b", re.IGNORECASE)


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


@pytest.mark.parametrize("name", [NIGHT, ROOM, LUNCH])
def test_words_are_plain(name):
    found = [
        text for text in texts(case_to_data(shipped(name))) if BANNED.search(text) or re.search(r"  |\s[,.?!]|'s's|\d%", text)
    ]
    assert found == []


def test_the_points_of_the_night_deliveries_are_those_of_the_design():
    points = {issue.id: ([o.you for o in issue.options], [o.them for o in issue.options]) for issue in night().issues}
    assert points == {
        "price": ([40, 30, 20, 10, 0], [0, 10, 20, 30, 40]),
        "payment": ([15, 10, 5, 0], [0, 15, 30, 45]),
        "window": ([0, 25, 45], [12, 6, 0]),
        "length": ([0, 8, 15], [0, 10, 20]),
        "crates": ([0, 6, 10], [10, 5, 0]),
    }
    rule = night().them_rule
    assert (night().batna.you, night().batna.them, night().rounds, rule.target, rule.beta) == (50, 52, 8, 112, 0.6)


@pytest.mark.parametrize("case", [night(), room()], ids=["night", "room"])
def test_what_they_say_often_has_variants(case):
    words = case.their_words
    assert [field.name for field in fields(words) if len(getattr(words, field.name)) < 2] == []
    assert [issue.id for issue in case.issues if len(issue.they_say) < 2] == []


def test_the_interview_is_as_large_as_asked_and_its_kinds_are_mixed():
    kinds = Counter(card.kind for card in lunch().cards)
    assert len(lunch().cards) >= 24
    assert len(lunch().expectations) >= 7
    assert set(kinds) >= {"open", "priority", "closed", "leading", "offer", "summary", "silence"}
    assert sum(kinds[kind] for kind in FOLLOW_UPS) >= 8


def test_what_is_not_said_in_so_many_words_is_hidden_three_ways():
    unspoken = {entry.id for entry in lunch().expectations if entry.unspoken}
    assert unspoken == {"not-blamed", "seen-cooks"}
    assert [card.id for card in lunch().cards if card.discloses] == ["o-new-here", "o-own-slip"]


def test_the_lesson_before_does_not_tell_what_the_interview_hides():
    """There large print mattered most. Here it is a false lead."""
    assert "large-print" in {lead.id for lead in lunch().false_leads}
    assert not any("print" in entry.says for entry in lunch().expectations)


def test_every_sentence_of_a_card_is_said_once():
    assert [say for say, n in Counter(card.say for card in lunch().cards).items() if n > 1] == []
