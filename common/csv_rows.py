"""Reads the rows of CSV files that come from elsewhere, cell by cell as somebody meant them."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from common.characters import as_meant, is_suspect, without_shapeless
from common.csv_files import restore

# Characters. After `MAX_ROW` that go on from line to line a quotation mark is taken for one that is never closed.
MAX_CELL, MAX_ROW = 2**20, 2**22
# That of Python is set once for the whole process, and so high that it bounds nothing but lines that are no rows.
csv.field_size_limit(2**24)
MAX_SHOWN = 200


class CellTooLong(Exception):
    """A row with a cell that is longer than is read; the rows after it can be read. `position` is that of the cell."""

    def __init__(self, row: list[str]) -> None:
        super().__init__()
        self.row = row
        self.position = max(range(len(row)), key=lambda position: len(row[position]))


class Meter(Protocol):
    """What has been seen of a file so far: whether its cells have to be looked at."""

    met_apostrophe: bool
    met_more_than_ascii: bool


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
    """

    def __init__(self, source: Iterator[list[str]], meter: Meter | None = None) -> None:
        self.source, self.meter = source, meter
        self.number = 0
        self.ahead: deque[list[str] | Exception] = deque()
        self.shapeless, self.garbled = Oddity(), Oddity()

    def __next__(self) -> list[str]:
        if not self.ahead:
            return self.read()
        row = self.ahead.popleft()
        if isinstance(row, Exception):
            raise row
        return row

    def look_ahead(self, n: int) -> list[list[str]]:
        """The next `n` rows without taking them, blank ones where they cannot be read; fewer at the end."""
        with suppress(StopIteration):
            while len(self.ahead) < n:
                try:
                    self.ahead.append(self.read())
                except CellTooLong as error:
                    self.ahead.append(error)
                except csv.Error as error:
                    self.ahead.append(error)
                    break
        return [[] if isinstance(row, Exception) else row for row in self.ahead]

    def read(self) -> list[str]:
        row = next(self.source)
        self.number += 1
        return self._as_meant(row)

    def _as_meant(self, row: list[str]) -> list[str]:
        if self.meter is None or self.meter.met_apostrophe:
            row = [restore(cell) for cell in row]
        if (self.meter is None or self.meter.met_more_than_ascii) and is_suspect(" ".join(row)):
            row = [self._visible(position, cell) if is_suspect(cell) else cell for position, cell in enumerate(row)]
        return row

    def _visible(self, position: int, cell: str) -> str:
        visible = without_shapeless(cell)
        # The mark with which a file begins says how it is written, and is no part of its first cell.
        if visible != cell and (self.number > 1 or position or visible != cell.removeprefix("\ufeff")):
            self.shapeless.meet(self.number, position, visible)
        if as_meant(visible) != visible:
            self.garbled.meet(self.number, position, visible)
        return visible


class TextRows(Rows):
    """The rows of a text file. `CellTooLong` says that one cannot be read, and leaves those after it readable."""

    def __init__(self, text: Iterable[str], delimiter: str, meter: Meter) -> None:
        super().__init__(csv.reader(self._lines(text), delimiter=delimiter, strict=True), meter)
        self.taken = 0

    def _lines(self, text: Iterable[str]) -> Iterator[str]:
        for line in text:
            if self.taken > MAX_ROW:
                raise csv.Error("No quotation mark ends this cell.")
            self.taken += len(line)
            yield line

    def read(self) -> list[str]:
        self.taken = 0
        row = super().read()
        if self.taken > MAX_CELL and len(max(row, key=len)) > MAX_CELL:
            raise CellTooLong(row)
        return row
