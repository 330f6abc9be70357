"""Django's way to the outbox: whatever sends mail with `django.core.mail` queues it, and a worker sends it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage
from django.db import DatabaseError
from django.utils import timezone

from mail.enums import Priority
from mail.services import queue_message


class Outbox(BaseEmailBackend):
    """Messages stay queued, encrypted, until `ACCORD_MAIL_TRANSPORT` has taken them."""

    def __init__(
        self,
        fail_silently: bool = False,
        *,
        source: str = "message",
        priority: str = Priority.DEFAULT,
        expires_in: int | None = None,
        **kwargs: Any,
    ) -> None:
        """`expires_in`: seconds after which a message is not sent any more."""
        super().__init__(fail_silently=fail_silently)
        self.source, self.priority, self.expires_in = source, priority, expires_in

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        expires_at = timezone.now() + timedelta(seconds=self.expires_in) if self.expires_in else None
        try:
            for message in email_messages:
                queue_message(message, source=self.source, priority=self.priority, expires_at=expires_at)
        except (DatabaseError, TypeError):
            if not self.fail_silently:
                raise
            return 0
        return len(email_messages)
