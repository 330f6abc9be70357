"""CSV files for people who will open them in a spreadsheet: cells that would start a formula are made text."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import StreamingHttpResponse

_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


def neutralise(value: Any) -> Any:
    """A cell that a spreadsheet will show and not calculate. Numbers stay numbers."""
    if isinstance(value, str) and value.startswith(_STARTS_FORMULA) and not _NUMBER.fullmatch(value):
        return "'" + value
    return value


class _Echo:
    def write(self, text: str) -> str:
        return text


def write_csv(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], *, with_mark: bool = True, delimiter: str = ","
) -> Iterator[bytes]:
    """The lines of a file in UTF-8; `with_mark` begins it so that Excel reads it as such."""
    writer: Any = csv.writer(_Echo(), delimiter=delimiter)
    yield (b"\xef\xbb\xbf" if with_mark else b"") + writer.writerow([neutralise(name) for name in columns]).encode()
    for row in rows:
        yield writer.writerow(["" if cell is None else neutralise(cell) for cell in row]).encode()


def csv_response(file_name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """A download; the rows may come from an iterator over the database."""
    return StreamingHttpResponse(
        write_csv(columns, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file_name}"', "Cache-Control": "no-store"},
    )
