"""An interview as it is played: a pure function of the case, a seed and the cards played so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from practice.scoring.drawing import pick, shuffled
from practice.scoring.interview_case import Card, InterviewCase
from practice.scoring.interview_rules import Rules, Talk, rules_of

END = {"end": True}
"""The move by which the learner says thank you and goes."""


class InvalidCard(ValueError):
    """A card that cannot be played now; the message says why and what can be done instead."""


@dataclass(frozen=True)
class Line:
    """One turn of the transcript; `minute` is when it begins, from 0."""

    minute: int
    who: Literal["you", "them"]
    says: str


@dataclass(frozen=True)
class InterviewState:
    """Where the talk stands. `hand` is what the learner can say now, in the order shown; empty once it is over.

    `ended` says how: the time is up, patience is, the learner took leave, or nothing is left to say.
    """

    talk: Talk
    played: tuple[str, ...]
    hand: tuple[Card, ...]
    ended: Literal["", "time", "patience", "thanked", "done"]
    lines: tuple[Line, ...]


def replay(case: InterviewCase, seed: str, history: Iterable[Any]) -> InterviewState:
    """The state after these moves, `{"card": id}` each, or `{"end": true}` as the last.

    Raises InvalidCard for the first that could not be made.
    """
    rules = rules_of(case)
    talk = rules.begin()
    lines = [Line(0, "them", pick(seed, "opening", case.person.opening))]
    played: list[str] = []
    thanked = False
    for move in history:
        if thanked or not (hand := _shown(rules, talk, seed)):
            raise InvalidCard("The talk is over. Fill in the map.")
        if move == END:
            thanked = True
            continue
        position = _position(case, move, hand)
        lines += _exchange(rules, talk, seed, position)
        played.append(case.cards[position].id)
        talk = rules.step(talk, position)
    hand = [] if thanked else _shown(rules, talk, seed)
    ended = "thanked" if thanked else "" if hand else _how_it_ended(rules, talk)
    if ended:
        lines.append(_last_words(case, seed, talk, ended))
    return InterviewState(talk, tuple(played), tuple(case.cards[position] for position in hand), ended, tuple(lines))


def _shown(rules: Rules, talk: Talk, seed: str) -> list[int]:
    """The hand in an order that says nothing."""
    return shuffled(seed, f"hand:{talk.minutes}:{talk.last}", rules.hand(talk))


def _position(case: InterviewCase, move: Any, hand: list[int]) -> int:
    card = move.get("card") if isinstance(move, Mapping) and len(move) == 1 else None
    if not isinstance(card, str) or card not in case.card_positions:
        raise InvalidCard(f"{move!r} is no move. Play one of the cards shown, or end the talk.")
    position = case.card_positions[card]
    if position not in hand:
        raise InvalidCard(f"The card {card!r} is not shown now. Play one of the cards shown.")
    return position


def _exchange(rules: Rules, talk: Talk, seed: str, position: int) -> tuple[Line, Line]:
    card = rules.case.cards[position]
    minute = rules.case.minutes - talk.minutes
    reply = pick(seed, f"{card.id}:{minute}", rules.answer(talk, position).say)
    return Line(minute, "you", card.say), Line(minute, "them", reply)


def _how_it_ended(rules: Rules, talk: Talk) -> Literal["time", "patience", "done"]:
    if talk.patience <= 0:
        return "patience"
    least = min(play.card.minutes for play in rules.plays)
    return "time" if talk.minutes <= least else "done"


def _last_words(case: InterviewCase, seed: str, talk: Talk, ended: str) -> Line:
    person = case.person
    words = {"time": person.out_of_time, "patience": person.out_of_patience}.get(ended, person.thanked)
    return Line(case.minutes - talk.minutes, "them", pick(seed, "end", words))
