"""Change of one person between two forms."""

from dataclasses import dataclass
from typing import Literal

from assessments.scoring.intervals import difference_interval

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
