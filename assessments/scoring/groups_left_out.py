"""Intervals of figures for which there is no formula: what the figure would be without some of those who answered.

The delete-a-group jackknife: people are dealt to `GROUPS` groups in turn, the figure is worked out once without each group,
and the spread of these says how far it would be another with other people. Nothing is drawn at random, so a page that is opened
twice says the same. Kott (2001), The Delete-a-Group Jackknife, Journal of Official Statistics 17, 521–526.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import exp, log, sqrt
from statistics import fmean

import numpy as np

from assessments.scoring.classical import Floats, ItemFigures, item_figures, scale_figures
from assessments.scoring.intervals import Interval, t_quantile

GROUPS = 30


@dataclass(frozen=True)
class Figure:
    """None of both where there is none, and no interval where none can be worked out."""

    value: float | None
    interval: Interval | None = None


@dataclass(frozen=True)
class ItemWithIntervals:
    """`weight` and `efficiency` of `figures` again, with intervals between 0 and 1 and between −1 and 1."""

    figures: ItemFigures
    weight: Figure
    efficiency: Figure


@dataclass(frozen=True)
class FiguresWithIntervals:
    sd: Figure
    sem: Figure
    items: tuple[ItemWithIntervals, ...]


@cache
def _quantile(confidence: float, freedom: int) -> float:
    """Of both sides. Kept, because the quantile is found by bisection and a form asks for the same one for every question."""
    return t_quantile((1 + confidence) / 2, freedom)


def mean_with_interval(points: Floats, confidence: float = 0.95) -> Figure:
    """Of the sum of `points` (persons, items) over those without NaN, with Student's interval."""
    totals = points[~np.isnan(points).any(axis=1)].sum(axis=1)
    n = len(totals)
    if n < 2:
        return Figure(float(totals.mean()) if n else None)
    mean, half = float(totals.mean()), _quantile(confidence, n - 1) * float(totals.std(ddof=1)) / sqrt(n)
    return Figure(mean, Interval(mean - half, mean + half))


def figures_with_intervals(points: Floats) -> FiguresWithIntervals:
    """Of `points` (persons, items), 1 at most; of those without NaN."""
    complete = points[~np.isnan(points).any(axis=1)]
    items, scale = item_figures(points, [1.0] * points.shape[1]), scale_figures(complete)
    groups = min(GROUPS, len(complete))
    without = [complete[np.arange(len(complete)) % groups != group] for group in range(groups)]
    left = [(item_figures(some, [1.0] * points.shape[1]), scale_figures(some)) for some in without]
    return FiguresWithIntervals(
        sd=Figure(scale.sd, positive_interval(scale.sd, [other.sd for _items, other in left])),
        sem=Figure(scale.sem, positive_interval(scale.sem, [other.sem for _items, other in left])),
        items=tuple(
            ItemWithIntervals(
                found,
                weight=_figure(found.effective_weight, [other[place].effective_weight for other, _scale in left], 0.0),
                efficiency=_figure(
                    found.discriminative_efficiency,
                    [other[place].discriminative_efficiency for other, _scale in left],
                    -1.0,
                ),
            )
            for place, found in enumerate(items)
        ),
    )


def _figure(value: float | None, without: Sequence[float | None], lowest: float) -> Figure:
    interval = jackknife_interval(value, without)
    return Figure(value, interval and Interval(max(lowest, interval.low), min(1.0, interval.high)))


def jackknife_interval(value: float | None, without: Sequence[float | None], confidence: float = 0.95) -> Interval | None:
    """Of `value`, from what it is without each of the groups; None under three groups, or where one has no value."""
    known = [other for other in without if other is not None]
    if value is None or len(known) < max(3, len(without)):
        return None
    groups, mean = len(known), fmean(known)
    error = sqrt((groups - 1) / groups * sum((other - mean) ** 2 for other in known))
    half = _quantile(confidence, groups - 1) * error
    return Interval(value - half, value + half)


def positive_interval(value: float | None, without: Sequence[float | None], confidence: float = 0.95) -> Interval | None:
    """The same of what is always above 0, on the scale of its logarithm."""
    if value is None or value <= 0 or any(other is None or other <= 0 for other in without):
        return None
    interval = jackknife_interval(log(value), [log(other) for other in without if other], confidence)
    return interval and Interval(exp(interval.low), exp(interval.high))
