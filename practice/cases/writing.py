"""Cases as data that JSON can hold; `case_from_data` reads the same case from it."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from typing import Any

from practice.cases.reading import Case
from practice.cases.structure import hints, marks_of, written_name
from practice.scoring.interview_case import Bound
from practice.scoring.shapes import Keyed, OneOrMany


def case_to_data(case: Case) -> dict[str, Any]:
    """Dicts, lists, texts and numbers in the order of the format. What has its default is left out."""
    return _record(case)


def _record(record: Any, left_out: str = "") -> dict[str, Any]:
    found, types = {}, hints(record.__class__)
    for field in fields(record):
        value = getattr(record, field.name)
        if field.name != left_out and (field.default is MISSING or value != field.default):
            found[written_name(field)] = _value(value, marks_of(types[field.name])[1])
    return found


def _value(value: Any, marks: tuple[Any, ...] = ()) -> Any:
    if isinstance(value, tuple):
        if any(isinstance(mark, Keyed) for mark in marks):
            return {entry.id: _record(entry, left_out="id") for entry in value}
        if len(value) == 1 and any(isinstance(mark, OneOrMany) for mark in marks):
            return value[0]
        return [_value(entry) for entry in value]
    if isinstance(value, Bound):
        return str(value)
    return _record(value) if is_dataclass(value) else value
