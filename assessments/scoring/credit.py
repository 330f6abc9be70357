"""How much of the answers agreed with the key, where an answer may agree in part."""

from collections.abc import Sequence
from dataclasses import dataclass

from assessments.scoring.intervals import wilson_interval


@dataclass(frozen=True)
class Credit:
    """`total` of `items`, both in questions; `low` and `high`: its interval, in questions too."""

    total: float
    items: int
    low: float
    high: float


def estimate_credit(earned: Sequence[float], confidence: float = 0.95) -> Credit:
    """The sum of credits from 0 to 1, with the Wilson interval of their mean.

    That interval is one of proportions. It holds for parts too and is rather too wide: whatever lies between 0 and 1 with a
    mean of m varies by m(1 − m) at most, and by exactly that where it is always 0 or 1. What chance would earn is not taken
    off, and differs from format to format, so that only forms with the same mix of formats compare.

    Raises ValueError where there are no credits, or one is not from 0 to 1.
    """
    if not all(0 <= credit <= 1 for credit in earned):
        raise ValueError("Credits lie between 0 and 1.")
    items, total = len(earned), min(sum(earned), len(earned))
    interval = wilson_interval(total, items, confidence)
    return Credit(total=total, items=items, low=items * interval.low, high=items * interval.high)
