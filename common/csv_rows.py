"""Reads the rows of CSV files that come from elsewhere, cell by cell as somebody meant them."""

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice
from typing import TextIO

from common.characters import as_meant, is_suspect, without_shapeless
from common.csv_files import is_guarded, restore

# Characters. After `MAX_ROW` that go on from line to line a quotation mark is taken for one that is never closed.
MAX_CELL, MAX_ROW = 2**20, 2**22
# That of Python is set once for the whole process, and so high that it bounds nothing but lines that are no rows.
csv.field_size_limit(2**24)
MAX_SHOWN = 200
BLOCK = 64 * 1024


class CellTooLong(Exception):
    """A row with a cell that is longer than is read; the rows after it can be read. `position` is that of the cell."""

    def __init__(self, row: list[str]) -> None:
        super().__init__()
        self.row = row
        self.position = max(range(len(row)), key=lambda position: len(row[position]))


@dataclass
class Oddity:
    """Something that was met in several cells: how many, and in which row and column first, with the cell."""

    count: int = 0
    row: int = 0
    position: int = 0
    text: str = ""

    def meet(self, row: int, position: int, text: str) -> None:
        self.count += 1
        if self.count == 1:
            self.row, self.position, self.text = row, position, text[:MAX_SHOWN]


class Rows(Iterator[list[str]]):
    """The rows of a table as somebody meant them: without the apostrophes that keep a spreadsheet from calculating, and without
    characters that nobody sees. `shapeless` are the cells that had such, `garbled` those that were saved in a wrong encoding.

    `is_plain` says that no cell so far can have any of this, `met_nul` and `met_long` that one may hold a NUL or be too long.
    """

    def __init__(self, source: Iterator[list[str]], *, is_plain: bool = False) -> None:
        self.source: Iterator[list[str]] = map(self._counted, source)
        self.is_plain, self.met_nul, self.met_long = is_plain, False, False
        self.number = 0
        self.ahead: deque[list[str] | Exception] = deque()
        self.shapeless, self.garbled = Oddity(), Oddity()

    def __next__(self) -> list[str]:
        if not self.ahead:
            return self._as_meant(self.number + 1, [next(self.source)])[0]
        row = self.ahead.popleft()
        if isinstance(row, Exception):
            raise row
        return row

    def take(self, rows: list[Sequence[str]], n: int) -> None:
        """Append the next `n` rows, fewer at the end: as `next` again and again, and quicker.

        Where one cannot be read it raises what `next` would, with those before it appended.
        """
        while self.ahead and n:
            rows.append(next(self))
            n -= 1
        first, taken = self.number + 1, list[list[str]]()
        try:
            taken.extend(islice(self.source, n))
        finally:
            rows += self._as_meant(first, taken)

    def end(self) -> None:
        """Whatever follows is not read."""
        self.source, self.ahead = iter(()), deque()

    def look_ahead(self, n: int) -> list[list[str]]:
        """The next `n` rows without taking them, blank ones where they cannot be read; fewer at the end."""
        with suppress(StopIteration):
            while len(self.ahead) < n:
                try:
                    self.ahead += self._as_meant(self.number + 1, [next(self.source)])
                except CellTooLong as error:
                    self.ahead.append(error)
                except csv.Error as error:
                    self.ahead.append(error)
                    break
        return [[] if isinstance(row, Exception) else row for row in self.ahead]

    def _counted(self, row: list[str]) -> list[str]:
        self.number += 1
        if self.met_long and len(max(row, key=len, default="")) > MAX_CELL:
            raise CellTooLong(row)
        return row

    def _as_meant(self, first: int, rows: list[list[str]]) -> list[list[str]]:
        """Rows from number `first` on. Most have nothing to look at, which is seen of all of them at once."""
        if self.is_plain:
            return rows
        text = "\n".join(chain.from_iterable(rows))
        if is_guarded(text):
            rows = [[restore(cell) for cell in row] for row in rows]
        if is_suspect(text):
            rows = [self._visible(number, row) for number, row in enumerate(rows, start=first)]
        return rows

    def _visible(self, number: int, row: list[str]) -> list[str]:
        return [self._visible_cell(number, i, cell) if is_suspect(cell) else cell for i, cell in enumerate(row)]

    def _visible_cell(self, number: int, position: int, cell: str) -> str:
        visible = without_shapeless(cell)
        # The mark with which a file begins says how it is written, and is no part of its first cell.
        if visible != cell and (number > 1 or position or visible != cell.removeprefix("\ufeff")):
            self.shapeless.meet(number, position, visible)
        if as_meant(visible) != visible:
            self.garbled.meet(number, position, visible)
        return visible


class TextRows(Rows):
    """The rows of a text file. `CellTooLong` says that one cannot be read, and leaves those after it readable."""

    def __init__(self, text: TextIO, delimiter: str) -> None:
        lines = chain.from_iterable(self._blocks(text))
        super().__init__(csv.reader(lines, delimiter=delimiter, strict=True), is_plain=True)

    def _blocks(self, text: TextIO) -> Iterator[list[str]]:
        """The lines, many at a time: what may be among their cells is seen of all of them at once, before any is a row."""
        number, taken = self.number, 0
        while lines := text.readlines(BLOCK):
            block = "".join(lines)
            if self.number != number:
                number, taken = self.number, 0
            if taken > MAX_ROW:
                raise csv.Error("No quotation mark ends this cell.")
            taken += len(block)
            # The row that goes on from the block before has a part there, which was as short as this or has been noticed.
            self.met_long = self.met_long or taken > MAX_CELL // 2
            self.met_nul = self.met_nul or "\0" in block
            self.is_plain = self.is_plain and not is_guarded(block) and not is_suspect(block)
            yield lines
