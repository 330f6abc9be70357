"""The activities of learning itself: reading a lesson, and what learners write in one."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from courses.activity_types import ActivityType, Lines, WrittenType
from learning import worksheets
from learning.errors import TooManyDeletedRows, TooManyRows


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


class Compare(WrittenType):
    """Two cases and the rule that they share. Data: {"text"}."""

    name = "compare"
    label = _("Compare two cases")
    template = "courses/activities/compare.html"
    reveals = True

    def read_post(self, value: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
        return {"text": _text(fields, "text")}

    def state_lines(self, value: Mapping[str, Any], data: Mapping[str, Any]) -> Lines:
        return [("", data["text"])] if data.get("text") else []


class Complete(WrittenType):
    """A half-finished example. Data: a text for each part, by its id."""

    name = "complete"
    label = _("Example to complete")
    template = "courses/activities/complete.html"
    reveals = True

    def parts_of(self, value: Mapping[str, Any]) -> dict[str, str]:
        return {part["id"]: part["label"] for part in value.get("parts", []) if part["model"]}

    def read_post(self, value: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
        """A page that was opened before a part was removed still sends it, and what is written there is kept."""
        parts = (*self.parts_of(value), *value.get("earlier", {}))
        return {part: _text(fields, f"part-{part}") for part in parts if f"part-{part}" in fields}

    def carried(self, value: Mapping[str, Any], fields: Mapping[str, Any]) -> Lines:
        return [
            (f"part-{part}", _text(fields, f"part-{part}")) for part in value.get("earlier", {}) if f"part-{part}" in fields
        ]

    def shown(self, value: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
        earlier = [{"label": label, "text": data[part]} for part, label in value.get("earlier", {}).items() if data.get(part)]
        parts = [{**part, "text": data.get(part["id"], "")} for part in value.get("parts", [])]
        return super().shown(value, data) | {"parts": parts, "earlier": earlier}

    def state_lines(self, value: Mapping[str, Any], data: Mapping[str, Any]) -> Lines:
        labels = {**self.parts_of(value), **value.get("earlier", {})}
        return [(labels.get(part) or gettext("A part that was removed"), text) for part, text in data.items() if text]


class Worksheet(WrittenType):
    """A table that somebody fills in; how it is stored is in `learning.worksheets`."""

    name = "worksheet"
    label = _("Worksheet")
    template = "courses/activities/worksheet.html"

    def parts_of(self, value: Mapping[str, Any]) -> dict[str, str]:
        return {column["id"]: column["label"] for column in value.get("columns", [])}

    def read_post(self, value: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
        """A page that was opened before a column was removed still sends it, and what is written there is kept."""
        return worksheets.read_form(fields, (*self.parts_of(value), *value.get("earlier", {})))

    def carried(self, value: Mapping[str, Any], fields: Mapping[str, Any]) -> Lines:
        return worksheets.cells_in(fields, value.get("earlier", {}))

    def lands_at(self, fields: Mapping[str, Any]) -> str:
        name, row = worksheets.act_of(fields)
        if name in ("up", "down", "restore"):
            return f"row-{row}"
        return {"add": "next", "delete": "deleted", "purge": "deleted"}.get(name, "")

    def merged(self, value: Mapping[str, Any], before: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
        return worksheets.write(worksheets.merge(worksheets.read(before), worksheets.read(data)))

    def check(self, data: Mapping[str, Any], limit: int) -> None:
        sheet = worksheets.read(data)
        if len(sheet.rows) > worksheets.MAX_ROWS:
            raise TooManyRows(worksheets.MAX_ROWS)
        if len(sheet.deleted) > worksheets.MAX_DELETED or sheet.words_deleted > limit:
            raise TooManyDeletedRows

    def is_empty(self, data: Mapping[str, Any]) -> bool:
        sheet = worksheets.read(data)
        return not any(row.has_words for row in (*sheet.rows, *sheet.deleted))

    def shown(self, value: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
        sheet = worksheets.ShownSheet(value, worksheets.read(data))
        return super().shown(value, data) | {"sheet": sheet, "earlier": self._earlier(value, data)}

    def state_lines(self, value: Mapping[str, Any], data: Mapping[str, Any]) -> Lines:
        sheet, labels = worksheets.read(data), self._labels(value)
        rows = [(_label(labels, column), text) for row in sheet.rows for column, text in row.cells.items() if text.strip()]
        deleted = gettext("%(column)s (in a row that you deleted)")
        return rows + [
            (deleted % {"column": _label(labels, column)}, text)
            for row in sheet.deleted
            for column, text in row.cells.items()
            if text.strip()
        ]

    def _earlier(self, value: Mapping[str, Any], data: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What stands in columns that the worksheet has no more: {"row": number, None where it is deleted, "label", "text"}."""
        labels, today, sheet = self._labels(value), self.parts_of(value), worksheets.read(data)
        rows = [*enumerate(sheet.rows, start=1), *((None, row) for row in sheet.deleted)]
        return [
            {"row": number, "label": _label(labels, column), "text": text}
            for number, row in rows
            for column, text in row.cells.items()
            if column not in today and text.strip()
        ]

    def _labels(self, value: Mapping[str, Any]) -> dict[str, str]:
        return {**value.get("earlier", {}), **self.parts_of(value)}


def _label(labels: Mapping[str, str], column: str) -> str:
    return labels.get(column) or gettext("A column that was removed")


def _text(fields: Mapping[str, Any], name: str) -> str:
    return str(fields.get(name, "")).replace("\r\n", "\n").strip()
