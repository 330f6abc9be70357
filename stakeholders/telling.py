"""How figures on imported data are told: exactly to those who bring the data, coarsely to those who only read of it."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from common.small_counts import is_small, shown
from stakeholders.findings import caution, coarse_caution, coarsely, part_of


def in_fives(n: int) -> int:
    """To the nearest five."""
    return (n + 2) // 5 * 5


def about(n: int) -> str:
    """A count that two looks cannot tell from the next one; none is told, as nobody is among them."""
    return _("about %(n)s") % {"n": f"{in_fives(n):,}"} if n and not is_small(n) else shown(n)


@dataclass(frozen=True)
class Telling:
    """`part` of a whole, its `tone` beside the share that is enough, and a `count` that stands alone."""

    part: Callable[[int, int], str]
    tone: Callable[[int, int, float], str]
    count: Callable[[int], str]


EXACTLY = Telling(part_of, caution, shown)
COARSELY = Telling(coarsely, coarse_caution, about)
