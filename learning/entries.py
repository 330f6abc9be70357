"""What learners write in lessons: from the fields of a form to the data that is kept, and back."""

from collections.abc import Mapping
from typing import Any

from courses.content import Block

MOST_ROWS = 100
# So many empty rows at first; the sheet grows as it is filled, so that nobody faces a wall of fields.
FIRST_ROWS = 3


def entry_from(block: Block, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The data of a reflection {"text"}, a plan {"if", "then"} or a worksheet {"rows": [{column id: text}]}."""
    if block.type == "plan":
        return {"if": _text(fields, "if"), "then": _text(fields, "then")}
    if block.type == "worksheet":
        return {"rows": _rows(block, fields)}
    return {"text": _text(fields, "text")}


def _text(fields: Mapping[str, Any], name: str) -> str:
    return str(fields.get(name, "")).replace("\r\n", "\n").strip()


def _rows(block: Block, fields: Mapping[str, Any]) -> list[dict[str, str]]:
    """Rows as written; empty ones at the end are left out."""
    columns = [column["id"] for column in block.value["columns"]]
    rows = [{column: _text(fields, f"cell-{row}-{column}") for column in columns} for row in range(MOST_ROWS)]
    while rows and not any(rows[-1].values()):
        rows.pop()
    return rows


def worksheet_rows(value: Mapping[str, Any], data: Mapping[str, Any] | None) -> list[list[dict[str, str]]]:
    """Cells {"name", "text", "label", "hint"} to show: what was written, and empty rows to go on."""
    written = (data or {}).get("rows", [])
    count = min(MOST_ROWS, max(min(int(value.get("rows") or 1), FIRST_ROWS), len(written) + 1))
    padded = [*written, *({} for _row in range(count - len(written)))]
    return [
        [
            {
                "name": f"cell-{number}-{column['id']}",
                "text": row.get(column["id"], ""),
                "label": column["label"],
                "hint": column.get("hint", ""),
            }
            for column in value["columns"]
        ]
        for number, row in enumerate(padded)
    ]


def is_empty(data: Mapping[str, Any] | None) -> bool:
    return not data or not any(data.values())
