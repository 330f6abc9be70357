"""Files that call things otherwise: somebody says once which column and which word is which, and it is kept."""

import difflib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, cast

from django.utils.translation import gettext as _

from imports.cells import plain_word
from imports.enums import ImportState
from imports.errors import NotReady
from imports.kinds import ImportKind
from imports.models import KeptMapping, StagedImport
from imports.tables.errors import TableError
from imports.tables.layout import LEFT_OUT, OWN, TITLE_ROWS, match_header, plain
from imports.tables.reading import look_at

LOOKED_AT = 50
SHOWN_VALUES = 3
MAX_SHOWN_LENGTH = 40
MAX_MATCHED = 200
MAX_ROW_LENGTH = 100


@dataclass(frozen=True)
class FileColumn:
    """A column as the file calls it, with its first values."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class FirstRows:
    """How a file is read, and what may have been meant otherwise: the rows that could name its columns, by their number."""

    header_row: int
    encoding: str  # as the report calls it; blank where a file says itself how it is written
    rows: dict[int, str]


def first_rows(staged: StagedImport, kind: ImportKind) -> FirstRows:
    """Raises `UserError` as `columns_to_match`."""
    _require_waiting(staged)
    with staged.file.open("rb") as file:
        read = look_at(cast(BinaryIO, file), file_name=staged.file_name, columns=kind.header, **staged.how_read)
        at_row_1 = staged.how_read | {"header_row": 1}
        table = look_at(cast(BinaryIO, file), file_name=staged.file_name, columns=kind.header, **at_row_1)
        rows = [(table.header_row, table.header), *islice(table.rows_as_written(), TITLE_ROWS - 1)]
    shown = {number: ", ".join(filter(None, map(str.strip, cells)))[:MAX_ROW_LENGTH] for number, cells in rows}
    encoding = read.encoding if read.delimiter else ""
    return FirstRows(read.header_row, encoding, {number: text for number, text in shown.items() if text})


def _require_waiting(staged: StagedImport) -> None:
    if staged.state not in (ImportState.REFUSED, ImportState.READY) or not staged.file:
        raise NotReady(_("The columns of this file cannot be mapped at the moment. See its report."))


def columns_to_match(staged: StagedImport, kind: ImportKind) -> list[FileColumn]:
    """What is in a file that is not applied yet. `UserError` where it cannot be read, is gone, or has one name twice."""
    _require_waiting(staged)
    columns = _columns_of(staged, kind)
    names = Counter(plain(column.name) for column in columns if column.name)
    twice = [name for name, times in names.items() if times > 1]
    if twice:
        message = _("Several columns are called “%(name)s”. Give each its own name in the file and upload it again.")
        raise TableError(message % {"name": twice[0]})
    return columns


def _columns_of(staged: StagedImport, kind: ImportKind) -> list[FileColumn]:
    with staged.file.open("rb") as file:
        table = look_at(
            cast(BinaryIO, file),
            file_name=staged.file_name,
            columns=kind.header,
            **staged.how_read,
        )
        rows = [row for _number, row in islice(table.rows_as_written(), LOOKED_AT)]
    return [
        FileColumn(name.strip(), _first_values(row[position] for row in rows if position < len(row)))
        for position, name in enumerate(table.header)
    ]


def _first_values(cells: Iterable[str]) -> tuple[str, ...]:
    found = dict.fromkeys(cell.strip()[:MAX_SHOWN_LENGTH] for cell in cells if cell.strip())
    return tuple(islice(found, SHOWN_VALUES))


def suggest_columns(staged: StagedImport, kind: ImportKind, header: Sequence[str]) -> list[str]:
    """For each column one of our names, `OWN` or `LEFT_OUT`: as was said, as it is called, or as it sounds."""
    columns = kind.header
    said = _said_before(staged)
    known, free = set(columns.known), OWN if columns.keeps_others else LEFT_OUT
    chosen = [said.get(plain(name)) for name in header]
    for position, name in enumerate(match_header(header, columns)):
        if chosen[position] is None and (name == LEFT_OUT or (name in known and name not in chosen)):
            chosen[position] = name
    for position, name in enumerate(header):
        if chosen[position] is None:
            close = difflib.get_close_matches(plain(name), sorted(known.difference(filter(None, chosen))), n=1, cutoff=0.6)
            chosen[position] = close[0] if close else free
    return [name if name is not None else free for name in chosen]


def _said_before(staged: StagedImport) -> dict[str, str]:
    """What was last said of each column in files of this kind."""
    said: dict[str, str] = {}
    kept = KeptMapping.objects.filter(organisation=staged.organisation_id, kind=staged.kind).order_by("updated_at")
    for mapping in [*kept.values_list("columns", flat=True), staged.options.get("mapping") or {}]:
        said |= {plain(name): ours for name, ours in mapping.items()}
    return said


def words_to_match(staged: StagedImport, kind: ImportKind) -> dict[str, dict[str, str]]:
    """By column: each word that was not understood, or was matched before, and what it probably means."""
    found: dict[str, dict[str, str]] = {}
    for column, allowed in kind.words.items():
        matched = (staged.options.get("words") or {}).get(column, {})
        unknown = (staged.findings.get("words") or {}).get(column, [])
        words = {word: matched.get(plain_word(word)) or _likely(word, allowed) for word in [*matched, *unknown]}
        if words:
            found[column] = words
    return found


def _likely(word: str, allowed: Sequence[str]) -> str:
    close = difflib.get_close_matches(word.lower(), [one.lower() for one in allowed], n=1, cutoff=0.6)
    return next((one for one in allowed if close and one.lower() == close[0]), "")
