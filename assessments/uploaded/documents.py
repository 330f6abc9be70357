"""DOCX and ODT: packages, written anew without what says who wrote them, also beside changes and comments."""

import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping

from assessments.uploaded.refusals import Fault, Unreadable

MOST_UNPACKED = 50 * 1024 * 1024
MOST_PARTS = 3_000
_BEGINNING = b"PK\x03\x04"
_ODT_TYPE = b"application/vnd.oasis.opendocument.text"
_DAY = (1980, 1, 1, 0, 0, 0)
_ENCRYPTED_FLAG = 0x1

# What zipfile and zlib raise where a package is damaged, one way or the other.
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, struct.error, OSError, ValueError, LookupError, TypeError, EOFError),
    *(RuntimeError, ArithmeticError, MemoryError, lzma.LZMAError),
)
# What lists the parts of a package may be no longer: reading the list of a hundred thousand takes seconds.
_MOST_DIRECTORY = 1_000_000
_END_OF_DIRECTORY, _WIDE = b"PK\x05\x06", b"PK\x06\x07"
_LONGEST_END = 22 + 65_535

_CORE = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org'
    b'/package/2006/metadata/core-properties"/>'
)
_EXTENDED = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Properties xmlns="http://schemas.openxmlformats.org'
    b'/officeDocument/2006/extended-properties"/>'
)
_CUSTOM = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Properties xmlns="http://schemas.openxmlformats.org'
    b'/officeDocument/2006/custom-properties"/>'
)
_PEOPLE = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<w15:people xmlns:w15="http://schemas.microsoft.com/office'
    b'/word/2012/wordml"/>'
)
_META = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-meta xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office'
    b':1.0" office:version="1.2"><office:meta/></office:document-meta>'
)
_DOCX_PARTS = {
    "docProps/core.xml": _CORE,
    "docProps/app.xml": _EXTENDED,
    "docProps/custom.xml": _CUSTOM,
    "word/people.xml": _PEOPLE,
}
_ODT_PARTS = {"meta.xml": _META}
# Each looks once at every byte, whatever stands there.
_DOCX_NAMES = re.compile(rb'(\b(?:author|initials)=)(?:"[^"]*"|\'[^\']*\')')
_ODT_NAMES = re.compile(rb"(<(dc:creator|meta:creator-initials|loext:sender-initials)\b[^<>]*>)[^<]*(</\2>)")
_ACTIVE = re.compile(r"(?:^|/)(?:vbaProject\.bin|vbaData\.xml)$|^(?:Basic|Scripts)/|^word/activeX/|^word/embeddings/", re.I)
_PREVIEW = re.compile(r"^(?:Thumbnails/|docProps/thumbnail)", re.I)


def kind_of(data: bytes) -> str:
    if not data.startswith(_BEGINNING):
        return ""
    _refuse_long_directory(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            names = set(package.namelist())
            if {"[Content_Types].xml", "word/document.xml"} <= names:
                return "docx"
            if {"mimetype", "content.xml"} <= names and _type_of(package) == _ODT_TYPE:
                return "odt"
    except _DAMAGED as error:
        raise Unreadable(Fault.BROKEN) from error
    return ""


def _refuse_long_directory(data: bytes) -> None:
    """Before the list is read. What has a wide one (ZIP64) is larger than any answer."""
    at = data.rfind(_END_OF_DIRECTORY, max(0, len(data) - _LONGEST_END))
    if at >= 0 and (data[at - 20 : at - 16] == _WIDE or int.from_bytes(data[at + 12 : at + 16], "little") > _MOST_DIRECTORY):
        raise Unreadable(Fault.TOO_MUCH)


def _type_of(package: zipfile.ZipFile) -> bytes:
    with package.open("mimetype") as part:
        return part.read(len(_ODT_TYPE) + 1).strip()


def clean_docx(data: bytes) -> bytes:
    return _written_anew(data, _DOCX_PARTS, _without_docx_names)


def clean_odt(data: bytes) -> bytes:
    return _written_anew(data, _ODT_PARTS, _without_odt_names)


def _without_docx_names(name: str, content: bytes) -> bytes:
    is_text = name.startswith("word/") and name.endswith(".xml")
    return _DOCX_NAMES.sub(rb'\1""', content) if is_text else content


def _without_odt_names(name: str, content: bytes) -> bytes:
    return _ODT_NAMES.sub(rb"\1\3", content) if name in ("content.xml", "styles.xml") else content


def _written_anew(data: bytes, instead: Mapping[str, bytes], without_names: Callable[[str, bytes], bytes]) -> bytes:
    out = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as anew:
            parts = package.infolist()
            _refuse_unfit(parts)
            for part in parts:
                if part.is_dir() or _PREVIEW.search(part.filename):
                    continue
                content = instead.get(part.filename) or without_names(part.filename, package.read(part))
                entry = zipfile.ZipInfo(part.filename, date_time=_DAY)
                # The type of an OpenDocument stands uncompressed at its beginning.
                entry.compress_type = zipfile.ZIP_STORED if part.filename == "mimetype" else zipfile.ZIP_DEFLATED
                anew.writestr(entry, content)
    except _DAMAGED as error:
        raise Unreadable(Fault.BROKEN) from error
    return out.getvalue()


def _refuse_unfit(parts: list[zipfile.ZipInfo]) -> None:
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Unreadable(Fault.TOO_MUCH)
    if any(part.flag_bits & _ENCRYPTED_FLAG for part in parts):
        raise Unreadable(Fault.PROTECTED)
    if any(_ACTIVE.search(part.filename) for part in parts):
        raise Unreadable(Fault.ACTIVE)
