"""Rows of an XLSX workbook as text, read as a stream."""

import datetime as dt
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

from imports.tables.errors import TableError

# Tables compress well, but not a thousandfold: what unpacks to more than this is not a table of people.
UNPACKED_FACTOR = 10


def workbook_rows(file: BinaryIO) -> tuple[Iterator[list[str]], list[str]]:
    """Rows of the first visible sheet, with notes. `TableError` when the file is no workbook."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        _refuse_swollen(file)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl remarks on styles that do not matter here
            book = load_workbook(file, read_only=True, data_only=True)
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError, SyntaxError):
        raise TableError(_("This is not an Excel workbook we can read. Save the table as CSV (UTF-8).")) from None
    if not sheets:
        raise TableError(_("The workbook has no visible sheet. Save the table as CSV (UTF-8)."))
    notes = []
    if len(sheets) > 1:
        notes.append(_("The workbook has several sheets; “%(sheet)s” was read.") % {"sheet": sheets[0].title})
    sheets[0].reset_dimensions()  # what the file says about its own size is often wrong
    return _text_rows(sheets[0]), notes


def _refuse_swollen(file: BinaryIO) -> None:
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            raise TableError(
                _("This is an archive or another kind of document, not a table. Save the table as CSV (UTF-8) or XLSX.")
            )
        unpacked = sum(info.file_size for info in archive.infolist())
    if unpacked > settings.ACCORD_MAX_UPLOAD_BYTES * UNPACKED_FACTOR:
        raise TableError(_("The workbook is too large once unpacked. Save the table as CSV (UTF-8), in several files."))
    file.seek(0)


def _text_rows(sheet: Any) -> Iterator[list[str]]:
    for row in sheet.iter_rows(values_only=True):
        yield [as_text(value) for value in row]


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
