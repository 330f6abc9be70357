"""What mail servers send back: delivery status notifications (RFC 3464)."""

import mailbox
from collections.abc import Iterable, Iterator
from email import message_from_bytes, message_from_string
from email.message import Message
from pathlib import Path
from typing import Any

from mail.services.upkeep import record_bounce

MBOX_START = b"From "
FAILED = "failed"


def read_notifications(path: Path) -> Iterator[Message]:
    """The messages of a file: a mailbox (mbox), or a single message."""
    with path.open("rb") as file:
        is_mailbox = file.read(len(MBOX_START)) == MBOX_START
    if not is_mailbox:
        yield message_from_bytes(path.read_bytes())
        return
    box = mailbox.mbox(path, create=False)
    try:
        yield from box
    finally:
        box.close()


def record_bounces(notifications: Iterable[Message]) -> int:
    """Note which of our mails came back; returns how many. Notices of delays, and any other mail, change nothing."""
    return sum(record_bounce(message_id=message_id, status=status) for message_id, status in _bounces(notifications))


def _bounces(notifications: Iterable[Message]) -> Iterator[tuple[str, str]]:
    """Message-ID of the returned mail, and the status."""
    for notification in notifications:
        parts = list(notification.walk())
        statuses = [status for part in parts for status in _failures(part)]
        message_id = next((found for part in parts if (found := _returned_id(part))), "")
        if statuses and message_id:
            yield message_id, statuses[0]


def _failures(part: Message) -> Iterator[str]:
    """The status of each recipient whom a server gave up."""
    if part.get_content_type() != "message/delivery-status" or not part.is_multipart():
        return
    recipients: Any = part.get_payload()
    for fields in recipients[1:]:  # the first is about the notification
        if str(fields.get("Action", "")).strip().lower() == FAILED:
            yield str(fields.get("Status", "")).split("(")[0].strip()


def _returned_id(part: Message) -> str:
    """The Message-ID of the mail that came back, of which a notification holds the whole or the head."""
    payload: Any = part.get_payload()
    if part.get_content_type() == "message/rfc822" and part.is_multipart():
        return str(payload[0].get("Message-ID", ""))
    if part.get_content_type() == "text/rfc822-headers":
        return str(message_from_string(str(payload)).get("Message-ID", ""))
    return ""
