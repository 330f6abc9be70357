"""What other apps hand over about somebody's skill."""

from dataclasses import dataclass

from django.utils.translation import gettext as _


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
        if not 0.5 <= self.low <= self.place <= self.high <= 5.5:
            raise ValueError("A place and its band must lie between 0.5 and 5.5, in ascending order.")
        if not 1 <= self.likely_low <= self.likely_level <= self.likely_high <= 5:
            raise ValueError("Likely levels must lie between 1 and 5, in ascending order.")

    @property
    def words(self) -> str:
        return likely_words(self.likely_level, self.likely_low, self.likely_high)


def likely_words(level: int, low: int, high: int) -> str:
    """What answers look like, and how sure that is: a sentence in whole levels. It claims no level."""
    if low == high:
        return _("Your answers look most like level %(level)s.") % {"level": level}
    return _("Your answers look most like level %(level)s; level %(low)s to %(high)s is likely.") % {
        "level": level,
        "low": low,
        "high": high,
    }
