"""Each option is matched with what belongs to it."""

import hashlib
from collections.abc import Sequence

from assessments.formats.base import MOST_STEPS, Slotted
from assessments.formats.question import Fault, Question, by_slot


def target_id(text: str) -> str:
    """Of what options are matched with: it tells nothing of which option it belongs to."""
    return f"t-{hashlib.sha256(text.encode()).hexdigest()[:10]}"


class Match(Slotted):
    """Credit: the share of options that are matched as the key matches them."""

    name = "match"

    def slots(self, question: Question) -> Sequence[str]:
        return question.options

    def values(self, question: Question) -> Sequence[str]:
        return question.targets

    def agrees(self, question: Question, chosen: Sequence[str]) -> bool:
        return by_slot(chosen) == question.keyed

    def credit(self, question: Question, chosen: Sequence[str]) -> float:
        if not self.is_complete(question, chosen):
            return 0.0
        given = by_slot(chosen)
        return sum(given[option] == target for option, target in question.keyed.items()) / len(question.options)

    def steps(self, question: Question) -> int:
        return min(len(question.options), MOST_STEPS)

    def fault(self, question: Question) -> Fault | None:
        is_whole = question.keyed.keys() == set(question.options) and set(question.keyed.values()) <= set(question.targets)
        return None if is_whole and len(set(question.keyed.values())) > 1 else Fault.NO_PARTNER
