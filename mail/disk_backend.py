"""Keeps every mail as a file, one message each; in demo mode the mailbox page shows them."""

import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage


class DiskMailbox(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.DEMO_MAIL_DIR)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for message in email_messages:
            # Written under another name first, so that the page never reads half a message.
            path = folder / f"{time.time_ns()}-{uuid.uuid4().hex[:8]}.eml"
            path.with_suffix(".part").touch(mode=0o600)  # sign-in codes stand in mails
            path.with_suffix(".part").write_bytes(message.message().as_bytes())
            path.with_suffix(".part").rename(path)
        return len(email_messages)
