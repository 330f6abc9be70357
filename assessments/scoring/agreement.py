"""How often the answers agreed with the key, in whole questions, and how sure one can be of it."""

from dataclasses import dataclass

from assessments.scoring.intervals import wilson_interval

METHOD = "agreement-wilson"


@dataclass(frozen=True)
class Agreement:
    """`agreed` of `items`; `low` and `high`: the interval in whole questions of such a form; shares lie between 0 and 1."""

    agreed: int
    items: int
    low: int
    high: int
    share: float
    share_low: float
    share_high: float
    confidence: float


def estimate_agreement(agreed: int, items: int, confidence: float = 0.95) -> Agreement:
    """Agreement with its Wilson interval, limits rounded to the nearest whole question: 8 of 12 is likely 5 to 10.

    The questions count as a sample of all the questions that could have been asked; the interval says where the share
    over all of them is likely to lie. It knows nothing of whether the key is right.

    Raises ValueError as `wilson_interval` does. Source: see there.
    """
    interval = wilson_interval(agreed, items, confidence)
    return Agreement(
        agreed=agreed,
        items=items,
        low=int(items * interval.low + 0.5),
        high=int(items * interval.high + 0.5),
        share=agreed / items,
        share_low=interval.low,
        share_high=interval.high,
        confidence=confidence,
    )
