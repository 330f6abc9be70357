"""Bytes of a question file as text: one policy for all formats."""

import codecs
import re
from dataclasses import dataclass

from assessments.exchange.limits import MAX_FILE_BYTES, MAX_LINES
from assessments.exchange.questions import FileRefused, Remark

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins with the mark of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LABELS = {"utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "utf-32-le": "UTF-32", "utf-32-be": "UTF-32"}
_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
# What browsers read under these names too: the codes that Latin-1 leaves to controls are quotation marks there.
_WESTERN = {"iso-8859-1", "iso8859-1", "latin1", "latin-1", "us-ascii", "ascii", "windows-1252", "cp1252"}
# Neither XML nor a learner's page can show these. Line ends and tabs stay.
_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_SAVE_AGAIN = "Save it again as UTF-8 and import that."


@dataclass(frozen=True)
class Decoded:
    """`text` has \\n as its only line end, and no character that cannot be shown."""

    text: str
    notes: tuple[Remark, ...] = ()


def decode(data: bytes) -> Decoded:
    """A byte order mark decides, then what an XML file declares, then UTF-16 by its zeros, UTF-8, Windows-1252.

    Raises FileRefused for files too large or in none of these encodings.
    """
    if len(data) > MAX_FILE_BYTES:
        raise FileRefused(f"The file is larger than {MAX_FILE_BYTES // 1024**2} MB. Split it and import the parts.")
    text, notes = _decoded(data)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.count("\n") > MAX_LINES:
        raise FileRefused(f"The file has more than {MAX_LINES:,} lines. Split it and import the parts.", MAX_LINES)
    shown = _INVISIBLE.sub("", text)
    if len(shown) != len(text):
        first = _INVISIBLE.search(text)
        line = text.count("\n", 0, first.start()) + 1 if first else 1
        notes = (*notes, Remark(line, f"Control characters that cannot be shown were removed ({len(text) - len(shown):,})."))
    return Decoded(shown, notes)


def _decoded(data: bytes) -> tuple[str, tuple[Remark, ...]]:
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return _strictly(data[len(mark) :], codec), () if codec == "utf-8" else (_said(_LABELS[codec]),)
    declared = _DECLARED.match(data)
    if declared:
        return _as_declared(data, declared[1].decode("ascii"))
    wide = _wide_without_mark(data)
    if wide:
        return _strictly(data, wide), (_said("UTF-16"),)
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError:
        return _western(data), (_said("Windows-1252"),)


def _as_declared(data: bytes, name: str) -> tuple[str, tuple[Remark, ...]]:
    if name.lower() in ("utf-8", "utf8"):
        return _strictly(data, "utf-8"), ()
    if name.lower() in _WESTERN:
        return _western(data), (_said("Windows-1252"),)
    raise FileRefused(f"The file says that its encoding is {name}, which is not read. {_SAVE_AGAIN}")


def _strictly(data: bytes, codec: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        raise FileRefused(
            f"The file is marked as {_LABELS[codec]}, but byte {error.start + 1:,} is not. {_SAVE_AGAIN}",
            data.count(b"\n", 0, error.start) + 1,
        ) from None


def _western(data: bytes) -> str:
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise FileRefused(
            f"The file is neither UTF-8 nor Windows-1252 (byte {error.start + 1:,}). {_SAVE_AGAIN}",
            data.count(b"\n", 0, error.start) + 1,
        ) from None


def _said(label: str) -> Remark:
    return Remark(1, f"The file was read as {label}.")


def _wide_without_mark(data: bytes) -> str:
    """UTF-16 of mostly Latin letters has every second byte zero."""
    sample = data[: len(data) // 2 * 2][:4096]
    if not sample:
        return ""
    even, odd, half = sample[0::2].count(0), sample[1::2].count(0), len(sample) // 2
    if odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.4 * half and odd < 0.05 * half:
        return "utf-16-be"
    return ""
