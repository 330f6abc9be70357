"""Reads what `demo_backend` keeps, for the mailbox page of the demo."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from pathlib import Path

from django.conf import settings

_NAME = re.compile(r"\d{16,20}-[0-9a-f]{8}")
_HEADER_BYTES = 8192


@dataclass(frozen=True)
class Mail:
    """One kept mail; `text` and `html` are empty where only the head was read."""

    id: str
    sender: str
    recipient: str
    subject: str
    sent_at: datetime
    text: str = ""
    html: str = ""


def newest_first(recipient: str = "") -> Iterator[Mail]:
    """Heads of the mails, newest first; with `recipient`, only those to an address that contains it."""
    wanted = recipient.strip().lower()
    for path in sorted(Path(settings.DEMO_MAIL_DIR).glob("*.eml"), reverse=True):
        with path.open("rb") as file:
            start = file.read(_HEADER_BYTES)
        mail = _mail(path.stem, BytesHeaderParser(policy=policy.default).parsebytes(start))
        if wanted in mail.recipient.lower():
            yield mail


def find(mail_id: str) -> Mail | None:
    """One mail with its text and HTML, or None when it is not there (or the id is not one of ours)."""
    path = Path(settings.DEMO_MAIL_DIR) / f"{mail_id}.eml"
    if not _NAME.fullmatch(mail_id) or not path.is_file():
        return None
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    return _mail(mail_id, message, text=_body(message, "plain"), html=_body(message, "html"))


def _mail(mail_id: str, message: EmailMessage, **bodies: str) -> Mail:
    return Mail(
        id=mail_id,
        sender=str(message.get("From", "")),
        recipient=str(message.get("To", "")),
        subject=str(message.get("Subject", "")),
        sent_at=datetime.fromtimestamp(int(mail_id.split("-")[0]) / 1e9, UTC),
        **bodies,
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return part.get_content() if part is not None else ""
