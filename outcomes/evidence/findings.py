"""What other sides of a question say about its answer: warnings that name the direction the data show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, sqrt

from . import limits
from .question import Question
from .result import Estimate, Notice
from .variants import LAGS, OTHER_CLOCK, Contrast
from .words import FINDINGS, MAKES_BETTER, MAKES_WORSE, OUTCOME_TERMS


def from_calendar(answer: Estimate, calendar: Estimate) -> list[Notice]:
    """Whether what changed for everyone over the calendar moves the answer, both by the monthly clock."""
    if abs(calendar.value - answer.value) <= limits.MOVED * answer.se:
        return []
    return [_finding("calendar_moves_it", answer, calendar)]


def from_sides(
    question: Question, answer: Estimate, sides: Sequence[Estimate], contrasts: Mapping[str, Contrast]
) -> list[Notice]:
    """Lags, spans and clocks that disagree with the answer."""
    found = {side.method: side for side in sides}
    notices = []
    for method, months in LAGS.items():
        lagged = found.get(method)
        if lagged is not None and _differs(answer, lagged):
            notices.append(_finding("lag_moves_it", answer, lagged, months=f"{months:.0f}"))
            break
    clock = found.get(OTHER_CLOCK[question.clock])
    if clock is not None and abs(clock.value - answer.value) > limits.MOVED * answer.se:
        notices.append(_finding("clocks_disagree", answer, clock))
    for code, name in (("effect_changes_since", "since"), ("effect_changes_with_tenure", "tenure")):
        contrast = contrasts.get(name)
        if contrast is not None and contrast.p < limits.DIFFERS:
            ratios = ", ".join(f"{exp(value):.2f}" for value in contrast.values)
            terms = OUTCOME_TERMS[question.outcome]
            notices.append(Notice(code, FINDINGS[code].format(ratios=ratios, tenure=terms.tenure, exits=terms.exits)))
    return notices


def _differs(answer: Estimate, lagged: Estimate) -> bool:
    """More than leaving out part of the data would by itself: Hausman (1978), Specification tests in econometrics."""
    moved = abs(lagged.value - answer.value)
    by_chance = sqrt(max(lagged.se**2 - answer.se**2, 0.0))
    return moved > limits.MOVED * answer.se and moved > 1.96 * by_chance


def _finding(code: str, answer: Estimate, other: Estimate, **placeholders: str) -> Notice:
    """`other` is nearer to the truth in this respect: an answer below it makes completion look better than it is."""
    makes = MAKES_BETTER if answer.value < other.value else MAKES_WORSE
    ratios = {"ratio": f"{exp(other.value):.2f}", "answer": f"{exp(answer.value):.2f}"}
    return Notice(code, FINDINGS[code].format(makes=makes, **ratios, **placeholders))
