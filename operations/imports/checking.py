"""Goes through a whole file before anything is changed."""

import time
from collections.abc import Callable, Iterable
from itertools import islice
from typing import BinaryIO, cast

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from operations.enums import ImportState
from operations.errors import UserError
from operations.imports.kinds import Check, StagedItem, kind_of
from operations.models import ImportProblem, StagedImport, StagedRow
from operations.tables import Problem, ProblemLog, Table, open_table

STAGED_AT_ONCE = 2000
SECONDS_BETWEEN_REPORTS = 0.5


Report = Callable[..., None]


def _silent(done: int, total: int | None = None, step: str = "") -> None:
    """Progress that nobody watches."""


def check_import(staged: StagedImport, *, report: Report = _silent) -> StagedImport:
    """Go through the whole file and note every problem; afterwards the import is ready or refused. Safe to repeat.

    Rows are staged in short transactions of their own, so that nobody waits for a long one.
    """
    if staged.state == ImportState.APPLIED:
        return staged
    _begin_check(staged)
    kind = kind_of(staged.kind)
    problems = ProblemLog()
    check: Check | None = None
    try:
        with staged.file.open("rb") as file:
            table = open_table(
                cast(BinaryIO, file),
                file_name=staged.file_name,
                columns=kind.columns,
                mapping=staged.options.get("mapping"),
                encoding=staged.options.get("encoding", ""),
            )
            table.problems = problems
            check = Check(staged, table)
            _stage_rows(staged, table, kind.check(check), report)
    except UserError as error:
        problems.add(0, str(error))
    _finish_check(staged, check, problems)
    return staged


def _begin_check(staged: StagedImport) -> None:
    StagedImport.objects.filter(pk=staged.pk).update(state=ImportState.CHECKING, updated_at=timezone.now())
    staged.problems.all()._raw_delete(staged.problems.db)
    forget_rows(staged)


def _stage_rows(staged: StagedImport, table: Table, items: Iterable[StagedItem], report: Report) -> None:
    step = _("Checking the file")
    reported = 0.0
    source = iter(items)
    while batch := list(islice(source, STAGED_AT_ONCE)):
        # A file with a problem is not going to be applied; go on checking it, but keep no rows.
        if not table.problems:
            StagedRow.objects.bulk_create(
                [StagedRow(staged_import=staged, row_number=row, key=key[:300], payload=payload) for row, key, payload in batch]
            )
        if time.monotonic() - reported > SECONDS_BETWEEN_REPORTS:
            report(table.position, table.size, step)
            reported = time.monotonic()


def _finish_check(staged: StagedImport, check: Check | None, problems: ProblemLog) -> None:
    with transaction.atomic():
        if problems:
            forget_rows(staged)
            store_problems(staged, problems)
        staged.state = ImportState.REFUSED if problems else ImportState.READY
        staged.rows_refused = problems.rows_refused
        if check:
            table = check.table
            staged.encoding, staged.delimiter, staged.notes = table.encoding, table.delimiter, table.notes
            staged.rows_total = table.rows_read + table.rows_ragged
            staged.rows_new, staged.rows_changed, staged.rows_unchanged = check.new, check.changed, check.unchanged
            staged.options = staged.options | ({"result": check.result} if check.result else {})
        staged.save()


def store_problems(staged: StagedImport, problems: Iterable[Problem]) -> None:
    ImportProblem.objects.bulk_create(
        [
            ImportProblem(
                staged_import=staged,
                row_number=problem.row,
                column=problem.column[:100],
                value=problem.value[:200],
                message=problem.message[:400],
            )
            for problem in problems
        ]
    )


def forget_rows(staged: StagedImport) -> None:
    staged.rows.all()._raw_delete(staged.rows.db)
