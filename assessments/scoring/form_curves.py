"""Characteristic curves of a form's questions, from the answers of those who sat it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

import numpy as np

from assessments.scoring.classical import Floats
from assessments.scoring.irt import (
    MISSING,
    CannotCalibrate,
    ItemCurves,
    ItemParameters,
    LognormalPrior,
    Model,
    calibrate,
    collapse,
    eap,
    item_curves,
)
from assessments.scoring.irt.responses import Codes
from assessments.scoring.irt.scores import WIDEST
from assessments.scoring.item_analysis import FEWEST, Share
from assessments.scoring.readiness import CLASSICAL
from assessments.scoring.steps import categories_of

GROUPS = 5
LOWEST, HIGHEST, STEPS = -3.0, 3.0, 60


@dataclass(frozen=True)
class Group:
    """About a fifth of those who sat the form, by their level on all of it: mean level, and who of them agreed."""

    level: float
    agreed: Share


@dataclass(frozen=True)
class Curve:
    """Who agrees with one question, by level: `a` how steep, `b` where half agree, each with its standard error.

    `steps`: of a question whose answers agree in part, the steps of the generalised partial credit model; all of its answers
    say something of the level, not only those that agree. The standard error of `b` is then not known. Empty where it is the
    two-parameter logistic curve.
    """

    a: float
    b: float
    a_error: float | None
    b_error: float | None
    groups: tuple[Group, ...]
    steps: tuple[float, ...] = ()

    def share(self, level: float) -> float:
        """Of those at a level, how many agree with all of the key."""
        if self.steps:
            return float(self._at(level).probabilities[-1, 0])
        return 1 / (1 + exp(-self.a * (level - self.b)))

    def information(self, level: float) -> float:
        if self.steps:
            return float(self._at(level).information[0])
        share = self.share(level)
        return self.a**2 * share * (1 - share)

    def _at(self, level: float) -> ItemCurves:
        return item_curves("gpcm", ItemParameters(self.a, self.steps), np.array([level]))


@dataclass(frozen=True)
class FormCurves:
    """`items`: None for questions that have none. `persons`: those with any answer that counted. `answers`: of the question
    with the fewest of them. `reason`: why there are none at all: "few", "alike" (too few questions on which people differ) or
    "flat" (the answers determine no maximum).
    """

    items: tuple[Curve | None, ...]
    persons: int = 0
    answers: int = 0
    reason: str = ""


def levels_shown() -> list[float]:
    """The levels at which curves are drawn, in standard deviations of those who sat the form."""
    return [LOWEST + (HIGHEST - LOWEST) * step / STEPS for step in range(STEPS + 1)]


def estimate_curves(steps: Codes, highest: Sequence[int]) -> FormCurves:
    """Of each column of `steps` (sittings, items) with 50 answers or more of which some agree and some do not; `MISSING` is not
    asked. `highest` (items,): the step of answers that agree, 1 where it is all or nothing.

    With a lognormal prior of slopes, whatever the number of answers: no author should have to know when it stops mattering.
    """
    asked = (steps != MISSING).sum(axis=0)
    enough = asked >= CLASSICAL
    nothing: tuple[Curve | None, ...] = (None,) * steps.shape[1]
    if not enough.any():
        return FormCurves(nothing, int((steps != MISSING).any(axis=1).sum()), int(asked.max(initial=0)), "few")
    agreed = steps == np.array(highest, dtype=np.int8)
    totals = agreed.sum(axis=0)
    columns = np.flatnonzero(enough & (totals > 0) & (totals < asked))
    has_any = (steps[:, columns] != MISSING).any(axis=1)
    codes = categories_of(steps[has_any][:, columns], [highest[column] for column in columns.tolist()]).codes
    answers = int(asked[columns].min(initial=len(steps)))
    try:
        # With two categories it is the two-parameter logistic model.
        model: Model = "gpcm" if (codes > 1).any() else "2pl"
        found = calibrate(collapse(codes), model, prior=LognormalPrior())
    except (CannotCalibrate, ValueError):
        return FormCurves(nothing, len(codes), answers, "alike")
    if not found.converged or found.boundless:
        return FormCurves(nothing, len(codes), answers, "flat")
    levels = eap(model, found.items, codes).level
    items = list(nothing)
    for place, column in enumerate(columns.tolist()):
        right = np.where(codes[:, place] == MISSING, MISSING, agreed[has_any, column]).astype(np.int8)
        items[column] = _curve(found.items[place], found.errors[place], _groups(levels, right))
    return FormCurves(tuple(items), len(codes), answers)


def _curve(item: ItemParameters, error: ItemParameters, groups: tuple[Group, ...]) -> Curve:
    if len(item.b) == 1:
        return Curve(item.a, item.b[0], _known(error.a), _known(error.b[0]), groups)
    return Curve(item.a, _where_half_agree(item), _known(error.a), None, groups, tuple(item.b))


def _where_half_agree(item: ItemParameters) -> float:
    """The level at which the highest category is as likely as all others together; its share only rises with the level."""
    low, high = -WIDEST, WIDEST
    for _halving in range(60):
        middle = (low + high) / 2
        if item_curves("gpcm", item, np.array([middle])).probabilities[-1, 0] < 0.5:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _groups(levels: Floats, codes: np.ndarray[tuple[int, ...], np.dtype[np.int8]]) -> tuple[Group, ...]:
    """None where a group would have fewer than ten people."""
    asked = codes != MISSING
    level, code = levels[asked], codes[asked]
    if len(level) < GROUPS * FEWEST:
        return ()
    order = np.argsort(level, kind="stable")
    parts = np.array_split(order, GROUPS)
    return tuple(Group(float(level[part].mean()), Share(int(code[part].sum()), len(part))) for part in parts)


def _known(error: float) -> float | None:
    return error if np.isfinite(error) else None


def form_knows(curves: Sequence[Curve | None], level: float) -> float:
    """Information of all questions together at a level; the standard error of an estimate is one over its square root."""
    return sum(curve.information(level) for curve in curves if curve is not None)
