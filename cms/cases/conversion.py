"""A case between its blocks and the data that files and the reader have (docs/simulations.md). Nothing is judged here."""

from collections.abc import Mapping, Sequence
from dataclasses import Field, is_dataclass
from typing import Any, get_args, get_origin

from cms.cases.blocks import KINDS, base_of, edited_fields, is_list_of_ids
from practice.cases.structure import hints, marks_of, written_name
from practice.scoring.interview_case import Bound
from practice.scoring.shapes import Keyed

LEFT_OUT = object()


def data_of(kind: str, key: str, value: Mapping[str, Any]) -> dict[str, Any]:
    """What the blocks say, as a file would: empty fields are left out, so that the reader says which are missing."""
    return {"id": key, "kind": kind, **_record(KINDS[kind], value)}


def _record(cls: type, value: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for field in edited_fields(cls):
        name = written_name(field)
        written = _written(field, hints(cls)[field.name], value.get(name))
        if written is not LEFT_OUT:
            found[name] = written
    return found


def _written(field: Field[Any], hint: Any, value: Any) -> Any:
    base, marks, _is_optional = base_of(hint)
    if is_list_of_ids(hint):
        names = [name.strip() for name in str(value or "").split(",") if name.strip()]
        return names or LEFT_OUT
    if get_origin(base) is tuple:
        return _entries(get_args(base)[0], marks, list(value or []))
    if _is_record(base):
        return _record(base, value or {}) or LEFT_OUT
    if base is bool:
        return bool(value) if bool(value) != field.default else LEFT_OUT
    return LEFT_OUT if value is None or value == "" else _plain(value)


def _plain(value: Any) -> Any:
    """Text with the line ends of files: a browser sends two characters for each."""
    return value.replace("\r\n", "\n").replace("\r", "\n") if isinstance(value, str) else value


def _is_record(base: Any) -> bool:
    return isinstance(base, type) and is_dataclass(base) and base is not Bound


def _entries(hint: Any, marks: tuple[Any, ...], entries: Sequence[Any]) -> Any:
    base, _marks = marks_of(hint)
    if not _is_record(base):
        return [_plain(entry) for entry in entries if entry] or LEFT_OUT
    records = [_record(base, entry) for entry in entries]
    if not records:
        return LEFT_OUT
    if any(isinstance(mark, Keyed) for mark in marks):
        return keyed(records)
    return records


def keyed(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """By id, as files have them. One without, or with an id that is taken, gets a name that no reader takes for right."""
    found: dict[str, Any] = {}
    for number, record in enumerate(records, 1):
        name = str(record.pop("id", ""))
        found[name if name and name not in found else f"{name or '?'} ({number})"] = record
    return found


# And back -----------------------------------------------------------------------------------------------------------------


def raw_value(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a stream field takes for a case of a file: plain data, one block."""
    kind = str(data["kind"])
    return [{"type": kind, "value": _raw_record(KINDS[kind], data)}]


def _raw_record(cls: type, data: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for field in edited_fields(cls):
        name = written_name(field)
        if name in data:
            found[name] = _raw(hints(cls)[field.name], data[name])
        elif field.default is True:
            found[name] = True
    return found


def _raw(hint: Any, data: Any) -> Any:
    base, marks, _is_optional = base_of(hint)
    if is_list_of_ids(hint):
        return ", ".join(data if isinstance(data, list) else [str(data)])
    if get_origin(base) is tuple:
        inner = get_args(base)[0]
        if any(isinstance(mark, Keyed) for mark in marks):
            data = [{"id": name, **entry} for name, entry in data.items()]
        entries = data if isinstance(data, list) else [data]
        return [_raw(inner, entry) for entry in entries]
    if _is_record(base):
        return _raw_record(base, data)
    return data
