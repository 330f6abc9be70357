"""Steps are put into order."""

from collections.abc import Sequence

from assessments.formats.base import MOST_STEPS, Slotted, pairs_of
from assessments.formats.question import Fault, Question, by_slot


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
