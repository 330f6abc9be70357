"""Steps are put into order, or options are ranked by how effective they are."""

from collections.abc import Sequence

from assessments.formats.base import MOST_STEPS, Slotted, pairs_of
from assessments.formats.question import Fault, Question, by_slot
from assessments.formats.ratings import fault_of_ratings


class Order(Slotted):
    """Each step gets a place. Two on one place are kept, as an answer that is not finished yet.

    Credit: of all pairs of steps the share that is in the order of the key, which is (τ + 1) / 2 of Kendall's rank correlation
    (Kendall 1938, A new measure of rank correlation, Biometrika 30, 81–93): 1 for the order of the key, 0 for its reverse, and
    ½ on average for an order by chance.
    """

    name = "order"

    def slots(self, question: Question) -> Sequence[str]:
        return question.options

    def values(self, question: Question) -> Sequence[str]:
        return [str(place) for place in range(1, len(question.options) + 1)]

    def is_complete(self, question: Question, chosen: Sequence[str]) -> bool:
        places = by_slot(chosen).values()
        return super().is_complete(question, chosen) and len(set(places)) == len(question.options)

    def agrees(self, question: Question, chosen: Sequence[str]) -> bool:
        return by_slot(chosen) == question.keyed

    def credit(self, question: Question, chosen: Sequence[str]) -> float:
        if not self.is_complete(question, chosen):
            return 0.0
        place = {step: int(text) for step, text in by_slot(chosen).items()}
        wanted = sorted(question.options, key=lambda step: int(question.keyed[step]))
        in_order = [place[first] < place[second] for first, second in pairs_of(wanted)]
        return sum(in_order) / len(in_order)

    def steps(self, question: Question) -> int:
        return min(len(question.options) * (len(question.options) - 1) // 2, MOST_STEPS)

    def fault(self, question: Question) -> Fault | None:
        is_whole = question.keyed.keys() == set(question.options)
        return None if is_whole and sorted(question.keyed.values()) == sorted(self.values(question)) else Fault.NO_PLACES


class Rank(Order):
    """Every option gets a place, the most effective one the first. The key is how effective each is: the means of a panel, or
    until there is one what its author says, on the points of `Rate`.

    Credit: of all pairs of options that the key tells apart the share that is in its order, which is Kendall's (1938) as for
    steps; of two that are equally effective neither comes first. An answer agrees where all these pairs do.
    """

    name = "rank"

    def agrees(self, question: Question, chosen: Sequence[str]) -> bool:
        return self.is_complete(question, chosen) and all(in_order(question, chosen).values())

    def credit(self, question: Question, chosen: Sequence[str]) -> float:
        if not self.is_complete(question, chosen):
            return 0.0
        pairs = in_order(question, chosen)
        return sum(pairs.values()) / len(pairs)

    def steps(self, question: Question) -> int:
        return min(len(told_apart(question)), MOST_STEPS)

    def fault(self, question: Question) -> Fault | None:
        return fault_of_ratings(question)


def told_apart(question: Question) -> list[tuple[str, str]]:
    """Pairs of options of which the first is the more effective one."""
    ordered = sorted(question.options, key=lambda option: -question.ratings[option])
    return [(one, other) for one, other in pairs_of(ordered) if question.ratings[one] > question.ratings[other]]


def in_order(question: Question, chosen: Sequence[str]) -> dict[tuple[str, str], bool]:
    """Whether each of `told_apart` stands in the order of the key, in an answer that gives every option a place."""
    place = {option: int(text) for option, text in by_slot(chosen).items()}
    return {(one, other): place[one] < place[other] for one, other in told_apart(question)}


def place_by_key(question: Question, option: str) -> int:
    """The place of an option by the key; options that are equally effective share one."""
    return 1 + sum(value > question.ratings[option] for value in question.ratings.values())
