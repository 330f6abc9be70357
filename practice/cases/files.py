"""Case files in a folder: read with care, whatever they turn out to be."""

from __future__ import annotations

from pathlib import Path

from practice.cases.problems import CaseError, Problem
from practice.cases.reading import Case, case_from_yaml

MAX_BYTES = 400_000
SUFFIXES = frozenset({".yaml", ".yml"})


def case_files(path: Path) -> list[Path]:
    """The file itself, or the YAML files of a folder and of those in it, by name. Hidden ones are left out."""
    if path.is_file():
        return [path]
    found = [file for file in path.rglob("*") if file.suffix in SUFFIXES and file.is_file()]
    return sorted(file for file in found if not any(part.startswith(".") for part in file.relative_to(path).parts))


def read_case_file(path: Path, name: str) -> Case:
    """The case in this file, which messages call `name`. Its id is the name of the file. Raises CaseError."""
    case = case_from_yaml(_text_of(path, name), name)
    if case.id != path.stem:
        raise CaseError(
            [Problem(name, 1, "id", f"The id is “{case.id}”, the file is called {path.name}.", "Give both one name.")]
        )
    return case


def _text_of(path: Path, name: str) -> str:
    def refused(line: int, what: str, remedy: str) -> CaseError:
        return CaseError([Problem(name, line, "", what, remedy)])

    if path.is_symlink():
        raise refused(0, "This is a link to a file.", "Put the file itself here.")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise refused(0, f"The file is larger than {MAX_BYTES // 1000} kB.", "Remove what is not part of the case.")
        raw = path.read_bytes()
    except OSError as error:
        raise refused(
            0, f"The file cannot be read: {error.strerror}.", "See that it is there, and that you may read it."
        ) from error
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise refused(raw[: error.start].count(b"\n") + 1, "The file is not UTF-8.", "Save it as UTF-8.") from error
