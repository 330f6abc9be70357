"""What other sides of a question say about its answer: warnings that name the direction the data show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, sqrt

from . import limits
from .question import Question
from .result import Estimate, Notice
from .variants import LAGS, OTHER_CLOCK, Contrast
from .words.findings import FINDINGS, FIRST_MONTH, FIRST_MONTHS, LOOKS_BETTER, LOOKS_WORSE, MAKES_BETTER, MAKES_WORSE, TRENDS
from .words.terms import OUTCOME_TERMS

LEAST_SE = 1e-6


def from_calendar(answer: Estimate, calendar: Estimate) -> list[Notice]:
    """Whether what changed for everyone over the calendar moves the answer, both by the monthly clock."""
    if abs(calendar.value - answer.value) <= limits.MOVED * answer.se:
        return []
    return [_finding("calendar_moves_it", answer, calendar)]


def from_sides(
    question: Question,
    answer: Estimate,
    sides: Sequence[Estimate],
    contrasts: Mapping[str, Contrast],
    primary: Estimate | None = None,
) -> list[Notice]:
    """Lags, spans and clocks that disagree with the answer.

    `primary` is the same figure with its error by the model, where that is another.
    """
    found = {side.method: side for side in sides}
    notices = _lag_moves_it(answer, (primary or answer).se, found)
    clock = found.get(OTHER_CLOCK[question.clock])
    if clock is not None and abs(clock.value - answer.value) > limits.MOVED * answer.se:
        looks = LOOKS_BETTER if clock.value < answer.value else LOOKS_WORSE
        notices.append(_finding("clocks_disagree", answer, clock, looks=looks))
    for code, name in (("effect_changes_since", "since"), ("effect_changes_with_tenure", "tenure")):
        contrast = contrasts.get(name)
        if contrast is not None and contrast.p < limits.DIFFERS:
            ratios = ", ".join(f"{exp(value):.2f}" for value in contrast.values)
            terms = OUTCOME_TERMS[question.outcome]
            said = {
                "tenure": terms.tenure,
                "exits": terms.exits,
                "trend": TRENDS[code, contrast.values[0] < contrast.values[-1]],
            }
            notices.append(Notice(code, FINDINGS[code].format(ratios=ratios, **said)))
    return notices


def _lag_moves_it(answer: Estimate, model_se: float, found: Mapping[str, Estimate]) -> list[Notice]:
    """The lag that moves the answer most, by its error, if that is more than leaving out part of the data would by itself.

    `model_se` is the error of the answer by the model: a wider one may be wider than that of a figure on fewer data, and the
    difference of the two then says nothing. Hausman (1978), Specification tests in econometrics, Econometrica 46, 1251-1271.
    """
    lags = [(found[method], months) for method, months in LAGS.items() if method in found]
    moved = [
        (abs(lagged.value - answer.value) / max(sqrt(max(lagged.se**2 - model_se**2, 0.0)), LEAST_SE), lagged, months)
        for lagged, months in lags
        if abs(lagged.value - answer.value) > limits.MOVED * answer.se
    ]
    if not moved:
        return []
    z, lagged, months = max(moved, key=lambda move: move[0])
    span = FIRST_MONTH if months == 1 else FIRST_MONTHS.format(n=f"{months:.0f}")
    return [_finding("lag_moves_it", answer, lagged, span=span)] if z > limits.LAG_Z else []


def _finding(code: str, answer: Estimate, other: Estimate, **placeholders: str) -> Notice:
    """`other` is nearer to the truth in this respect: an answer below it makes completion look better than it is."""
    makes = MAKES_BETTER if answer.value < other.value else MAKES_WORSE
    ratios = {"ratio": f"{exp(other.value):.2f}", "answer": f"{exp(answer.value):.2f}"}
    return Notice(code, FINDINGS[code].format(makes=makes, **ratios, **placeholders))
