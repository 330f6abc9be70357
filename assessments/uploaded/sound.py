"""Recordings: sound without pictures, and without the tags in which players keep names."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from assessments.uploaded.refusals import Fault, Unreadable

_EBML = b"\x1aE\xdf\xa3"
_HEADER = 4096
_WEBM_VIDEO = re.compile(rb"V_(?:VP|AV1|MPEG|THEORA)")
_OGG_SOUND = (b"OpusHead", b"\x01vorbis", b"\x7fFLAC", b"Speex   ")
_MP4_VIDEO = re.compile(rb"hdlr.{8}vide", re.S)
_MP4_SOUND = re.compile(rb"hdlr.{8}soun", re.S)
# Players keep names in any of these: iTunes in "udta", QuickTime in "meta", editors of pictures and sound in "uuid".
_MP4_TAGS = (b"udta", b"meta", b"uuid")
_ID3, _ID3_OLD, _ID3_OLD_SIZE = b"ID3", b"TAG", 128
_WAV_KEPT = (b"fmt ", b"data", b"fact")


def kind_of(data: bytes) -> str:
    if data.startswith(_EBML):
        return "webm" if b"webm" in data[:64] else ""
    if data.startswith(b"OggS"):
        return "ogg"
    if data[4:8] == b"ftyp":
        return "m4a"
    if data.startswith(b"RIFF") and data[8:12] == b"WAVE":
        return "wav"
    return "mp3" if data.startswith(_ID3) or _is_frame(data) else ""


def _is_frame(data: bytes) -> bool:
    """Whether a frame of MPEG audio, layer III, begins here."""
    return len(data) > 4 and data[0] == 0xFF and data[1] & 0xE6 == 0xE2 and data[2] >> 4 != 0xF and data[2] & 0x0C != 0x0C


def clean_webm(data: bytes) -> bytes:
    header = data[:_HEADER]
    if _WEBM_VIDEO.search(header):
        raise Unreadable(Fault.VIDEO)
    if b"A_OPUS" not in header and b"A_VORBIS" not in header:
        raise Unreadable(Fault.BROKEN)
    return data


def clean_ogg(data: bytes) -> bytes:
    header = data[:_HEADER]
    if b"theora" in header:
        raise Unreadable(Fault.VIDEO)
    if not any(mark in header for mark in _OGG_SOUND):
        raise Unreadable(Fault.BROKEN)
    return data


def clean_m4a(data: bytes) -> bytes:
    """With the boxes of its tags emptied in place: other boxes say where things are by counting from the beginning."""
    if _MP4_VIDEO.search(data):
        raise Unreadable(Fault.VIDEO)
    if not _MP4_SOUND.search(data):
        raise Unreadable(Fault.BROKEN)
    kept = bytearray(data)
    _empty(kept, data, 0, len(data))
    for box in _boxes(data, 0, len(data), (b"moov",)):
        _empty(kept, data, box.start, box.end)
        for inner in _boxes(data, box.start, box.end, (b"trak",)):
            _empty(kept, data, inner.start, inner.end)
    return bytes(kept)


@dataclass(frozen=True, slots=True)
class _Box:
    """Where the name of a box stands, and from where to where its contents do."""

    name: int
    start: int
    end: int


def _empty(kept: bytearray, data: bytes, start: int, end: int) -> None:
    for box in _boxes(data, start, end, _MP4_TAGS):
        kept[box.name : box.name + 4] = b"free"
        kept[box.start : box.end] = bytes(box.end - box.start)


def _boxes(data: bytes, start: int, end: int, names: Collection[bytes]) -> list[_Box]:
    """The boxes of these names, whether their length is written in 4 bytes or in 8. A length that is no sense ends the list."""
    found = []
    while start + 8 <= end:
        size, header = int.from_bytes(data[start : start + 4], "big"), 8
        if size == 1:
            size, header = int.from_bytes(data[start + 8 : start + 16], "big"), 16
        size = size or end - start
        if size < header or start + size > end:
            break
        if data[start + 4 : start + 8] in names:
            found.append(_Box(start + 4, start + header, start + size))
        start += size
    return found


def clean_mp3(data: bytes) -> bytes:
    """Without the tags before and after its frames."""
    start = 0
    while data.startswith(_ID3, start):
        size = 0
        for byte in data[start + 6 : start + 10]:
            size = size << 7 | byte & 0x7F
        start += 10 + size
    end = len(data) - _ID3_OLD_SIZE if data[-_ID3_OLD_SIZE:].startswith(_ID3_OLD) else len(data)
    data = data[start:end].lstrip(b"\0")
    if not _is_frame(data):
        raise Unreadable(Fault.BROKEN)
    return data


def clean_wav(data: bytes) -> bytes:
    """Its sound and how that is written, and no other chunk."""
    chunks: dict[bytes, bytes] = {}
    start = 12
    while start + 8 <= len(data):
        name, size = data[start : start + 4], int.from_bytes(data[start + 4 : start + 8], "little")
        if name in _WAV_KEPT:
            chunks.setdefault(name, data[start + 8 : start + 8 + size])
        start += 8 + size + size % 2
    if b"fmt " not in chunks or not chunks.get(b"data"):
        raise Unreadable(Fault.BROKEN)
    body = b"".join(
        name + len(chunk).to_bytes(4, "little") + chunk + b"\0" * (len(chunk) % 2) for name, chunk in chunks.items()
    )
    return b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"WAVE" + body
