"""Columns that one may adjust for: what they seem to hold, for how many they are known, and why some cannot be used.

Counted over the first rows of each outcome, and kept until a file of the organisation changes them. No value is ever kept or
shown, only how many there are of it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Literal

from django.core.cache import cache
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import Organisation
from common.small_counts import SMALL
from outcomes.subjects import SUBJECTS, Subject
from stakeholders.findings import coarsely

CovariateKind = Literal["number", "category"]
MAX_ROWS = 20_000
MAX_COLUMNS = 100
FEW_LEVELS = 12
"""So few different whole numbers are more often codes, grades or bands than amounts."""
MIN_KNOWN = 0.5
"""Columns known for a smaller share of the rows are not offered: what is missing for most says little of anybody."""
SECONDS_KEPT = 3600


@dataclass(frozen=True)
class ColumnChoice:
    """`kinds` are those it may be used as, the likelier first; none where `problem` says why it cannot be used."""

    name: str
    kinds: tuple[CovariateKind, ...]
    known: str
    problem: str = ""


@dataclass(frozen=True)
class ColumnList:
    """The columns of one outcome, from its first `rows` rows; `is_cut` where there are more rows, `more` of columns.

    `n_sparse` are known for too few rows to be offered.
    """

    rows: int
    is_cut: bool
    more: bool
    columns: tuple[ColumnChoice, ...]
    n_sparse: int = 0

    @property
    def n_counted(self) -> int:
        """How many were looked at: those that are listed, and those known for too few rows."""
        return len(self.columns) + self.n_sparse

    def find(self, name: str) -> ColumnChoice | None:
        """A column of this name that can be used."""
        return next((column for column in self.columns if column.name == name and column.kinds), None)


def columns_for(organisation: Organisation) -> dict[str, ColumnList]:
    """The columns of each outcome that has any rows. One query, and one more for each outcome whose files have changed."""
    files = organisation.imports.values("kind").annotate(applied=Max("applied_at"), withdrawn=Max("withdrawn_at"))
    changed = {row["kind"]: f"{row['applied']}/{row['withdrawn']}" for row in files.order_by()}
    found = {}
    for outcome, subject in SUBJECTS.items():
        key = f"columns:{organisation.uuid}:{outcome}:{changed.get(subject.kind, '')}".replace(" ", "_")
        columns: ColumnList | None = cache.get(key)
        if columns is None:
            columns = count_columns(organisation, subject)
            cache.set(key, columns, SECONDS_KEPT)
        if columns.rows:
            found[outcome] = columns
    return found


@dataclass
class _Counts:
    """What the rows hold: how often each value comes, by column, and in how many rows of those who left."""

    rows: int = 0
    leavers: int = 0
    values: dict[str, Counter[Any]] = field(default_factory=dict)
    known_of_leavers: Counter[str] = field(default_factory=Counter)
    more: bool = False

    def add(self, has_left: bool, cells: Iterable[tuple[str, Any]]) -> None:
        self.rows += 1
        self.leavers += has_left
        for name, value in cells:
            if value is None or value == "":
                continue
            if name not in self.values:
                if len(self.values) == MAX_COLUMNS:
                    self.more = True
                    continue
                self.values[name] = Counter()
            self.values[name][value] += 1
            self.known_of_leavers[name] += has_left


def count_columns(organisation: Organisation, subject: Subject) -> ColumnList:
    names = [subject.end_column, "covariates", *subject.covariates]
    query = subject.rows(organisation).order_by("pk").values_list(*names)[: MAX_ROWS + 1]
    counts, is_cut = _Counts(), False
    for end, covariates, *ours in query.iterator():
        if counts.rows == MAX_ROWS:
            is_cut = True
            break
        counts.add(end not in (None, False), chain(zip(subject.covariates, ours, strict=True), covariates.items()))
    names_offered = sorted(name for name, values in counts.values.items() if values.total() >= MIN_KNOWN * counts.rows)
    columns = tuple(_choice(name, counts, is_cut=is_cut) for name in names_offered)
    return ColumnList(counts.rows, is_cut, counts.more, columns, len(counts.values) - len(columns))


def _choice(name: str, counts: _Counts, *, is_cut: bool) -> ColumnChoice:
    values = counts.values[name]
    known, most = values.total(), max(values.values())
    is_words = any(isinstance(value, str) for value in values)
    said = _known(known, counts.known_of_leavers[name], counts)
    if known < SMALL:
        return ColumnChoice(name, (), "", _("Known for fewer than 10."))
    if len(values) == 1 and _is_few(counts.rows - known) and not is_cut:
        return ColumnChoice(name, (), said, _("The same for everyone."))
    if "," in name or ":" in name:
        return ColumnChoice(name, (), said, _("Its name has a comma or a colon. Import it under another name."))
    kinds = _kinds(values, is_words=is_words, has_levels=most >= SMALL)
    return ColumnChoice(name, kinds, said, "" if kinds else _("No value is shared by 10 or more."))


def _kinds(values: Mapping[Any, int], *, is_words: bool, has_levels: bool) -> tuple[CovariateKind, ...]:
    if is_words:
        return ("category",) if has_levels else ()
    if not has_levels:
        return ("number",)
    are_codes = len(values) <= FEW_LEVELS and all(value == int(value) for value in values)
    return ("category", "number") if are_codes else ("number", "category")


def _known(known: int, known_of_leavers: int, counts: _Counts) -> str:
    """For how many it is known, no finer than the page on the data says it to those who bring none: whoever looks before and
    after a file reads neither one cell nor one exit from two shares. Of those who left apart where that differs.
    """
    if _is_few(counts.rows - known):
        return _("all rows, or all but fewer than ten")
    share, of_leavers = coarsely(known, counts.rows), coarsely(known_of_leavers, counts.leavers)
    if not counts.leavers or share == of_leavers:
        return _("%(share)s of rows") % {"share": share}
    return _("%(share)s of rows, %(leavers)s of those who left") % {"share": share, "leavers": of_leavers}


def _is_few(n: int) -> bool:
    """None is as few as nine: what is told must not tell them apart."""
    return n < SMALL
