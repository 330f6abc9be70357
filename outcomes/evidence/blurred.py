"""Estimates so coarse that another completion of any one person would give the same ones as often as not.

Whoever has the file and this program can work out the answer for every way in which a few may have completed, and compare
digits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from math import floor, log10, sqrt

from scipy import stats

from . import sensitivity
from .result import CALENDAR, Diagnostics, Estimate, Notice, Result, widest
from .words.findings import WITHOUT_FIGURES

ROOM = 3
"""A step is so many times what one person can move a figure by: several figures are told, and each has an edge of its own."""
OF_PEOPLE = "risk_difference_12m"


def blurred(result: Result, threshold: Callable[[str], float] | None, heaviest: float = 1.0) -> Result:
    """`result` with the figures that its sentence is made of, rounded, and no others: each one more would tell anew.

    What rests on them is worked out from the rounded ones, and warnings say what they warn of without figures. `threshold`
    gives for the name of a figure what has to be over a step for it to be rounded up, as a share of it; a half without it.
    `heaviest` is how many exits are expected at most of one of those whose completions are told by the figures.
    """
    shown = [one for one in result.estimates if one.primary or one is result.widest or _is_in_the_sentence(one)]
    influence = _influence(result) * max(heaviest, 1.0)
    steps = {name: step_for(min(one.se for one in shown if one.name == name) * influence) for name in {o.name for o in shown}}
    at = {name: 0.5 if threshold is None else threshold(name) for name in steps}
    estimates = tuple(_blurred(one, steps[one.name], at[one.name]) for one in shown)
    answer = widest(estimates)
    return replace(
        result,
        estimates=estimates,
        event_study=(),
        diagnostics=sensitivity.diagnostics(answer, common=result.counts.outcome_is_common) if answer else Diagnostics(),
        warnings=tuple(map(_without_figures, result.warnings)),
    )


def step_for(moved: float) -> float:
    """The next of 1, 2 and 5 times a power of ten that is at least `ROOM` times what one person can move."""
    if not moved > 0:
        return 0.01
    power = floor(log10(ROOM * moved))
    steps = (float(f"{digit}e{power + up}") for up in count() for digit in (1, 2, 5))
    return next(step for step in steps if step >= ROOM * moved)


def _influence(result: Result) -> float:
    """By how many of its errors one person can move a figure.

    Of a log hazard ratio by its variance times their residual of the score, which hardly exceeds 1 unless more than one exit
    is expected of them, as in a file made so that others leave whenever they are there. The variance is about 1 / exits on one
    side + 1 / exits on the other, and so four over all exits where nothing else is known.
    """
    primary = result.primary
    if primary is not None and primary.name == "log_hazard_ratio":
        return primary.se
    return 2 / sqrt(max(result.counts.events or 0, 1))


def _is_in_the_sentence(estimate: Estimate) -> bool:
    return estimate.method in CALENDAR or estimate.name == OF_PEOPLE


def _blurred(estimate: Estimate, step: float, threshold: float) -> Estimate:
    """Limits are rounded as the figure is: 0 is a multiple of every step, so none comes to lie on the other side of it.

    The error and p are those of the rounded figures. Rounded by itself the error told more than all others together.
    """
    value, low, high = (_rounded(n, step, threshold) for n in (estimate.value, estimate.ci_low, estimate.ci_high))
    distribution = stats.norm() if estimate.df is None else stats.t(estimate.df)
    se = max(high - low, step) / (2 * float(distribution.ppf(0.975)))
    p = 2 * float(distribution.sf(abs(value / se)))
    return replace(estimate, value=value, se=round(se, 4), ci_low=low, ci_high=high, p=round(p, 3))


def _rounded(n: float, step: float, threshold: float) -> float:
    whole = floor(n / step)
    return float(f"{step * (whole + (n / step - whole > threshold)):.12g}")


def _without_figures(notice: Notice) -> Notice:
    return replace(notice, message=WITHOUT_FIGURES.get(notice.code, notice.message))
