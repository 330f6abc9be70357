"""Text of a file that knows on which of its lines it stands."""

import unicodedata


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
