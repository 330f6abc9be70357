"""What is wrong with a case, put beside the fields that it is about."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from wagtail.blocks import ListBlockValidationError, StreamBlockValidationError, StructBlockValidationError
from wagtail.blocks.list_block import ListValue


@dataclass(frozen=True)
class Finding:
    """`path` leads to the field as in files: `cards.q-menu.replies.1.trust`; empty for the case as a whole."""

    path: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return " ".join(part for part in (f"{self.path}:" if self.path else "", self.what, self.remedy) if part)

    @property
    def words(self) -> str:
        return f"{self.what} {self.remedy}".strip()


@dataclass
class _Node:
    messages: list[str] = field(default_factory=list)
    children: dict[str | int, "_Node"] = field(default_factory=dict)


def beside_fields(value: Mapping[str, Any], findings: Iterable[Finding]) -> StreamBlockValidationError | None:
    """The findings as errors of the first block of a stream; one whose place has no field stands at the nearest that has."""
    root = _Node()
    for finding in findings:
        _place(root, value, finding)
    if not root.messages and not root.children:
        return None
    return StreamBlockValidationError(block_errors={0: _error(root, value)})


def _place(root: _Node, value: Any, finding: Finding) -> None:
    node, here = root, value
    for part in _parts(value, finding.path):
        node = node.children.setdefault(part, _Node())
        here = here[part]
    node.messages.append(finding.words if _covers(value, finding.path) else str(finding))


def _covers(value: Any, path: str) -> bool:
    return len(_parts(value, path)) == len([part for part in path.split(".") if part])


def _parts(value: Any, path: str) -> list[str | int]:
    """Names of fields and positions in lists, as far as the path leads into the value."""
    found: list[str | int] = []
    here = value
    for part in path.split(".") if path else []:
        step = _step(here, part)
        if step is None:
            break
        found.append(step)
        here = here[step]
    return found


def _step(here: Any, part: str) -> str | int | None:
    if isinstance(here, ListValue):
        return _position(here, part)
    return part if isinstance(here, Mapping) and part in here else None


def _position(entries: Sequence[Any], part: str) -> int | None:
    """Of the entry with this id; else of that number, counted from 1."""
    for position, entry in enumerate(entries):
        if isinstance(entry, Mapping) and entry.get("id") == part:
            return position
    number = int(part) if part.isdecimal() and len(part) < 6 else 0
    return number - 1 if 1 <= number <= len(entries) else None


def _error(node: _Node, value: Any) -> ValidationError:
    children: dict[Any, ValidationError] = {part: _error(child, value[part]) for part, child in node.children.items()}
    if isinstance(value, ListValue):
        return ListBlockValidationError(block_errors=children, non_block_errors=node.messages)
    if isinstance(value, Mapping):
        return StructBlockValidationError(block_errors=children, non_block_errors=node.messages)
    return ValidationError(node.messages)
