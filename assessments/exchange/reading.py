"""A question file, whatever it holds, as questions and refusals. Nothing that a file brings raises anything."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from assessments.exchange.aiken import read_aiken
from assessments.exchange.collecting import Collector
from assessments.exchange.encoding import decode
from assessments.exchange.gift import read_gift
from assessments.exchange.limits import MAX_FILE_BYTES, MAX_PACKAGE_BYTES
from assessments.exchange.moodle import read_moodle
from assessments.exchange.qti import read_package, read_qti
from assessments.exchange.qti_files import Folder, Zip
from assessments.exchange.questions import FileRefused, Reading, Remark

_ZIP = b"PK\x03\x04"


class FileFormat(StrEnum):
    GIFT = "gift"
    AIKEN = "aiken"
    MOODLE = "moodle"
    QTI = "qti"


_READERS: dict[FileFormat, Callable[[str, Collector], None]] = {
    FileFormat.GIFT: read_gift,
    FileFormat.AIKEN: read_aiken,
    FileFormat.MOODLE: read_moodle,
    FileFormat.QTI: read_qti,
}


def read_path(path: Path, form: FileFormat) -> Reading:
    """A file, or with QTI also a folder. Raises OSError where the operating system does."""
    if path.is_dir():
        if form != FileFormat.QTI:
            return Reading(refused=(Remark(1, "This is a folder. Only QTI can be imported from one; give the file."),))
        return _gathered(lambda found: read_package(Folder(path), found))
    limit = MAX_PACKAGE_BYTES if form == FileFormat.QTI else MAX_FILE_BYTES
    with path.open("rb") as file:
        return read_bytes(file.read(limit + 1), form)


def read_bytes(data: bytes, form: FileFormat) -> Reading:
    """Questions, refusals and notes of a file; a file that is refused as a whole is one refusal and no question."""
    if form == FileFormat.QTI and data.startswith(_ZIP):
        return _gathered(lambda found: read_package(Zip(data), found))
    return _gathered(lambda found: _read_text(data, form, found))


def _read_text(data: bytes, form: FileFormat, found: Collector) -> None:
    decoded = decode(data)
    found.notes.extend(decoded.notes)
    _READERS[form](decoded.text, found)
    if not found.questions and not found.refused:
        raise FileRefused("There is no question in the file. Check that it is the right one, and its format.")


def _gathered(read: Callable[[Collector], None]) -> Reading:
    found = Collector()
    try:
        read(found)
    except FileRefused as error:
        return Reading(refused=(Remark(error.line, str(error)),), notes=tuple(found.notes))
    return found.reading()
