"""What the fields of a case may hold, said beside their types. The reader of case files (`practice/cases/`) goes by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated


@dataclass(frozen=True)
class Text:
    """At most `most` characters. Where it is spoken, `may` are the names that stand in braces: “How about {deal}?”."""

    most: int
    may: tuple[str, ...] = ()


@dataclass(frozen=True)
class Identifier:
    """Lower-case letters, digits and hyphens; with `part`, also one full stop between two such names."""

    part: bool = False


@dataclass(frozen=True)
class Between:
    """A number, both limits included."""

    least: float
    most: float


@dataclass(frozen=True)
class Many:
    """How many entries a list has."""

    least: int
    most: int


@dataclass(frozen=True)
class Keyed:
    """Written as fields whose names are the ids of the entries."""


@dataclass(frozen=True)
class OneOrMany:
    """One text, or a list of variants of which one is drawn."""


Id = Annotated[str, Identifier()]
PartId = Annotated[str, Identifier(part=True)]
Label = Annotated[str, Text(80)]
Sentence = Annotated[str, Text(300)]
Prose = Annotated[str, Text(1500)]
Spoken = Annotated[tuple[str, ...], OneOrMany(), Many(1, 8), Text(600)]
