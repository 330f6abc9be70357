"""What an upper app declares of a kind of file, and what it is given while such a file is checked and applied."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Organisation
from accounts.types import Actor, Visitor
from common.registry import Registry
from imports.models import StagedImport
from imports.shapes import RowShape, Text
from imports.staging import Staging
from imports.tables.errors import ProblemLog
from imports.tables.reading import Table

Report = Callable[..., None]
SECONDS_BETWEEN_REPORTS = 0.5


def silent(done: int, total: int | None = None, step: str = "") -> None:
    """Progress that nobody watches."""


@dataclass
class FileCheck:
    """A file while it is checked: complaints go into `problems`, remarks through `note`, rows into `staging`."""

    staged: StagedImport
    table: Table
    staging: Staging
    report: Report = silent
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    result: dict[str, Any] = field(default_factory=dict)
    unknown_words: dict[str, list[str]] = field(default_factory=dict)
    reported_at: float = -math.inf

    def report_position(self, step: str) -> None:
        """Say how far the file has been read, twice a second at most."""
        now = time.monotonic()
        if now - self.reported_at > SECONDS_BETWEEN_REPORTS:
            self.reported_at = now
            self.report(100 * self.table.position // max(self.table.size, 1), 100, step)

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
    """A checked file while it is applied, under the organisation's lock. The kind counts again, into `staged`."""

    staged: StagedImport
    actor: Actor
    staging: Staging

    @property
    def organisation(self) -> Organisation:
        return self.staged.organisation

    @property
    def options(self) -> dict[str, Any]:
        return self.staged.options

    def batches(self) -> Iterator[list[dict[str, str]]]:
        """The staged rows in the order of the file, a list at a time; no cursor stays open while the kind writes."""
        for rows in self.staging.batches():
            yield [dict(zip(self.staging.stored, row[1:], strict=True)) for row in rows]

    def count(self, *, new: int, changed: int, unchanged: int) -> None:
        self.staged.rows_new, self.staged.rows_changed, self.staged.rows_unchanged = new, changed, unchanged


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
    return ngettext("Apply %(n)s row", "Apply %(n)s rows", rows) % {"n": f"{rows:,}"}


@dataclass(frozen=True)
class KindPages:
    """How a kind appears in the console: the entry of the navigation it stands under, where its files are uploaded, what its
    report page says beside what every report says, the button that applies a checked file, and what else happens when
    its valid rows are imported without the others.
    """

    active: str
    upload_address: str
    report_template: str = "console/import_report.html"
    report_context: Callable[[StagedImport], dict[str, Any]] = _nothing_more
    button: Callable[[StagedImport], str] = _rows_to_apply
    skip_note: Text = ""


@dataclass(frozen=True, kw_only=True)
class ImportKind(RowShape):
    """One row of the table in docs/csv-formats.md.

    A kind with a `model` is read, counted, written and taken back by the engine alone. One without says what it does: `read`
    goes through `FileCheck.table`, complains, counts, and stages the rows; `apply` writes the staged rows inside the
    transaction, counts again, and returns what the result page should know (`message` is shown). Both must be safe to repeat.
    `may` says who may import such files; by default nobody.
    """

    title: Text
    pages: KindPages
    summary: Text = ""
    read: Callable[[FileCheck], None] | None = None
    apply: Callable[[ImportApplication], dict[str, Any]] | None = None
    may: Callable[[Visitor, Organisation], bool] = _nobody
    upload_form: type[UploadForm] = UploadForm


import_kinds: Registry[ImportKind] = Registry("Kinds of imported files", owner="imports.kinds")
