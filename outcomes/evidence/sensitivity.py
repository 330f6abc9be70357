"""What it would take to overturn an estimate."""

from __future__ import annotations

import math

from scipy.stats import norm

from .result import Diagnostics, Estimate


def diagnostics(answer: Estimate, *, common: bool) -> Diagnostics:
    """From the figure and the interval that the answer uses; `common` as of `as_risk_ratio`."""
    hazard_ratio, low, high = (math.exp(value) for value in (answer.value, answer.ci_low, answer.ci_high))
    return Diagnostics(
        e_value=e_value(as_risk_ratio(hazard_ratio, common=common)),
        e_value_ci=e_value_of_limit(low, high, common=common),
        minimum_detectable_effect=minimum_detectable_effect(answer.se),
    )


def e_value(risk_ratio: float) -> float:
    """How strongly, as a risk ratio, something unmeasured would have to go with both exposure and exit to explain it all.

    RR + sqrt(RR (RR - 1)) for RR ≥ 1, of 1 / RR below 1: VanderWeele and Ding, Annals of Internal
    Medicine 2017; 167:268-274.
    """
    away_from_one = risk_ratio if risk_ratio >= 1 else 1 / risk_ratio
    return away_from_one + math.sqrt(away_from_one * (away_from_one - 1))


def as_risk_ratio(hazard_ratio: float, *, common: bool) -> float:
    """The risk ratio that a hazard ratio stands for, as in the same paper.

    The hazard ratio itself for a rare outcome; (1 - 0.5^√HR) / (1 - 0.5^√(1/HR)) where 15 % or more
    have the event by the end.
    """
    if not common:
        return hazard_ratio
    root_hazard_ratio = math.sqrt(hazard_ratio)
    return -math.expm1(-math.log(2) * root_hazard_ratio) / -math.expm1(-math.log(2) / root_hazard_ratio)


def e_value_of_limit(low: float, high: float, *, common: bool) -> float:
    """The E-value of the limit of the hazard ratio's interval nearest to 1; 1 if the interval holds 1. Source: `e_value`."""
    if low <= 1 <= high:
        return 1.0
    return e_value(as_risk_ratio(low if low > 1 else high, common=common))


def minimum_detectable_effect(se: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """The smallest log hazard ratio, in size, that a study with this standard error finds with this power.

    In two-sided tests: Bloom (1995), Minimum detectable effects: a simple way to report the
    statistical power of experimental designs, Evaluation Review 19, 547-556.
    """
    return float(norm.isf(alpha / 2) + norm.ppf(power)) * se
