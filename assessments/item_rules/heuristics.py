"""Ways to choose an option without understanding the question. Rule 2: none of them may win.

A heuristic scores the options of an item, shape (options,), from what can be seen on them, and chooses the highest; options
that tie share the choice. It never looks at the key or at levels. To add one, put it into the registry.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from assessments.item_rules import cues
from assessments.item_rules.model import ACTS, TONES, Item, Option
from assessments.item_rules.text import numbers, words

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Heuristic:
    """`says` is what somebody would tell a friend who has not read the course."""

    name: str
    says: str
    score: Callable[[Item], Scores]

    def choose(self, item: Item) -> Scores:
        """Weights of the options, shape (options,), sum 1."""
        return shares(self.score(item))


HEURISTICS: dict[str, Heuristic] = {}


def shares(scores: Scores) -> Scores:
    """All the weight on the highest score, in equal parts where several tie."""
    best = scores >= scores.max() - 1e-9
    weights: Scores = best / best.sum()
    return weights


def _add(name: str, says: str, of_option: Callable[[Option], float]) -> None:
    _add_with_item(name, says, lambda _item, option: of_option(option))


def _add_with_item(name: str, says: str, of_both: Callable[[Item, Option], float]) -> None:
    def score(item: Item) -> Scores:
        return np.array([float(of_both(item, option)) for option in item.options])

    HEURISTICS[name] = Heuristic(name, says, score)


def _has_act(act: str, option: Option) -> bool:
    return option.act == act


_add("open question", "Take the open question; mistrust offers and reasons.", cues.openness)
_add("what", "Take the one that says “what”.", lambda option: cues.count(cues.WHAT, option))
_add("question words", "Take the one with most question words.", lambda option: cues.count(cues.QUESTION_WORD, option))
_add("question mark", "Take the one with a question mark.", lambda option: "?" in option.text)
_add("asks", "Take one that asks.", cues.asks)
_add("asks first", "Take the one that begins by asking.", cues.asks_first)
_add("does not ask", "Take one that does not ask.", lambda option: not cues.asks(option))
_add("longest", "Take the longest.", lambda option: len(option.text))
_add("shortest", "Take the shortest.", lambda option: -len(option.text))
_add("most words", "Take the one with most words.", lambda option: len(words(option.text)))
_add(
    "most clauses", "Take the one with most commas, colons and full stops.", lambda option: sum(map(option.text.count, ",;:."))
)
_add("warmest", "Take the kindest.", lambda option: TONES.index(option.tone))
_add("firmest", "Take the firmest.", lambda option: -TONES.index(option.tone))
_add("most polite", "Take the one with please, thank you or sorry.", lambda option: cues.count(cues.POLITE, option))
_add_with_item("first position", "Take the first.", lambda item, option: option is item.options[0])
_add_with_item("last position", "Take the last.", lambda item, option: option is item.options[-1])
_add("most I and we", "Take the one that speaks of I and we.", lambda option: cues.count(cues.FIRST_PERSON, option))
_add("most you", "Take the one that speaks of you.", lambda option: cues.count(cues.SECOND_PERSON, option))
_add("most hedges", "Take the most careful.", lambda option: cues.count(cues.HEDGE, option))
_add("fewest hedges", "Take the most certain.", lambda option: -cues.count(cues.HEDGE, option))
_add("fewest absolutes", "Leave out always, never, all and only.", lambda option: -cues.count(cues.ABSOLUTE, option))
_add("most absolutes", "Take always, never, all and only.", lambda option: cues.count(cues.ABSOLUTE, option))
_add("most numbers", "Take the one with most numbers.", lambda option: len(numbers(option.text)))
_add("gives a reason", "Take the one that says because.", lambda option: cues.count(cues.REASON, option))
_add("gives no reason", "Take one that gives no reason.", lambda option: -cues.count(cues.REASON, option))
_add("makes no offer", "Take one that offers nothing.", lambda option: -cues.count(cues.OFFER, option))
_add("confirms", "Take the one that confirms, ranks or checks.", lambda option: cues.count(cues.CONFIRM, option))
_add("both sides", "Take the one that speaks of both.", lambda option: cues.count(cues.BOTH_SIDES, option))
_add("negation", "Take the one that says not or no.", lambda option: cues.count(cues.NEGATION, option))
_add("names a time", "Take the one with a day or a time.", lambda option: cues.count(cues.TIME, option))
_add_with_item("names the other", "Take the one with their name.", cues.names_other)
_add_with_item("most overlap with the stem", "Take the one that repeats the situation.", cues.stem_overlap)
_add_with_item("least overlap with the stem", "Take the one that says something new.", lambda i, o: -cues.stem_overlap(i, o))
_add_with_item("most like the others", "Take the one the others are versions of.", cues.likeness)
_add_with_item("least like the others", "Take the odd one out.", lambda item, option: -cues.likeness(item, option))
_add_with_item("most specific", "Take the one with numbers, names and quotations.", cues.specificity)
_add("longest word", "Take the one with the longest word.", cues.longest_word)
_add("longest words", "Take the most learned.", cues.word_length)
for _act in ACTS:
    _add(f"act: {_act}", f"Take one whose act is “{_act}”.", partial(_has_act, _act))
_add_with_item(
    "rarest act",
    "Take the act that no other option has.",
    lambda item, option: -[o.act for o in item.options].count(option.act),
)


@dataclass(frozen=True)
class Pair:
    """Two heuristics together: ranks within the item, added; `sign` −1 takes the second one's opposite."""

    first: Heuristic
    second: Heuristic
    sign: int

    @property
    def name(self) -> str:
        return f"{self.first.name} {'and' if self.sign > 0 else 'but not'} {self.second.name}"


def pairs_of(heuristics: list[Heuristic]) -> list[Pair]:
    """Each two once with "and", and each in turn with "but not" the other; opposites of one another are left to the test."""
    together = [Pair(a, b, 1) for index, a in enumerate(heuristics) for b in heuristics[index + 1 :]]
    against = [Pair(a, b, -1) for a in heuristics for b in heuristics if a is not b]
    return together + against


def ranks(scores: Scores) -> Scores:
    """Mean ranks from 0, ties in the middle."""
    lower = (scores[None, :] < scores[:, None] - 1e-9).sum(axis=1)
    equal = (np.abs(scores[None, :] - scores[:, None]) <= 1e-9).sum(axis=1)
    mean_ranks: Scores = lower + (equal - 1) / 2
    return mean_ranks
