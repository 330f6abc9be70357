"""Text of a file that knows on which of its lines it stands."""

import unicodedata
from typing import Any, TypeGuard


class Body(str):
    """A stretch of a file, with the line on which it begins."""

    first_line: int

    def __new__(cls, text: str, first_line: int) -> "Body":
        body = super().__new__(cls, text)
        body.first_line = first_line
        return body


class WrittenText(str):
    """A value of a field, with its line."""

    line: int


class WrittenInt(int):
    """A number of a field, with its line and as it was written: a title may be 007."""

    line: int
    written: str


class WrittenFloat(float):
    line: int
    written: str


def unprintable(text: str) -> tuple[int, str] | None:
    """(position, name) of the first character that no page can show; None where there is none."""
    for position, character in enumerate(text):
        # The line and paragraph separators (Zl, Zp) would make YAML count lines that no editor shows.
        if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") and character not in "\n\t":
            return position, f"U+{ord(character):04X}"
        if character == "\ufffd":
            return position, "U+FFFD"
    return None


def is_whole(value: Any) -> TypeGuard[int]:
    """Whether it is a number in plain digits: YAML also reads 010 as eight, and 12:30 as 750."""
    if isinstance(value, WrittenInt):
        return value.written == str(int(value))
    return isinstance(value, int) and not isinstance(value, bool)


def shown(value: Any) -> str:
    """A value in a message, as it was written."""
    if isinstance(value, WrittenInt | WrittenFloat):
        return value.written
    if value is None:
        return "empty"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def unwrapped(text: str) -> str:
    """Lines that were broken for the width of the file, joined again."""
    paragraphs = [" ".join(part.split()) for part in text.strip().split("\n\n")]
    return "\n\n".join(part for part in paragraphs if part)
