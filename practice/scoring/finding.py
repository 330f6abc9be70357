"""What a lint says: what is wrong, where, and what to do. And the figures it went by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    """`rule` is a short name for machines, `where` a path into the case: `cards.q-menu`."""

    rule: str
    where: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what} {self.remedy}"


@dataclass(frozen=True)
class Report:
    """A case is playable when nothing was found. `figures` are what was measured, for its author."""

    findings: tuple[Finding, ...]
    figures: Mapping[str, float | int | str | None] = field(default_factory=dict)
