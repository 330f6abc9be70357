"""The kinds of files that can be an answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Family(StrEnum):
    DOCUMENT = "document"
    PICTURE = "picture"
    AUDIO = "audio"


@dataclass(frozen=True)
class FileKind:
    """`label` is what people call it; `media_type` is sent with it, whatever a browser said of the file."""

    name: str
    label: str
    media_type: str
    family: Family
    endings: tuple[str, ...]

    @property
    def ending(self) -> str:
        return self.endings[0]


_DOCUMENTS = (
    FileKind("pdf", "PDF", "application/pdf", Family.DOCUMENT, (".pdf",)),
    FileKind(
        "docx",
        "Word (DOCX)",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        Family.DOCUMENT,
        (".docx",),
    ),
    FileKind("odt", "OpenDocument (ODT)", "application/vnd.oasis.opendocument.text", Family.DOCUMENT, (".odt",)),
    FileKind("txt", "TXT", "text/plain; charset=utf-8", Family.DOCUMENT, (".txt",)),
    FileKind("png", "PNG", "image/png", Family.PICTURE, (".png",)),
    FileKind("jpg", "JPEG", "image/jpeg", Family.PICTURE, (".jpg", ".jpeg")),
)
_AUDIO = (
    FileKind("webm", "WebM", "audio/webm", Family.AUDIO, (".webm", ".weba")),
    FileKind("m4a", "M4A", "audio/mp4", Family.AUDIO, (".m4a", ".mp4")),
    FileKind("mp3", "MP3", "audio/mpeg", Family.AUDIO, (".mp3",)),
    FileKind("ogg", "OGG", "audio/ogg", Family.AUDIO, (".ogg", ".oga", ".opus")),
    FileKind("wav", "WAV", "audio/wav", Family.AUDIO, (".wav",)),
)
KINDS = {kind.name: kind for kind in (*_DOCUMENTS, *_AUDIO)}
AUDIO = tuple(kind.name for kind in _AUDIO)


def media_types(endings: Iterable[str]) -> list[str]:
    """Of files that end so, each once, without parameters."""
    wanted = set(endings)
    types = (kind.media_type.partition(";")[0] for kind in KINDS.values() if wanted & set(kind.endings))
    return list(dict.fromkeys(types))
