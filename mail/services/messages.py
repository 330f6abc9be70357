"""Finished messages as they wait: encrypted, since sign-in codes and links that open accounts stand in them."""

import base64
import json
from email.mime.base import MIMEBase
from typing import Any

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.message import EmailAlternative

from common import encryption

# As Wagtail, allauth and Django give them; anything else in a message is refused where it is queued.
TEXTS = ("subject", "body", "from_email", "content_subtype")


def seal(message: EmailMessage) -> str:
    """A message without its recipients. Raises TypeError for attachments that are parts of MIME already."""
    kept: dict[str, Any] = {name: str(getattr(message, name)) for name in TEXTS}
    kept["reply_to"] = [str(address) for address in message.reply_to]
    kept["headers"] = {name: str(value) for name, value in message.extra_headers.items()}
    kept["alternatives"] = [list(part) for part in getattr(message, "alternatives", [])]
    kept["attachments"] = [_packed(attachment) for attachment in message.attachments]
    return encryption.encrypt(json.dumps(kept))


def unseal(text: str) -> EmailMessage:
    """What `seal` was given. `SecretUnreadable` where the key is not configured any more, ValueError once erased."""
    kept = json.loads(encryption.decrypt(text))
    message = EmailMultiAlternatives(
        kept["subject"], kept["body"], kept["from_email"], reply_to=kept["reply_to"], headers=kept["headers"]
    )
    message.content_subtype = kept["content_subtype"]
    message.alternatives = [EmailAlternative(*part) for part in kept["alternatives"]]
    for name, content, mimetype in kept["attachments"]:
        message.attach(name, base64.b64decode(content), mimetype)
    return message


def _packed(attachment: Any) -> list[str | None]:
    if isinstance(attachment, MIMEBase):
        raise TypeError("Attach files by name, content and type.")
    name, content, mimetype = attachment
    raw = content.encode() if isinstance(content, str) else content
    return [name, base64.b64encode(raw).decode(), mimetype]
