"""Turns plain data into frozen dataclasses by their types and the marks beside these (`practice/scoring/shapes.py`).

Strict: a field that is not there, not known, of another kind, or too long is noted with its place, and reading goes on, so
that an author sees everything at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from common.written import WrittenFloat, WrittenInt, is_whole, shown, unprintable, unwrapped
from practice.scoring.drawing import PLACEHOLDER
from practice.scoring.interview_case import Bound
from practice.scoring.shapes import Between, Identifier, Keyed, Many, OneOrMany, Text

MISREAD = object()
"""Stands for a value that could not be read; whatever holds it cannot be read either."""

ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
PART_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)?", re.ASCII)
MAX_ID = 60
MAX_CASE_ID = 50
NO_CASE_IDS = frozenset({"runs", "pairs"})
"""What stands in the place of a case's id in addresses of other pages."""


class Notes:
    """Problems by path, and the line on which each path was met."""

    def __init__(self) -> None:
        self.problems: list[tuple[str, str, str]] = []
        self.lines: dict[str, int] = {}

    def problem(self, path: str, what: str, remedy: str) -> None:
        self.problems.append((path, what, remedy))

    def line(self, path: str) -> int:
        """The line of this path, or of the nearest one that it is part of; 0 where there are none."""
        while path and path not in self.lines:
            path = path.rpartition(".")[0]
        return self.lines.get(path, self.lines.get("", 0))


@dataclass(frozen=True)
class _Place:
    """Where a value is: its path for the author, and a name for it in sentences."""

    notes: Notes
    path: str

    def at(self, name: str | int, line: int | None = None) -> _Place:
        place = _Place(self.notes, f"{self.path}.{name}" if self.path else str(name))
        if line is not None:
            self.notes.lines[place.path] = line
        return place

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2] or "the case"

    def misread(self, what: str, remedy: str) -> Any:
        self.notes.problem(self.path, what, remedy)
        return MISREAD


def structured(cls: type, data: Any, notes: Notes) -> Any:
    """An instance of the dataclass, or MISREAD with everything noted that is wrong."""
    notes.lines[""] = getattr(data, "line", 0)
    return _record(cls, data, _Place(notes, ""))


def written_name(field: Field[Any]) -> str:
    """How a field is called in files: `if_` is `if`."""
    return field.name.rstrip("_")


@cache
def hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls, include_extras=True)


def marks_of(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """The type without its marks, and the marks."""
    if get_origin(hint) is Annotated:
        base, *marks = get_args(hint)
        inner, more = marks_of(base)
        return inner, (*more, *marks)
    return hint, ()


def _value(hint: Any, data: Any, place: _Place) -> Any:
    base, marks = marks_of(hint)
    if get_origin(base) in (Union, UnionType):
        inner = next(option for option in get_args(base) if option is not NoneType)
        return None if data is None else _value(inner, data, place)
    if get_origin(base) is Literal:
        return _choice(get_args(base), data, place)
    if get_origin(base) is tuple:
        return _entries(get_args(base)[0], marks, data, place)
    if base is Bound:
        return _bound(data, place)
    if is_dataclass(base) and isinstance(base, type):
        return _record(base, data, place)
    return {str: _text, bool: _flag, int: _whole, float: _number}[base](data, marks, place)


# Records and lists ------------------------------------------------------------------------------------------------------


def _record(cls: type, data: Any, place: _Place, **known: Any) -> Any:
    if not isinstance(data, dict):
        return place.misread(f"Fields of {place.name} are expected here.", "Write them as “name: value”, one per line.")
    own = {written_name(field): field for field in fields(cls) if field.name not in known}
    for name in data:
        if name not in own:
            _at(place, data, name).misread(f"There is no field “{name}” here.", f"Its fields are: {', '.join(sorted(own))}.")
    values = known | {field.name: _field(cls, field, name, data, place) for name, field in own.items()}
    if any(value is MISREAD for value in values.values()):
        return MISREAD
    return cls(**values)


def _at(place: _Place, data: dict[str, Any], name: str) -> _Place:
    lines: dict[str, int] = getattr(data, "lines", {})
    return place.at(str(name), lines.get(name))


def _field(cls: type, field: Field[Any], name: str, data: dict[str, Any], place: _Place) -> Any:
    if name in data:
        return _value(hints(cls)[field.name], data[name], _at(place, data, name))
    if field.default is not MISSING:
        return field.default
    return place.at(name).misread(f"“{name}” is missing.", "Add it.")


def _entries(hint: Any, marks: tuple[Any, ...], data: Any, place: _Place) -> Any:
    inner = Annotated[hint, *(mark for mark in marks if isinstance(mark, Text))] if _texts(marks) else hint
    if _marked(marks, Keyed):
        return _keyed(inner, marks, data, place)
    if _marked(marks, OneOrMany) and isinstance(data, str):
        data = [data]
    if not isinstance(data, list):
        return place.misread(f"“{place.name}” is not a list.", "Write each entry on its own line after “- ”.")
    _count(len(data), marks, place)
    values = [_value(inner, item, place.at(_name_of(item, n), getattr(item, "line", None))) for n, item in enumerate(data, 1)]
    return MISREAD if any(value is MISREAD for value in values) else tuple(values)


def _texts(marks: tuple[Any, ...]) -> bool:
    return _marked(marks, Text)


def _marked(marks: tuple[Any, ...], kind: type) -> bool:
    return any(isinstance(mark, kind) for mark in marks)


def _name_of(item: Any, number: int) -> str | int:
    """An entry is called by its id where it has one, else by its number."""
    named = item.get("id") if isinstance(item, dict) else None
    return named if isinstance(named, str) and ID.fullmatch(named) else number


def _keyed(hint: Any, marks: tuple[Any, ...], data: Any, place: _Place) -> Any:
    if not isinstance(data, dict):
        return place.misread(
            f"“{place.name}” is not a group of fields.", "Write each entry as its id, a colon, and its fields below."
        )
    _count(len(data), marks, place)
    values = []
    for key, item in data.items():
        at = _at(place, data, key)
        identifier = _identifier(key, at)
        values.append(MISREAD if identifier is MISREAD else _record(hint, item, at, id=identifier))
    return MISREAD if any(value is MISREAD for value in values) else tuple(values)


def _count(n: int, marks: tuple[Any, ...], place: _Place) -> None:
    for mark in marks:
        if isinstance(mark, Many) and not mark.least <= n <= mark.most:
            place.misread(f"“{place.name}” has {n} entries.", f"Give it {mark.least} to {mark.most}.")


# Single values ----------------------------------------------------------------------------------------------------------


def _choice(options: tuple[str, ...], data: Any, place: _Place) -> Any:
    if isinstance(data, str) and data in options:
        return str(data)
    return place.misread(f"“{place.name}” is “{shown(data)}”.", f"Choose one of: {', '.join(options)}.")


def _bound(data: Any, place: _Place) -> Any:
    try:
        return Bound.parse(data if isinstance(data, str) else "")
    except ValueError:
        return place.misread(f"“{shown(data)}” is no comparison.", 'Write it in quotation marks, like ">=1".')


def _text(data: Any, marks: tuple[Any, ...], place: _Place) -> Any:
    if isinstance(data, WrittenInt | WrittenFloat):
        data = data.written
    if not isinstance(data, str):
        return place.misread(f"“{place.name}” is not text.", "Put it in quotation marks.")
    if hidden := unprintable(data):
        return place.misread(f"“{place.name}” holds the character {hidden[1]}, which cannot be shown.", "Remove it.")
    for mark in marks:
        if isinstance(mark, Identifier):
            return _identifier(data, place, mark)
    text = unwrapped(data)
    if not text:
        return place.misread(f"“{place.name}” is empty.", "Write it, or remove the field where it can be left out.")
    return MISREAD if any(list(_faults(text, mark, place)) for mark in marks if isinstance(mark, Text)) else text


def _faults(text: str, mark: Text, place: _Place) -> Iterator[Any]:
    if len(text) > mark.most:
        yield place.misread(f"“{place.name}” has {len(text)} characters.", f"Shorten it to at most {mark.most}.")
    for name in PLACEHOLDER.findall(text):
        if name not in mark.may:
            known = ", ".join(f"{{{word}}}" for word in mark.may) or "none"
            yield place.misread(f"“{{{name}}}” is replaced by nothing here.", f"What can stand in braces here: {known}.")


def _identifier(data: Any, place: _Place, mark: Identifier = Identifier()) -> Any:  # noqa: B008 - frozen, so one serves all calls
    pattern = PART_ID if mark.part else ID
    if isinstance(data, str) and len(data) <= MAX_ID and pattern.fullmatch(data):
        return str(data)
    return place.misread(
        f"“{shown(data)}” is not a valid id.", f"Use lower-case letters, digits and hyphens, at most {MAX_ID}."
    )


def _flag(data: Any, _marks: tuple[Any, ...], place: _Place) -> Any:
    return data if isinstance(data, bool) else place.misread(f"“{place.name}” is “{shown(data)}”.", "Write true or false.")


def _whole(data: Any, marks: tuple[Any, ...], place: _Place) -> Any:
    least, most = _limits(marks)
    if is_whole(data) and least <= data <= most:
        return int(data)
    return place.misread(f"“{place.name}” is “{shown(data)}”.", f"Give it a whole number from {least:g} to {most:g}.")


def _number(data: Any, marks: tuple[Any, ...], place: _Place) -> Any:
    least, most = _limits(marks)
    if isinstance(data, int | float) and not isinstance(data, bool) and least <= data <= most:
        return float(data)
    return place.misread(f"“{place.name}” is “{shown(data)}”.", f"Give it a number from {least:g} to {most:g}.")


def _limits(marks: tuple[Any, ...]) -> tuple[float, float]:
    return next(((mark.least, mark.most) for mark in marks if isinstance(mark, Between)), (-1_000_000, 1_000_000))
