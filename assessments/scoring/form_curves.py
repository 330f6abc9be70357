"""Characteristic curves of a form's questions, from the answers of those who sat it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

import numpy as np

from assessments.scoring.classical import Floats
from assessments.scoring.irt import MISSING, CannotCalibrate, LognormalPrior, calibrate, collapse, eap
from assessments.scoring.item_analysis import FEWEST, Share
from assessments.scoring.readiness import CLASSICAL

GROUPS = 5
LOWEST, HIGHEST, STEPS = -3.0, 3.0, 60


@dataclass(frozen=True)
class Group:
    """About a fifth of those who sat the form, by their level on all of it: mean level, and who of them agreed."""

    level: float
    agreed: Share


@dataclass(frozen=True)
class Curve:
    """The two-parameter logistic curve of one question: `a` how steep, `b` where half agree, each with its standard error."""

    a: float
    b: float
    a_error: float | None
    b_error: float | None
    groups: tuple[Group, ...]

    def share(self, level: float) -> float:
        return 1 / (1 + exp(-self.a * (level - self.b)))

    def information(self, level: float) -> float:
        share = self.share(level)
        return self.a**2 * share * (1 - share)


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


def estimate_curves(points: Floats) -> FormCurves:
    """Of each column of `points` (sittings, items) with 50 answers or more in which people differ; NaN is not asked.

    With a lognormal prior of slopes, whatever the number of answers: no author should have to know when it stops mattering.
    """
    asked = (~np.isnan(points)).sum(axis=0)
    enough = asked >= CLASSICAL
    nothing: tuple[Curve | None, ...] = (None,) * points.shape[1]
    if not enough.any():
        return FormCurves(nothing, int((~np.isnan(points)).any(axis=1).sum()), int(asked.max(initial=0)), "few")
    totals = np.nansum(points, axis=0)
    columns = np.flatnonzero(enough & (totals > 0) & (totals < asked))
    codes = np.where(np.isnan(points[:, columns]), MISSING, points[:, columns]).astype(np.int8)
    codes = codes[(codes != MISSING).any(axis=1)]
    answers = int(asked[columns].min(initial=len(points)))
    try:
        found = calibrate(collapse(codes), "2pl", prior=LognormalPrior())
    except (CannotCalibrate, ValueError):
        return FormCurves(nothing, len(codes), answers, "alike")
    if not found.converged or found.boundless:
        return FormCurves(nothing, len(codes), answers, "flat")
    levels = eap("2pl", found.items, codes).level
    items = list(nothing)
    for place, column in enumerate(columns.tolist()):
        item, error = found.items[place], found.errors[place]
        groups = _groups(levels, codes[:, place])
        items[column] = Curve(item.a, item.b[0], _known(error.a), _known(error.b[0]), groups)
    return FormCurves(tuple(items), len(codes), answers)


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
