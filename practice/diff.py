"""What changed between two texts, word by word. Pure."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True)
class TextChange:
    kind: Literal["same", "removed", "added"]
    text: str


def compare(before: str, after: str) -> list[TextChange]:
    """Pieces in reading order: without the added ones they give `before`, without the removed ones `after`."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    pieces: list[TextChange] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(TextChange("same", "".join(old[i1:i2])))
            continue
        if i1 < i2:
            pieces.append(TextChange("removed", "".join(old[i1:i2])))
        if j1 < j2:
            pieces.append(TextChange("added", "".join(new[j1:j2])))
    return pieces


def is_same(before: str, after: str) -> bool:
    """Line ends and space at the ends do not make a difference."""
    return before.replace("\r\n", "\n").strip() == after.replace("\r\n", "\n").strip()
