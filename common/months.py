"""Calendar months in a row, and those of them in which nothing happened although it was to be expected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from math import log

SURELY = 10.0
"""Exits expected in a stretch without any, from which it is no chance: by Poisson, one stretch in 22,000 (exp(-10))."""
YEAR = 12
FRACTION = 0.2
"""Up to which part of the exits to be expected a stretch at an end counts as one without: a few are left from older files."""


@dataclass(frozen=True)
class Stretch:
    """Months with hardly an exit where some were to be expected: the first and last month, how many were, and how many came."""

    first: int
    last: int
    expected: float
    exits: int = 0

    def is_sure(self, expected: float) -> bool:
        """Whether so few exits are no chance where so many are `expected`."""
        return self.exits <= FRACTION * expected and too_few_by(self.exits, expected) >= SURELY


@dataclass(frozen=True)
class Silences:
    """Stretches (nearly) without exits: before the time in which exits are known, after it, and without any within."""

    before: Stretch | None = None
    after: Stretch | None = None
    within: tuple[Stretch, ...] = ()


def too_few_by(exits: int, expected: float) -> float:
    """By how much less likely, as a logarithm, so few are than so many; of none it is how many were expected."""
    if exits >= expected:
        return 0.0
    return expected - exits + (exits * log(exits / expected) if exits else 0.0)


def silences(at_risk: Sequence[float], exits: Sequence[int]) -> Silences:
    """Stretches of months in which nobody left although, at the rate of all other months, `SURELY` would have.

    `at_risk`: months (of a person) in each consecutive month, `exits`: exits in each; both (months,). The rate is that between
    the first and the last exit, both months included. A year or more at either end may hold a few exits, up to a `FRACTION` of
    those expected at the rate of all the rest: of leavers who are gone from a file some are often still there. Stretches are
    given by the positions of their months.
    """
    if not any(exits):
        return Silences()
    sparse = _sparse(at_risk, exits)
    begin = sparse.last + 1 if sparse else 0
    backwards = _sparse(at_risk[begin:][::-1], exits[begin:][::-1])
    stop = len(exits) - (backwards.last + 1 if backwards else 0)
    late = Stretch(stop, len(exits) - 1, backwards.expected, backwards.exits) if backwards else None
    months = [i for i in range(begin, stop) if exits[i]]
    observed = sum(at_risk[months[0] : months[-1] + 1])
    rate = sum(exits[begin:stop]) / observed if observed else 0.0

    def stretch(first: int, end: int) -> Stretch | None:
        expected = rate * sum(at_risk[first:end])
        return Stretch(first, end - 1, expected) if end > first and expected >= SURELY else None

    between = (stretch(one + 1, other) for one, other in pairwise(months) if other - one > 1)
    before = sparse or stretch(0, months[0])
    after = late or stretch(months[-1] + 1, len(exits))
    return Silences(before, after, tuple(found for found in between if found))


def _sparse(at_risk: Sequence[float], exits: Sequence[int]) -> Stretch | None:
    """A year or more at the beginning in which exits are most surely missing, by the rate of a year or more that follows and
    begins with one.
    """
    n_left, time_left = sum(exits), sum(at_risk)
    found, surest, n, time = None, 0.0, 0, 0.0
    for i in range(len(exits) - YEAR + 1):
        if i >= YEAR and exits[i] and time_left > time:
            stretch = Stretch(0, i - 1, (n_left - n) / (time_left - time) * time, n)
            by = too_few_by(n, stretch.expected)
            if by > surest and stretch.is_sure(stretch.expected):
                found, surest = stretch, by
        n, time = n + exits[i], time + at_risk[i]
    return found


def month_number(day: date) -> int:
    """Months since the year 0, so that months can be counted."""
    return day.year * 12 + day.month - 1


def first_day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def last_day(month: int) -> date:
    return first_day(month + 1) - timedelta(days=1)
