"""Intervals of a proportion, of a difference of two, and of a mean, that hold for few."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import atan, exp, lgamma, log1p, pi, sqrt, tan
from statistics import NormalDist, fmean, stdev


@dataclass(frozen=True)
class Interval:
    """A confidence interval, both limits included."""

    low: float
    high: float

    def contains(self, value: float) -> bool:
        return self.low <= value <= self.high


def normal_quantile(confidence: float) -> float:
    """1.96 for a `confidence` of 0.95. Raises ValueError where it is not between 0 and 1."""
    if not 0 < confidence < 1:
        raise ValueError(f"A confidence level must be between 0 and 1, not {confidence}.")
    return NormalDist().inv_cdf((1 + confidence) / 2)


def wilson_interval(count: float, total: int, confidence: float = 0.95) -> Interval:
    """Score interval of a proportion, without continuity correction.

    With p = count / total and z the normal quantile:
    (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n), both limits between 0 and 1.

    Raises ValueError when total is not positive, count is outside 0…total or confidence is outside 0…1.

    Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22, 209–212;
    recommended for small n by Brown, Cai and DasGupta (2001), Interval estimation for a binomial proportion,
    Statistical Science 16, 101–133, because the textbook interval p ± z √(p(1−p)/n) covers far too seldom there.
    """
    if total < 1 or not 0 <= count <= total:
        raise ValueError(f"{count} of {total} is not a proportion.")
    z = normal_quantile(confidence)
    proportion = count / total
    denominator = 1 + z * z / total
    centre = (proportion + z * z / (2 * total)) / denominator
    half_width = z * sqrt(proportion * (1 - proportion) / total + z * z / (4 * total * total)) / denominator
    # The limits are 0 and 1 exactly at the edges; floating point would leave a hair on the wrong side.
    low = 0.0 if count == 0 else centre - half_width
    high = 1.0 if count == total else centre + half_width
    return Interval(low, high)


def difference_interval(count: int, total: int, other_count: int, other_total: int, confidence: float = 0.95) -> Interval:
    """Interval of count/total − other_count/other_total for independent samples, both limits between −1 and 1.

    Newcombe's hybrid score interval: with Wilson limits (l₁, u₁) and (l₂, u₂) of the two shares p₁ and p₂,
    d − √((p₁−l₁)² + (u₂−p₂)²) to d + √((u₁−p₁)² + (p₂−l₂)²), d being p₁ − p₂.

    Raises ValueError as `wilson_interval` does.

    Newcombe (1998), Interval estimation for the difference between independent proportions: comparison of eleven
    methods, Statistics in Medicine 17, 873–890, method 10.
    """
    wilson1 = wilson_interval(count, total, confidence)
    wilson2 = wilson_interval(other_count, other_total, confidence)
    p1, p2 = count / total, other_count / other_total
    low = p1 - p2 - sqrt((p1 - wilson1.low) ** 2 + (wilson2.high - p2) ** 2)
    high = p1 - p2 + sqrt((wilson1.high - p1) ** 2 + (p2 - wilson2.low) ** 2)
    return Interval(max(-1.0, low), min(1.0, high))


def mean_interval(values: Sequence[float], confidence: float = 0.95) -> Interval:
    """Student's interval of a mean: mean ± t s / √n, n − 1 degrees of freedom. Raises ValueError for fewer than two values."""
    if len(values) < 2:
        raise ValueError("An interval of a mean takes two values or more.")
    half_width = t_quantile((1 + confidence) / 2, len(values) - 1) * stdev(values) / sqrt(len(values))
    mean = fmean(values)
    return Interval(mean - half_width, mean + half_width)


def t_quantile(probability: float, freedom: float) -> float:
    """Quantile of Student's distribution with `freedom` degrees, which need not be whole, for a probability from ½ on.

    Bisection on the distribution function, which is integrated by Simpson's rule over the arctangent of t / √freedom: there its
    density is a power of the cosine, without tails. Right to eight digits from one degree on.

    Raises ValueError for a probability below ½ or not below 1, or freedom that is below 1.
    """
    if not 0.5 <= probability < 1 or not freedom >= 1:
        raise ValueError(f"There is no quantile for {probability} with {freedom} degrees of freedom here.")
    low, high = 0.0, 1e6
    for _halving in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _t_above_zero(middle, freedom) < probability - 0.5 else (low, middle)
    return (low + high) / 2


def _t_above_zero(t: float, freedom: float) -> float:
    """Probability of lying between 0 and t."""
    end, steps = atan(t / sqrt(freedom)), 400
    constant = exp(lgamma((freedom + 1) / 2) - lgamma(freedom / 2)) / sqrt(pi)
    # cos² = 1 / (1 + tan²), in logarithms because the power can be high.
    heights = [exp((1 - freedom) / 2 * log1p(tan(end * step / steps) ** 2)) for step in range(steps + 1)]
    weights = [1 if step in (0, steps) else 4 if step % 2 else 2 for step in range(steps + 1)]
    return constant * end / (3 * steps) * sum(weight * height for weight, height in zip(weights, heights, strict=True))
