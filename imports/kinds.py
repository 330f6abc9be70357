"""What an upper app says about a kind of file, and what it is given while it checks and applies one."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django import forms
from django.utils.translation import ngettext

from common.registry import Registry
from imports.models import StagedImport
from imports.tables.columns import Columns
from imports.tables.errors import ProblemLog
from imports.tables.reading import Table

READ_AT_ONCE = 1000
Report = Callable[..., None]


def silent(done: int, total: int | None = None, step: str = "") -> None:
    """Progress that nobody watches."""


class StagedItem(NamedTuple):
    """A row that may be applied. `payload` is what JSON can hold."""

    row_number: int
    key: str
    payload: Any


@dataclass
class Check:
    """What a kind sees of a file while it checks it. It counts `new`, `changed` and `unchanged` itself.

    `aside` is what `ImportKind.read_aside` gave. `unknown_words` are those it did not understand, by column.
    """

    staged: StagedImport
    table: Table
    report: Report = silent
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    result: dict[str, Any] = field(default_factory=dict)
    unknown_words: dict[str, list[str]] = field(default_factory=dict)
    aside: Any = None

    @property
    def organisation(self) -> Any:
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
class Application:
    """What a kind sees while it applies a file that passed its check. It may correct the counts in `staged`.

    `aside` is what `ImportKind.read_aside` gave when the file was read again, just before.
    """

    staged: StagedImport
    actor: Any
    aside: Any = None

    @property
    def organisation(self) -> Any:
        return self.staged.organisation

    @property
    def options(self) -> dict[str, Any]:
        return self.staged.options

    def batches(self, size: int = READ_AT_ONCE) -> Iterator[list[Any]]:
        """The payloads in file order, a list at a time; no cursor stays open while the kind writes."""
        last = 0
        while rows := list(self.staged.rows.filter(pk__gt=last).order_by("pk").values_list("pk", "payload")[:size]):
            last = rows[-1][0]
            yield [payload for _pk, payload in rows]


class Options(forms.Form):
    """What every kind asks beside the file. A kind that asks for more inherits from it."""

    def __init__(self, *args: Any, organisation: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organisation = organisation

    def chosen(self) -> dict[str, Any]:
        """What is kept in `StagedImport.options`: plain values, blanks left out."""
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}


def _nobody(user: Any, organisation: Any) -> bool:
    return False


def _nothing_aside(check: Check) -> AbstractContextManager[Any]:
    return nullcontext()


def _nothing_more(staged: StagedImport) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class ImportKind:
    """One row of the table in docs/csv-formats.md.

    `apply` runs inside the transaction and returns what the result page should know (`message` is shown); it must be safe to
    run after the data has changed since the check. `may` says who may bring such files; by default nobody. `button` is the
    text of the button, given the checked import. `sample` are rows of the template to download.

    `read_aside` is for files of a million rows: it reads the table to its end into a place of the kind's own, outside of any
    transaction, and gives what `check` counts and `apply` writes; `check` then yields nothing. Such a file is read once more
    to be applied. `words` are columns whose words somebody may translate, with what may stand there; the check gets the
    translations as `options["words"]`. `report_template` and `report_context` are what the kind says on the report page.
    """

    name: str
    title: Any
    columns: Columns
    check: Callable[[Check], Iterable[StagedItem]]
    apply: Callable[[Application], dict[str, Any]]
    may: Callable[[Any, Any], bool] = _nobody
    options_form: type[Options] = Options
    sample: tuple[tuple[str, ...], ...] = ()
    button: Callable[[StagedImport], str] | None = None
    read_aside: Callable[[Check], AbstractContextManager[Any]] = _nothing_aside
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    active: str = "people"  # entry of the console's navigation that the report page stands under
    upload_address: str = "org:people_import"
    report_template: str = "console/import_report.html"
    report_context: Callable[[StagedImport], dict[str, Any]] = _nothing_more

    @property
    def reads_aside(self) -> bool:
        return self.read_aside is not _nothing_aside

    def button_text(self, staged: StagedImport) -> str:
        if self.button:
            return self.button(staged)
        rows = staged.rows_new + staged.rows_changed
        return ngettext("Apply %(n)s row", "Apply %(n)s rows", rows) % {"n": f"{rows:,}"}


import_kinds: Registry[ImportKind] = Registry("Kinds of imported files", owner="imports.kinds")
