"""Messages that somebody else has finished: allauth, Wagtail, Django."""

from datetime import datetime
from email.utils import parseaddr

from django.core.mail import EmailMessage
from django.db import transaction

from mail.enums import Priority
from mail.models import MailDelivery
from mail.services.delivering import send_after_commit
from mail.services.messages import seal


@transaction.atomic
def queue_message(
    message: EmailMessage, *, source: str, priority: str = Priority.DEFAULT, expires_at: datetime | None = None
) -> list[MailDelivery]:
    """Write down a finished message, one delivery for each who gets it; they are sent after the commit.

    `source` says to operators what it is. Each of several recipients reads their own address only.
    """
    sealed = seal(message)
    addresses = dict.fromkeys(parseaddr(address)[1] for address in message.recipients())
    deliveries = [
        MailDelivery.objects.create(
            template=source, recipient=address, message=sealed, priority=priority, expires_at=expires_at
        )
        for address in addresses
        if address
    ]
    send_after_commit([delivery.pk for delivery in deliveries], priority=priority)
    return deliveries
