"""What the page on the data is made of: findings in figures and words, each with what follows from it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Case, DateField, Exists, F, IntegerField, Max, Min, OuterRef, Q, QuerySet, Value, When
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import Organisation
from common.small_counts import SMALL, is_small, shown, shown_of
from imports.kinds import import_kinds
from imports.models import MissingRow
from stakeholders.observed import ONE_DAY, days_observed
from stakeholders.windows import SPANS, FileWindow, missing_rows, windows_of


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

    `missing`: by column, shares of missing values among those who left and stay, of the first of all `n_columns`.
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
    n_columns: int = 0


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


@dataclass(frozen=True)
class Window:
    """Between which days leavers are known, of all rows together; `is_known` only where no row makes questions be refused."""

    first: date | None
    last: date | None
    is_known: bool

    def __str__(self) -> str:
        if not (self.is_known and self.first and self.last):
            return _("not known for all rows") if self.first or self.last else _("not known")
        words = {"first": date_format(self.first, "j F Y"), "last": date_format(self.last, "j F Y")}
        return _("%(first)s to %(last)s") % words


def known_window(organisation: Organisation, kind: str, rows: QuerySet[Any]) -> Window:
    """From when until when leavers of `rows` of a kind are known, by the rule that questions go by (`days_observed`).

    Refused is a question where nobody has said since when a row is observed, or until when one that is still there. As in
    questions, what a row says itself goes before what its file says.
    """
    end = SPANS[kind][1]
    has_own = "observed_from" in import_kinds[kind].names
    windows = windows_of(organisation, kind)
    missing = missing_rows(windows)
    position = {window.import_id: i for i, window in enumerate(windows)}
    firsts: list[date] = []
    lasts: list[date] = []
    is_known = True
    for sort in _sorts_of(rows, end, windows, missing, has_own=has_own):
        brought = position.get(sort.source or 0, -1)
        first, last = days_observed(brought, sort.exit_day, sort.missing_in, windows)
        firsts += filter(None, (sort.first or first,))
        lasts += filter(None, (sort.last or last,))
        is_known &= sort.says_first or first is not None
        is_known &= sort.says_last or last is not None or (has_own and not sort.is_open)
    return Window(min(firsts, default=None), max(lasts, default=None), is_known)


@dataclass(frozen=True)
class _Sort:
    """Rows of which the files say the same: brought by one of them, gone before the same ones, missing from the same ones.

    `first` and `last` are the outermost days that the rows say themselves.
    """

    source: int | None
    exit_day: date | None
    missing_in: frozenset[int]
    first: date | None
    last: date | None
    says_first: bool
    says_last: bool
    is_open: bool


def _sorts_of(
    rows: QuerySet[Any], end: str, windows: Sequence[FileWindow], missing: Mapping[int, Sequence[int]], *, has_own: bool
) -> Iterator[_Sort]:
    """Counted by the database, but for rows that were missing from a file, which are few."""
    none = Value(None, output_field=DateField())
    own_first, own_last = (F("observed_from"), F("observed_until")) if has_own else (none, none)
    rows = rows.order_by().annotate(own_first=own_first, own_last=own_last)
    if missing:
        is_missing = Exists(MissingRow.objects.filter(staged_import__in=list(missing), row_id=OuterRef("pk")))
        yield from _each(rows.filter(is_missing), end, missing)
        rows = rows.filter(~is_missing)
    firsts = sorted({window.first for window in windows if window.is_whole and window.first})
    before = Case(
        *(When(**{f"{end}__lt": day}, then=Value(i)) for i, day in enumerate(firsts)),
        default=Value(len(firsts)),
        output_field=IntegerField(),
    )
    sorts = rows.annotate(
        before=before,
        says_first=Q(own_first__isnull=False),
        says_last=Q(own_last__isnull=False),
        is_open=Q(**{f"{end}__isnull": True}),
    ).values_list("source_id", "before", "says_first", "says_last", "is_open")
    for source, i, *says, first, last in sorts.annotate(first=Min("own_first"), last=Max("own_last")):
        exit_day = firsts[i] - ONE_DAY if i < len(firsts) else None
        yield _Sort(source, exit_day, frozenset(), first, last, *map(bool, says))


def _each(rows: QuerySet[Any], end: str, missing: Mapping[int, Sequence[int]]) -> Iterator[_Sort]:
    absent: dict[int, set[int]] = {}
    for import_id, row_ids in missing.items():
        for row_id in row_ids:
            absent.setdefault(row_id, set()).add(import_id)
    for row_id, source, exit_day, first, last in rows.values_list("pk", "source_id", end, "own_first", "own_last").iterator():
        says_first, says_last = first is not None, last is not None
        yield _Sort(source, exit_day, frozenset(absent[row_id]), first, last, says_first, says_last, exit_day is None)
