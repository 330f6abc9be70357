"""Goes through a whole file before anything is changed."""

import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import partial
from itertools import islice
from typing import Any, BinaryIO, cast

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.errors import UserError
from imports.enums import ImportState
from imports.errors import NotReady
from imports.kinds import Check, Report, StagedItem, import_kinds, silent
from imports.matching import mapping_for
from imports.models import ImportProblem, StagedImport, StagedRow
from imports.services.receiving import forget_set_aside
from imports.tables.errors import STORED_PROBLEMS, HeaderError, Problem, ProblemLog
from imports.tables.reading import open_table

STAGED_AT_ONCE = 2000
SECONDS_BETWEEN_REPORTS = 0.5
ENDED = (ImportState.APPLIED, ImportState.WITHDRAWN)
# What a reading finds out about a file.
COUNTS = ("rows_new", "rows_changed", "rows_unchanged")
FOUND = ("findings", "encoding", "delimiter", "notes", "options", "rows_total", "rows_refused", *COUNTS)


def check_import(staged: StagedImport, *, report: Report = silent) -> StagedImport:
    """Go through the whole file and note every problem; afterwards the import is ready or refused. Safe to repeat.

    Rows are staged in short transactions of their own, so that nobody waits for a long one.
    """
    if staged.state not in ENDED:
        with open_file(staged) as file:
            begin_check(staged)
            check_file(staged, file, report=report)
    return staged


def open_file(staged: StagedImport) -> BinaryIO:
    if not staged.file:
        raise NotReady(_("The file is not kept any more. Upload it again."))
    return cast(BinaryIO, staged.file.open("rb"))


def begin_check(staged: StagedImport) -> None:
    StagedImport.objects.filter(pk=staged.pk).update(state=ImportState.CHECKING, updated_at=timezone.now())
    forget_problems(staged)
    forget_rows(staged)
    staged.options.pop("without", None)
    forget_set_aside(staged)


def check_file(
    staged: StagedImport, file: BinaryIO, *, report: Report = silent, then: Callable[[Any], object] | None = None
) -> None:
    """Read `file` to its end and note in `staged` what was found.

    `then` gets what the kind has read aside, while it is there, where nothing was refused. It writes the rows, so that those
    read aside are not counted first, and it saves `staged`.
    """
    problems = ProblemLog()
    with ExitStack() as stack:
        check = read_file(stack, staged, file, problems, report, is_counted=then is None)
        note_findings(staged, check, problems)
        if problems or not then or check is None or check.aside is None:
            finish_check(staged, problems, is_refused=bool(problems))
        if then and check and not problems:
            then(check.aside)


def read_file(
    stack: ExitStack, staged: StagedImport, file: BinaryIO, problems: ProblemLog, report: Report, *, is_counted: bool = True
) -> Check | None:
    """The file, read to its end; what is read aside lasts as long as `stack`. None when it is no table we can read."""
    kind = import_kinds[staged.kind]
    check = None
    staged.findings = {}
    try:
        table = open_table(
            file,
            file_name=staged.file_name,
            columns=kind.columns,
            mapping=partial(mapping_for, staged),
            encoding=staged.options.get("encoding", ""),
        )
        table.problems = problems
        table.without = frozenset(staged.options.get("without", ()))
        check = Check(staged, table, report)
        check.aside = stack.enter_context(kind.read_aside(check))
        if is_counted or check.aside is None:
            _stage_rows(check, kind.check(check))
    except UserError as error:
        problems.add(0, str(error))
        staged.findings = {"columns": isinstance(error, HeaderError)}
    return check


def _stage_rows(check: Check, items: Iterable[StagedItem]) -> None:
    step = _("Checking the file")
    reported = 0.0
    source = iter(items)
    while batch := list(islice(source, STAGED_AT_ONCE)):
        # A file with a problem is not going to be applied; go on checking it, but keep no rows.
        if not check.problems:
            StagedRow.objects.bulk_create(
                [
                    StagedRow(staged_import=check.staged, row_number=row, key=key[:300], payload=payload)
                    for row, key, payload in batch
                ]
            )
        if time.monotonic() - reported > SECONDS_BETWEEN_REPORTS:
            check.report(check.table.position, check.table.size, step)
            reported = time.monotonic()


def note_findings(staged: StagedImport, check: Check | None, problems: ProblemLog) -> None:
    staged.rows_refused = problems.rows_refused
    if check:
        table = check.table
        staged.rows_refused += table.rows_passed_over
        staged.encoding, staged.delimiter, staged.notes = table.encoding, table.delimiter, [*table.notes]
        staged.rows_total = table.rows_read + table.rows_ragged + table.rows_passed_over
        staged.rows_new, staged.rows_changed, staged.rows_unchanged = check.new, check.changed, check.unchanged
        staged.options = staged.options | ({"result": check.result} if check.result else {})
        could_go = len(problems.rows) if problems.is_divisible else 0
        staged.findings |= {"aside": could_go if could_go < staged.rows_total else 0, "words": check.unknown_words}
    if problems.total > len(problems):
        staged.notes += [
            _("%(total)s problems were found; the first %(shown)s are listed.")
            % {"total": f"{problems.total:,}", "shown": f"{len(problems):,}"}
        ]


@transaction.atomic
def finish_check(staged: StagedImport, problems: Iterable[Problem], *, is_refused: bool) -> None:
    """Save what was found. A file may be ready and have problems: those of the rows that it is going to be applied without."""
    if is_refused:
        forget_rows(staged)
        forget_set_aside(staged)
        staged.options = {name: value for name, value in staged.options.items() if name != "without"}
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
            for problem in islice(problems, STORED_PROBLEMS)
        ]
    )


def forget_problems(staged: StagedImport) -> None:
    staged.problems.all()._raw_delete(staged.problems.db)


def forget_rows(staged: StagedImport) -> None:
    staged.rows.all()._raw_delete(staged.rows.db)
