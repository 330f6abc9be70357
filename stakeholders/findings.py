"""What the page on the data is made of: findings in figures and words, each with what follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import Organisation
from common.small_counts import SMALL, is_small, shown, shown_of
from stakeholders.windows import windows_of


@dataclass(frozen=True)
class Finding:
    """What was found, in figures and words, and what follows; `tone` is "caution" where it rules something out."""

    title: str
    found: str
    meaning: str
    tone: str = ""


@dataclass(frozen=True)
class Coverage:
    """What is known of people, customers or partners.

    `missing`: by column, shares of missing values among those who left and stay.
    """

    title: str
    findings: list[Finding]
    caption: str = ""
    picture: SafeString | None = None
    picture_label: str = ""
    months: list[list[str]] = field(default_factory=list)
    with_limits: bool = False
    """Whether `months` end with an exact interval: a run chart of fewer than ten exits, for those who brought them."""

    missing: list[list[str]] = field(default_factory=list)


def caution(n: int, total: int, enough: float) -> str:
    """Small counts get no tone of their own either: it would say on which side of the line they are."""
    return "caution" if n < enough * total and not is_small(total - n) else ""


def part_of(n: int, total: int) -> str:
    """As `shown_of`, without the whole where that is small itself.

    Raises ValueError where the part is more than the whole: both were not counted among the same people, and what one has more
    than the other would tell how many of them are left out.
    """
    if n > total:
        raise ValueError(f"{n} is no part of {total}: they are not counted among the same rows.")
    return shown(n) if is_small(total) else shown_of(n, total)


def coarsely(n: int, total: int) -> str:
    """How many of `total` something is known of that only Accord knows, so that one objection cannot be read from it.

    None is not told apart from nine, and a share is one in whole tens of per cent: whoever objects is not among them.
    """
    if n < SMALL:
        return _("fewer than ten")
    tens = 10 * _tenths(n, total)
    return _("about %(share)s%%") % {"share": tens} if tens else _("under 5%")


def coarse_caution(n: int, total: int, enough: float) -> str:
    """As `caution`, of nothing but what `coarsely` says."""
    return "caution" if (_tenths(n, total) < 10 * enough if n >= SMALL else enough * total > SMALL - 1) else ""


def _tenths(n: int, total: int) -> int:
    return (20 * n + total) // (2 * total)


def known_window(organisation: Organisation, kind: str, totals: Mapping[str, Any]) -> str | None:
    """From when until when leavers of a kind are known, in words; None where nobody has said it of all rows.

    `totals` of the rows: how many there are (`rows`), and have a first and last day of their own (`begun`, `ended`), and the
    `first` and `last` of these.
    """
    windows = windows_of(organisation, kind)
    firsts = [day for day in (*(window.first for window in windows), totals["first"]) if day]
    lasts = [day for day in (*(window.last for window in windows), totals["last"]) if day]
    is_known = (any(window.first for window in windows) or totals["begun"] == totals["rows"]) and (
        any(window.last for window in windows) or totals["ended"] == totals["rows"]
    )
    if not (firsts and lasts and is_known):
        return None
    words = {"first": date_format(min(firsts), "j F Y"), "last": date_format(max(lasts), "j F Y")}
    return _("%(first)s to %(last)s") % words
