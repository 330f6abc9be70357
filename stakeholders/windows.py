"""From when to when the leavers of a file are complete: what is said of it, what its dates propose, and where they disagree.

A file of current staff and the leavers of two years knows nothing of those who left before, and a file of January nothing of
February. Somebody is under observation only between these two days; whoever takes the hire date for the first, or today for
the second, counts years in which nobody could be seen to leave.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any

from django.utils import timezone

from accounts.models import Organisation
from imports.enums import ImportState
from imports.kinds import FileCheck
from imports.models import StagedImport

FROM, UNTIL, EXTENT, EVERY_EXIT = "leavers_from", "leavers_until", "extent", "every_exit_listed"
SURELY = 10.0
"""Exits expected in a stretch without any, from which it is no chance: by Poisson, one stretch in 22,000 (exp(-10))."""
YOUNG = 12
"""Months in which, at the beginning of all, nobody leaves because everybody has just come."""


class Extent(StrEnum):
    """What a file lists: everybody there is, or what has changed since the last one."""

    EVERYBODY = "everybody"
    CHANGES = "changes"


# What was said -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FileWindow:
    """What one applied file says. `first` and `last` are None where nobody has said.

    `every_exit`: a file of changes holds every exit since the file before, so that the window of all moves on to `last`.
    """

    import_id: int
    uuid: str
    first: date | None
    last: date | None
    extent: Extent
    every_exit: bool

    @property
    def is_whole(self) -> bool:
        return self.extent == Extent.EVERYBODY

    @property
    def is_known(self) -> bool:
        return self.first is not None and self.last is not None

    @classmethod
    def of(cls, staged: StagedImport) -> "FileWindow":
        said = staged.options
        return cls(
            import_id=staged.pk,
            uuid=str(staged.uuid),
            first=_day(said.get(FROM)),
            last=_day(said.get(UNTIL)),
            extent=Extent(said.get(EXTENT) or Extent.EVERYBODY),
            every_exit=bool(said.get(EVERY_EXIT)),
        )


def windows_of(organisation: Organisation, kind: str) -> list[FileWindow]:
    """What the applied files of one kind say, the first applied first; withdrawn ones say nothing."""
    applied = StagedImport.objects.filter(organisation=organisation, kind=kind, state=ImportState.APPLIED)
    return [FileWindow.of(staged) for staged in applied.order_by("applied_at", "pk").defer("look", "findings", "notes")]


def _day(text: Any) -> date | None:
    return date.fromisoformat(text) if text else None


# What the dates say ------------------------------------------------------------------------------------------------------


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


# What a file proposes ----------------------------------------------------------------------------------------------------


def look_for_window(check: FileCheck) -> dict[str, Any]:
    """What the report of a checked file proposes: plain values under "window". A file with both columns needs nothing said."""
    staged = check.staged
    kind_begin, kind_end = SPANS[staged.kind]
    today = timezone.localdate()
    staging = check.staging
    begins, ends = (_by_number(staging.per_month(name)) for name in (kind_begin, kind_end))
    last = staging.latest((kind_begin, kind_end, *HAPPENINGS), until=today.isoformat())
    has_columns = {"observed_from", "observed_until"} <= set(staging.stored)
    return {"window": {"has_columns": has_columns, **propose(begins, ends, _day(last))}}


def propose(begins: Mapping[int, int], ends: Mapping[int, int], last: date | None) -> dict[str, str]:
    """The window that the dates of a file suggest: `from` and `until` in ISO 8601, blank where they suggest none.

    `begins` and `ends`: how many began and ended in each month (`month_number`). From the first day of the file on, unless
    nobody left for long while many were there: then from the month of the first exit. Until the latest date of the file,
    unless nobody left for long before it: then until the end of the month of the last exit.
    """
    if not begins or last is None:
        return {"from": "", "until": ""}
    first = min(begins)
    stop = max(month_number(last), max((month for month in ends if month <= month_number(last)), default=first)) + 1
    there, at_risk, exits = 0.0, [], []
    for month in range(first, stop):
        began, ended = begins.get(month, 0), ends.get(month, 0)
        at_risk.append(there + (began - ended) / 2)
        exits.append(ended)
        there += began - ended
    quiet = silences(at_risk, exits)
    before = quiet.before if quiet.before and quiet.before.last + 1 >= YOUNG else None
    begin = first_day(first + before.last + 1) if before else first_day(first)
    end = last_day(first + quiet.after.first - 1) if quiet.after else last
    return {
        "from": begin.isoformat(),
        "until": end.isoformat(),
        "none_before": "yes" if before else "",
        "none_after": "yes" if quiet.after else "",
    }


def _by_number(months: Mapping[str, int]) -> dict[int, int]:
    return {month_number(date.fromisoformat(f"{month}-01")): n for month, n in months.items()}


SPANS = {"people": ("hire_date", "exit_date"), "customers": ("start_date", "end_date")}
HAPPENINGS = ("completion_date", "notice_date")


def with_window(kinds: Iterable[str]) -> list[str]:
    return [kind for kind in kinds if kind in SPANS]
