"""Reads a table as a stream: `open_table(file, file_name=…)` looks at the beginning, `Table.chunks()` goes through the rows."""

import csv
import datetime as dt
import io
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.characters import as_meant
from common.column_values import LOOKED_AT, are_numbers
from common.csv_rows import MAX_CELL, CellTooLong, Oddity, Rows, TextRows
from common.pulse import Pulse, no_pulse
from imports.tables.errors import MAX_VALUE_LENGTH, ProblemLog, TableError
from imports.tables.layout import (
    DELIMITERS,
    LABELS,
    LEFT_OUT,
    SAMPLE,
    SHOWN_LENGTH,
    TITLE_ROWS,
    UTF_8,
    Columns,
    check_header,
    detect_delimiter,
    detect_encoding,
    enumerate_names,
    has_needed,
    header_position,
    is_zip,
    match_header,
    notes_on_columns,
    refuse_other_types,
    require_encoding,
)
from imports.tables.workbook import Sheet, workbook_sheet

CHUNK = 500  # longer lists outlive the young generation of the garbage collector and cost twice as much
TEXT_ENDINGS = (".csv", ".tsv", ".txt", ".tab")
Row = Sequence[str]


class _Meter(io.RawIOBase):
    """Passes bytes on and remembers how many."""

    def __init__(self, file: BinaryIO, pulse: Pulse = no_pulse) -> None:
        self.file, self.pulse = file, pulse
        self.position = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = self.file.read(len(buffer))
        buffer[: len(block)] = block
        self.position += len(block)
        self.pulse()
        return len(block)


def _quotation_mark() -> str:
    return _("A quotation mark is opened here and not closed properly. Correct the row; what follows could not be read.")


@dataclass
class Table:
    """A file whose header has been understood. Rows are read once, in order.

    `header` is what the file calls its columns, `columns` what we call them, in the file's order. `rows_read` counts the rows
    that were handed on, `rows_ragged` those that could not be. Rows with a number in `skip` are passed over. `above` are the
    rows over the header, blank ones too; `unreadable` are encodings that were tried, and in which the file is not.
    """

    file_name: str
    header: tuple[str, ...]
    columns: tuple[str, ...]
    encoding: str
    delimiter: str
    size: int
    header_row: int
    source: Rows
    meter: _Meter | Sheet | None = None
    notes: list[str] = field(default_factory=list)
    problems: ProblemLog = field(default_factory=ProblemLog)
    rows_read: int = 0
    rows_ragged: int = 0
    titles: Sequence[str] = ()
    above: Sequence[Row] = ()
    unreadable: tuple[str, ...] = ()
    skip: Collection[int] = frozenset()
    rows_passed_over: int = 0

    @property
    def position(self) -> int:
        """How many of `size` bytes have been read, for a progress bar."""
        return min(self.meter.position, self.size) if self.meter else 0

    @property
    def decimal_comma(self) -> bool:
        """Whether the file comes from a place that writes 1,5: such places separate columns otherwise."""
        return self.delimiter in (";", "\t")

    @property
    def epoch(self) -> dt.date | None:
        """Day 0 of the serial numbers that are dates in a workbook; None in a text file, where they say nothing."""
        return self.meter.epoch if isinstance(self.meter, Sheet) else None

    def positions_of_numbers(self) -> frozenset[int]:
        """Which columns hold numbers and nothing else in the first rows, as far as they hold anything."""
        ahead = self.source.look_ahead(LOOKED_AT)
        cells = ([row[position] for row in ahead if position < len(row)] for position in range(len(self.header)))
        return frozenset(position for position, column in enumerate(cells) if are_numbers(column, self.decimal_comma))

    def index(self, name: str) -> int | None:
        """Position of a column in each row, or None when the file does not have it."""
        return self.columns.index(name) if name in self.columns else None

    def others(self, known: Sequence[str]) -> list[tuple[int, str]]:
        """Positions and names of the columns that are not among `known`."""
        return [(position, name) for position, name in enumerate(self.columns) if name != LEFT_OUT and name not in known]

    def chunks(self, size: int = CHUNK) -> Iterator[tuple[int, list[Row]]]:
        """Lists of rows with the number of the first: the quick way through a long file.

        Every row has exactly as many cells as the header. A chunk breaks at blank and at refused rows, so its rows are
        numbered without gaps. Raises `TableError` at the end of a file without any row.
        """
        number = self.header_row + 1
        width = len(self.columns)
        blank = [""] * width
        while rows := self._take(size, number):
            passes_over = self.skip and self._meets(number, rows)
            if passes_over or self.source.met_nul or blank in rows or set(map(len, rows)) != {width}:
                yield from self._good_runs(number, rows)
            else:
                self.rows_read += len(rows)
                yield number, rows
            number += len(rows)
        self.notes += self._notes_on_oddities()
        if not self.rows_read and not self.problems:
            raise TableError(_("The file has a header but no rows below it. Add the rows and try again."))

    def _meets(self, number: int, rows: list[Row]) -> bool:
        return any(row_number in self.skip for row_number in range(number, number + len(rows)))

    def rows(self) -> Iterator[tuple[int, Row]]:
        """Row number and cells, one row at a time."""
        for first, rows in self.chunks():
            yield from enumerate(rows, start=first)

    __iter__ = rows

    def rows_as_written(self) -> Iterator[tuple[int, Row]]:
        """Every row with its number, also those that are refused, as far as the file can be read."""
        for number in count(self.header_row + 1):
            try:
                row = next(self.source)
            except CellTooLong as error:
                row = error.row
            except (StopIteration, csv.Error):
                return
            yield number, row

    def _take(self, size: int, number: int) -> list[Row]:
        """The next rows, an empty one for each that cannot be read."""
        rows: list[Row] = []
        while len(rows) < size:
            try:
                self.source.take(rows, size - len(rows))
            except CellTooLong as error:
                self._refuse_length(number + len(rows), error)
                rows.append([])
                continue
            except csv.Error:
                self.problems.add(
                    number + len(rows),
                    _quotation_mark(),
                    concerns_all=True,
                )
                self.source.end()
            break
        return rows if self.delimiter else [_padded(row, len(self.columns)) for row in rows]

    def _refuse_length(self, number: int, error: CellTooLong) -> None:
        if number in self.skip:
            return
        self.rows_ragged += 1
        cell = error.row[error.position]
        self.problems.add(
            number,
            _("The cell has %(length)s characters; the maximum is %(longest)s. Shorten it and upload the file again.")
            % {"length": f"{len(cell):,}", "longest": f"{MAX_CELL:,}"},
            column=self._name_of(error.position),
            value=cell[:MAX_VALUE_LENGTH],
        )

    def _name_of(self, position: int) -> str:
        """What a column is called, or where it is."""
        names = [self.columns[position] or self.header[position]] if position < len(self.columns) else []
        return names[0] if names and names[0] else str(position + 1)

    def notes_on_titles(self) -> list[str]:
        if not self.titles:
            return []
        text = ngettext(
            "The column names were found in row %(row)s. The title above them was ignored: %(titles)s.",
            "The column names were found in row %(row)s. The rows above them were ignored: %(titles)s.",
            len(self.titles),
        )
        return [text % {"row": self.header_row, "titles": enumerate_names(self.titles)}]

    def _notes_on_oddities(self) -> list[str]:
        notes = []
        if (met := self.source.shapeless).count:
            text = ngettext(
                "Invisible characters were removed from %(n)s cell: row %(row)s, %(column)s, now “%(text)s”.",
                "Invisible characters were removed from %(n)s cells, the first in row %(row)s, %(column)s, now “%(text)s”.",
                met.count,
            )
            notes.append(text % self._words_of(met))
        if (met := self.source.garbled).count:
            text = ngettext(
                "Text in %(n)s cell seems to be in the wrong encoding: row %(row)s, %(column)s has “%(text)s”, probably meant "
                "as “%(meant)s”.",
                "Text in %(n)s cells seems to be in the wrong encoding: row %(row)s, %(column)s has “%(text)s”, probably "
                "meant as “%(meant)s”.",
                met.count,
            )
            notes.append(text % self._words_of(met) + " " + self._remedy_of_garbled())
        return notes

    def _remedy_of_garbled(self) -> str:
        if self.encoding in ("UTF-8", "XLSX"):
            return _("Export the table again, choose UTF-8 as its encoding, and upload that file.")
        return _("Choose UTF-8 as its encoding under “Map columns”, or export the table again as CSV (UTF-8).")

    def _words_of(self, met: Oddity) -> dict[str, object]:
        text = met.text[:SHOWN_LENGTH].replace("\0", "␀")
        words = {"n": f"{met.count:,}", "row": met.row, "column": self._name_of(met.position)}
        return words | {"text": text, "meant": as_meant(text)}

    def _good_runs(self, number: int, rows: list[Row]) -> Iterator[tuple[int, list[Row]]]:
        """The rows between those that are blank or refused."""
        run: list[Row] = []
        for row_number, row in enumerate(rows, start=number):
            if row_number in self.skip:
                self.rows_passed_over += 1
                cells = None
            else:
                cells = self._fit(row_number, row)
            if cells is not None:
                run.append(cells)
            elif run:
                self.rows_read += len(run)
                yield row_number - len(run), run
                run = []
        if run:
            self.rows_read += len(run)
            yield number + len(rows) - len(run), run

    def _fit(self, number: int, row: Row) -> Row | None:
        """The row at the width of the header; None when it is blank or refused."""
        width = len(self.columns)
        if not any(cell.strip() for cell in row):
            return None
        if len(row) > width and not any(row[width:]):
            row = row[:width]
        if len(row) != width:
            self._refuse_width(number, row)
            return None
        if self.source.met_nul and any("\0" in cell for cell in row):
            self._refuse_nul(number, row)
            return None
        return row

    def _refuse_width(self, number: int, row: Row) -> None:
        self.rows_ragged += 1
        self.problems.add(
            number,
            ngettext(
                "The row has %(cells)s cell where the header has %(width)s. Look for a missing or extra separator, or for "
                "text that contains a separator and needs quotation marks.",
                "The row has %(cells)s cells where the header has %(width)s. Look for a missing or extra separator, or for "
                "text that contains a separator and needs quotation marks.",
                len(row),
            )
            % {"cells": len(row), "width": len(self.columns)},
        )

    def _refuse_nul(self, number: int, row: Row) -> None:
        self.rows_ragged += 1
        for name, cell in zip(self.columns, row, strict=True):
            if "\0" in cell:
                self.problems.add(
                    number,
                    _("The cell contains a character that is not text (NUL). Retype the cell and upload the file again."),
                    column=name,
                    value=cell,
                )


def open_table(
    file: BinaryIO,
    *,
    file_name: str,
    columns: Columns | None = None,
    mapping: Mapping[str, str] | Callable[[Sequence[str]], Mapping[str, str]] | None = None,
    encoding: str = "",
    header_row: int = 0,
    limit: int | None = None,
    pulse: Pulse = no_pulse,
) -> Table:
    """Look at the beginning of a file and understand its header. `TableError` says why a file cannot be read.

    `file` must be binary and seekable, and stay open while the rows are read. `encoding` overrules the detection, and
    `header_row`, the number of the row that names the columns, what is found above the others. `mapping`
    may be a function of the header, for what is known only once the file is open. `pulse` is called all the while; what it
    raises ends the reading.
    """
    columns = columns or Columns()
    table = look_at(
        file,
        file_name=file_name,
        columns=columns,
        encoding=encoding,
        header_row=header_row,
        limit=limit,
        pulse=pulse,
    )
    name_columns(table, columns, (mapping(table.header) if callable(mapping) else mapping) or {})
    return table


def name_columns(table: Table, columns: Columns, mapping: Mapping[str, str]) -> None:
    """Call the columns of a file that has been looked at as we call them. Raises `TableError`; see `open_table`."""
    table.columns = match_header(table.header, columns, mapping)
    try:
        check_header(table.header, table.columns, columns, table.header_row)
    except TableError as error:
        # Here the notes are read by nobody, and the table may stand in another sheet.
        of_sheets = table.meter.notes if isinstance(table.meter, Sheet) else []
        raise type(error)(" ".join([str(error), *of_sheets])) from None
    table.notes += table.notes_on_titles()
    table.notes += notes_on_columns(table.header, table.columns, mapping, columns.also_called)


def look_at(
    file: BinaryIO,
    *,
    file_name: str,
    columns: Columns,
    encoding: str = "",
    header_row: int = 0,
    limit: int | None = None,
    pulse: Pulse = no_pulse,
) -> Table:
    """A file whose columns are called as it calls them. Raises `TableError`; see `open_table`."""
    size = _size(file)
    _check_size(size, settings.ACCORD_MAX_UPLOAD_BYTES if limit is None else limit)
    file.seek(0)
    start = file.read(SAMPLE)
    ending = Path(file_name.lower()).suffix
    if is_zip(start):
        return _open_workbook(file, file_name, size, columns, pulse, header_row)
    _check_ending(ending)
    refuse_other_types(start)
    codec = require_encoding(file, encoding) if encoding else detect_encoding(file, start)
    table = _open_text(file, file_name, size, codec, columns, pulse, header_row)
    # What nobody has said is found out, and UTF-8 is tried before any of the encodings that no file speaks of.
    table.unreadable = () if encoding or codec.startswith("utf") else UTF_8
    return table


def _size(file: BinaryIO) -> int:
    file.seek(0, io.SEEK_END)
    return file.tell()


def _check_size(size: int, limit: int) -> None:
    if size == 0:
        raise TableError(_("The file is empty. Save the table again and upload the new file."))
    if size > limit:
        raise TableError(
            _("The file is %(size)s; the maximum is %(limit)s. Split it into several files.")
            % {"size": filesizeformat(size), "limit": filesizeformat(limit)}
        )


def _check_ending(ending: str) -> None:
    if ending in (".xlsx", ".xlsm"):
        raise TableError(
            _("This is not an Excel workbook, whatever its name says. Save the table as CSV (UTF-8) and upload that.")
        )
    if ending and ending not in TEXT_ENDINGS:
        raise TableError(
            _("Files of type *%(ending)s are not accepted. Save the table as CSV (UTF-8) or XLSX and upload that.")
            % {"ending": ending}
        )


def _open_text(
    file: BinaryIO, file_name: str, size: int, encoding: str, columns: Columns, pulse: Pulse, header_row: int
) -> Table:
    beginning = _text_of(file, encoding)[0].read(SAMPLE // 2)
    if not beginning.replace("\ufeff", "").strip():
        raise TableError(_("The file is empty. Save the table again and upload the new file."))
    announced = _announced_delimiter(beginning)
    delimiter = announced or detect_delimiter(beginning, columns)
    text, meter = _text_of(file, encoding, pulse)
    if announced:
        text.readline()  # a spreadsheet does not show this line, nor count it
    rows = TextRows(text, delimiter)
    header, header_row, above = _header_of(rows, columns, header_row)
    return Table(
        file_name=file_name,
        header=header,
        columns=header,
        encoding=LABELS.get(encoding, encoding),
        delimiter=delimiter,
        size=size,
        header_row=header_row,
        source=rows,
        meter=meter,
        titles=_titles_of(above),
        above=above,
        notes=_notes_on_form(encoding, delimiter),
    )


def _text_of(file: BinaryIO, encoding: str, pulse: Pulse = no_pulse) -> tuple[io.TextIOWrapper, _Meter]:
    """The file from its beginning as text, with its line ends as they are: they may stand inside a cell."""
    file.seek(0)
    meter = _Meter(file, pulse)
    return io.TextIOWrapper(io.BufferedReader(meter, SAMPLE), encoding=encoding, newline=""), meter


def _announced_delimiter(beginning: str) -> str:
    """Some spreadsheets write `sep=;` into the first line."""
    first = beginning.split("\n", 1)[0].strip().strip('"')
    return first[4] if len(first) == 5 and first.lower().startswith("sep=") and first[4] in DELIMITERS else ""


def _header_of(rows: Rows, columns: Columns, chosen: int) -> tuple[tuple[str, ...], int, list[Row]]:
    """Take the rows as far as the one that names the columns: that one, its number, and the rows above it.

    That is row `chosen`, or is found out where it is 0. More than the first row that is not blank is looked at only where that
    is not it.
    """
    above: list[Row] = []
    number = 1
    try:
        while not any(map(str.strip, first := next(rows))) or number < chosen:
            above.append(first)
            number += 1
    except StopIteration:
        raise TableError(_("The file has no header: its first row must contain the column names.")) from None
    except csv.Error:
        raise TableError(
            _("Row %(row)s: a quotation mark is opened and not closed properly. Correct it and upload the file again.")
            % {"row": number}
        ) from None
    except CellTooLong:
        raise TableError(_("Row %(row)s is too long to be one of column names. Correct it.") % {"row": number}) from None
    if not chosen and not has_needed(match_header(first, columns), columns):
        looked_at = [first, *rows.look_ahead(TITLE_ROWS - 1)]
        position = header_position(looked_at, columns)
        for _passed in range(position):
            rows.ahead.popleft()
        first, number, above = looked_at[position], number + position, [*above, *looked_at[:position]]
    _refuse_nul_in_names(first, number)
    return _trim(first), number, above


def _refuse_nul_in_names(header: Row, number: int) -> None:
    for position, name in enumerate(header, start=1):
        if "\0" in name:
            raise TableError(
                _(
                    "Row %(row)s, column %(column)s: the name “%(name)s” contains a character that is not text (NUL). Retype "
                    "it and upload the file again."
                )
                % {"row": number, "column": position, "name": name.replace("\0", "␀").strip()[:SHOWN_LENGTH]}
            )


def _titles_of(above: Sequence[Row]) -> list[str]:
    titles = [" ".join(filter(None, map(str.strip, row))).replace("\0", "␀") for row in above]
    return [title for title in titles if title]


def _trim(row: Sequence[str]) -> tuple[str, ...]:
    """A header without the nameless columns that spreadsheets leave at its end."""
    cells = [cell.replace("\ufeff", "").strip() for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells)


def _notes_on_form(encoding: str, delimiter: str) -> list[str]:
    notes = []
    if encoding not in ("utf-8", "utf-8-sig"):
        notes.append(
            _("The file was read as %(encoding)s. If names look wrong, save it as CSV (UTF-8) and upload it again.")
            % {"encoding": LABELS.get(encoding, encoding)}
        )
    if delimiter != ",":
        names = {";": _("semicolons"), "\t": _("tabs")}
        notes.append(_("The columns are separated by %(delimiter)s.") % {"delimiter": names[delimiter]})
    return notes


def _open_workbook(file: BinaryIO, file_name: str, size: int, columns: Columns, pulse: Pulse, header_row: int) -> Table:
    sheet = workbook_sheet(file, pulse)
    # A cover, or notes, may stand before the table, whose columns may be called as only whoever brings it knows.
    if len(sheet.visible) > 1 and not sheet.choose(partial(_has_header, columns=columns), TITLE_ROWS):
        sheet.choose(_is_wide, TITLE_ROWS)
    rows = Rows(sheet.rows())
    header, header_row, above = _header_of(rows, columns, header_row)
    return Table(
        file_name=file_name,
        header=header,
        columns=header,
        encoding="XLSX",
        delimiter="",
        size=size,
        header_row=header_row,
        source=rows,
        titles=_titles_of(above),
        above=above,
        meter=sheet,
        notes=sheet.notes,
    )


def _has_header(rows: Sequence[Row], columns: Columns) -> bool:
    return any(any(row) and has_needed(match_header(row, columns), columns) for row in rows)


def _is_wide(rows: Sequence[Row]) -> bool:
    """Whether two rows or more have two cells or more."""
    return sum(sum(bool(cell.strip()) for cell in row) > 1 for row in rows) > 1


def _padded(row: Row, width: int) -> Row:
    """A workbook, which has no delimiter, leaves out the empty cells at the end of a row."""
    return [*row, *[""] * (width - len(row))] if len(row) < width else row
