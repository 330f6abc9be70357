"""Draws that anybody can make again: from a seed and a name, on every version of Python."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

Entry = TypeVar("Entry")

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


def draw(seed: str, name: str, n: int) -> int:
    """A number from 0 to n − 1, evenly spread over seeds and over names. Raises ValueError when n is not positive."""
    if n < 1:
        raise ValueError(f"Nothing can be drawn from {n} entries.")
    return int.from_bytes(hashlib.sha256(f"{seed}:{name}".encode()).digest()[:8], "big") % n


def pick(seed: str, name: str, entries: Sequence[Entry]) -> Entry:
    return entries[draw(seed, name, len(entries))]


def shuffled(seed: str, name: str, entries: Sequence[Entry]) -> list[Entry]:
    """The entries in an order drawn for this seed and name (Fisher and Yates)."""
    order = list(entries)
    drawn = int.from_bytes(hashlib.sha256(f"{seed}:{name}".encode()).digest(), "big")
    for last in range(len(order) - 1, 0, -1):
        drawn, other = divmod(drawn, last + 1)
        order[last], order[other] = order[other], order[last]
    return order


def fill(text: str, words: Mapping[str, str]) -> str:
    """The text with `{name}` replaced by its words; a name without words is left as it is. Nothing is evaluated."""
    return PLACEHOLDER.sub(lambda found: words.get(found[1], found[0]), text)


def listed(phrases: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    *first, last = phrases
    return f"{', '.join(first)} and {last}" if first else last
