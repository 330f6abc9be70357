"""What an upper app declares of a kind of file, and what it is given while such a file is checked and applied."""

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol

from django import forms
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Organisation
from accounts.types import Actor, Visitor
from common.dates import Orders
from common.money import CURRENCIES
from common.registry import Registry
from imports.models import ImportedRow, StagedImport
from imports.tables.errors import ProblemLog
from imports.tables.layout import Columns
from imports.tables.reading import Table

CLEAR = "(clear)"
"""What a cell says to empty a value that is known; a blank says nothing and keeps it."""

UNREAD = "\x1a"
"""Stands for a cell that could not be read, so that nothing else is said about it."""

Text = str | Promise
Row = tuple[Any, ...]
"""Row number in the file, and the values in the order of `StagedRows.stored`."""
CellType = Literal[
    "identifier", "email", "text", "date", "month", "period", "money", "number", "duration", "currency", "choice", "yes_no"
]
Report = Callable[..., None]
SECONDS_BETWEEN_REPORTS = 0.5


# The shape of rows ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """One column of a kind; a kind with a model stores it in the field of the same name, or in `stored_as`.

    `longest` is in characters. `also_called`: what files of this kind are known to call it, as `layout.plain` leaves it.
    `otherwise`: what stands for it in a file that does not have it, which is the number of the row, or what was said of the
    file under this name in its options, else the day of it. `currency_column` names the column that says in which currency the
    amounts of this one are. `happens`: a date of something that happens, so that one in the future is worth a remark.
    `earliest`: of a date, the first year that can be meant.
    `blank_means`: of a column of few words, what it means that a cell is blank, where words of a file may mean that too.
    """

    name: str
    type: CellType
    help: Text
    required: bool = False
    longest: int = 200
    choices: tuple[str, ...] = ()
    above_zero: bool = False
    not_negative: bool = False
    currency_column: str = ""
    happens: bool = False
    earliest: int = 0
    blank_means: Text = ""
    stored_as: str = ""
    also_called: tuple[str, ...] = ()
    otherwise: Literal["", "row number", "option"] = ""

    @property
    def field(self) -> str:
        """The field of the model."""
        return self.stored_as or self.name

    @property
    def has_begun(self) -> bool:
        """Whether it is a day on which something begins that every row has, so that it hardly lies ahead."""
        return self.happens and self.required

    @property
    def is_worded(self) -> bool:
        """Whether few values may stand here, and others may have to be mapped."""
        return self.type in ("choice", "currency", "yes_no")


@dataclass(frozen=True)
class Order:
    """Of two dates in one row, `later` may not lie before `earlier`; of two numbers, it may not be less."""

    earlier: str
    later: str
    message: Text
    of_numbers: bool = False


@dataclass(frozen=True, kw_only=True)
class RowShape:
    """What the rows of one kind of file look like.

    `key` are the columns that make a row one thing within the organisation; `any_of` of them at least one is filled, and with
    `only_one` no more. `keeps_others`: further columns are kept as covariates. `span` are the columns of a stint's first and
    last day; with `has_window` a file says from when to when its leavers are complete, and with
    `apart` the spans of one id may not overlap. `too_late` names a date that says nothing when it lies after the other one;
    `one_value` has the same value in all rows; a row in which all of `says_nothing_without` are blank is remarked on. `model`
    is the table of the rows, None where they become something else; then `kept` are columns that no file has: `read` adds them
    to the rows for `apply`.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    model: type[ImportedRow] | None = None
    any_of: tuple[str, ...] = ()
    only_one: bool = False
    keeps_others: bool = False
    orders: tuple[Order, ...] = ()
    span: tuple[str, str] | None = None
    has_window: bool = False
    apart: bool = False
    too_late: tuple[str, str] | None = None
    one_value: str = ""
    says_nothing_without: tuple[str, ...] = ()
    sample: tuple[Mapping[str, str], ...] = ()
    kept: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @cached_property
    def header(self) -> Columns:
        """What a file of this kind may have in its first row."""
        required = tuple(column.name for column in self.columns if column.required and not column.otherwise)
        return Columns(
            required=required,
            any_of=(self.any_of,) if self.any_of else (),
            optional=tuple(name for name in self.names if name not in required and name not in self.any_of),
            keeps_others=self.keeps_others,
            also_called={name: column.name for column in self.columns for name in column.also_called},
        )

    @cached_property
    def words(self) -> dict[str, tuple[str, ...]]:
        """By column of few values: what may stand there, so that others can be mapped to it."""
        return {column.name: column.choices or tuple(CURRENCIES) for column in self.columns if column.is_worded}

    def staged_names(self, table: Table) -> list[str]:
        """Which columns of a file are staged: those it has, and all of the key. A kind without a model gets every column."""
        if self.model is None:
            return [*self.names, *self.kept]
        return [name for name in self.names if name in self.key or table.index(name) is not None]

    @property
    def table(self) -> str:
        return self._own_model._meta.db_table

    def is_nullable(self, name: str) -> bool:
        own = self.column(name).field
        field: models.Field[Any, Any] = self._own_model._meta.get_field(own)  # type: ignore[assignment]  # columns are fields
        return field.null

    @property
    def rows(self) -> "models.QuerySet[Any]":
        return self._own_model._default_manager.all()

    @property
    def _own_model(self) -> type[ImportedRow]:
        if self.model is None:
            raise TypeError(f"Files of kind {self.name!r} have no table of their own.")
        return self.model

    def sample_rows(self) -> list[list[str]]:
        """The example, under the columns of `header.known`."""
        return [[row.get(name, "") for name in self.header.known] for row in self.sample]


# What a kind is given -------------------------------------------------------------------------------------------------------


class StagedRows(Protocol):
    """The rows of one file while it is checked and applied, as a kind may use them; `imports.staging` keeps them."""

    @property
    def stored(self) -> tuple[str, ...]: ...

    def add(self, rows: Iterable[Row]) -> None: ...

    def index_for(self, *names: str) -> None: ...

    def find(self, name: str, values: Iterable[str]) -> Iterator[Row]: ...

    def remove(self, numbers: Sequence[int]) -> None: ...

    def batches(self) -> Iterator[list[Row]]: ...

    def count(self) -> int: ...

    def per_month(self, name: str) -> dict[str, int]: ...

    def latest(self, names: Iterable[str], *, until: str) -> str: ...


def silent(done: int, total: int | None = None, step: str = "") -> None:
    """Progress that nobody watches."""


@dataclass
class FileCheck:
    """A file while it is checked: complaints go into `problems`, remarks through `note`, rows into `staging`."""

    staged: StagedImport
    table: Table
    staging: StagedRows
    report: Report = silent
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    result: dict[str, Any] = field(default_factory=dict)
    unknown_words: dict[str, list[str]] = field(default_factory=dict)
    # What the file says about the order of day and month; None until somebody has had to look.
    orders: Orders | None = None
    # What to do where dates can be read two ways, for whoever reads the report.
    remedy_for_dates: str = ""
    # Whether all that is wrong is mended somewhere else than in the file, which is then checked again.
    is_mended_elsewhere: bool = False
    reported_at: float = -math.inf

    def report_position(self, step: Callable[[], str]) -> None:
        """Say how far the file has been read, twice a second at most; `step` is asked for its words only then."""
        now = time.monotonic()
        if now - self.reported_at > SECONDS_BETWEEN_REPORTS:
            self.reported_at = now
            self.report(100 * self.table.position // max(self.table.size, 1), 100, step())

    @property
    def organisation(self) -> Organisation:
        return self.staged.organisation

    @property
    def options(self) -> dict[str, Any]:
        return self.staged.options

    @property
    def problems(self) -> ProblemLog:
        return self.table.problems

    def note(self, text: str) -> None:
        """Something that was noticed and tolerated, for the report."""
        self.table.notes.append(text)


@dataclass
class ImportApplication:
    """A checked file while it is applied or taken back. The kind counts again, into `staged`."""

    staged: StagedImport
    actor: Actor
    rows: StagedRows | None = None

    @property
    def organisation(self) -> Organisation:
        return self.staged.organisation

    @property
    def options(self) -> dict[str, Any]:
        return self.staged.options

    @property
    def staging(self) -> StagedRows:
        if self.rows is None:
            raise TypeError("The rows of this file are not at hand.")
        return self.rows

    def batches(self) -> Iterator[list[dict[str, str]]]:
        """The staged rows in the order of the file, a list at a time; no cursor stays open while the kind writes."""
        for rows in self.staging.batches():
            yield self.as_mappings(rows)

    def as_mappings(self, rows: Iterable[Row]) -> list[dict[str, str]]:
        return [dict(zip(self.staging.stored, row[1:], strict=True)) for row in rows]

    def count(self, *, new: int, changed: int, unchanged: int) -> None:
        self.staged.rows_new, self.staged.rows_changed, self.staged.rows_unchanged = new, changed, unchanged


class Parts(ABC):
    """How a kind without a table of its own is applied and taken back, some rows at a time; `imports.services.parts` asks.

    In this order: `look`, `begin`, `write` for all rows, `open` for all changes that these have left, `finish`. After a killed
    worker it goes on with `look` and the next part. Or, anywhere before `open`, `take_back` for all changes and `taken_back`;
    after `finish` the same, where somebody asks for it and `refuse_withdrawal` lets it be.
    """

    def __init__(self, application: ImportApplication) -> None:
        self.application = application
        self.kept: dict[str, Any] = {}
        """What later parts have to know: plain values, kept with each part. After the last, `made` is kept for withdrawing."""

    @abstractmethod
    def look(self, *, is_new: bool) -> None:
        """Find what rows mean, and write nothing. `is_new`: nothing has been written yet, so refuse what cannot be done."""

    @abstractmethod
    def begin(self) -> None:
        """Make what many rows share."""

    @abstractmethod
    def write(self, staged: StagedImport, rows: list[dict[str, str]]) -> None:
        """Write rows so that nobody has any use of them yet, and keep as `RowChange` what was done with whom."""

    @abstractmethod
    def open(self, staged: StagedImport, changes: Mapping[int, Any]) -> None:
        """Let people in and write to them, which is certain now. `changes`: what was kept, by `RowChange.row_id`."""

    @abstractmethod
    def finish(self) -> dict[str, Any]:
        """Record what was done. Returns what the result page should know; `message` is shown."""

    @abstractmethod
    def refuse_withdrawal(self, staged: StagedImport) -> None:
        """Raises `NotReady` where an applied file cannot be taken back."""

    @abstractmethod
    def take_back(self, staged: StagedImport, changes: Mapping[int, Any]) -> None:
        """Make some of what was kept as it was before; of what failed all of it, of what was applied as far as that can be."""

    @abstractmethod
    def taken_back(self) -> None:
        """Remove what `begin` made, as far as nobody uses it."""

    @abstractmethod
    def withdrawn(self) -> dict[str, Any]:
        """Record that it was taken back because somebody asked. Returns what the result page should know."""


# What a kind declares -------------------------------------------------------------------------------------------------------


class UploadForm(forms.Form):
    """A file of one kind. A kind that asks for more beside the file inherits from it."""

    file = forms.FileField(
        label=_("File"),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
        help_text=_("CSV or Excel (.xlsx)."),
    )

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organisation = organisation

    def chosen(self) -> dict[str, Any]:
        """What is kept in `StagedImport.options`: plain values, blanks left out."""
        asked = {name: value for name, value in self.cleaned_data.items() if name not in ("file", "kind")}
        return {name: value for name, value in asked.items() if value not in (None, "")}


def _nobody(user: Visitor, organisation: Organisation) -> bool:
    return False


def _nothing_more(staged: StagedImport) -> dict[str, Any]:
    return {}


def _rows_to_apply(staged: StagedImport) -> str:
    rows = staged.rows_new + staged.rows_changed
    return ngettext("Import %(n)s row", "Import %(n)s rows", rows) % {"n": f"{rows:,}"}


KnownRows = Callable[[Organisation, Sequence[Mapping[str, str]]], Mapping[str, Mapping[str, str]]]


@dataclass(frozen=True)
class Asked:
    """What is asked of a checked file before it is applied: a form, what it proposes, and how the answer is kept with the file.

    `keep` raises `UserError` for what cannot be; an answer that says nothing is an answer. `template` says above the form what
    it is about, from what `KindPages.report_context` tells.
    """

    form: type[forms.Form]
    initial: Callable[[StagedImport], dict[str, Any]]
    keep: Callable[[StagedImport, Mapping[str, Any], Actor], object]
    template: str


@dataclass(frozen=True)
class KindPages:
    """How a kind appears in the console: the entry of the navigation it stands under, where its files are uploaded, what its
    report page says beside what every report says, the button that applies a checked file, and what else happens when
    its valid rows are imported without the others. `known` says of some rows what is known today, by the first column of
    the key; with it the report shows rows as they were understood, and what they change. `withdrawal` says what withdrawing a
    file comes to, for the page that asks (`import_withdraw.html`); without it the report asks. `asked` before it is applied,
    as a whole or without some of its rows.
    """

    active: str
    upload_address: str
    report_template: str = "console/import_report.html"
    report_context: Callable[[StagedImport], dict[str, Any]] = _nothing_more
    button: Callable[[StagedImport], str] = _rows_to_apply
    skip_note: Text = ""
    known: KnownRows | None = None
    withdrawal: Callable[[StagedImport], dict[str, Any]] | None = None
    asked: Asked | None = None


@dataclass(frozen=True, kw_only=True)
class ImportKind(RowShape):
    """One row of the table in docs/csv-formats.md.

    A kind with a `model` is read, counted, written and taken back by the engine alone. One without says what it does: `read`
    goes through `FileCheck.table`, complains, counts, and stages the rows; `apply` writes the staged rows inside the
    transaction, counts again, and returns what the result page should know (`message` is shown). Both must be safe to repeat.
    `look` at the staged rows of a file without problems finds what its report should know, as plain values. `may` says who
    may import such files; by default nobody.
    """

    title: Text
    pages: KindPages
    summary: Text = ""
    read: Callable[[FileCheck], None] | None = None
    look: Callable[[FileCheck], dict[str, Any]] | None = None
    parts: type[Parts] | None = None
    may: Callable[[Visitor, Organisation], bool] = _nobody
    upload_form: type[UploadForm] = UploadForm

    def parts_of(self, application: ImportApplication) -> Parts:
        if self.parts is None:
            raise TypeError(f"Files of kind {self.name!r} are applied as a whole.")
        return self.parts(application)


import_kinds: Registry[ImportKind] = Registry("Kinds of imported files", owner="imports.kinds")
