"""What loading did, for the one who ran it."""

from dataclasses import dataclass, field


@dataclass
class Report:
    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    unpublished: list[str] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)

    def add(self, other: "Report") -> None:
        for name, entries in vars(other).items():
            getattr(self, name).extend(entries)
