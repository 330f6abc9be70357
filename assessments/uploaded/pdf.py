"""PDF: what its properties say of a person is overwritten in place, so that every offset in it stays right.

Only what stands there uncompressed is found. What a PDF says of its author in a compressed part stays in it: the page on
which it is uploaded says so.
"""

import re

from assessments.uploaded.refusals import Fault, Unreadable

_BEGINNING, _END = b"%PDF-", b"%%EOF"
_LOOKED_AT = 1024
_STRING = rb"(?:\((?:\\.|[^\\()])*\)|<[0-9A-Fa-f\s]*>)"
_PROPERTIES = re.compile(rb"/(?:Author|Creator|Producer|Title|Subject|Keywords|Company|Manager)\s*(" + _STRING + rb")", re.S)
_PACKET, _PACKET_END = b"<?xpacket begin", b"<?xpacket end"
_BETWEEN_TAGS = re.compile(rb">([^<>]+)<")
_ACTIVE = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFile|RichMedia)\b")
_CODED = re.compile(rb"#([0-9A-Fa-f]{2})")
_ENCRYPTED = re.compile(rb"/Encrypt\b")


def kind_of(data: bytes) -> str:
    return "pdf" if _BEGINNING in data[:_LOOKED_AT] else ""


def clean(data: bytes) -> bytes:
    if _END not in data[-_LOOKED_AT:]:
        raise Unreadable(Fault.BROKEN)
    if _ENCRYPTED.search(data):
        raise Unreadable(Fault.PROTECTED)
    if _ACTIVE.search(data) or _ACTIVE.search(_CODED.sub(lambda found: bytes.fromhex(found[1].decode()), data)):
        raise Unreadable(Fault.ACTIVE)
    return _without_packets(_PROPERTIES.sub(_blank_string, data))


def _blank_string(found: re.Match[bytes]) -> bytes:
    whole, value = found[0], found[1]
    fill = b" " if value.startswith(b"(") else b"0"
    return whole[: -len(value)] + value[:1] + fill * (len(value) - 2) + value[-1:]


def _without_packets(data: bytes) -> bytes:
    """With all elements of its XMP packets, and spaces for what they say."""
    parts, done = [], 0
    while (start := data.find(_PACKET, done)) >= 0 and (end := data.find(_PACKET_END, start)) >= 0:
        parts += [data[done:start], _BETWEEN_TAGS.sub(_blank, data[start:end])]
        done = end
    return b"".join([*parts, data[done:]])


def _blank(found: re.Match[bytes]) -> bytes:
    return b">" + b" " * len(found[1]) + b"<"
