"""At which months curves may be shown, so that nobody can be read from the difference of two of their points."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from common.few import SMALL

from .arrays import Ints

GRIDS = (12, 6, 3, 1)
"""Whole years are looked for first, so that the share after a year is shown wherever it can be."""


def steps(first: int, last: int, counts: Sequence[Ints], among: Sequence[int] | None = None) -> list[int]:
    """Months from `first` to `last` between each two of which every one of `counts` is either 0 or at least ten.

    `counts` are numbers of exits or of people who moved, (months,) each, at month m what happened in (m - 1, m]. With `among`,
    only those months are chosen from. Empty where not even the whole way from `first` to `last` is like that.
    """
    sums = [np.concatenate([[0], np.cumsum(count)]) for count in counts]

    def may_be_read(start: int, end: int) -> bool:
        found = [int(total[end + 1] - total[start + 1]) for total in sums]
        return all(n == 0 or n >= SMALL for n in found)

    if first > last or not may_be_read(first, last):
        return []
    chosen = [first, *([last] if last > first else [])]
    allowed = range(first, last + 1) if among is None else among
    for grid in GRIDS:
        months = [month for month in allowed if month % grid == 0]
        chosen = [*_refined(chosen, months, may_be_read), chosen[-1]]
    return chosen


def _refined(chosen: Sequence[int], months: Sequence[int], may_be_read: Callable[[int, int], bool]) -> Iterator[int]:
    """All of `chosen` but the last, and those of `months` between that leave both of their sides readable."""
    for begin, end in pairwise(chosen):
        yield begin
        start = begin
        for month in months:
            if start < month < end and may_be_read(start, month) and may_be_read(month, end):
                yield month
                start = month


def last_month(first: int, last: int, exits: Ints) -> int:
    """The last month up to `last` such that those who left outside of (first, last] are none or at least ten; -1 for none.

    Otherwise the exits of a curve, taken from all exits, would give away the few beyond it.
    """
    total = int(exits.sum())
    within = np.cumsum(exits)
    for month in range(last, first - 1, -1):
        outside = total - int(within[month] - within[first])
        if outside == 0 or outside >= SMALL:
            return month
    return -1
