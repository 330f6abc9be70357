"""What apps declare for others to find: activity types, import kinds, job kinds, mail templates, mail links, privacy parts.

A lower app owns the registry and the type of its entries; upper apps register theirs in `AppConfig.ready`.
"""

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar


class Named(Protocol):
    @property
    def name(self) -> str: ...


Entry = TypeVar("Entry", bound=Named)


class AlreadyRegistered(LookupError):
    """Two entries of one name: the second would silently win."""


class NotRegistered(KeyError):
    """No installed app has declared an entry of this name."""

    def __str__(self) -> str:
        return str(self.args[0])


class Registry(Generic[Entry]):
    """Entries of one type by name, in the order in which the apps registered them.

    `title` is what operators read above the list, `owner` the module in which the registry lives.
    """

    def __init__(self, title: str, *, owner: str) -> None:
        self.title, self.owner = title, owner
        self._entries: dict[str, Entry] = {}
        _registries.append(self)

    def register(self, entry: Entry) -> Entry:
        """Raises `AlreadyRegistered` where the name is taken, even by an equal entry."""
        if entry.name in self._entries:
            raise AlreadyRegistered(f"{self.title}: {entry.name!r} is already registered.")
        self._entries[entry.name] = entry
        return entry

    def unregister(self, name: str) -> None:
        """For tests, which put their own entries in and take them out again."""
        del self._entries[name]

    def __getitem__(self, name: str) -> Entry:
        """Raises `NotRegistered`."""
        try:
            return self._entries[name]
        except KeyError:
            known = ", ".join(sorted(self._entries)) or "none"
            raise NotRegistered(f"{self.title}: {name!r} is not registered. Choose one of: {known}.") from None

    def get(self, name: str) -> Entry | None:
        return self._entries.get(name)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def names(self) -> list[str]:
        return sorted(self._entries)


_registries: "list[Registry]" = []


def all_registries() -> "list[Registry]":
    """Every registry of the process, by title."""
    return sorted(_registries, key=lambda registry: registry.title)
