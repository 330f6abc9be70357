"""Rows of an XLSX workbook as text, read as a stream.

A workbook is an archive, and what comes out of one is as long as its author likes. So nothing is believed that it says of
itself: every part is counted while it is unpacked, and what is longer than a table can be is refused.
"""

import datetime as dt
import io
import re
import time
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, repeat
from typing import IO, Any, BinaryIO, NamedTuple

from django.utils.translation import gettext as _

from common.pulse import Pulse, no_pulse
from imports.tables.errors import TableError
from imports.tables.layout import enumerate_names

MEGABYTE = 1024 * 1024
MAX_ENTRIES = 2000
END_OF_ARCHIVE = 22 + 20 + 65_535  # its last record, what may stand before it, and the longest comment
# Unpacked. The text of a million rows fits; twice of it would not fit into the memory of a worker.
MAX_SHEET, MAX_STRINGS, MAX_STYLES, MAX_OTHER = 1024 * MEGABYTE, 64 * MEGABYTE, 16 * MEGABYTE, MEGABYTE
# XML of tables shrinks to a tenth, that of empty formatted rows to a sixteenth.
MAX_RATIO, RATIO_COUNTS_FROM = 100, MEGABYTE
# Those of the spreadsheet programs themselves.
MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384
MAX_ROW_LENGTH = 8 * MEGABYTE
MAX_SECONDS = 600
MAX_SHEETS_LOOKED_AT = 20
BLOCK = 64 * 1024
MAX_FORMAT_LENGTH = 200
_FORMAT_ID = re.compile(r"[0-9]{1,6}")


def _damaged() -> TableError:
    return TableError(_("This is not an Excel workbook we can read. Save the table as CSV (UTF-8)."))


def _too_large() -> TableError:
    return TableError(
        _(
            "The workbook is too large once unpacked. Copy the table alone into a new workbook, or save it as CSV (UTF-8), in "
            "several files if need be."
        )
    )


def _is_swollen(length: int, info: zipfile.ZipInfo) -> bool:
    return length > RATIO_COUNTS_FROM and length > MAX_RATIO * max(info.compress_size, 1)


class _Entry(io.RawIOBase):
    """One part of the archive, counted as it is unpacked."""

    def __init__(self, source: IO[bytes], info: zipfile.ZipInfo, limit: int, archive: "_Archive") -> None:
        self.source, self.info, self.limit, self.archive = source, info, limit, archive
        self.length = 0
        self.row_began = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = self.source.read(len(buffer))
        buffer[: len(block)] = block
        self.length += len(block)
        self._check()
        return len(block)

    def _check(self) -> None:
        if self.length > self.limit or _is_swollen(self.length, self.info):
            raise _too_large()
        if self.length - self.row_began > MAX_ROW_LENGTH and self.limit == MAX_SHEET:
            raise TableError(_("A row of the workbook is longer than a table can have it. Save the table as CSV (UTF-8)."))
        self.archive.check_time()
        self.archive.pulse()

    def close(self) -> None:
        self.source.close()
        super().close()


class _Archive(zipfile.ZipFile):
    """Hands out its parts bounded; openpyxl reads nothing past it."""

    def __init__(self, file: BinaryIO, pulse: Pulse) -> None:
        _refuse_long_directory(file)
        super().__init__(file)
        self.pulse = pulse
        self.ends_at = time.thread_time() + MAX_SECONDS
        if len(self.filelist) > MAX_ENTRIES:
            raise _too_large()
        if "xl/workbook.xml" not in self.namelist():
            raise TableError(
                _("This is an archive or another kind of document, not a table. Save the table as CSV (UTF-8) or XLSX.")
            )

    def open(self, name: Any, mode: Any = "r", pwd: bytes | None = None, **more: Any) -> Any:
        """For openpyxl, which reads small parts whole."""
        return self.bounded(name if isinstance(name, str) else name.filename, MAX_OTHER)

    def bounded(self, name: str, limit: int) -> _Entry:
        info = self.getinfo(name)
        if info.file_size > limit or _is_swollen(
            info.file_size, info
        ):  # what it says of itself is enough to refuse it, and not enough to believe it
            raise _too_large()
        return _Entry(super().open(info), info, limit, self)

    def check_time(self) -> None:
        if time.thread_time() > self.ends_at:
            raise TableError(
                _("Reading the workbook took over %(minutes)s minutes. Save the table as CSV (UTF-8), which is read faster.")
                % {"minutes": MAX_SECONDS // 60}
            )


def _refuse_long_directory(file: BinaryIO) -> None:
    """Python reads the list of all parts before it says how many there are."""
    file.seek(-min(END_OF_ARCHIVE, file.seek(0, io.SEEK_END)), io.SEEK_END)
    end = file.read()
    found = end.rfind(b"PK\x05\x06")
    length = int.from_bytes(end[found + 12 : found + 16], "little") if found >= 0 else 0
    # The other signature is that of an archive beyond four gigabytes, which has a second, longer list.
    if length > MEGABYTE or b"PK\x06\x07" in end[max(found - 20, 0) : found]:
        raise _too_large()
    file.seek(0)


class Sheet:
    """The first visible sheet of a workbook, or the one that was chosen.

    `position` says how much of the file has been read, for a progress bar.
    """

    def __init__(self, file: BinaryIO, pulse: Pulse = no_pulse) -> None:
        file.seek(0, io.SEEK_END)
        self.size = file.tell()
        file.seek(0)
        self.entry: _Entry | None = None
        try:
            self.archive = _Archive(file, pulse)
            self.book = _read_book(self.archive, file)
        except TableError:
            raise
        except _UNREADABLE:
            raise _damaged() from None
        sheets = [sheet for sheet in self.book.sheets if sheet.state == "visible"]
        if not sheets:
            raise TableError(_("The workbook has no visible sheet. Save the table as CSV (UTF-8)."))
        self.sheet: SheetPart = sheets[0]
        self.visible = sheets

    @property
    def notes(self) -> list[str]:
        others = [sheet.title for sheet in self.visible if sheet is not self.sheet]
        if not others:
            return []
        said = {"sheet": self.sheet.title, "others": enumerate_names(others)}
        return [_("The workbook has several sheets; “%(sheet)s” was read, and not %(others)s.") % said]

    def choose(self, is_table: Callable[[list[list[str]]], bool], n_rows: int) -> bool:
        """The first visible sheet whose first `n_rows` rows are those of a table; whether there is one."""
        for sheet in self.visible[:MAX_SHEETS_LOOKED_AT]:
            was, self.sheet = self.sheet, sheet
            try:
                if is_table(list(islice(self.rows(), n_rows))):
                    return True
            except TableError:
                pass  # of a sheet that cannot be read it is said where it is the one that is read
            self.sheet = was
        return False

    @property
    def epoch(self) -> dt.date:
        """Day 0 of its serial numbers for dates."""
        epoch: dt.datetime = self.book.workbook.epoch
        return epoch.date()

    @property
    def position(self) -> int:
        return self.size * self.entry.length // max(self.entry.info.file_size, 1) if self.entry else 0

    def rows(self) -> Iterator[list[str]]:
        """Empty rows are there when something follows them, so that rows keep the numbers that a spreadsheet shows."""
        try:
            yielded = 0
            for number, cells in _numbered_rows(self.book, self._open()):
                if number > MAX_ROWS or number <= yielded:
                    raise _damaged()
                yield from repeat([], number - yielded - 1)
                yield cells
                yielded = number
        except TableError:
            raise
        except _UNREADABLE:
            raise _damaged() from None

    def _open(self) -> _Entry:
        self.entry = self.archive.bounded(self.sheet.path, MAX_SHEET)
        return self.entry


# What openpyxl, its XML parser and zlib raise on a file that is not what it says.
_UNREADABLE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)


def workbook_sheet(file: BinaryIO, pulse: Pulse = no_pulse) -> Sheet:
    """`TableError` when the file is no workbook, or longer than a table can be. `pulse` is called all the time."""
    return Sheet(file, pulse)


class SheetPart(NamedTuple):
    title: str
    state: str
    path: str


class Book(NamedTuple):
    workbook: Any
    sheets: list[SheetPart]
    strings: Sequence[str]


def _read_book(archive: _Archive, file: BinaryIO) -> Book:
    """The workbook without what only matters to somebody who looks at it: looks, charts, names, links to other files."""
    from openpyxl.reader.excel import ExcelReader
    from openpyxl.xml.constants import SHARED_STRINGS

    class Reader(ExcelReader):
        def read_strings(self) -> None:
            if part := self.package.find(SHARED_STRINGS):
                with archive.bounded(part.PartName[1:], MAX_STRINGS) as source:
                    self.shared_strings = _strings(source)

        def read_worksheets(self) -> None:
            """openpyxl would go through each sheet, to see how large it is."""
            parts = [SheetPart(str(sheet.name), str(sheet.state), rel.target) for sheet, rel in self.parser.find_sheets()]
            self.sheets = [part for part in parts if part.path in self.valid_files and "/chart" not in part.path]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl remarks on extensions that do not matter here
        reader = Reader(file, read_only=True, data_only=True, keep_links=False)
        reader.archive = archive
        reader.read_manifest()
        reader.read_strings()
        reader.read_workbook()
        _read_date_formats(archive, reader.wb)
        reader.read_worksheets()
    return Book(reader.wb, reader.sheets, reader.shared_strings)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _records(source: _Entry, depth: int) -> Iterator[tuple[str, Any]]:
    """Every finished element that lies so deep, with the name of its parent; then it is let go, and takes no more memory."""
    from openpyxl.xml.functions import iterparse

    parents: list[Any] = []
    for event, element in iterparse(io.BufferedReader(source, BLOCK), events=("start", "end")):
        if event == "start":
            parents.append(element)
            continue
        parents.pop()
        if len(parents) == depth:
            yield _local(parents[-1].tag), element
            parents[-1].clear()
            source.row_began = source.length


def _strings(source: _Entry) -> list[str]:
    return [_text_of(element) for _parent, element in _records(source, 1) if _local(element.tag) == "si"]


def _text_of(element: Any) -> str:
    """Formatting within a string does not matter, and how it is pronounced is not part of it."""
    parts = []
    for child in element:
        if _local(child.tag) == "t":
            parts.append(child.text or "")
        elif _local(child.tag) == "r":
            parts += [run.text or "" for run in child if _local(run.tag) == "t"]
    return "".join(parts).replace("x005F_", "")


def _read_date_formats(archive: _Archive, book: Any) -> None:
    """Which styles show a number as a date: of all the looks of a workbook nothing else changes what a cell says."""
    from openpyxl.styles.numbers import builtin_format_code, is_date_format, is_timedelta_format

    own: dict[int, str] = {}
    styles: list[int] = []
    if "xl/styles.xml" in archive.namelist():
        with archive.bounded("xl/styles.xml", MAX_STYLES) as source:
            for parent, element in _records(source, 2):
                number = element.get("numFmtId", "0")
                number = int(number) if _FORMAT_ID.fullmatch(number) else 0
                if parent == "numFmts":
                    own[number] = element.get("formatCode", "")[:MAX_FORMAT_LENGTH]
                elif parent == "cellXfs":
                    styles.append(number)
    codes = {number: own.get(number) or builtin_format_code(number) for number in set(styles)}
    dates = {number for number, code in codes.items() if is_date_format(code)}
    durations = {number for number, code in codes.items() if code and is_timedelta_format(code)}
    book._date_formats = {position for position, number in enumerate(styles) if number in dates}
    book._timedelta_formats = {position for position, number in enumerate(styles) if number in durations}


def _numbered_rows(book: Book, source: _Entry) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, with their numbers. What follows the rows is not read."""
    from openpyxl.worksheet._reader import WorkSheetParser

    parser = WorkSheetParser(
        source,
        book.strings,
        data_only=True,
        epoch=book.workbook.epoch,
        date_formats=book.workbook._date_formats,
        timedelta_formats=book.workbook._timedelta_formats,
    )
    has_begun = False
    for parent, element in _records(source, 2):
        if parent == "sheetData":
            has_begun = True
            number, cells = parser.parse_row(element) if any(map(len, element)) else (_count_empty(parser, element), [])
            parser.row_dimensions.clear()
            if row := _in_columns(cells):
                yield number, row
        elif has_begun:
            return


def _count_empty(parser: Any, element: Any) -> int:
    """A row of cells that have a look and no value, without the trouble of reading them."""
    parser.row_counter = int(element.get("r", parser.row_counter + 1))
    number: int = parser.row_counter
    return number


def _in_columns(cells: list[dict[str, Any]]) -> list[str]:
    """The texts of a row, as far as its last one; an empty list where it has none."""
    texts = {cell["column"]: text for cell in cells if (text := as_text(cell["value"]))}
    if not texts:
        return []
    width = max(texts)
    if width > MAX_COLUMNS or min(texts) < 1:
        raise _damaged()
    row = [""] * width
    for column, text in texts.items():
        row[column - 1] = text
    return row


def as_text(value: Any) -> str:
    """A cell as a CSV file would have it: whole numbers without a point, dates ISO 8601."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case dt.datetime() if value.time() == dt.time():
            return value.date().isoformat()
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat()
    return str(value)
