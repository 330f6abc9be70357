"""Plain text: kept as UTF-8."""

import codecs
import re

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_ENCODINGS = ("utf-8", "cp1252")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
# Text, and yet of another kind: nobody could read it as it is.
_MARKUP = re.compile(r"\s*(?:\{\\rtf|<\?xml|<!doctype|<html|%!PS|<svg)", re.I)


def kind_of(data: bytes) -> str:
    text = _decoded(data)
    return "" if text is None or not text.strip() or _MARKUP.match(text) else "txt"


def clean(data: bytes) -> bytes:
    return (_decoded(data) or "").encode()


def _decoded(data: bytes) -> str | None:
    encodings = next(((encoding,) for mark, encoding in _MARKS.items() if data.startswith(mark)), _ENCODINGS)
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if _UNPRINTABLE.search(text) else text
    return None
