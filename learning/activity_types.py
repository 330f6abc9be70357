"""The activities of learning itself: reading a lesson, and what learners write in one."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from courses.activity_types import ActivityType, Lines, WrittenType

MAX_ROWS = 100
# So many empty rows at first; the sheet grows as it is filled, so that nobody faces a wall of fields.
FIRST_ROWS = 3


class Read(ActivityType):
    """A lesson that its reader has called finished; no block of it."""

    name = "read"
    label = _("Read")
    is_required = True


class Reflection(WrittenType):
    """Data: {"text"}."""

    name = "reflection"
    label = _("Reflection")
    template = "courses/activities/reflection.html"

    def read_post(self, value: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
        return {"text": _text(fields, "text")}

    def state_lines(self, value: Mapping[str, Any], data: Mapping[str, Any]) -> Lines:
        return [("", data["text"])] if data.get("text") else []


class Plan(WrittenType):
    """Data: {"if", "then"}."""

    name = "plan"
    label = _("If-then plan")
    template = "courses/activities/plan.html"

    def read_post(self, value: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
        return {"if": _text(fields, "if"), "then": _text(fields, "then")}

    def state_lines(self, value: Mapping[str, Any], data: Mapping[str, Any]) -> Lines:
        pairs = ((gettext("If"), data.get("if", "")), (gettext("then"), data.get("then", "")))
        return [(label, text) for label, text in pairs if text]


class Worksheet(WrittenType):
    """Data: {"rows": [{column id: text}]}."""

    name = "worksheet"
    label = _("Worksheet")
    template = "courses/activities/worksheet.html"

    def read_post(self, value: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
        """Rows as written; empty ones at the end are left out."""
        columns = [column["id"] for column in value["columns"]]
        rows = [{column: _text(fields, f"cell-{row}-{column}") for column in columns} for row in range(MAX_ROWS)]
        while rows and not any(rows[-1].values()):
            rows.pop()
        return {"rows": rows}

    def shown(self, value: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
        return super().shown(value, data) | {"rows": worksheet_rows(value, data)}

    def state_lines(self, value: Mapping[str, Any], data: Mapping[str, Any]) -> Lines:
        labels = {column["id"]: column["label"] for column in value.get("columns", [])}
        return [
            (labels.get(column, column), text) for row in data.get("rows", []) for column, text in row.items() if text.strip()
        ]


def worksheet_rows(value: Mapping[str, Any], data: Mapping[str, Any] | None) -> list[list[dict[str, str]]]:
    """Cells {"name", "text", "label", "hint"} to show: what was written, and empty rows to go on."""
    written = (data or {}).get("rows", [])
    count = min(MAX_ROWS, max(min(int(value.get("rows") or 1), FIRST_ROWS), len(written) + 1))
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


def _text(fields: Mapping[str, Any], name: str) -> str:
    return str(fields.get(name, "")).replace("\r\n", "\n").strip()
