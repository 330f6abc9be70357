"""The good rows of a refused file without the others, which are kept in a file of their own and counted in every report.

Nothing is decided for the reader: rows that contradict each other are all set aside, and what is found only once the others
are gone is set aside too, before anybody applies the rest.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import BinaryIO

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from common.csv_files import write_csv
from imports.kinds import Report, import_kinds, silent
from imports.models import StagedImport
from imports.services.checking import ENDED, begin_check, finish_check, forget_rows, note_findings, open_file, read_file
from imports.tables.columns import PROBLEM
from imports.tables.errors import MOST_SET_ASIDE, Problem, ProblemLog
from imports.tables.reading import look_at

MOST_READINGS = 5
MOST_PROBLEMS = 5 * MOST_SET_ASIDE
Aside = dict[int, list[Problem]]


def set_rows_aside(staged: StagedImport, *, report: Report = silent) -> StagedImport:
    """Check the file without the rows that are refused; afterwards the others are ready, or everything is refused as before.

    Raises `NotReady` when the file is not kept any more. Safe to repeat.
    """
    if staged.state in ENDED:
        return staged
    with open_file(staged) as file:
        begin_check(staged)
        aside: Aside = {}
        problems = _read_without(staged, file, aside, report)
        for _reading in range(MOST_READINGS):
            if not problems.is_divisible:
                break
            _add(aside, problems)
            problems = _read_without(staged, file, aside, report)
        _finish(staged, file, aside, problems)
    return staged


def _read_without(staged: StagedImport, file: BinaryIO, aside: Aside, report: Report) -> ProblemLog:
    """The file is read as if the rows that are `aside` were not in it."""
    staged.options = staged.options | {"without": sorted(aside)}
    problems = ProblemLog(limit=MOST_PROBLEMS)
    forget_rows(staged)
    with ExitStack() as stack:
        note_findings(staged, read_file(stack, staged, file, problems, report), problems)
    return problems


def _add(aside: Aside, problems: ProblemLog) -> None:
    for problem in problems:
        aside.setdefault(problem.row, []).append(problem)
    contradicted = _("Another row says something else about the same thing. Keep the row that is right.")
    for row in problems.rows.difference(aside):
        aside[row] = [Problem(row, "", "", contradicted)]


def _finish(staged: StagedImport, file: BinaryIO, aside: Aside, problems: ProblemLog) -> None:
    if len(aside) > MOST_SET_ASIDE:
        problems.add(0, _("Too many rows would have to be set aside. Correct the file and upload it again."))
    said = [problem for row in sorted(aside) for problem in aside[row]]
    if not problems:
        content = b"".join(_lines(staged, file, aside))
        staged.set_aside.save(f"{staged.uuid.hex}-set-aside.csv", ContentFile(content), save=False)
        staged.save(update_fields=["set_aside"])
    finish_check(staged, [*problems, *said], is_refused=bool(problems))


def _lines(staged: StagedImport, file: BinaryIO, aside: Mapping[int, Sequence[Problem]]) -> Iterator[bytes]:
    """The rows that were set aside, with the columns of the file and what was wrong with each."""
    columns, encoding = import_kinds[staged.kind].columns, staged.options.get("encoding", "")
    table = look_at(file, file_name=staged.file_name, columns=columns, encoding=encoding)
    width = len(table.header)

    def rows() -> Iterator[list[str]]:
        for number, row in enumerate(table.source, start=table.header_row + 1):
            if number in aside:
                cells = [*row[:width], *[""] * (width - len(row))]
                yield [*cells, " ".join(_in_words(problem) for problem in aside[number]), *row[width:]]

    return write_csv([*table.header, PROBLEM], rows(), delimiter=table.delimiter or ",")


def _in_words(problem: Problem) -> str:
    text = problem.message[:1].upper() + problem.message[1:]
    return f"{problem.column}: {text}" if problem.column else text
