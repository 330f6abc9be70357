"""Files and folders of a course: read with care, and in their order; what belongs nowhere is named."""

import re
from collections.abc import Callable
from pathlib import Path

from cms.content_files.located import Source
from common.written import unprintable

ORDERED = re.compile(r"^([0-9]+)-([a-z0-9]+(?:-[a-z0-9]+)*)$")
MAX_BYTES = 1_000_000
_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def name_of(path: Path, root: Path) -> str:
    """What a file is called in messages: its path within the content folder, whatever bytes its name has."""
    return path.relative_to(root).as_posix().encode("utf-8", "replace").decode("utf-8")


def read_text(path: Path, source: Source) -> str | None:
    """The text of a file with plain line ends and without a byte order mark; None, and a problem noted, where there is none."""
    raw = _bytes_of(path, source)
    if raw is None:
        return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        source.problem(line, f"The file is not UTF-8{_guess(raw)}.", "Save it as UTF-8.")
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if hidden := unprintable(text):
        position, name = hidden
        what = (
            "A character was lost when the file was saved: there is “\ufffd” in its place."
            if name == "U+FFFD"
            else f"The character {name} cannot be shown."
        )
        remedy = "Write the word again." if name == "U+FFFD" else "Remove it."
        source.problem(text[:position].count("\n") + 1, what, remedy)
        return None
    return text


def _bytes_of(path: Path, source: Source) -> bytes | None:
    if path.is_symlink():
        source.problem(1, "This is a link to a file.", "Put the file itself here.")
        return None
    try:
        if path.stat().st_size > MAX_BYTES:
            source.problem(1, "The file is larger than 1 MB.", "Split it, or remove what is not text.")
            return None
        return path.read_bytes()
    except FileNotFoundError:
        source.problem(1, "The file is missing.", "Create it, starting with the fields between two lines “---”.")
    except OSError as error:
        source.problem(1, f"The file cannot be read: {error.strerror}.", "See that it is a file, and that you may read it.")
    return None


def _guess(raw: bytes) -> str:
    known = next((name for mark, name in _MARKS.items() if raw.startswith(mark)), "")
    return f" but {known}" if known else ""


def ordered(folder: Path, *, folders: bool, others: frozenset[str], source_of: Callable[[Path], Source]) -> list[Path]:
    """Numbered folders, or numbered Markdown files, in their order. `others` are names that may stand beside them."""
    numbered: dict[int, Path] = {}
    for path in entries(folder, source_of):
        if path.name in others:
            continue
        match = ORDERED.match(path.name if folders else path.stem)
        if path.is_dir() != folders or (not folders and path.suffix != ".md"):
            _stray(source_of(path), folders)
        elif match is None:
            source_of(path).problem(1, "The name needs a number and a slug.", "Name it like 01-map-who-expects-what.")
        elif len(match[2]) > 100:
            source_of(path).problem(1, "The name is longer than 100 characters.", "Shorten it: it is part of the address.")
        elif first := numbered.get(int(match[1])):
            source_of(path).problem(1, f"It has the number of {first.name}.", "Give one of the two another number.")
        else:
            numbered[int(match[1])] = path
    return [numbered[number] for number in sorted(numbered)]


def entries(folder: Path, source_of: Callable[[Path], Source]) -> list[Path]:
    """What is in a folder, by name, without hidden files; a link to elsewhere is refused."""
    try:
        found = sorted(folder.iterdir())
    except OSError as error:
        source_of(folder).problem(1, f"The folder cannot be read: {error.strerror}.", "See that you may read it.")
        return []
    kept = []
    for path in found:
        if path.name.startswith("."):
            continue
        if path.is_symlink():
            source_of(path).problem(1, "This is a link to a file or folder.", "Put the file or folder itself here.")
            continue
        kept.append(path)
    return kept


def _stray(source: Source, folders: bool) -> None:
    expected = "folders of modules, course.md and assessment" if folders else "module.md and lessons (01-name.md)"
    source.problem(1, "This belongs to no course.", f"Move it elsewhere: here are only {expected}.")
