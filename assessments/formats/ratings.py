"""Each option is rated, or the best and the worst of them are named. The key of both is how effective each option is."""

from collections.abc import Collection, Sequence

from assessments.formats.base import MOST_STEPS, Slotted
from assessments.formats.question import Fault, NotAccepted, Question, Refusal, by_slot

LOWEST, HIGHEST = 1, 5
BEST, WORST = "best", "worst"
HALF_A_POINT = 0.5
_ROUNDING = 1e-9


class Rate(Slotted):
    """Every option on five points from very ineffective to very effective.

    Credit: 1 less the distance of a rating from the key, over the furthest that a rating can be from that key; the mean over
    the options. A distance-based score of rated situational judgement tests, taken with the plain distance, not its square, so
    that two small misses weigh as much as one that is twice as large. It holds what people differ in beside judgement too: how
    high they rate at all, and how far apart. Legree, Kilcullen, Psotka, Putka and Ginter (2010, Scoring situational judgment
    tests using profile similarity metrics, U.S. Army Research Institute, Technical Report 1272) take distances apart so.
    Whoever rates everything 3 has about half of the credit; the credit says nothing by itself.

    An answer agrees where every rating is within half a point of the key, so that with whole numbers it is the same.
    """

    name = "rate"

    def slots(self, question: Question) -> Sequence[str]:
        return question.options

    def values(self, question: Question) -> Sequence[str]:
        return [str(point) for point in range(LOWEST, HIGHEST + 1)]

    def agrees(self, question: Question, chosen: Sequence[str]) -> bool:
        return self.is_complete(question, chosen) and all(
            agrees_with(int(given), question.ratings[option]) for option, given in by_slot(chosen).items()
        )

    def credit(self, question: Question, chosen: Sequence[str]) -> float:
        if not self.is_complete(question, chosen):
            return 0.0
        given = by_slot(chosen)
        return sum(_closeness(int(given[option]), key) for option, key in question.ratings.items()) / len(question.ratings)

    def steps(self, question: Question) -> int:
        return MOST_STEPS

    def fault(self, question: Question) -> Fault | None:
        return fault_of_ratings(question)


def agrees_with(given: int, key: float) -> bool:
    return abs(given - key) <= HALF_A_POINT + _ROUNDING


def _closeness(given: int, key: float) -> float:
    return 1 - abs(given - key) / max(key - LOWEST, HIGHEST - key)


class BestWorst(Slotted):
    """The best and the worst option, never the same one.

    Credit: how far the option named as best lies above the one named as worst, by the effectiveness that the key gives them,
    from −range to range, brought to 0 to 1. Naming both rightly is 1, the reverse 0, two equally effective ones ½. Where all
    others lie half-way between the best and the worst, it is the +1, 0, −1 for either of Motowidlo, Dunnette and Carter (1990,
    An alternative selection procedure: the low-fidelity simulation, Journal of Applied Psychology 75, 640–647), brought to 0 to
    1. Bergman, Drasgow, Donovan, Henning and Juraska (2006, Scoring situational judgment tests, International Journal of
    Selection and Assessment 14, 223–235) compare ways to key such tests; which is right, none of them says by itself.
    """

    name = "best-worst"

    def slots(self, question: Question) -> Sequence[str]:
        return [BEST, WORST]

    def values(self, question: Question) -> Sequence[str]:
        return question.options

    def accept(self, question: Question, given: Collection[str]) -> list[str]:
        answer = super().accept(question, given)
        if len(set(by_slot(answer).values())) < len(answer):
            raise NotAccepted(Refusal.SAME)
        return answer

    def agrees(self, question: Question, chosen: Sequence[str]) -> bool:
        return by_slot(chosen) == {BEST: best_of(question), WORST: worst_of(question)}

    def credit(self, question: Question, chosen: Sequence[str]) -> float:
        if not self.is_complete(question, chosen):
            return 0.0
        named, ratings = by_slot(chosen), question.ratings
        widest = ratings[best_of(question)] - ratings[worst_of(question)]
        return (ratings[named[BEST]] - ratings[named[WORST]] + widest) / (2 * widest)

    def steps(self, question: Question) -> int:
        return MOST_STEPS

    def fault(self, question: Question) -> Fault | None:
        if fault := fault_of_ratings(question):
            return fault
        ratings = list(question.ratings.values())
        is_clear = ratings.count(max(ratings)) == 1 == ratings.count(min(ratings))
        return None if is_clear else Fault.NO_SINGLE_BEST


def best_of(question: Question) -> str:
    return max(question.ratings, key=lambda option: question.ratings[option])


def worst_of(question: Question) -> str:
    return min(question.ratings, key=lambda option: question.ratings[option])


def fault_of_ratings(question: Question) -> Fault | None:
    """Every option has a rating of the scale, and they are not all the same."""
    try:
        ratings = question.ratings
    except ValueError:
        return Fault.NO_RATING
    if ratings.keys() != set(question.options) or not all(LOWEST <= value <= HIGHEST for value in ratings.values()):
        return Fault.NO_RATING
    return Fault.EQUAL_RATINGS if len(set(ratings.values())) == 1 else None
