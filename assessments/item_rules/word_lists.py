"""The word lists of the folder data (data/README.md)."""

from functools import cache
from pathlib import Path


@cache
def word_list(name: str) -> frozenset[str]:
    """The words of data/NAME.txt, as written there."""
    return frozenset((Path(__file__).parent / "data" / f"{name}.txt").read_text(encoding="utf-8").split())
