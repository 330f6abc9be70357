"""The rules of an interview, worked out once: sets as bits, so that a talk is a few numbers and a search is quick."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from practice.scoring.interview_case import Bound, Card, Condition, Expectation, InterviewCase, Reply

MAX_SHOWN = 6
SHOWN_OF_EACH = 2
LEAST_TRUST, MOST_TRUST, MOST_PATIENCE, MOST_MINUTES = -3, 6, 12, 60


class Talk(NamedTuple):
    """Where a talk stands. Sets are bits: cards, topics, parts of expectations, expectations.

    `minutes` are those left. `fresh`: topics of the latest reply. `last`: the latest card, −1 before the first.
    """

    minutes: int
    trust: int
    patience: int
    asked: int
    mentioned: int
    fresh: int
    heard: int
    ranked: int
    last: int


@dataclass(frozen=True)
class _Test:
    """A condition with its sets as bits."""

    bounds: tuple[tuple[int, frozenset[int]], ...]
    all_of: tuple[tuple[int, int], ...]
    any_of: tuple[tuple[int, int], ...]
    none_of: tuple[tuple[int, int], ...]
    last: int

    def holds(self, talk: Talk) -> bool:
        # Plain loops: a search asks this a few million times.
        for field, bits in self.all_of:
            if talk[field] & bits != bits:
                return False
        for field, bits in self.none_of:
            if talk[field] & bits:
                return False
        for field, bits in self.any_of:
            if not talk[field] & bits:
                return False
        for field, allowed in self.bounds:
            if talk[field] not in allowed:
                return False
        return not self.last or (talk.last >= 0 and bool(self.last >> talk.last & 1))

    def might_hold(self, talk: Talk) -> bool:
        """Whether it could hold at some time, where sets only grow. What must not be there is not looked at, nor numbers."""
        return (
            all(talk[field] & bits == bits for field, bits in self.all_of)
            and all(talk[field] & bits for field, bits in self.any_of)
            and (not self.last or bool(self.last & talk.asked))
        )


@dataclass(frozen=True)
class _Answer:
    reply: Reply
    test: _Test
    trust_needed: int
    reveals: int
    mentions: int
    ranks: int


@dataclass(frozen=True)
class _Play:
    """`used_up`: the bit that must not be among those asked; 0 for a card that can be played again."""

    card: Card
    bit: int
    used_up: int
    minutes: int
    topic: int
    unlocks: int
    test: _Test
    answers: tuple[_Answer, ...]


class Rules:
    """Of one case. `full[i]` are the bits of expectation i, all of which have to be heard for it to be found."""

    def __init__(self, case: InterviewCase) -> None:
        self.case = case
        self._topics = {topic.id: 1 << position for position, topic in enumerate(case.topics)}
        self._open = sum(self._topics[topic.id] for topic in case.topics if topic.open)
        self._cards = {card.id: 1 << position for position, card in enumerate(case.cards)}
        self._expectations = {entry.id: 1 << position for position, entry in enumerate(case.expectations)}
        self._parts, self.full = _parts(case.expectations)
        self.plays = tuple(self._play(card) for card in case.cards)
        self.total_weight = sum(entry.weight for entry in case.expectations)

    def begin(self) -> Talk:
        person = self.case.person
        return Talk(self.case.minutes, person.trust, person.patience, 0, self._open, 0, 0, 0, -1)

    def hand(self, talk: Talk) -> list[int]:
        """At most MAX_SHOWN cards, drawn by what has been mentioned. Empty when the talk is over.

        Two on what the latest reply brought up, two on the topic of the card before, two of the others; where one of these
        has fewer, the rest fills up in that order. Of the others first two on no topic, then those on topics that came up in
        the talk, then on topics open from the beginning, one of each topic in turn. Otherwise in the order of the case.
        """
        if talk.patience <= 0:
            return []
        current = self.plays[talk.last].topic if talk.last >= 0 else 0
        fresh: list[int] = []
        going_on: list[int] = []
        on_none: list[int] = []
        came_up: list[int] = []
        open_before: list[int] = []
        for position, play in enumerate(self.plays):
            if talk.asked & play.used_up or play.topic & ~talk.mentioned or play.minutes > talk.minutes:
                continue
            if not play.test.holds(talk):
                continue
            if play.test.last or play.topic & talk.fresh:
                fresh.append(position)
            elif not play.topic:
                on_none.append(position)
            elif play.topic & current:
                going_on.append(position)
            else:
                (open_before if play.topic & self._open else came_up).append(position)
        others = [*on_none[:2], *self._in_turn(came_up), *self._in_turn(open_before), *on_none[2:]]
        groups = (fresh, going_on, others)
        kept = [position for group in groups for position in group[:SHOWN_OF_EACH]]
        return (kept + [position for group in groups for position in group[SHOWN_OF_EACH:]])[:MAX_SHOWN]

    def _in_turn(self, positions: list[int]) -> list[int]:
        """The first of each topic, then the second of each, and so on."""
        seen: dict[int, int] = {}
        turns = []
        for position in positions:
            topic = self.plays[position].topic
            seen[topic] = turn = seen.get(topic, 0) + 1
            turns.append((turn, position))
        return [position for _turn, position in sorted(turns)]

    def answer(self, talk: Talk, position: int) -> Reply:
        """What the person replies to this card now."""
        return self._answer(talk, self.plays[position]).reply

    def step(self, talk: Talk, position: int) -> Talk:
        """The talk after this card. Does not ask whether the card is in the hand."""
        play = self.plays[position]
        answer = self._answer(talk, play)
        brought_up = play.unlocks | answer.mentions
        return Talk(
            talk.minutes - play.card.minutes,
            min(max(talk.trust + answer.reply.trust, LEAST_TRUST), MOST_TRUST),
            min(max(talk.patience + answer.reply.patience, 0), MOST_PATIENCE),
            talk.asked | play.bit,
            talk.mentioned | brought_up,
            brought_up,
            talk.heard | answer.reveals,
            talk.ranked | answer.ranks,
            position,
        )

    def found(self, heard: int) -> list[int]:
        """Positions of the expectations whose parts were all heard."""
        return [position for position, bits in enumerate(self.full) if heard & bits == bits]

    def widened(self, talk: Talk, allowed: list[int]) -> Talk:
        """The talk with everything added that any reply to these cards could bring, were there time and patience for all."""
        for position in allowed:
            play = self.plays[position]
            if (play.topic and not talk.mentioned & play.topic) or not play.test.might_hold(talk):
                continue
            talk = talk._replace(asked=talk.asked | play.bit, mentioned=talk.mentioned | play.unlocks)
            for answer in play.answers:
                if answer.test.might_hold(talk):
                    talk = talk._replace(mentioned=talk.mentioned | answer.mentions, heard=talk.heard | answer.reveals)
        return talk

    def touches(self, position: int, heard: int) -> bool:
        """Whether any part of this expectation is among what was heard."""
        return bool(self.full[position] & heard)

    def _answer(self, talk: Talk, play: _Play) -> _Answer:
        for answer in play.answers:
            if talk.trust >= answer.trust_needed and answer.test.holds(talk):
                return answer
        return play.answers[-1]

    # From words to bits

    def _play(self, card: Card) -> _Play:
        unlocks = 0
        for topic in self.case.topics:
            named = topic.unlock.asked if topic.unlock else ()
            if card.id in named or f"{card.topic}.{card.kind}" in named:
                unlocks |= self._topics[topic.id]
        return _Play(
            card,
            self._cards[card.id],
            0 if card.again else self._cards[card.id],
            card.minutes,
            self._topics[card.topic] if card.topic else 0,
            unlocks,
            self._test(card.when),
            tuple(self._answer_of(reply) for reply in card.replies),
        )

    def _answer_of(self, reply: Reply) -> _Answer:
        reveals = _bits(self._parts, reply.reveals)
        needed = [entry.needs_trust for entry, bits in zip(self.case.expectations, self.full, strict=True) if bits & reveals]
        return _Answer(
            reply,
            self._test(reply.if_),
            max(needed, default=LEAST_TRUST),
            reveals,
            _bits(self._topics, reply.mentions),
            _bits(self._expectations, reply.ranks),
        )

    def _test(self, condition: Condition | None) -> _Test:
        condition = condition or Condition()
        place = Talk._fields.index
        bounds = ((name, getattr(condition, name)) for name in ("trust", "patience", "minutes"))
        topics, cards, parts = (place("mentioned"), self._topics), (place("asked"), self._cards), (place("heard"), self._parts)

        def sets(*pairs: tuple[tuple[int, dict[str, int]], tuple[str, ...]]) -> tuple[tuple[int, int], ...]:
            return tuple((where, _bits(bits, names)) for (where, bits), names in pairs if names)

        return _Test(
            tuple((place(name), _allowed(bound)) for name, bound in bounds if bound is not None),
            sets((topics, condition.mentioned), (cards, condition.asked), (parts, condition.heard)),
            sets((topics, condition.mentioned_any), (cards, condition.asked_any), (parts, condition.heard_any)),
            sets((cards, condition.not_asked), (parts, condition.not_heard)),
            _bits(self._cards, condition.last),
        )


@lru_cache(maxsize=32)
def rules_of(case: InterviewCase) -> Rules:
    return Rules(case)


def play(rules: Rules, choose: Callable[[Talk, list[int]], int | None]) -> tuple[Talk, list[int]]:
    """A whole talk in which `choose` takes a card of the hand, or None to end it; and the expectations in the order found."""
    talk, order = rules.begin(), list[int]()
    while hand := rules.hand(talk):
        position = choose(talk, hand)
        if position is None:
            break
        talk = rules.step(talk, position)
        order.extend(found for found in rules.found(talk.heard) if found not in order)
    return talk, order


def _parts(expectations: Iterable[Expectation]) -> tuple[dict[str, int], tuple[int, ...]]:
    """The bits of every part, and of every expectation as a whole, by name; and the latter in order."""
    names: dict[str, int] = {}
    full = []
    position = 0
    for entry in expectations:
        whole = 0
        for part in entry.parts or ("",):
            bit = 1 << position
            position += 1
            whole |= bit
            if part:
                names[f"{entry.id}.{part}"] = bit
        names[entry.id] = whole
        full.append(whole)
    return names, tuple(full)


def _allowed(bound: Bound) -> frozenset[int]:
    """The numbers within a bound, of all that trust, patience and minutes can be."""
    return frozenset(number for number in range(LEAST_TRUST, MOST_MINUTES + 1) if bound.holds(number))


def _bits(names: dict[str, int], chosen: tuple[str, ...]) -> int:
    found = 0
    for name in chosen:
        found |= names[name]
    return found
