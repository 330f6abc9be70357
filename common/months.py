"""Calendar months in a row, and those of them in which nothing happened although it was to be expected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

SURELY = 10.0
"""Exits expected in a stretch without any, from which it is no chance: by Poisson, one stretch in 22,000 (exp(-10))."""


@dataclass(frozen=True)
class Stretch:
    """Months without an exit where some were to be expected: the first and last month, and how many exits."""

    first: int
    last: int
    expected: float


@dataclass(frozen=True)
class Silences:
    """Stretches without exits: before the first of all, after the last of all, and between."""

    before: Stretch | None = None
    after: Stretch | None = None
    within: tuple[Stretch, ...] = ()


def silences(at_risk: Sequence[float], exits: Sequence[int]) -> Silences:
    """Stretches of months in which nobody left although, at the rate of all other months, `SURELY` would have.

    `at_risk`: months (of a person) in each consecutive month, `exits`: exits in each; both (months,). The rate is that between
    the first and the last exit, both months included. Stretches are given by the positions of their months.
    """
    months = [i for i, n in enumerate(exits) if n]
    if not months:
        return Silences()
    begin, end = months[0], months[-1] + 1
    observed = sum(at_risk[begin:end])
    rate = sum(exits) / observed if observed else 0.0

    def stretch(first: int, stop: int) -> Stretch | None:
        expected = rate * sum(at_risk[first:stop])
        return Stretch(first, stop - 1, expected) if stop > first and expected >= SURELY else None

    between = (stretch(before + 1, after) for before, after in pairwise(months) if after - before > 1)
    return Silences(stretch(0, begin), stretch(end, len(exits)), tuple(found for found in between if found))


def month_number(day: date) -> int:
    """Months since the year 0, so that months can be counted."""
    return day.year * 12 + day.month - 1


def first_day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def last_day(month: int) -> date:
    return first_day(month + 1) - timedelta(days=1)
