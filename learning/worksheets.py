"""The table that a learner fills in: as it is stored, as a form sends it, as a page shows it. Knows no model.

Stored: {"rows": [{column id: text}]}, and only where rows were moved or deleted {"ids": [id of each row]} and
{"deleted": [{"id", "at", "cells"}]}. A row without an id has that of its position, so what was stored before there were ids is
read as it is. A row also keeps what stands in columns that the author has removed since.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

MAX_ROWS = 100
MAX_DELETED = 100
# So many empty rows at first; the table grows as it is filled, so that nobody faces a wall of fields.
FIRST_ROWS = 3
TEXT, LONG, CHOICE = "text", "long", "choice"
MAX_OPTIONS, MAX_OPTION = 12, 60
# Of ids that a form sends: more than a page can have, few enough to read.
MOST_IDS = 1000
# An id that the page replaces in the row from which it makes new ones.
NEW_ROW = "NEW"

Cells = dict[str, str]


@dataclass(frozen=True)
class Row:
    """`at`: of a deleted row, the position to which it goes back."""

    id: int
    cells: Cells
    at: int = 0

    @property
    def has_words(self) -> bool:
        return any(text.strip() for text in self.cells.values())


@dataclass
class Sheet:
    """`purged`: ids of rows that are to go for good; only in what is sent. `is_numbered`: whether its rows came with ids."""

    rows: list[Row] = field(default_factory=list)
    deleted: list[Row] = field(default_factory=list)
    purged: set[int] = field(default_factory=set)
    is_numbered: bool = True

    @property
    def next_id(self) -> int:
        taken = {*self.purged, *(row.id for row in (*self.rows, *self.deleted))}
        last = max(taken, default=-1)
        # The last one may have been sent by hand.
        return last + 1 if _is_id(str(last + 1)) else min(set(range(len(taken) + 1)) - taken)

    @property
    def words_deleted(self) -> int:
        """How many characters stand in deleted rows."""
        return sum(len(text) for row in self.deleted for text in row.cells.values())


def read(data: Mapping[str, Any]) -> Sheet:
    """What `write` made, or an earlier version."""
    texts = data.get("rows", [])
    ids = data.get("ids", range(len(texts)))
    return Sheet(
        rows=[Row(row_id, dict(cells)) for row_id, cells in zip(ids, texts, strict=True)],
        deleted=[Row(row["id"], dict(row["cells"]), row["at"]) for row in data.get("deleted", [])],
        purged=set(data.get("purged", [])),
        is_numbered="ids" in data,
    )


def write(sheet: Sheet) -> dict[str, Any]:
    """Without what says nothing, so that a table in which nothing was moved is stored as it always was."""
    data: dict[str, Any] = {"rows": [row.cells for row in sheet.rows]}
    ids = [row.id for row in sheet.rows]
    if ids != list(range(len(ids))):
        data["ids"] = ids
    if sheet.deleted:
        data["deleted"] = _deleted(sheet)
    return data


def _deleted(sheet: Sheet) -> list[dict[str, Any]]:
    return [{"id": row.id, "at": row.at, "cells": row.cells} for row in sheet.deleted]


# What a form sends ----------------------------------------------------------------------------------------------------


def read_form(fields: Mapping[str, Any], columns: Iterable[str]) -> dict[str, Any]:
    """The rows and columns that the form had, empty ones too: what it had no field for is not there.

    A page that was opened before rows had ids sends none: its rows are known by their position.
    """
    known = list(columns)
    if "order" not in fields:
        rows = range(max((_rows_of(fields, column) for column in known), default=0))
        had = [column for column in known if _rows_of(fields, column)]
        return {"rows": [{column: _text(fields, row, column) for column in had} for row in rows]}
    sheet = Sheet([Row(row_id, _cells(fields, row_id, known)) for row_id, _at in _places(fields, "order")])
    there = {row.id for row in sheet.rows}
    gone = [(row_id, at) for row_id, at in _places(fields, "deleted") if row_id not in there]
    sheet.deleted = [Row(row_id, _cells(fields, row_id, known), at) for row_id, at in gone]
    sheet.purged = {row_id for row_id, _at in _places(fields, "purged")} - there
    sheet.rows += [Row(row_id, _cells(fields, row_id, known)) for row_id in _strays(fields, sheet)]
    _act(sheet, str(fields.get("act", "")))
    return {
        "rows": [row.cells for row in sheet.rows],
        "ids": [row.id for row in sheet.rows],
        "deleted": _deleted(sheet),
        "purged": sorted(sheet.purged),
    }


def act_of(fields: Mapping[str, Any]) -> tuple[str, int | None]:
    """What the button that was pressed does, and with which row: ("up", 3)."""
    name, _space, row = str(fields.get("act", "")).partition(" ")
    return name, int(row) if _is_id(row) else None


def _act(sheet: Sheet, act: str) -> None:
    name, wanted = act_of({"act": act})
    ids = [row.id for row in sheet.rows]
    if name in ("up", "down") and wanted in ids:
        position = ids.index(wanted)
        other = position + (-1 if name == "up" else 1)
        if 0 <= other < len(ids):
            sheet.rows[position], sheet.rows[other] = sheet.rows[other], sheet.rows[position]
    elif name == "delete" and wanted in ids:
        position = ids.index(wanted)
        row = sheet.rows.pop(position)
        sheet.deleted.append(Row(row.id, row.cells, position))
    elif name in ("restore", "purge"):
        for row in [row for row in sheet.deleted if row.id == wanted]:
            sheet.deleted.remove(row)
            if name == "restore":
                sheet.rows.insert(row.at, row)
            else:
                sheet.purged.add(row.id)


def _rows_of(fields: Mapping[str, Any], column: str) -> int:
    """How many rows of this column a form without ids had; 0 for a column that it did not have."""
    return max((row + 1 for row in range(MAX_ROWS) if cell_name(row, column) in fields), default=0)


def _places(fields: Mapping[str, Any], name: str) -> list[tuple[int, int]]:
    """Ids of rows, each once, with the position after an @: "3@0 7"."""
    words = str(fields.get(name, "")).split()[:MOST_IDS]
    pairs = [word.partition("@")[::2] for word in words]
    found = {int(row_id): int(at) if _is_id(at) else 0 for row_id, at in pairs if _is_id(row_id)}
    return list(found.items())


def _strays(fields: Mapping[str, Any], sheet: Sheet) -> list[int]:
    """Rows of fields that the arrangement does not name: what stands in them is not lost for that."""
    named = {row.id for row in (*sheet.rows, *sheet.deleted)} | sheet.purged
    ids = (name.split("-", 2)[1] for name in fields if name.startswith("cell-"))
    return sorted({int(row_id) for row_id in ids if _is_id(row_id)} - named)[:MOST_IDS]


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 6


def cell_name(row: int | str, column: str) -> str:
    return f"cell-{row}-{column}"


def cells_in(fields: Mapping[str, Any], columns: Container[str]) -> list[tuple[str, str]]:
    """Fields of these columns in which something stands, as (name, text)."""
    cells = [name for name in fields if name.startswith("cell-") and name.split("-", 2)[-1] in columns]
    return [(name, str(fields[name])) for name in cells if str(fields[name]).strip()]


def _cells(fields: Mapping[str, Any], row: int, columns: list[str]) -> Cells:
    return {column: _text(fields, row, column) for column in columns if cell_name(row, column) in fields}


def _text(fields: Mapping[str, Any], row: int, column: str) -> str:
    return str(fields.get(cell_name(row, column), "")).replace("\r\n", "\n").strip()


# What is kept ---------------------------------------------------------------------------------------------------------


def merge(before: Sheet, sent: Sheet) -> Sheet:
    """Cell by cell: what the form had a field for is replaced, what stands elsewhere stays, wherever its row has gone.

    Rows that the form did not know of stay at the end. No empty rows at the end, and none among the deleted.
    """
    known = {row.id: row.cells for row in (*before.rows, *before.deleted)}
    rows = sent.rows if sent.is_numbered else _numbered(before, sent)

    def filled(row: Row) -> Row:
        return Row(row.id, {**known.get(row.id, {}), **row.cells}, row.at)

    named = {row.id for row in (*rows, *sent.deleted)} | sent.purged
    merged = [*map(filled, rows), *(row for row in before.rows if row.id not in named)]
    deleted = [*(row for row in before.deleted if row.id not in named), *map(filled, sent.deleted)]
    last = max((number for number, row in enumerate(merged, start=1) if any(row.cells.values())), default=0)
    return Sheet(merged[:last], [row for row in deleted if row.has_words])


def _numbered(before: Sheet, sent: Sheet) -> list[Row]:
    """By position: each row goes to the one that stands there, the others are new."""
    ids = [row.id for row in before.rows]
    new = range(before.next_id, before.next_id + len(sent.rows))
    return [Row(row_id, row.cells) for row_id, row in zip([*ids, *new], sent.rows, strict=False)]


# What a page shows ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ShownCell:
    """`options`: of a choice, what may be chosen and what stands there; empty for columns of text."""

    name: str
    text: str
    column: Mapping[str, Any]
    options: list[tuple[str, bool]]

    @property
    def label(self) -> str:
        return str(self.column["label"])

    @property
    def is_other(self) -> bool:
        """Whether words stand there that are none of the options; in a narrow field they may be cut."""
        return len(self.options) > len(self.column.get("options", []))

    @property
    def is_long(self) -> bool:
        return self.column.get("kind") == LONG


@dataclass(frozen=True)
class ShownRow:
    id: int | str
    number: int
    cells: list[ShownCell]
    at: int = 0
    is_first: bool = False
    is_last: bool = False
    is_next: bool = False

    @property
    def written(self) -> list[ShownCell]:
        return [cell for cell in self.cells if cell.text.strip()]


@dataclass(frozen=True)
class ShownSheet:
    """A worksheet with what its reader wrote. `value`: what the block says."""

    value: Mapping[str, Any]
    sheet: Sheet

    @property
    def columns(self) -> list[Mapping[str, Any]]:
        return list(self.value["columns"])

    @property
    def width(self) -> int:
        """Columns of the table: a number, the author's, the buttons."""
        return len(self.columns) + 2

    @property
    def has_example(self) -> bool:
        return any(column.get("example") for column in self.columns)

    @cached_property
    def rows(self) -> list[ShownRow]:
        """Those that were written, and empty ones to go on."""
        written = len(self.sheet.rows)
        first = min(int(self.value.get("rows") or 1), FIRST_ROWS)
        count = max(written, min(MAX_ROWS, max(first, written + 1)))
        empty = [Row(self.sheet.next_id + number, {}) for number in range(count - written)]
        return [
            ShownRow(
                row.id,
                position + 1,
                self._cells(row.id, row.cells),
                is_first=position == 0,
                is_last=position == count - 1,
                is_next=position == written,
            )
            for position, row in enumerate([*self.sheet.rows, *empty])
        ]

    @property
    def filled(self) -> list[ShownRow]:
        return [row for row in self.rows if row.written]

    @cached_property
    def deleted(self) -> list[ShownRow]:
        return [ShownRow(row.id, row.at + 1, self._cells(row.id, row.cells), row.at) for row in self.sheet.deleted]

    @property
    def blank(self) -> ShownRow:
        """The row from which a page makes new ones."""
        return ShownRow(NEW_ROW, 0, self._cells(NEW_ROW, {}))

    @property
    def order(self) -> str:
        return " ".join(str(row.id) for row in self.rows)

    @property
    def deleted_order(self) -> str:
        return " ".join(f"{row.id}@{row.at}" for row in self.deleted)

    @property
    def next_id(self) -> int:
        return self.sheet.next_id + len(self.rows)

    @property
    def max_rows(self) -> int:
        return MAX_ROWS

    @property
    def is_full(self) -> bool:
        return len(self.rows) >= MAX_ROWS

    def _cells(self, row: int | str, cells: Mapping[str, str]) -> list[ShownCell]:
        return [
            ShownCell(cell_name(row, column["id"]), text := cells.get(column["id"], ""), column, options_of(column, text))
            for column in self.columns
        ]


def options_of(column: Mapping[str, Any], text: str) -> list[tuple[str, bool]]:
    """The options of a choice, each with whether it is what stands there. Words that are no option stay, as one more."""
    if column.get("kind") != CHOICE:
        return []
    wanted = text.strip().casefold()
    options = [(option, bool(wanted) and option.casefold() == wanted) for option in column.get("options", [])]
    return options if not wanted or any(chosen for _option, chosen in options) else [*options, (text, True)]
