"""Classical figures of a test: how hard and how telling its items are, how consistent their sum is.

Scores are points, of any number of categories; NaN is no answer. Whoever left an item out says nothing of it: each figure uses
those who have all the answers that it needs, and says how many these are, unless missing answers are made 0 points before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import atanh, exp, log, sqrt, tanh

import numpy as np
import numpy.typing as npt

from assessments.scoring.intervals import Interval, normal_quantile

Floats = npt.NDArray[np.float64]

GROUP_SHARE = 0.27
"""Of those with the highest and with the lowest totals in the distractor table: Kelley (1939), J. Educ. Psych. 30, 17–24."""


@dataclass(frozen=True)
class ItemFigures:
    """One item. Shares and correlations between −1 and 1; None where there is nothing to divide by.

    `answered` gave an answer, `complete` answered every item: all figures but `facility` and `sd` are of these. `facility`:
    mean points over the highest possible. `item_rest`: correlation with the sum of the other items, Moodle's discrimination
    index.
    `effective_weight`: the share of the variance of totals that comes with it; None where it works against the others.
    `discriminative_efficiency`: its covariance with the rest over the highest that these two distributions allow.
    """

    answered: int
    complete: int
    facility: float | None
    sd: float | None
    item_rest: float | None
    effective_weight: float | None
    discriminative_efficiency: float | None


@dataclass(frozen=True)
class ScaleFigures:
    """The sum of all items over those who answered all of them. `alpha_if_left_out`: of the other items, for each item."""

    complete: int
    mean: float | None
    sd: float | None
    alpha: float | None
    alpha_interval: Interval | None
    sem: float | None
    alpha_if_left_out: tuple[float | None, ...]


@dataclass(frozen=True)
class OptionFigures:
    """Who chose an option: how many, their share of those who answered, the same among the highest and lowest totals, and the
    correlation of choosing it with the rest of the test. A wrong option that the better half prefers has a positive one.
    """

    chosen: int
    share: float
    share_high: float | None
    share_low: float | None
    correlation: float | None


def missing_as_zero(points: Floats) -> Floats:
    """`points` with 0 for every answer that was left out: what a mark counts, and what makes the last items look hard."""
    return np.nan_to_num(points, nan=0.0)


def item_figures(points: Floats, highest: Sequence[float]) -> list[ItemFigures]:
    """Of each item of `points` (persons, items), NaN where missing; `highest` are the most points that each can give.

    Raises ValueError where shapes do not fit, a highest is not positive or points exceed it.

    Facility, effective weight and discriminative efficiency as Moodle defines them: with x the item, T the total, X = T − x,
    the weight is √cov(x, T) over the sum of that over all items, and the efficiency cov(x, X) over the covariance of x and X,
    each sorted by itself. https://docs.moodle.org/dev/Quiz_statistics_calculations. That the item's own points are taken out of
    the total: Henrysson (1963), Correction of item-total correlations in item analysis, Psychometrika 28, 211–218.
    """
    _require_points(points, highest)
    complete = points[~np.isnan(points).any(axis=1)]
    totals = complete.sum(axis=1)
    with_total = [_covariance(complete[:, item], totals) for item in range(points.shape[1])]
    weights = [sqrt(value) if value is not None and value >= 0 else None for value in with_total]
    whole = sum(weight or 0.0 for weight in weights)
    return [
        ItemFigures(
            answered=int((~np.isnan(points[:, item])).sum()),
            complete=len(complete),
            facility=_mean(given := points[~np.isnan(points[:, item]), item] / top),
            sd=float(given.std(ddof=1)) if len(given) > 1 else None,
            item_rest=correlation(complete[:, item], totals - complete[:, item]),
            effective_weight=None if weights[item] is None or not whole else (weights[item] or 0.0) / whole,
            discriminative_efficiency=_efficiency(complete[:, item], totals - complete[:, item]),
        )
        for item, top in enumerate(highest)
    ]


def scale_figures(points: Floats, confidence: float = 0.95) -> ScaleFigures:
    """Mean, spread and consistency of the sum of `points` (persons, items), over those without NaN.

    Cronbach (1951), Coefficient alpha and the internal structure of tests, Psychometrika 16, 297–334, which is KR-20 for right
    and wrong; its interval: Bonett (2002), Sample size requirements for testing and estimating coefficient alpha, Journal of
    Educational and Behavioral Statistics 27, 335–340, normal for ln(1 − alpha). The standard error of measurement is
    SD √(1 − alpha), with an alpha below 0 taken as 0.
    """
    complete = points[~np.isnan(points).any(axis=1)]
    n, items = complete.shape
    alpha = _alpha(complete)
    totals = complete.sum(axis=1)
    sd = float(totals.std(ddof=1)) if n > 1 else None
    return ScaleFigures(
        complete=n,
        mean=_mean(totals),
        sd=sd,
        alpha=alpha,
        alpha_interval=None if alpha is None else alpha_interval(alpha, n, items, confidence),
        sem=None if alpha is None or sd is None else sd * sqrt(1 - max(alpha, 0.0)),
        alpha_if_left_out=tuple(_alpha(np.delete(complete, item, axis=1)) for item in range(items)),
    )


def alpha_interval(alpha: float, persons: int, items: int, confidence: float = 0.95) -> Interval | None:
    """Bonett's interval, None under 3 persons or 2 items, or for an alpha of 1. Source: see `scale_figures`."""
    if persons < 3 or items < 2 or alpha >= 1:
        return None
    half_width = normal_quantile(confidence) * sqrt(2 * items / ((items - 1) * (persons - 2)))
    # The factor takes the bias out of ln(1 − alpha).
    centre = log(1 - alpha) - log(persons / (persons - 1))
    return Interval(1 - exp(centre + half_width), 1 - exp(centre - half_width))


def correlation_interval(value: float, persons: int, confidence: float = 0.95) -> Interval | None:
    """Interval of a correlation, None under 4 persons: normal for atanh of it, with a variance of 1 / (persons − 3).

    Fisher (1921), On the “probable error” of a coefficient of correlation deduced from a small sample, Metron 1, 3–32. For an
    item with right and wrong it is approximate. Raises ValueError for a correlation beyond −1 and 1.
    """
    if not -1 - 1e-9 <= value <= 1 + 1e-9:
        raise ValueError(f"{value} is not a correlation.")
    if persons < 4:
        return None
    if abs(value) > 1 - 1e-9:
        return Interval(value, value)
    centre, half_width = atanh(value), normal_quantile(confidence) / sqrt(persons - 3)
    return Interval(tanh(centre - half_width), tanh(centre + half_width))


def option_figures(chosen: Sequence[str | None], rest: Sequence[float]) -> Mapping[str, OptionFigures]:
    """The distractor table of one item, by option id in order of frequency.

    `chosen` is what each person chose, None for nothing; `rest` their points on the other items, NaN where not known. High and
    low are the 27 % of those who answered with the highest and the lowest rest. Raises ValueError for different lengths.
    """
    pairs = [(option, value) for option, value in zip(chosen, rest, strict=True) if option is not None]
    values = np.array([value for _option, value in pairs], dtype=float)
    known = ~np.isnan(values)
    group = round(GROUP_SHARE * int(known.sum()))
    order = np.flatnonzero(known)[np.argsort(values[known], kind="stable")]
    table = {}
    for option in {option: None for option, _value in pairs}:
        took = np.array([float(other == option) for other, _value in pairs])
        table[option] = OptionFigures(
            chosen=int(took.sum()),
            share=float(took.mean()),
            share_high=float(took[order[-group:]].mean()) if group else None,
            share_low=float(took[order[:group]].mean()) if group else None,
            correlation=correlation(took[known], values[known]),
        )
    return dict(sorted(table.items(), key=lambda entry: -entry[1].chosen))


def _alpha(complete: Floats) -> float | None:
    n, items = complete.shape
    if n < 2 or items < 2:
        return None
    variance = float(complete.sum(axis=1).var(ddof=1))
    if variance <= 0:
        return None
    of_items = float(complete.var(axis=0, ddof=1).sum())
    return float(items / (items - 1) * (1 - of_items / variance))


def _efficiency(item: Floats, rest: Floats) -> float | None:
    highest = _covariance(np.sort(item), np.sort(rest))
    found = _covariance(item, rest)
    return None if not highest or found is None else found / highest


def _covariance(one: Floats, other: Floats) -> float | None:
    if len(one) < 2:
        return None
    return float((one - one.mean()) @ (other - other.mean())) / (len(one) - 1)


def correlation(one: Floats, other: Floats) -> float | None:
    """Pearson's; None for fewer than two pairs, or where one side does not vary."""
    together = _covariance(one, other)
    if together is None:
        return None
    spread = float(one.std(ddof=1) * other.std(ddof=1))
    return together / spread if spread > 1e-12 else None


def _mean(values: Floats) -> float | None:
    return float(values.mean()) if len(values) else None


def _require_points(points: Floats, highest: Sequence[float]) -> None:
    if points.ndim != 2 or points.shape[1] != len(highest):
        raise ValueError("Points come as a table, a column for each of the highest.")
    if not all(top > 0 for top in highest):
        raise ValueError("An item can give points.")
    if (points > np.asarray(highest) + 1e-9).any():
        raise ValueError("There are more points than an item can give.")
