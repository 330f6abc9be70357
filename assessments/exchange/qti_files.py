"""Where the files of a QTI package come from: one XML file, a folder, or a zip, each within limits."""

import lzma
import posixpath
import stat
import zipfile
import zlib
from io import BytesIO
from pathlib import Path
from typing import Protocol

from assessments.exchange.limits import (
    MAX_COMPRESSION,
    MAX_FILE_BYTES,
    MAX_PACKAGE_BYTES,
    MAX_PACKAGE_FILES,
    MAX_UNPACKED_BYTES,
)
from assessments.exchange.questions import FileRefused

UNREADABLE = (
    *(zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, EOFError, zlib.error),
    lzma.LZMAError,
)
"""What `zipfile` raises of files that are broken, encrypted, or packed in a way it does not know."""


class Files(Protocol):
    """The XML files of a package by name, with / between folders."""

    names: tuple[str, ...]

    def read(self, name: str) -> bytes:
        """Raises FileRefused where that file cannot be read."""


class Zip:
    """Only XML is unpacked, each file at most as far as the limits reach, whatever its header says of its size."""

    def __init__(self, data: bytes) -> None:
        if len(data) > MAX_PACKAGE_BYTES:
            raise FileRefused(f"The package is larger than {MAX_PACKAGE_BYTES // 1024**2} MB. Split it.")
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
            entries = self._zip.infolist()
        except UNREADABLE:
            raise FileRefused("The package is no readable zip file. Export it again.") from None
        if len(entries) > MAX_PACKAGE_FILES:
            raise FileRefused(f"The package has more than {MAX_PACKAGE_FILES:,} files. Split it.")
        self._entries = {entry.filename: entry for entry in entries if is_xml(entry.filename)}
        for entry in self._entries.values():
            _require_plain(entry)
        self.names = tuple(self._entries)
        self._left = MAX_UNPACKED_BYTES

    def read(self, name: str) -> bytes:
        limit = min(MAX_FILE_BYTES, self._left)
        try:
            with self._zip.open(self._entries[name]) as file:
                data = file.read(limit + 1)
        except UNREADABLE:
            raise FileRefused(f"{name[:100]} cannot be unpacked. Export the package again.") from None
        if len(data) > limit:
            raise FileRefused(f"The package unpacks to more than {MAX_UNPACKED_BYTES // 1024**2} MB. Split it.")
        self._left -= len(data)
        return data


def _require_plain(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    if name.startswith("/") or "\\" in name or ".." in name.split("/") or stat.S_ISLNK(entry.external_attr >> 16):
        raise FileRefused(f"The package has a file outside itself: {name[:100]}. Export it again.")
    if entry.flag_bits & 1:
        raise FileRefused("The package is encrypted. Export it without a password.")
    if entry.file_size > MAX_COMPRESSION * max(entry.compress_size, 1):
        raise FileRefused(f"{name[:100]} unpacks to far more than its size. Questions do not; export the package again.")


class Folder:
    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        found = sorted(path for path in self._root.rglob("*") if is_xml(path.name) and path.is_file())
        if len(found) > MAX_PACKAGE_FILES:
            raise FileRefused(f"The folder has more than {MAX_PACKAGE_FILES:,} XML files. Split it.")
        # A link that leads out of the folder is no part of it.
        self.names = tuple(
            path.relative_to(self._root).as_posix() for path in found if path.resolve().is_relative_to(self._root)
        )
        self._left = MAX_UNPACKED_BYTES

    def read(self, name: str) -> bytes:
        limit = min(MAX_FILE_BYTES, self._left)
        with (self._root / name).open("rb") as file:
            data = file.read(limit + 1)
        if len(data) > limit:
            raise FileRefused(f"{name[:100]} is too large, or the folder is. Split it.")
        self._left -= len(data)
        return data


def is_xml(name: str) -> bool:
    hidden = any(part.startswith((".", "__MACOSX")) for part in name.split("/") if part not in (".", ".."))
    return name.lower().endswith((".xml", ".qti")) and not hidden


def beside(name: str, address: str) -> str:
    """The name of a file that another one names."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), address.partition("#")[0]))
