"""Drawing a form from a bank by a blueprint: a pure function of bank, blueprint, seed and what somebody has met before.

Items go into cells, each into one of those it fits, by augmenting paths (Kuhn 1955, The Hungarian method for the assignment
problem, Naval Research Logistics Quarterly 2, 83–97), in an order that the seed gives. Where two enemies are drawn, every form
there is leaves out one of them: both ways are tried. So a form is found wherever there is one.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

ANY = ""


@dataclass(frozen=True)
class BankItem:
    """`levels`: of its options, empty where it is not keyed by level; `is_keyed`: by more than its author."""

    key: str
    skill: str
    boundary: str = ""
    relationship: str = ""
    enemies: frozenset[str] = frozenset()
    levels: tuple[int, ...] = ()
    is_keyed: bool = False


@dataclass(frozen=True)
class Cell:
    """`count` items of a skill; at any boundary or of any relationship where these are empty."""

    skill: str
    count: int
    boundary: str = ANY
    relationship: str = ANY

    @property
    def name(self) -> str:
        return " · ".join(part for part in (self.skill, self.boundary, self.relationship) if part)

    def takes(self, item: BankItem) -> bool:
        return (
            item.skill == self.skill and self.boundary in (ANY, item.boundary) and self.relationship in (ANY, item.relationship)
        )


@dataclass(frozen=True)
class Blueprint:
    """`anchors`: keys of items that tie sittings together, of which each asks `anchor_count`; they stand in no cell."""

    cells: tuple[Cell, ...]
    anchors: frozenset[str] = frozenset()
    anchor_count: int = 0

    @property
    def length(self) -> int:
        return sum(cell.count for cell in self.cells) + self.anchor_count

    def places(self) -> Iterator[tuple[str, int]]:
        """Name and size of each cell, and of the anchors after them."""
        yield from ((cell.name, cell.count) for cell in self.cells)
        if self.anchor_count:
            yield "", self.anchor_count

    def fits(self, item: BankItem) -> list[int]:
        """Numbers of the places that take an item."""
        if item.key in self.anchors:
            return [len(self.cells)] if self.anchor_count else []
        return [number for number, cell in enumerate(self.cells) if cell.takes(item)]


@dataclass(frozen=True)
class Lack:
    """A place that cannot be filled: `cell` is its name, empty for the anchors, and `missing` how many items it lacks."""

    cell: str
    missing: int


class NotFilled(ValueError):
    """The bank cannot fill the blueprint. `lacks`: in a form with as many items as there can be."""

    def __init__(self, lacks: Sequence[Lack]) -> None:
        super().__init__(", ".join(f"{lack.cell or 'anchors'}: {lack.missing}" for lack in lacks))
        self.lacks = tuple(lacks)


def draw(bank: Sequence[BankItem], blueprint: Blueprint, *, seed: str, met: Collection[str] = ()) -> list[str]:
    """Keys of one form, in the order in which it asks them. Raises NotFilled; it is never shorter than the blueprint says."""
    before = frozenset(met)
    items = {item.key: item for item in sorted(bank, key=lambda item: _hash(seed, item.key)) if item.key not in before}
    best = _fullest(items, blueprint)
    if len(best) < blueprint.length:
        raise NotFilled(_lacks(best, blueprint))
    return sorted(best, key=lambda key: _hash(f"{seed}:order", key))


def _hash(seed: str, key: str) -> bytes:
    return hashlib.sha256(f"{seed}:{key}".encode()).digest()


def _fullest(items: Mapping[str, BankItem], blueprint: Blueprint) -> dict[str, int]:
    """The place of each item in the fullest form without enemies; of those as full, the first in the order of the items."""
    best: dict[str, int] = {}
    waiting: list[frozenset[str]] = [frozenset()]
    seen = set(waiting)
    while waiting:
        without = waiting.pop()
        placed = _match([item for key, item in items.items() if key not in without], blueprint)
        if len(placed) <= len(best) and best:
            continue
        pair = _enemies_in(placed, items)
        if pair is None:
            best = placed
            if len(best) == blueprint.length:
                break
            continue
        for left_out in reversed(_ways_out(pair, items, blueprint)):
            fewer = without | {left_out}
            if fewer not in seen:
                seen.add(fewer)
                waiting.append(fewer)
    return best


def _ways_out(pair: tuple[str, str], items: Mapping[str, BankItem], blueprint: Blueprint) -> list[str]:
    """Which of two enemies to leave out: the later one alone where the other can do all that it could."""
    first, second = (items[key] for key in pair)
    is_as_good = blueprint.fits(first) == blueprint.fits(second) and _others(first, second, items) <= _others(
        second, first, items
    )
    return [second.key] if is_as_good else [second.key, first.key]


def _others(item: BankItem, but: BankItem, items: Mapping[str, BankItem]) -> set[str]:
    """Enemies of an item in what may be drawn, on whichever side they are written."""
    written = {key for key, other in items.items() if item.key in other.enemies}
    return ((set(item.enemies) & set(items)) | written) - {but.key}


def _enemies_in(placed: Mapping[str, int], items: Mapping[str, BankItem]) -> tuple[str, str] | None:
    for key in placed:
        other = next((enemy for enemy in items[key].enemies if enemy in placed and enemy != key), None)
        if other is not None:
            order = list(items)
            first, second = sorted((key, other), key=order.index)
            return first, second
    return None


def _match(items: Sequence[BankItem], blueprint: Blueprint) -> dict[str, int]:
    """As many items as places can hold, each in one; earlier items before later ones."""
    matching = _Matching({item.key: blueprint.fits(item) for item in items}, [size for _name, size in blueprint.places()])
    for item in items:
        if len(matching.placed) == blueprint.length:
            break
        matching.add(item.key, set())
    return matching.placed


class _Matching:
    """Which item stands in which place. `fits`: places by item, `sizes`: how many items each place holds."""

    def __init__(self, fits: Mapping[str, Sequence[int]], sizes: Sequence[int]) -> None:
        self.fits, self.sizes = fits, sizes
        self.placed: dict[str, int] = {}
        self._inside: list[list[str]] = [[] for _size in sizes]

    def add(self, key: str, tried: set[int]) -> bool:
        """Put an item where there is room, or where another makes room for it by going elsewhere."""
        for place in self.fits[key]:
            if place in tried:
                continue
            tried.add(place)
            has_room = len(self._inside[place]) < self.sizes[place]
            if has_room or any(self.add(other, tried) for other in tuple(self._inside[place])):
                self._put(key, place)
                return True
        return False

    def _put(self, key: str, place: int) -> None:
        if key in self.placed:
            self._inside[self.placed[key]].remove(key)
        self.placed[key] = place
        self._inside[place].append(key)


def _lacks(placed: Mapping[str, int], blueprint: Blueprint) -> list[Lack]:
    filled = Counter(placed.values())
    return [
        Lack(name, size - filled[number]) for number, (name, size) in enumerate(blueprint.places()) if filled[number] < size
    ]
