"""Fields of one mapping, asked for by name; what is wrong with them is noted and reading goes on."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from assessments.item_rules.findings import Finding

ID = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$", re.ASCII)


@dataclass
class Notes:
    """Where we are, and what was wrong so far. All of it is about the format: rule 0."""

    file: str
    item: str = ""
    option: str = ""
    findings: list[Finding] = field(default_factory=list)

    def note(self, what: str, remedy: str) -> None:
        self.findings.append(Finding(0, "error", what, remedy, self.file, self.item, self.option))

    def at(self, *, item: str, option: str = "") -> "Notes":
        return replace(self, item=item, option=option)


class Fields:
    def __init__(self, data: Any, what: str, notes: Notes, known: Collection[str]) -> None:
        self.what, self.notes = what, notes
        self.data: dict[str, Any] = data if isinstance(data, dict) else {}
        if not isinstance(data, dict):
            notes.note(f"Fields of {what} are expected here.", "Write them as “name: value”, one per line.")
        for name in self.data:
            if name not in known:
                notes.note(f"{what.capitalize()} has no field “{name}”.", f"Its fields are: {', '.join(sorted(known))}.")

    def text(self, name: str, *, required: bool = True) -> str:
        """One line of text; line breaks and runs of spaces are one space."""
        value = self.data.get(name)
        if value is None or value == "":
            if required and self.data:
                self.notes.note(f"“{name}” of {self.what} is missing.", "Add it.")
            return ""
        if not isinstance(value, str):
            self.notes.note(f"“{name}” of {self.what} is not text.", "Put it in quotation marks.")
            return ""
        return " ".join(value.split())

    def id(self) -> str:
        value = self.text("id")
        if value and not ID.match(value):
            self.notes.note(f"“{value}” is not a valid id.", "Use lower-case letters, digits and hyphens.")
        return value

    def choice(self, name: str, known: Collection[str], *, required: bool = True) -> str:
        value = self.text(name, required=required)
        if value and value not in known:
            self.notes.note(f"“{name}” of {self.what} is “{value}”.", f"Choose one of: {', '.join(known)}.")
            return ""
        return value

    def day(self, name: str) -> date | None:
        """A day as 2027-01-31; None where it is absent, or none and noted."""
        value = self.text(name, required=False)
        try:
            return date.fromisoformat(value) if value else None
        except ValueError:
            self.notes.note(f"“{name}” of {self.what} is “{value}”, which is no day.", "Write it as 2027-01-31.")
            return None

    def list(self, name: str) -> list[Any]:
        value = self.data.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.notes.note(f"“{name}” of {self.what} is not a list.", "Write each entry on its own line after “- ”.")
            return []
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        values = self.list(name)
        if any(not isinstance(value, str) for value in values):
            self.notes.note(f"“{name}” of {self.what} has an entry that is not text.", "Put it in quotation marks.")
        return tuple(value for value in values if isinstance(value, str))

    def number(self, name: str, *, least: float, most: float) -> float | None:
        """A number within bounds; None, and a note, otherwise. None without a note where the field is absent."""
        value = self.data.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            self.notes.note(f"“{name}” of {self.what} is “{value}”.", f"Give it a number from {least:g} to {most:g}.")
            return None
        return float(value)

    def flag(self, name: str) -> bool:
        value = self.data.get(name, False)
        if not isinstance(value, bool):
            self.notes.note(f"“{name}” of {self.what} is “{value}”.", "Write true or false.")
        return value is True
