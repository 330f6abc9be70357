"""Goes through a whole file before anything is changed: read once, complained of, counted, and kept as it was read."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import BinaryIO, cast

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.errors import UserError
from imports.enums import ImportState
from imports.errors import NotReady
from imports.kinds import FileCheck, Report, import_kinds, silent
from imports.matching import mapping_for
from imports.models import ImportProblem, StagedImport
from imports.rows import read_rows
from imports.services.receiving import forget_rows, forget_skipped
from imports.services.rows_file import keep_rows
from imports.staging import count_rows, staged_rows
from imports.tables.errors import MAX_PROBLEMS, HeaderError, Problem, ProblemLog
from imports.tables.reading import Table, open_table

ENDED = (ImportState.APPLIED, ImportState.WITHDRAWN)
# What a reading finds out about a file.
COUNTS = ("rows_new", "rows_changed", "rows_unchanged")
FOUND = ("findings", "encoding", "delimiter", "notes", "options", "rows_total", "rows_refused", *COUNTS)


@dataclass
class FileReading:
    """A file that has been read to its end. `table` and `check` are None as far as it could not be read as a table."""

    staged: StagedImport
    problems: ProblemLog
    table: Table | None = None
    check: FileCheck | None = None
    lacks_columns: bool = False
    skipped: Collection[int] = field(default_factory=frozenset)


def check_import(staged: StagedImport, *, report: Report = silent) -> StagedImport:
    """Go through the whole file and note every problem; afterwards the import is ready or refused. Safe to repeat.

    The database is written to in short transactions only, so that nobody waits for a long one.
    """
    if staged.state not in ENDED:
        with open_file(staged) as file:
            begin_check(staged)
            with parsed_rows(staged, file, report=report) as reading:
                finish_reading(reading)
    return staged


def open_file(staged: StagedImport) -> BinaryIO:
    if not staged.file:
        raise NotReady(_("The file is no longer kept. Upload it again."))
    return cast(BinaryIO, staged.file.open("rb"))


def begin_check(staged: StagedImport) -> None:
    StagedImport.objects.filter(pk=staged.pk).update(state=ImportState.CHECKING, updated_at=timezone.now())
    forget_problems(staged)
    forget_rows(staged)
    staged.options.pop("skip", None)
    forget_skipped(staged)


@contextmanager
def parsed_rows(
    staged: StagedImport,
    file: BinaryIO,
    *,
    report: Report = silent,
    skip: Collection[int] = frozenset(),
    max_problems: int = MAX_PROBLEMS,
) -> Iterator[FileReading]:
    """The file, read to its end as if the rows of `skip` were not in it; its rows are staged as long as the context lasts."""
    kind = import_kinds[staged.kind]
    reading = FileReading(staged, ProblemLog(limit=max_problems), skipped=skip)
    with ExitStack() as stack:
        try:
            table = reading.table = open_table(
                file,
                file_name=staged.file_name,
                columns=kind.header,
                mapping=partial(mapping_for, staged),
                encoding=staged.options.get("encoding", ""),
            )
            table.problems, table.skip = reading.problems, frozenset(skip)
            has_covariates = kind.keeps_others and bool(table.others(kind.names))
            staging = stack.enter_context(staged_rows(kind, kind.staged_names(table), has_covariates=has_covariates))
            check = reading.check = FileCheck(staged, table, staging, report)
            if kind.read:
                kind.read(check)
            else:
                read_rows(check, kind)
        except UserError as error:
            reading.problems.add(0, str(error))
            reading.lacks_columns = isinstance(error, HeaderError)
        yield reading


def finish_reading(reading: FileReading, said: Iterable[Problem] = (), *, counts: bool = True, keeps: bool = True) -> None:
    """Count what applying would do, keep the rows, and save what was found: the import is ready, or refused.

    `said` are problems of skipped rows, which are reported and refuse nothing. Rows that are applied at once are neither
    counted beforehand nor kept.
    """
    check = reading.check
    if check and not reading.problems:
        if counts and import_kinds[reading.staged.kind].model:
            counted = count_rows(check.staging, reading.staged.organisation_id)
            check.new, check.changed, check.unchanged = counted.new, counted.changed, counted.unchanged
        if keeps:
            keep_rows(reading.staged, check.staging)
    note_findings(reading)
    finish_check(reading.staged, [*reading.problems, *said], is_refused=bool(reading.problems))


def note_findings(reading: FileReading) -> None:
    staged, problems = reading.staged, reading.problems
    staged.rows_refused = problems.rows_refused
    staged.findings = {"columns": True} if reading.lacks_columns else {}
    if table := reading.table:
        staged.rows_refused += table.rows_passed_over
        staged.encoding, staged.delimiter, staged.notes = table.encoding, table.delimiter, [*table.notes]
        staged.rows_total = table.rows_read + table.rows_ragged + table.rows_passed_over
        could_go = len(problems.rows) if problems.is_divisible else 0
        staged.findings |= {"skippable": could_go if could_go < staged.rows_total else 0}
    if check := reading.check:
        staged.rows_new, staged.rows_changed, staged.rows_unchanged = check.new, check.changed, check.unchanged
        staged.options = staged.options | ({"result": check.result} if check.result else {})
        staged.findings |= {"words": check.unknown_words}
    if problems.total > len(problems):
        staged.notes += [
            _("%(total)s problems were found; the first %(shown)s are listed.")
            % {"total": f"{problems.total:,}", "shown": f"{len(problems):,}"}
        ]


@transaction.atomic
def finish_check(staged: StagedImport, problems: Iterable[Problem], *, is_refused: bool) -> None:
    """Save what was found. A file may be ready and have problems: those of the rows that are skipped."""
    if is_refused:
        forget_rows(staged)
        forget_skipped(staged)
        staged.options = {name: value for name, value in staged.options.items() if name != "skip"}
    forget_problems(staged)
    _store_problems(staged, problems)
    staged.state = ImportState.REFUSED if is_refused else ImportState.READY
    staged.save(update_fields=["state", "updated_at", *FOUND])


def _store_problems(staged: StagedImport, problems: Iterable[Problem]) -> None:
    ImportProblem.objects.bulk_create(
        [
            ImportProblem(
                staged_import=staged,
                row_number=problem.row,
                column=problem.column[:100],
                value=problem.value[:200],
                message=problem.message[:400],
            )
            for problem in islice(problems, MAX_PROBLEMS)
        ]
    )


def forget_problems(staged: StagedImport) -> None:
    staged.problems.all()._raw_delete(staged.problems.db)
