"""Table files on their way in: checked whole, shown, and applied whole or not at all."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import dropwhile, islice
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from common.column_values import LOOKED_AT as PROFILED
from common.column_values import Profile
from common.models import PublicModel
from common.private_columns import told
from common.queues import Queue
from imports.enums import ImportState
from imports.storage import private_storage
from imports.tables.layout import TITLE_ROWS, plain
from imports.tables.reading import Table
from jobs.models import Job

OPENING, WITHDRAWING = "opening", "withdrawing"
DAYS_FILES_ARE_KEPT = 14
# What an import of people replaced; of other kinds it is kept as long as the rows are.
DAYS_CHANGES_ARE_KEPT = 30
# A file of more than that is worked on behind smaller ones.
MAX_BYTES_AT_ONCE, MAX_ROWS_AT_ONCE = 500_000, 5_000
FOLDER = "imports"
LOOKED_AT = 50
SHOWN_VALUES, MAX_SHOWN_LENGTH = 3, 40
MAX_MATCHED = 200
MAX_ROW_LENGTH, SHOWN_CELLS = 100, 30
# Columns with longer names are not matched: comparing such names takes long, and no page could show them.
MAX_NAME_LENGTH = 200


class StagedImport(PublicModel):
    """A table file on its way in: checked whole first, then applied whole or not at all."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="imports")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="imports")
    kind = models.CharField(max_length=40)
    options = models.JSONField(
        default=dict, blank=True, help_text=_("Date format, cohort, course: whatever this kind of file asks for.")
    )
    file = models.FileField(upload_to=f"{FOLDER}/%Y/%m", storage=private_storage, max_length=200, blank=True)
    file_name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField(default=0)
    checksum = models.CharField(max_length=64, blank=True, help_text=_("SHA-256 of the file."))
    encoding = models.CharField(max_length=40, blank=True)
    delimiter = models.CharField(max_length=5, blank=True)
    notes = models.JSONField(default=list, blank=True, help_text=_("What was noticed but accepted."))
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.UPLOADED)
    rows_total = models.PositiveIntegerField(default=0)
    rows_new = models.PositiveIntegerField(default=0)
    rows_changed = models.PositiveIntegerField(default=0)
    rows_unchanged = models.PositiveIntegerField(default=0)
    rows_refused = models.PositiveIntegerField(default=0)
    findings = models.JSONField(
        default=dict, blank=True, help_text=_("Findings of the check that someone can act on: columns, values, rows.")
    )
    look = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        help_text=_("What the check saw of the file: its first rows and values, and how it is written. Goes with the file."),
    )
    results = models.JSONField(
        default=dict, blank=True, help_text=_("What applying the file, and withdrawing it, came to when it was committed.")
    )
    rows_file = models.FileField(
        upload_to=f"{FOLDER}/%Y/%m",
        storage=private_storage,
        max_length=200,
        blank=True,
        help_text=_("The rows as they were read, waiting to be imported."),
    )
    skipped_file = models.FileField(
        upload_to=f"{FOLDER}/%Y/%m",
        storage=private_storage,
        max_length=200,
        blank=True,
        help_text=_("The rows that were skipped when the others were imported, with their problems."),
    )
    marker = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        help_text=_("How far applying or withdrawing has come where it is done part after part; empty before and after."),
    )
    applied_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.file_name

    @property
    def queue(self) -> Queue:
        """Where its work waits; workbooks are packed and count ten times."""
        size = self.size * (10 if self.file_name.lower().endswith(".xlsx") else 1)
        is_large = size > MAX_BYTES_AT_ONCE or self.rows_total > MAX_ROWS_AT_ONCE
        return Queue.BULK if is_large else Queue.DEFAULT

    @property
    def skipped_rows(self) -> int:
        """How many of the refused rows are skipped, so that the others can be applied."""
        return self.rows_refused if self.options.get("skip") else 0

    @property
    def skippable_rows(self) -> int:
        """How many rows would have to be skipped for the others to be applied; 0 where that is no way out."""
        is_refused = self.state == ImportState.REFUSED and bool(self.file)
        return self.findings.get("skippable", 0) if is_refused else 0

    @property
    def valid_rows(self) -> int:
        return self.rows_total - self.skippable_rows

    @property
    def result_message(self) -> str:
        """What applying the file came to, in words; of imports older than `results`, what their job or their counts say."""
        said = self.results.get("applied") or (self.job.result if self.job else {})
        return said.get("message") or self.summary

    @property
    def withdrawn_message(self) -> str:
        """What withdrawing the file came to."""
        said = self.results.get("withdrawn", {}).get("message", "")
        return said or gettext("Nothing from this file remains in your data.")

    @property
    def kept_until(self) -> datetime:
        """When the file is deleted, if nobody does anything with it before."""
        return self.updated_at + timedelta(days=DAYS_FILES_ARE_KEPT)

    @property
    def summary(self) -> str:
        """ "38 new, 2 unchanged, 0 rejected"; "38 new, 2 skipped" where the others are applied without them.

        "rejected as a whole" where no row is at fault.
        """
        counts = [
            (self.rows_new, gettext("%(n)s new")),
            (self.rows_changed, gettext("%(n)s changed")),
            (self.rows_unchanged, gettext("%(n)s unchanged")),
        ]
        words = [text % {"n": f"{n:,}"} for n, text in counts if n]
        if self.state == ImportState.REFUSED and not self.rows_refused:
            return gettext("rejected as a whole")
        refused = gettext("%(n)s skipped") if self.skipped_rows else gettext("%(n)s rejected")
        return ", ".join([*words, refused % {"n": f"{self.rows_refused:,}"}])

    @property
    def cannot_turn_back(self) -> bool:
        """Whether it only goes forward: all of its rows are written and people are being let in, or it is being withdrawn."""
        return self.marker.get("phase") in (OPENING, WITHDRAWING)

    @property
    def is_in_parts(self) -> bool:
        """Whether some of its parts have been written, and others not yet."""
        return bool(self.marker)

    @property
    def how_read(self) -> dict[str, Any]:
        """What was said of how the file is to be read; what was not said is found out."""
        return {"encoding": self.options.get("encoding", ""), "header_row": self.options.get("header_row", 0)}

    def mapping_for(self, header: Sequence[str]) -> Mapping[str, str]:
        """What was said of this file, or else of the last one with the same header; its options remember which."""
        if "mapping" not in self.options:
            mappings = KeptMapping.objects.filter(organisation=self.organisation_id, kind=self.kind)
            if kept := mappings.filter(header=header_digest(header)).first():
                said = {"mapping": kept.columns, "words": kept.words}
                self.options = self.options | said | ({"reasons": kept.reasons} if kept.reasons else {})
        return self.options.get("mapping") or {}

    def keep_mapping(
        self,
        header: str,
        columns: Mapping[str, str],
        words: Mapping[str, Mapping[str, str]],
        reasons: Mapping[str, str] | None = None,
    ) -> None:
        """From now on, files of this kind with this header (`header_digest`) are read so, this one too.

        `reasons` says, by their name, why columns are kept that tell of a person what an analysis seldom needs.
        """
        reasons = dict(reasons or {})
        KeptMapping.objects.update_or_create(
            organisation=self.organisation,
            kind=self.kind,
            header=header,
            defaults={"columns": columns, "words": words, "reasons": reasons},
        )
        self.options = self.options | {"mapping": columns, "words": words, "reasons": reasons}
        self.save(update_fields=["options", "updated_at"])


def header_digest(header: Sequence[str]) -> str:
    """The same for files with the same columns in another order."""
    return hashlib.sha256("\n".join(sorted(plain(name) for name in header)).encode()).hexdigest()


class KeptMapping(PublicModel):
    """How an organisation's files with a certain header are read: said once in the console, kept for the next time."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="mappings")
    kind = models.CharField(max_length=40)
    header = models.CharField(max_length=64, help_text=_("SHA-256 of the column names in alphabetical order."))
    columns = models.JSONField(default=dict, blank=True, help_text=_("Column names in the file, and ours."))
    words = models.JSONField(default=dict, blank=True, help_text=_("By column: values in the file, and ours."))
    reasons = models.JSONField(
        default=dict, blank=True, help_text=_("Why columns with sensitive details are kept, by their name in the file.")
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "kind", "header"], name="imports_mapping_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.header[:8]}"


class ImportProblem(models.Model):
    """One complaint about one cell: row, column, value, and what to do."""

    staged_import = models.ForeignKey(StagedImport, models.CASCADE, related_name="problems")
    row_number = models.PositiveIntegerField(help_text=_("Row number as in a spreadsheet; the header is row 1."))
    column = models.CharField(max_length=100, blank=True)
    value = models.CharField(max_length=200, blank=True)
    message = models.TextField()

    class Meta:
        ordering = ["row_number", "pk"]

    def __str__(self) -> str:
        return self.message


class ImportedRow(models.Model):
    """A row that an import wrote into the table of its kind; `source` is the import that inserted it.

    (`RowChange` knows those that changed it.)

    The unique constraint of each kind begins with the organisation, so no further index is paid for on a million rows.
    """

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+", db_index=False)
    source = models.ForeignKey(StagedImport, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)

    class Meta:
        abstract = True


class RowChange(models.Model):
    """What a row held before an import changed it, so that the import can be withdrawn.

    Of a kind without a table of its own: what was done with a row, in the words of the kind; `row_id` is the key it goes by.
    """

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+", db_index=False)
    staged_import = models.ForeignKey(StagedImport, models.CASCADE, related_name="row_changes", db_index=False)
    row_id = models.BigIntegerField(help_text=_("Key of the row in the table of the import's kind."))
    previous = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staged_import", "row_id"], name="imports_change_once_per_import")]
        indexes = [models.Index(fields=["organisation", "row_id"], name="imports_change_by_row")]

    def __str__(self) -> str:
        return f"{self.staged_import_id}/{self.row_id}"


class MissingRow(models.Model):
    """A row of earlier files, still open when it was, that a file of its kind did not hold.

    Of a file that holds everybody it says that nothing is known of the row after the window of the file before; the rows of a
    file of changes mean nothing. `row_id` as in `RowChange`.
    """

    staged_import = models.ForeignKey(StagedImport, models.CASCADE, related_name="missing_rows", db_index=False)
    row_id = models.BigIntegerField(help_text=_("Key of the row in the table of the import's kind."))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staged_import", "row_id"], name="imports_missing_once_per_import")]

    def __str__(self) -> str:
        return f"{self.staged_import_id}/{self.row_id}"


# What a check keeps of a file, so that no page has to read it ----------------------------------------------------------------


def look_of(table: Table, before: Mapping[str, Any], *, is_analysed: bool = True) -> dict[str, Any]:
    """What the pages about the columns of a file need, as JSON of some ten thousand characters; `before` is what was kept.
    Only where further columns could be analysed does it matter what they tell of a person.

    The rows of the table are looked at ahead, and none is taken.
    """
    ahead = [_shown(row) for row in table.source.look_ahead(max(PROFILED, TITLE_ROWS))]
    names = [plain(name) for name in table.header]
    repeated = (name for name, times in Counter(filter(None, names)).items() if times > 1)
    return {
        "header": header_digest(table.header),
        "header_row": table.header_row,
        "encoding": table.encoding if table.delimiter else "",
        "rows": _first_rows([*map(_shown, table.above), table.header, *ahead]),
        "columns": _columns_with_values(table.header, ahead[:LOOKED_AT]),
        "n_columns": sum(bool(name.strip()) for name in table.header),
        "values": [profile.as_json() for profile in _profiles(table.header, ahead, is_analysed=is_analysed)],
        "repeated": next(repeated, "")[:MAX_NAME_LENGTH],
        "unreadable": sorted({*before.get("unreadable", ()), *table.unreadable}),
    }


def _shown(row: Sequence[str]) -> list[str]:
    """PostgreSQL keeps no NUL."""
    return [cell.replace("\0", "␀") for cell in row]


def _first_rows(rows: Sequence[Sequence[str]]) -> list[list[Any]]:
    numbered = dropwhile(lambda row: not any(map(str.strip, row[1])), enumerate(rows, start=1))
    shown = ((number, ", ".join(_beginnings(cells))[:MAX_ROW_LENGTH]) for number, cells in islice(numbered, TITLE_ROWS))
    return [[number, text] for number, text in shown if text]


def _beginnings(cells: Iterable[str]) -> Iterator[str]:
    return islice(filter(None, (cell.strip()[:MAX_ROW_LENGTH] for cell in cells)), SHOWN_CELLS)


def _columns_with_values(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[list[Any]]:
    return [[name, _first_values(cells)] for name, cells in _named_columns(header, rows)]


def _profiles(header: Sequence[str], rows: Sequence[Sequence[str]], *, is_analysed: bool) -> Iterator[Profile]:
    for name, cells in _named_columns(header, rows):
        yield Profile.of(cells, told(name, cells) if is_analysed else "")


def _named_columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[tuple[str, list[str]]]:
    """The columns that can be matched, with their cells in these rows."""
    named = [(position, name.strip()) for position, name in enumerate(header) if 0 < len(name.strip()) <= MAX_NAME_LENGTH]
    for position, name in named[:MAX_MATCHED]:
        yield name, [row[position] for row in rows if position < len(row)]


def _first_values(cells: Iterable[str]) -> list[str]:
    found = dict.fromkeys(cell.strip()[:MAX_SHOWN_LENGTH] for cell in cells if cell.strip())
    return list(islice(found, SHOWN_VALUES))


def with_unreadable(look: Mapping[str, Any], codec: str) -> dict[str, Any]:
    """What is kept, and that the file cannot be read in an encoding that somebody has chosen."""
    return {**look, "unreadable": sorted({*look.get("unreadable", ()), codec})}
