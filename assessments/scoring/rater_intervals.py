"""How sure figures of agreement between two raters are."""

from collections.abc import Sequence
from math import exp, inf, lgamma, log, log1p, sqrt

import numpy as np

from assessments.scoring.intervals import Interval, normal_quantile
from assessments.scoring.raters import Floats, intraclass_correlation, mean_squares, quadratic_weighted_kappa

_TINY = 1e-300


def kappa_interval(one: Sequence[int], other: Sequence[int], confidence: float = 0.95) -> Interval | None:
    """Of the quadratic weighted kappa, by its large-sample variance, limits between −1 and 1. None where there is no kappa, or
    the ratings agree so wholly that the variance is 0 and says nothing.

    Fleiss, Cohen and Everitt (1969), Large sample standard errors of kappa and weighted kappa, Psychological Bulletin 72,
    323–327, equation 14. It is for large samples: of 30 works it covers about 91 times in 100, of 100 about 94.
    """
    kappa = quadratic_weighted_kappa(one, other)
    if kappa is None:
        return None
    first, second = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    span = max(first.max(), second.max()) - min(first.min(), second.min())
    # Weights of agreement: 1 on the diagonal, 0 in the furthest corner.
    by_first = 1 - np.array([((value - second) ** 2).mean() for value in first]) / span**2
    by_second = 1 - np.array([((first - value) ** 2).mean() for value in second]) / span**2
    agreement = 1 - (first - second) ** 2 / span**2
    chance = float(by_first.mean())
    spread = float(((agreement - (by_first + by_second) * (1 - kappa)) ** 2).mean()) - (kappa - chance * (1 - kappa)) ** 2
    if spread <= 0:
        return None
    half = normal_quantile(confidence) * sqrt(spread / len(first)) / (1 - chance)
    return Interval(max(-1.0, kappa - half), min(1.0, kappa + half))


def icc_interval(ratings: Floats, confidence: float = 0.95) -> Interval | None:
    """Of ICC(2,1) of `ratings` (works, raters). None where it has no value, or the raters agree wholly.

    Shrout and Fleiss (1979), page 424, by the F distribution with degrees of freedom after Satterthwaite.
    """
    found = intraclass_correlation(ratings)
    squares = mean_squares(ratings)
    if found is None or squares.error <= 1e-12:
        return None
    n, k, icc, ratio = squares.works, squares.raters, found.single, squares.between_raters / squares.error
    left = n * (1 + (k - 1) * icc) - k * icc
    numerator = (k - 1) * (n - 1) * (k * icc * ratio + left) ** 2
    freedom = numerator / ((n - 1) * k**2 * icc**2 * ratio**2 + left**2)
    tail = 1 - (1 - confidence) / 2
    upper, lower = f_quantile(tail, n - 1, freedom), f_quantile(tail, freedom, n - 1)
    others = k * squares.between_raters + (k * n - k - n) * squares.error
    low = n * (squares.between_works - upper * squares.error) / (upper * others + n * squares.between_works)
    high = n * (lower * squares.between_works - squares.error) / (others + n * lower * squares.between_works)
    return Interval(max(-1.0, low), min(1.0, high))


def f_quantile(probability: float, numerator: float, denominator: float) -> float:
    """Quantile of the F distribution; degrees of freedom need not be whole.

    Bisection on the regularised incomplete beta function. Raises ValueError for a probability that is not between 0 and 1, or
    degrees of freedom that are not positive.
    """
    if not 0 < probability < 1 or not (numerator > 0 and denominator > 0):
        raise ValueError(f"There is no quantile for {probability} with {numerator} and {denominator} degrees of freedom.")
    low, high = 0.0, 1.0
    for _halving in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if _beta(middle, numerator / 2, denominator / 2) < probability else (low, middle)
        if high - low < 1e-15:
            break
    share = (low + high) / 2
    return inf if share >= 1 else denominator * share / (numerator * (1 - share))


def _beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function: NIST Digital Library of Mathematical Functions, 8.17.22."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta(1 - x, b, a)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
    value, upper, lower = 1.0, 1.0, 0.0
    for term in range(1000):  # the continued fraction from its beginning, by Lentz's method
        half, is_odd = divmod(term, 2)
        if term == 0:
            part = 1.0
        elif is_odd:
            part = -(a + half) * (a + b + half) * x / ((a + 2 * half) * (a + 2 * half + 1))
        else:
            part = half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half))
        lower = 1 / _away_from_zero(1 + part * lower)
        upper = _away_from_zero(1 + part / upper)
        value *= upper * lower
        if term and abs(1 - upper * lower) < 1e-15:
            break
    return front * (value - 1)


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
