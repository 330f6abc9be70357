"""Single and multiple choice, lines of a transcript that are marked, and points of an ordered scale."""

from collections.abc import Collection, Sequence

from assessments.formats.base import MOST_STEPS, Format
from assessments.formats.question import Fault, NotAccepted, Question, Refusal


class Multiple(Format):
    """All options of the key and no other: nothing for a part, as since the first assessments."""

    name = "multiple"

    def accept(self, question: Question, given: Collection[str]) -> list[str]:
        wanted = set(given)
        if not wanted <= set(question.options):
            raise NotAccepted(Refusal.UNKNOWN)
        if len(wanted) > 1 and self.takes_one(question):
            raise NotAccepted(Refusal.SEVERAL)
        return [option for option in question.options if option in wanted]

    def takes_one(self, _question: Question) -> bool:
        return False

    def is_complete(self, question: Question, chosen: Sequence[str]) -> bool:
        return bool(chosen)

    def agrees(self, question: Question, chosen: Sequence[str]) -> bool:
        return set(chosen) == set(question.key)

    def credit(self, question: Question, chosen: Sequence[str]) -> float:
        return float(self.agrees(question, chosen))

    def fault(self, question: Question) -> Fault | None:
        return None if question.key and set(question.key) <= set(question.options) else Fault.NO_KEY


class Single(Multiple):
    name = "single"

    def takes_one(self, _question: Question) -> bool:
        return True

    def fault(self, question: Question) -> Fault | None:
        return super().fault(question) or (Fault.SEVERAL_KEYS if len(set(question.key)) > 1 else None)


class Lines(Multiple):
    """The lines of a transcript, in their order, of which one or several are to be marked.

    Credit: of the lines of the key the share that is marked, less the same share for each line that is marked and not of the
    key, never below 0. So marking everything earns nothing where half of the lines or more are not of the key.
    """

    name = "lines"
    has_parts = True
    is_mixed = False

    def takes_one(self, question: Question) -> bool:
        return len(question.key) == 1

    def credit(self, question: Question, chosen: Sequence[str]) -> float:
        key = set(question.key)
        hits, alarms = len(key & set(chosen)), len(set(chosen) - key)
        return max(0.0, (hits - alarms) / len(key))

    def steps(self, question: Question) -> int:
        return min(len(question.key), MOST_STEPS)


class Scale(Single):
    """One of three or more points that are in an order. The key is one of them, or neighbours of which each is right.

    Credit: 1 less the distance in points from the nearest that is right, over the furthest that a point can be from one. That
    two points are twice as far as one is a convention, as it is of rated options (`assessments.formats.ratings`).
    """

    name = "scale"
    has_parts = True
    is_mixed = False

    def agrees(self, question: Question, chosen: Sequence[str]) -> bool:
        return bool(chosen) and set(chosen) <= set(question.key)

    def credit(self, question: Question, chosen: Sequence[str]) -> float:
        if not chosen:
            return 0.0
        away = _distances(question)
        return 1 - away[question.options.index(chosen[0])] / max(away)

    def steps(self, question: Question) -> int:
        return min(max(_distances(question)), MOST_STEPS)

    def fault(self, question: Question) -> Fault | None:
        if len(question.options) < FEWEST_POINTS:
            return Fault.FEW_POINTS
        key = set(question.key)
        if not key or not key < set(question.options):
            return Fault.NO_KEY
        places = [question.options.index(point) for point in question.key]
        return None if max(places) - min(places) + 1 == len(set(places)) else Fault.APART


FEWEST_POINTS = 3


def _distances(question: Question) -> list[int]:
    """Of each point from the nearest of the key."""
    right = [question.options.index(point) for point in question.key]
    return [min(abs(place - one) for one in right) for place in range(len(question.options))]
