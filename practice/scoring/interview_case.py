"""An interview as data: what a stakeholder expects and does not say at once, and the cards that may bring it out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal, get_args

from practice.scoring.shapes import Between, Id, Keyed, Label, Many, PartId, Prose, Sentence, Spoken

CardKind = Literal[
    "open", "follow", "instance", "cost", "priority", "limit", "reason", "closed", "leading", "offer", "summary", "silence"
]
FOLLOW_UPS: frozenset[CardKind] = frozenset({"follow", "instance", "cost", "limit", "reason"})
"""Kinds that take up what was said."""
NO_QUESTIONS: frozenset[CardKind] = frozenset({"offer", "summary", "silence"})
CARD_KINDS: tuple[str, ...] = get_args(CardKind)


@dataclass(frozen=True)
class Bound:
    """A number held against a limit, written `">=1"`; also `<=`, `>`, `<` and `==`."""

    sign: Literal[">=", "<=", ">", "<", "=="]
    limit: int

    @classmethod
    def parse(cls, written: str) -> Bound:
        """Raises ValueError for anything but a sign and a whole number."""
        found = re.fullmatch(r"(>=|<=|==|>|<)\s*(-?\d{1,3})", written.strip())
        if found is None:
            raise ValueError(f"“{written}” is no comparison.")
        return cls(found[1], int(found[2]))  # type: ignore[arg-type]  # the pattern has these signs only

    def __str__(self) -> str:
        return f"{self.sign}{self.limit}"

    def holds(self, number: int) -> bool:
        return {
            ">=": number >= self.limit,
            "<=": number <= self.limit,
            ">": number > self.limit,
            "<": number < self.limit,
            "==": number == self.limit,
        }[self.sign]


@dataclass(frozen=True)
class Condition:
    """Everything in it has to hold. `minutes` are those left; `heard` are expectations, or parts of them.

    Of `mentioned`, `asked` and `heard` all; of those that end in `_any`, one; of `not_…`, none. `last`: the card before this
    one is one of these.
    """

    trust: Bound | None = None
    patience: Bound | None = None
    minutes: Bound | None = None
    mentioned: tuple[Id, ...] = ()
    mentioned_any: tuple[Id, ...] = ()
    asked: tuple[Id, ...] = ()
    asked_any: tuple[Id, ...] = ()
    not_asked: tuple[Id, ...] = ()
    heard: tuple[PartId, ...] = ()
    heard_any: tuple[PartId, ...] = ()
    not_heard: tuple[PartId, ...] = ()
    last: tuple[Id, ...] = ()


@dataclass(frozen=True)
class Reply:
    """The first of a card's replies whose condition holds is given. `ranks`: expectations whose order the reply makes clear.

    One that reveals an expectation with `needs_trust` is given only from that trust on, without saying so again.
    """

    say: Spoken
    if_: Condition | None = None
    reveals: tuple[PartId, ...] = ()
    mentions: tuple[Id, ...] = ()
    ranks: tuple[Id, ...] = ()
    trust: Annotated[int, Between(-3, 3)] = 0
    patience: Annotated[int, Between(-6, 3)] = 0


@dataclass(frozen=True)
class Card:
    """What the learner can say. Shown are its words alone, never its kind.

    `discloses`: says something of the learner's own. `again`: can be played more than once.
    """

    id: Id
    say: Sentence
    kind: CardKind
    minutes: Annotated[int, Between(1, 10)]
    replies: Annotated[tuple[Reply, ...], Many(1, 8)]
    topic: Id | None = None
    when: Condition | None = None
    discloses: bool = False
    again: bool = False


@dataclass(frozen=True)
class Unlock:
    """Any of these cards brings the topic up: the id of a card, or topic and kind (`lunches.instance`)."""

    asked: Annotated[tuple[PartId, ...], Many(1, 20)]


@dataclass(frozen=True)
class Topic:
    """`open` from the beginning; otherwise mentioned by a reply, or unlocked."""

    id: Id
    label: Label
    open: bool = False
    unlock: Unlock | None = None


@dataclass(frozen=True)
class Expectation:
    """Hidden truth. `says` is the line on the map; `if_right` and `if_missing` are the person's own words about it.

    With `parts`, it is found once all of them were revealed.
    """

    id: Id
    topic: Id
    rank: Annotated[int, Between(1, 20)]
    weight: Annotated[int, Between(1, 10)]
    says: Sentence
    limit: Sentence
    if_right: Sentence
    if_missing: Sentence
    hope: Sentence = ""
    note: Sentence = ""
    parts: Annotated[tuple[Id, ...], Many(0, 4)] = ()
    unspoken: bool = False
    needs_trust: Annotated[int, Between(-3, 6)] = -3


@dataclass(frozen=True)
class FalseLead:
    """What is easily believed and not so. `believed_if`: cards after which one may well believe it."""

    id: Id
    topic: Id
    says: Sentence
    if_wrong: Sentence
    believed_if: Annotated[tuple[Id, ...], Many(0, 8)] = ()


@dataclass(frozen=True)
class Person:
    """`not_said` is their answer to a line that is right and that they never said; the last three end a talk."""

    name: Label
    about: Sentence
    trust: Annotated[int, Between(0, 3)]
    patience: Annotated[int, Between(2, 12)]
    opening: Spoken
    not_said: Spoken
    out_of_time: Spoken
    out_of_patience: Spoken
    thanked: Spoken


@dataclass(frozen=True)
class InterviewCase:
    """`skill` is the one that a talk is evidence of practice in."""

    id: Id
    kind: Literal["interview"]
    title: Label
    summary: Sentence
    role: Sentence
    briefing: Prose
    minutes: Annotated[int, Between(5, 60)]
    person: Person
    topics: Annotated[tuple[Topic, ...], Keyed(), Many(2, 12)]
    expectations: Annotated[tuple[Expectation, ...], Many(3, 16)]
    false_leads: Annotated[tuple[FalseLead, ...], Many(1, 12)]
    cards: Annotated[tuple[Card, ...], Many(12, 60)]
    afterwards: Prose
    skill: Id | None = None

    @cached_property
    def card_positions(self) -> dict[str, int]:
        return {card.id: position for position, card in enumerate(self.cards)}

    @cached_property
    def map_lines(self) -> dict[str, str]:
        """The topic of every line that a map can have, true or false."""
        return {entry.id: entry.topic for entry in self.expectations} | {lead.id: lead.topic for lead in self.false_leads}
