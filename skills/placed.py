"""What other apps hand over about somebody's skill."""

from dataclasses import dataclass

# Ends of the scale: level 1 begins half a level below 1.
LOWEST, HIGHEST = 0.5, 5.5
MOST_LEVELS = 3
"""A band over more of the five levels than that says of nearly everybody the same."""


@dataclass(frozen=True)
class Placed:
    """Where evidence lies on the scale of levels: `place` within the band `low` to `high`, from 0.5 to 5.5; and in whole levels
    the most likely one, within those that are likely.
    """

    place: float
    low: float
    high: float
    likely_level: int
    likely_low: int
    likely_high: int

    def __post_init__(self) -> None:
        if not LOWEST <= self.low <= self.place <= self.high <= HIGHEST:
            raise ValueError("A place and its band must lie between 0.5 and 5.5, in ascending order.")
        if not 1 <= self.likely_low <= self.likely_level <= self.likely_high <= 5:
            raise ValueError("Likely levels must lie between 1 and 5, in ascending order.")

    @property
    def tells_a_level(self) -> bool:
        return self.likely_high - self.likely_low < MOST_LEVELS
