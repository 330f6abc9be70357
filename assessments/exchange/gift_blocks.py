"""A GIFT file taken apart: blank lines part its questions, `//` begins a comment, `$CATEGORY:` names what follows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from assessments.exchange.limits import MAX_QUESTION_CHARACTERS

_ESCAPES = {"~": "\x01", "=": "\x02", "#": "\x03", "{": "\x04", "}": "\x05", ":": "\x06", "\\": "\x07", "n": "\x08"}
_MEANT = {placed: "\n" if sign == "n" else sign for sign, placed in _ESCAPES.items()}
_ESCAPED = re.compile(r"\\([~=#{}:n\\])")
_PLACED = re.compile("[\x01-\x08]")
_BRACES = re.compile(r"[{}]")
_LABEL = re.compile(r"\[(id|tag):([^\]\n]{1,100})\]")


def hide_escapes(text: str) -> str:
    """Escaped signs as characters that no decoded file has, so that the signs left are those that mean something."""
    return _ESCAPED.sub(lambda found: _ESCAPES[found[1]], text)


def show_escapes(text: str) -> str:
    return _PLACED.sub(lambda found: _MEANT[found[0]], text)


@dataclass(frozen=True)
class Block:
    """One question as it is written, escapes hidden. `lines`: the number of each of its lines in the file."""

    text: str
    lines: tuple[int, ...]
    category: str = ""
    identifier: str = ""
    tags: tuple[str, ...] = ()

    def line_at(self, position: int) -> int:
        return self.lines[min(self.text.count("\n", 0, position), len(self.lines) - 1)]


@dataclass
class _Chunk:
    """Lines up to a blank one, with their numbers."""

    kept: list[tuple[int, str]]
    category: str
    labels: str

    @cached_property
    def braces(self) -> str:
        """Its braces in their order, without the escaped ones; none where it is too long to be read."""
        return "" if self.is_too_long else "".join(_BRACES.findall(hide_escapes(self.text)))

    @cached_property
    def text(self) -> str:
        return "\n".join(line for _number, line in self.kept)

    @property
    def is_too_long(self) -> bool:
        """Refused by whoever reads it, so that nothing is worked out about it."""
        return len(self.text) > MAX_QUESTION_CHARACTERS


def blocks_of(text: str) -> Iterator[Block]:
    """The questions of a file. A blank line within braces parts nothing where the next brace closes them."""
    waiting: list[_Chunk] = []
    for chunk in _chunks(text):
        if waiting and chunk.category == waiting[0].category and chunk.braces.startswith("}"):
            first, *between = waiting
            yield _block(replace(first, kept=[line for part in (first, *between, chunk) for line in part.kept]))
            waiting = []
            continue
        elif waiting and not chunk.braces and chunk.category == waiting[0].category:
            waiting.append(chunk)
            continue
        yield from (_block(part) for part in waiting)
        waiting = []
        if chunk.braces.endswith("{"):
            waiting.append(chunk)
        else:
            yield _block(chunk)
    yield from (_block(part) for part in waiting)


def _chunks(text: str) -> Iterator[_Chunk]:
    category, labels = "", ""
    kept: list[tuple[int, str]] = []
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        stripped = line.strip()
        if stripped.startswith("//"):
            labels = f"{labels} {stripped[:1000]}"[-4000:]
        elif stripped and not stripped.startswith("$CATEGORY:"):
            kept.append((number, stripped))
        else:
            if kept:
                yield _Chunk(kept, category, labels)
                kept, labels = [], ""
            if stripped:
                category = stripped.removeprefix("$CATEGORY:").strip()[:500]


def _block(chunk: _Chunk) -> Block:
    found = _LABEL.findall(chunk.labels)
    ids = [show_escapes(hide_escapes(value)) for name, value in found if name == "id"]
    tags = [show_escapes(hide_escapes(value)).strip() for name, value in found if name == "tag"]
    return Block(
        text=chunk.text if chunk.is_too_long else hide_escapes(chunk.text),
        lines=tuple(number for number, _line in chunk.kept),
        category=chunk.category,
        identifier=ids[-1].strip() if ids else "",
        tags=tuple(dict.fromkeys(tags)),
    )
