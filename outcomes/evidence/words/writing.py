"""How counts, days, names and figures are written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from math import exp

from common.few import SMALL, is_small

from .marks import _

MAX_DECIMALS = 6
FEW, NOT_SHOWN = "1–9", _("not shown")
FEWER_THAN_TEN = _("fewer than ten")
AND = _("{first} and {last}")
NAMES_OF_MONTHS = (
    _("January"), _("February"), _("March"), _("April"), _("May"), _("June"), _("July"), _("August"), _("September"),
    _("October"), _("November"), _("December"),
)  # fmt: skip


def counted(n: int, one: str, several: str) -> str:
    """`n` with its noun: "1 exit", "1,200 exits"."""
    return f"{n:,} {one if n == 1 else several}"


def shown(n: int) -> str:
    """A count of people, unless it is so small that it names somebody."""
    return FEW if is_small(n) else f"{n:,}"


def shown_from_ten(n: int) -> str:
    """A count of what happens to people one at a time: none is not told apart from nine, so that no two days tell of one."""
    return FEWER_THAN_TEN if n < SMALL else f"{n:,}"


def plain_name(column: str) -> str:
    """A column's name as people write it: no underscores, no suffix of its kind."""
    return column.partition(":")[0].replace("_", " ").strip()


def in_words(day: date, translate: Callable[[str], str] = str) -> str:
    """As reports write it: 30 June 2026."""
    return f"{day.day} {translate(NAMES_OF_MONTHS[day.month - 1])} {day.year}"


def listed(names: Sequence[str], translate: Callable[[str], str] = str) -> str:
    """One or more names as in "A, B and C"."""
    if len(names) == 1:
        return names[0]
    return translate(AND).format(first=", ".join(names[:-1]), last=names[-1])


def ratio_of(log_ratio: float) -> str:
    """To two decimals, or as many more as it takes to see on which side of 1 it lies."""
    ratio = exp(log_ratio)
    decimals = 2
    while log_ratio and decimals < MAX_DECIMALS and float(f"{ratio:.{decimals}f}") == 1:
        decimals += 1
    return f"{ratio:.{decimals}f}"


def p_value(p: float) -> str:
    """To three decimals; no p is nought."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
