"""A file of answers, a row a person and a column an item, as the matrix that is calibrated."""

import re
from array import array
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.errors import AnswersNotUsable
from assessments.scoring.irt.responses import MAX_CATEGORIES, MISSING, Codes
from common.cells import is_blank_word
from imports.tables.errors import ProblemLog
from imports.tables.layout import Columns
from imports.tables.reading import Table, open_table

# Programs that keep missing answers in a column of numbers write 1 as 1.0.
_WHOLE = re.compile(r"\+?\d+(?:[.,]0+)?")
_NEGATIVE = re.compile(r"[-−–]\s*\d+(?:[.,]\d+)?")
_NUMBER = re.compile(r"\+?\d*[.,]\d+")


@dataclass(frozen=True)
class AnswerTable:
    """`items` names the columns of `codes` (persons, items): the category of each answer from 0 on, −1 where there is none.

    `notes` are what the reader should know of how it was read.
    """

    items: tuple[str, ...]
    codes: Codes
    notes: tuple[str, ...] = ()


def read_answers(file: BinaryIO, *, file_name: str) -> AnswerTable:
    """A CSV or XLSX file; blank cells, and words such as NA, are missing answers.

    Categories may be numbered from 1 where no item of the file has a 0. Raises `imports.tables.errors.TableError` for a file
    that is no table, and AnswersNotUsable with every cell that is no answer.
    """
    table = open_table(file, file_name=file_name, columns=Columns(keeps_others=True))
    codes, numbers = _codes(table)
    _require_some(table.problems, numbers)
    notes = list(table.notes)
    if empty := _rows_without_answers(codes, numbers, table):
        notes.append(
            ngettext(
                "%(count)s row without any answer was left out.", "%(count)s rows without any answer were left out.", empty
            )
            % {"count": empty}
        )
    codes = codes[(codes != MISSING).any(axis=1)]
    if len(codes) and not (codes == 0).any():
        codes = np.where(codes > 0, codes - 1, codes).astype(np.int8)
        notes.append(_("No answer in the file is 0, so its categories are taken as numbered from 1."))
    return AnswerTable(tuple(name.strip() for name in table.header), codes, tuple(notes))


def _codes(table: Table) -> tuple[Codes, list[int]]:
    """The cells as categories, and the numbers of their rows; what is no answer is complained of in the table's problems."""
    known: dict[str, int] = {}
    cells, numbers = array("b"), list[int]()
    for number, row in table:
        numbers.append(number)
        for position, text in enumerate(row):
            code = known.get(text)
            if code is None:
                code, complaint = _code(text.strip())
                if complaint:
                    table.problems.add(number, complaint, column=table.header[position], value=text)
                else:
                    known[text] = code
            cells.append(code)
    return np.frombuffer(cells, dtype=np.int8).reshape(-1, len(table.columns)), numbers


def _code(text: str) -> tuple[int, str]:
    """The category, and what is wrong with it, which is empty for an answer and for none."""
    if not text or is_blank_word(text):
        return MISSING, ""
    shown = {"text": text[:40]}
    if _WHOLE.fullmatch(text):
        digits = re.split("[.,]", text.lstrip("+"))[0].lstrip("0") or "0"
        if len(digits) <= 2 and int(digits) <= MAX_CATEGORIES:
            return int(digits), ""
        message = _("“%(text)s” is too high: categories go up to %(highest)s. Take neighbouring ones together.")
        return MISSING, message % (shown | {"highest": MAX_CATEGORIES - 1})
    if _NEGATIVE.fullmatch(text):
        return MISSING, _("“%(text)s” is negative. Leave the cell empty where there is no answer.") % shown
    if _NUMBER.fullmatch(text):
        return MISSING, _("“%(text)s” is no whole number. An answer is a category: 0, 1, 2 and so on.") % shown
    message = _("“%(text)s” is no category. Write 0, 1, 2 and so on; leave out columns that are not items.")
    return MISSING, message % shown


def _require_some(problems: ProblemLog, numbers: list[int]) -> None:
    if problems:
        in_order = sorted(problems, key=lambda problem: problem.row)
        raise AnswersNotUsable([str(problem) for problem in in_order], total=problems.total)
    if not numbers:
        raise AnswersNotUsable([_("The file has no row with an answer.")])


def _rows_without_answers(codes: Codes, numbers: list[int], table: Table) -> int:
    """Those that the reader passed over between others, as blank, and those that say so in words."""
    passed_over = numbers[-1] - table.header_row - len(numbers)
    return passed_over + int((codes == MISSING).all(axis=1).sum())
