"""Searches through the talks of an interview: the best one, what can be reached, and what simple habits reach."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count

from practice.scoring.drawing import draw, shuffled
from practice.scoring.interview_case import InterviewCase
from practice.scoring.interview_rules import MOST_TRUST, Rules, Talk, play, rules_of
from practice.scoring.kendall import kendall_tau_b

MAX_TALKS = 60_000
"""How many different points of talks the search looks at: some five seconds on a small machine."""


@dataclass(frozen=True)
class Best:
    """The best talk found by found × order, as the ids of its cards; what any talk reaches; how much was looked at.

    `is_complete`: what was not looked at holds nothing better. Otherwise `value` and `reached` are what at least can be had.
    """

    value: float
    cards: tuple[str, ...]
    reached: frozenset[str]
    talks: int
    is_complete: bool
    fewest_shown: int


def best_talk(case: InterviewCase, most: int = MAX_TALKS) -> Best:
    """Looks at every talk once, however it was reached, most promising first, until a perfect one is found and all reached.

    The map is ordered as the person said where they said it (`ranks`), otherwise as things were heard: of talks that come to
    the same point, the one met first. So the value is one that can be had, and the limits taken from it are strict ones.
    """
    rules = rules_of(case)
    start = rules.begin()
    came_from: dict[Talk, tuple[Talk, int] | None] = {start: None}
    order_of: dict[Talk, tuple[int, ...]] = {start: ()}
    numbers = count()
    waiting = [(0.0, next(numbers), start)]
    best, best_at, reached = 0.0, start, set[int]()
    while waiting and len(came_from) < most and not (best > 1 - 1e-9 and len(reached) == len(rules.full)):
        _priority, _number, talk = heapq.heappop(waiting)
        reached.update(order_of[talk])
        value = _value(rules, talk, order_of[talk])
        if value > best:
            best, best_at = value, talk
        for position in rules.hand(talk):
            following = rules.step(talk, position)
            if following in came_from:
                continue
            came_from[following] = (talk, position)
            order = order_of[talk]
            order_of[following] = (*order, *(f for f in rules.found(following.heard) if f not in order))
            heapq.heappush(waiting, (_promise(rules, following), next(numbers), following))
    cards = _way_to(best_at, came_from)
    return Best(
        value=best,
        cards=tuple(case.cards[position].id for position in cards),
        reached=frozenset(case.expectations[position].id for position in reached),
        talks=len(came_from),
        is_complete=not waiting or len(came_from) < most,
        fewest_shown=_fewest_shown(rules, cards),
    )


def _value(rules: Rules, talk: Talk, order: tuple[int, ...]) -> float:
    found = sum(rules.case.expectations[position].weight for position in order) / rules.total_weight
    is_ranked = len(order) > 1 and all(talk.ranked >> position & 1 for position in order)
    return found * (1.0 if is_ranked else heard_order(rules.case, order))


def heard_order(case: InterviewCase, order: Sequence[int]) -> float:
    """(tau-b + 1) / 2 of a map in the order heard; 0.5 where there is no order, 0 where there is nothing."""
    if not order:
        return 0.0
    tau = kendall_tau_b(range(len(order)), [case.expectations[position].rank for position in order])
    return 0.5 if tau is None else (tau + 1) / 2


def _promise(rules: Rules, talk: Talk) -> float:
    """Less is looked at sooner: what was heard for the minutes spent."""
    heard = sum(
        entry.weight * (bits & talk.heard).bit_count() / bits.bit_count()
        for entry, bits in zip(rules.case.expectations, rules.full, strict=True)
    )
    spent = (rules.case.minutes - talk.minutes) / rules.case.minutes
    return spent - heard / rules.total_weight - 0.1 * (talk.ranked != 0) - 0.05 * talk.trust


def _way_to(talk: Talk, came_from: dict[Talk, tuple[Talk, int] | None]) -> list[int]:
    way = []
    while (step := came_from[talk]) is not None:
        talk, position = step
        way.append(position)
    return way[::-1]


def _fewest_shown(rules: Rules, cards: Sequence[int]) -> int:
    """The smallest hand on this way, while more than a quarter of the minutes are left."""
    talk, fewest = rules.begin(), len(rules.hand(rules.begin()))
    for position in cards:
        if talk.minutes > rules.case.minutes / 4:
            fewest = min(fewest, len(rules.hand(talk)))
        talk = rules.step(talk, position)
    return fewest


# What cannot be had without --------------------------------------------------------------------------------------------


def reachable_without(case: InterviewCase, left_out: Callable[[int], bool]) -> frozenset[str]:
    """Expectations that might be found if the cards for which `left_out` is true did not exist.

    Generous on purpose: minutes, patience, the size of the hand and what must not have been asked are not looked at, and
    trust is as high as anyone could have it. So what is not in the answer cannot be found in any talk.
    """
    rules = rules_of(case)
    allowed = [position for position in range(len(case.cards)) if not left_out(position)]
    talk = rules.begin()._replace(trust=MOST_TRUST, patience=1_000)
    while True:
        wider = rules.widened(talk, allowed)
        if wider == talk:
            return frozenset(case.expectations[position].id for position in rules.found(talk.heard))
        talk = wider


# Habits -----------------------------------------------------------------------------------------------------------------

Habit = Callable[[InterviewCase, str, Talk, list[int]], int]


def _always_open(case: InterviewCase, seed: str, talk: Talk, hand: list[int]) -> int:
    shown = _shown(seed, talk, hand)
    return next((position for position in shown if case.cards[position].kind == "open"), shown[0])


def _first_card(_case: InterviewCase, seed: str, talk: Talk, hand: list[int]) -> int:
    return _shown(seed, talk, hand)[0]


def _longest_card(case: InterviewCase, _seed: str, _talk: Talk, hand: list[int]) -> int:
    return max(hand, key=lambda position: len(case.cards[position].say))


def _random_card(_case: InterviewCase, seed: str, talk: Talk, hand: list[int]) -> int:
    return hand[draw(seed, f"habit:{talk.minutes}:{talk.asked}", len(hand))]


def _shown(seed: str, talk: Talk, hand: list[int]) -> list[int]:
    return shuffled(seed, f"hand:{talk.minutes}:{talk.last}", hand)


HABITS: dict[str, tuple[Habit, int]] = {
    "always_open": (_always_open, 200),
    "always_first_card": (_first_card, 200),
    "longest_card": (_longest_card, 1),
    "random": (_random_card, 1000),
}
"""Each with how many seeds it is played for."""


def habit_value(case: InterviewCase, name: str) -> float:
    """Mean found × order over the seeds of a habit; its map is in the order heard."""
    habit, n_seeds = HABITS[name]
    rules = rules_of(case)
    total = 0.0
    for number in range(n_seeds):
        seed = f"habit-{number}"
        _talk, order = play(rules, partial(habit, case, seed))
        found = sum(case.expectations[position].weight for position in order) / rules.total_weight
        total += found * heard_order(case, order)
    return total / n_seeds
