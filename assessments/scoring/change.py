"""Change of one person, and of a cohort, between two forms."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, sqrt
from statistics import fmean, variance
from typing import Literal

from assessments.scoring.intervals import difference_interval, normal_quantile, t_quantile

Direction = Literal["up", "down", "unknown"]


@dataclass(frozen=True)
class Change:
    """Share after minus share before, between −1 and 1.

    A change is never the effect of a course: there is nothing to compare it with.
    """

    share: float
    low: float
    high: float
    confidence: float

    @property
    def direction(self) -> Direction:
        """ "unknown" unless the interval leaves out zero: then there were too few questions to say."""
        if self.low > 0:
            return "up"
        return "down" if self.high < 0 else "unknown"


def estimate_change(
    before_agreed: int, before_items: int, after_agreed: int, after_items: int, confidence: float = 0.95
) -> Change:
    """Change with Newcombe's interval for unpaired shares.

    Unpaired although it is one person, because the two forms share no question: there is nothing to pair.

    Raises ValueError as `wilson_interval` does. Source: see `difference_interval`.
    """
    interval = difference_interval(after_agreed, after_items, before_agreed, before_items, confidence)
    return Change(after_agreed / after_items - before_agreed / before_items, interval.low, interval.high, confidence)


@dataclass(frozen=True)
class ReliableChange:
    """Change of one person's level between two linked forms, and its index; `error` is the standard error of the change."""

    change: float
    error: float
    index: float
    critical: float

    @property
    def direction(self) -> Direction:
        """ "unknown" unless errors of measurement alone would rarely give so much."""
        if abs(self.index) < self.critical:
            return "unknown"
        return "up" if self.index > 0 else "down"


def reliable_change(
    before: float, before_error: float, after: float, after_error: float, confidence: float = 0.95
) -> ReliableChange:
    """The change over its standard error √(before_error² + after_error²); reliable beyond the normal quantile, 1.96.

    With weighted likelihood estimates each occasion has its own error. It holds for forms on one scale only. Raises ValueError
    where an error is not positive.

    Jacobson and Truax (1991), Clinical significance: a statistical approach to defining meaningful change in psychotherapy
    research, Journal of Consulting and Clinical Psychology 59, 12–19, whose single error for both occasions is the case of two
    that are equal.
    """
    if not (before_error > 0 and after_error > 0):
        raise ValueError("Standard errors are positive.")
    error = hypot(before_error, after_error)
    return ReliableChange(after - before, error, (after - before) / error, normal_quantile(confidence))


@dataclass(frozen=True)
class CohortChange:
    """Mean change of those who sat both forms, with both orders of the forms weighing the same.

    `began` sat the first form, `finished` both; `by_order` are the mean changes of those who met form A first and form B first.
    `form_difference` is by how much B reads higher than A. It is a change, never an effect: there is nobody to compare with.
    """

    mean: float
    low: float
    high: float
    confidence: float
    began: int
    finished: int
    by_order: tuple[float, float]
    form_difference: float


def mean_change(
    a_first: Sequence[tuple[float, float]], b_first: Sequence[tuple[float, float]], *, began: int, confidence: float = 0.95
) -> CohortChange:
    """Change of a cohort from (before, after) of everybody who finished, by the form that they met first.

    If form B reads higher by f, those who met A first change by f too much, those who met B first by f too little: the mean of
    the two means is free of f, whatever the sizes of the groups. The interval is Welch's.

    Raises ValueError where an order has fewer than two people or more finished than began.

    The AB/BA crossover: Senn (2002), Cross-over Trials in Clinical Research, 2nd edition, section 3.5; degrees of freedom:
    Welch (1947), The generalization of “Student's” problem when several different population variances are involved,
    Biometrika 34, 28–35.
    """
    if min(len(a_first), len(b_first)) < 2:
        raise ValueError("A mean change needs two people or more who met each form first.")
    finished = len(a_first) + len(b_first)
    if began < finished:
        raise ValueError(f"{finished} cannot have finished what {began} began.")
    changes = [[after - before for before, after in group] for group in (a_first, b_first)]
    means = fmean(changes[0]), fmean(changes[1])
    parts = [variance(group) / len(group) for group in changes]
    half_width = 0.0
    if sum(parts) > 0:
        freedom = sum(parts) ** 2 / sum(part**2 / (len(group) - 1) for part, group in zip(parts, changes, strict=True))
        half_width = t_quantile((1 + confidence) / 2, freedom) * sqrt(sum(parts)) / 2
    mean = fmean(means)
    return CohortChange(
        mean=mean,
        low=mean - half_width,
        high=mean + half_width,
        confidence=confidence,
        began=began,
        finished=finished,
        by_order=means,
        form_difference=(means[0] - means[1]) / 2,
    )
