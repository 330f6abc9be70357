"""CSV files for people who will open them in a spreadsheet: cells that would start a formula are made text.

Which separator a spreadsheet takes depends on where it is opened, so every part of a cell that could become a cell of its
own is looked at. Our reader takes away what was put in (`restore`), so that a file that comes back says what it said.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import StreamingHttpResponse

# Where a cell may begin: at its start, and after whatever somewhere separates columns or lines. Quotation marks and blanks
# are passed over by some programs, and full-width signs are taken for the ordinary ones.
_BEGINS = r"(?:\A|(?<=[;,|\t\r\n]))(?P<skipped>(?:[^\S\t\r\n]|[\"\ufeff\u200b])*)"
_FORMULA = r"[=+\-@＝＋－＠\t\r]"
_STARTS_FORMULA = rf"(?={_FORMULA})"
_UNGUARDED = re.compile(rf"{_BEGINS}(?P<marks>'*){_STARTS_FORMULA}")
_GUARDED = re.compile(rf"{_BEGINS}'(?P<marks>'*){_STARTS_FORMULA}")
_MAY_BE_GUARDED = re.compile(rf"'{_FORMULA}")
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")


def neutralise(value: Any) -> Any:
    """A cell that a spreadsheet will show and not calculate, whatever separates its columns. Numbers stay numbers."""
    if not isinstance(value, str) or _NUMBER.fullmatch(value):
        return value
    return _UNGUARDED.sub(r"\g<skipped>'\g<marks>", value)


def is_guarded(text: str) -> bool:
    """Whether there may be anything to `restore`, in one cell or in the text of many."""
    return "'" in text and _MAY_BE_GUARDED.search(text) is not None


def restore(text: str) -> str:
    """What `neutralise` was given."""
    return _GUARDED.sub(r"\g<skipped>\g<marks>", text) if is_guarded(text) else text


class _Echo:
    def write(self, text: str) -> str:
        return text


def write_csv(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], *, with_mark: bool = True, delimiter: str = ","
) -> Iterator[bytes]:
    """The lines of a file in UTF-8; `with_mark` begins it so that Excel reads it as such."""
    writer: Any = csv.writer(_Echo(), delimiter=delimiter, quoting=csv.QUOTE_ALL)
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
