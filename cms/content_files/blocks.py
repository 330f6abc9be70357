"""The blocks of a lesson file: where each begins and ends."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from cms.content_files.located import Source
from common.written import Body

_MARK = re.compile(r"^(?P<indent>\s*)(?P<colons>:{2,})\s*(?P<rest>.*?)\s*$")
_KIND = re.compile(r"^[a-z_]+$")


@dataclass
class _Open:
    """A block, or a stretch of Markdown between blocks (`kind` "text"), that has begun."""

    kind: str
    line: int
    first_line: int
    lines: list[str] = field(default_factory=list)

    @property
    def body(self) -> Body:
        return Body("\n".join(self.lines) + "\n", self.first_line)

    @property
    def says_something(self) -> bool:
        return self.kind != "text" or bool("".join(self.lines).strip())


def split_blocks(source: Source, body: Body) -> Iterator[tuple[str, int, Body]]:
    """(kind, line, text) of the blocks in `body`; stretches of Markdown between them have the kind "text"."""
    current = _Open("text", body.first_line, body.first_line)
    for number, line in enumerate(body.split("\n"), body.first_line):
        kind = _mark(source, line, number, inside=current.kind)
        if kind is None:
            current.lines.append(line)
            continue
        if kind and current.kind != "text":
            source.problem(
                current.line,
                f"The {current.kind} is never closed: another block begins on line {number}.",
                "Close it with a line “:::”.",
            )
        elif current.says_something:
            yield current.kind, current.line, current.body
        current = _Open(kind or "text", number if kind else number + 1, number + 1)
    if current.kind != "text":
        source.problem(current.line, f"The {current.kind} is never closed.", "Close it with a line “:::”.")
    elif current.says_something:
        yield current.kind, current.line, current.body


def _mark(source: Source, line: str, number: int, *, inside: str) -> str | None:
    """The kind of the block that the line opens, "" where it closes one, None where it is a line like any other."""
    match = _MARK.match(line)
    if match is None or (inside != "text" and (match["indent"] or match["colons"] != ":::") and match["rest"]):
        return None
    rest = match["rest"]
    if match["indent"] or match["colons"] != ":::":
        source.problem(
            number, f"“{line.strip()}” is no mark of a block.", "Begin the line with three colons, without spaces before."
        )
    if not rest and inside == "text":
        source.problem(
            number, "This closes a block that was never opened.", "Remove the line, or open the block with “::: kind”."
        )
        return None
    first = rest.split()[0] if rest else ""
    if rest and not _KIND.match(rest):
        source.problem(
            number,
            f"“{line.strip()}” has more than the kind of a block.",
            f"Write “::: {first}” alone, and its fields on the lines below.",
        )
    return first


def split_fields(text: Body) -> tuple[Body, Body | None]:
    """What stands before and after the first line `---`; None where there is no such line."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if line.rstrip() == "---":
            return (
                Body("\n".join(lines[:number]) + "\n", text.first_line),
                Body("\n".join(lines[number + 1 :]), text.first_line + number + 1),
            )
    return text, None
