"""A file on its way in: which kind it is, and what of it is kept."""

from collections.abc import Callable
from dataclasses import dataclass

from assessments.uploaded import documents, pdf, pictures, sound, words
from assessments.uploaded.kinds import KINDS, FileKind
from assessments.uploaded.refusals import Fault, Unreadable


@dataclass(frozen=True)
class Received:
    kind: FileKind
    data: bytes


Clean = Callable[[bytes], bytes]
# By how it begins. What begins like none of these may be plain text.
_DETECTORS: tuple[tuple[Callable[[bytes], str], dict[str, Clean]], ...] = (
    (pdf.kind_of, {"pdf": pdf.clean}),
    (pictures.kind_of, {"png": pictures.clean, "jpg": pictures.clean}),
    (documents.kind_of, {"docx": documents.clean_docx, "odt": documents.clean_odt}),
    (
        sound.kind_of,
        {
            "webm": sound.clean_webm,
            "m4a": sound.clean_m4a,
            "mp3": sound.clean_mp3,
            "ogg": sound.clean_ogg,
            "wav": sound.clean_wav,
        },
    ),
    (words.kind_of, {"txt": words.clean}),
)


def received(data: bytes) -> Received:
    """The kind, by the content alone, and the content without what says who made it. Raises Unreadable."""
    if not data:
        raise Unreadable(Fault.EMPTY)
    for kind_of, cleaners in _DETECTORS:
        if name := kind_of(data):
            return Received(KINDS[name], cleaners[name](data))
    raise Unreadable(Fault.UNKNOWN)
