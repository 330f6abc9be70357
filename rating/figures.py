"""How far the raters of one edition agree, in numbers and in words."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.utils.translation import gettext as _

from assessments.scoring.intervals import Interval
from assessments.scoring.rater_intervals import icc_interval, kappa_interval
from assessments.scoring.raters import (
    PAUSED_BELOW,
    IntraclassCorrelation,
    intraclass_correlation,
    is_paused,
    needs_third_rater,
    quadratic_weighted_kappa,
)
from rating.models import MAY_UNDO, Rubric
from rating.queries import decided_pairs

FEWEST_DOUBLE = 30
"""From so many works on that two have rated, a kappa under 0.6 pauses a rubric. Before, it says too little."""


@dataclass(frozen=True)
class RaterFigures:
    """`severity`: how much higher than the others with whom they rated, on average, in levels."""

    number: int
    rated: int
    severity: float


@dataclass(frozen=True)
class Agreement:
    """Of `double` works that two raters have rated: `same` equally, `apart` two levels or more apart."""

    double: int
    same: int
    apart: int
    kappa: float | None
    kappa_interval: Interval | None
    icc: IntraclassCorrelation | None
    icc_interval: Interval | None
    raters: list[RaterFigures]

    @property
    def is_known(self) -> bool:
        return self.double >= FEWEST_DOUBLE

    @property
    def is_too_low(self) -> bool:
        return self.is_known and is_paused(self.kappa)


def agreement_of(rubric: Rubric, now: datetime) -> Agreement:
    """Of ratings that can no longer be taken back. One query."""
    return agreement_in(decided_pairs(rubric, now - MAY_UNDO))


def agreement_in(pairs: list[tuple[int, int, int, int]]) -> Agreement:
    """Each: numbers of both raters, then their scores."""
    one, other = [pair[2] for pair in pairs], [pair[3] for pair in pairs]
    matrix = np.array([one, other], dtype=float).T
    has_two = len(pairs) >= 2
    return Agreement(
        double=len(pairs),
        same=sum(first == second for first, second in zip(one, other, strict=True)),
        apart=sum(needs_third_rater(first, second) for first, second in zip(one, other, strict=True)),
        kappa=quadratic_weighted_kappa(one, other) if pairs else None,
        kappa_interval=kappa_interval(one, other) if has_two else None,
        icc=intraclass_correlation(matrix) if has_two else None,
        icc_interval=icc_interval(matrix) if has_two else None,
        raters=_by_rater(pairs),
    )


def _by_rater(pairs: list[tuple[int, int, int, int]]) -> list[RaterFigures]:
    differences: dict[int, list[int]] = {}
    for one, other, first, second in pairs:
        differences.setdefault(one, []).append(first - second)
        differences.setdefault(other, []).append(second - first)
    return [RaterFigures(number, len(found), sum(found) / len(found)) for number, found in sorted(differences.items())]


def paused_words(agreement: Agreement) -> str:
    """Why nothing is told, and what mends it."""
    return _(
        "Paused: the weighted kappa of its raters is %(kappa)s over %(n)s answers that two have rated, and under %(least)s no "
        "result is told. Make levels or anchors clearer, or have the raters train again. Answers that were decided are then "
        "rated anew."
    ) % {"kappa": f"{agreement.kappa or 0:.2f}", "n": agreement.double, "least": PAUSED_BELOW}
