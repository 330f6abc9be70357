"""The valid rows of a refused file without the others, which are kept in a file of their own and counted in every report.

Nothing is decided for the reader: rows that contradict each other are all skipped, and what is found only once the others
are gone is skipped too, before anybody applies the rest.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from common.csv_files import write_csv
from common.pulse import Pulse, no_pulse
from imports.enums import ENDED, ImportState
from imports.kinds import Report, import_kinds, silent
from imports.models import StagedImport
from imports.services.processing import (
    FileReading,
    apply_import,
    begin_check,
    finish_reading,
    import_of,
    open_file,
    parsed_rows,
)
from imports.tables.errors import MAX_SKIPPED, Problem, ProblemLog
from imports.tables.layout import PROBLEM
from imports.tables.reading import look_at
from jobs.services import Progress

MAX_READINGS = 6
MAX_SKIPPED_PROBLEMS = 5 * MAX_SKIPPED
Skipped = dict[int, list[Problem]]


def skip_rows(staged: StagedImport, *, report: Report = silent, pulse: Pulse = no_pulse) -> StagedImport:
    """Check the file without the rows that are refused; afterwards the others are ready, or everything is refused as before.

    Raises `NotReady` when the file is not kept any more. Safe to repeat.
    """
    if staged.state in ENDED:
        return staged
    with open_file(staged) as file:
        begin_check(staged)
        skipped: Skipped = {}
        for number in range(1, MAX_READINGS + 1):
            reading_without = parsed_rows(
                staged, file, report=report, pulse=pulse, skip=skipped.keys(), max_problems=MAX_SKIPPED_PROBLEMS
            )
            with reading_without as reading:
                if number == MAX_READINGS or not reading.problems.is_divisible:
                    _finish(reading, file, skipped)
                    break
                _add(skipped, reading.problems)
    return staged


def skip_job(progress: Progress) -> dict[str, Any]:
    """Applies the others only when as many rows are skipped as somebody has agreed to."""
    staged = import_of(progress)
    if not staged.is_in_parts:
        skip_rows(staged, report=progress.report, pulse=progress.pulse)
    agreed = progress.parameters["expected"]
    if staged.state not in (ImportState.READY, ImportState.APPLIED) and not staged.is_in_parts:
        return {"message": staged.summary}
    if staged.state == ImportState.READY and staged.rows_refused != agreed:
        note = _("You agreed to skip %(agreed)s, and %(rows)s have to be skipped. Nothing has been imported yet.")
        staged.notes = [*staged.notes, note % {"agreed": f"{agreed:,}", "rows": f"{staged.rows_refused:,}"}]
        staged.save(update_fields=["notes", "updated_at"])
        return {"message": staged.summary}
    return apply_import(staged, actor=progress.job.requested_by, report=progress.report, complete=progress.complete)


def _add(skipped: Skipped, problems: ProblemLog) -> None:
    for problem in problems:
        skipped.setdefault(problem.row, []).append(problem)
    contradicted = _("Another row contradicts this one. Keep the correct row.")
    for row in problems.rows.difference(skipped):
        skipped[row] = [Problem(row, "", "", contradicted)]


def _finish(reading: FileReading, file: BinaryIO, skipped: Skipped) -> None:
    staged, problems = reading.staged, reading.problems
    if len(skipped) > MAX_SKIPPED:
        problems.add(0, _("Too many rows would have to be skipped. Correct the file and upload it again."))
    staged.options = staged.options | {"skip": sorted(skipped)}
    if not problems:
        content = b"".join(_lines(staged, file, skipped))
        staged.skipped_file.save(f"{staged.uuid.hex}-skipped.csv", ContentFile(content), save=False)
    finish_reading(reading, [problem for row in sorted(skipped) for problem in skipped[row]])


def _lines(staged: StagedImport, file: BinaryIO, skipped: Mapping[int, Sequence[Problem]]) -> Iterator[bytes]:
    """The skipped rows, with the columns of the file and what was wrong with each."""
    table = look_at(file, file_name=staged.file_name, columns=import_kinds[staged.kind].header, **staged.how_read)
    width = len(table.header)

    def rows() -> Iterator[list[str]]:
        for number, row in table.rows_as_written():
            if number in skipped:
                cells = [*row[:width], *[""] * (width - len(row))]
                yield [*cells, " ".join(_in_words(problem) for problem in skipped[number]), *row[width:]]

    return write_csv([*table.header, PROBLEM], rows(), delimiter=table.delimiter or ",")


def _in_words(problem: Problem) -> str:
    text = problem.message[:1].upper() + problem.message[1:]
    return f"{problem.column}: {text}" if problem.column else text
