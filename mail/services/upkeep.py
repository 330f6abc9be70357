"""What is done about mails later: sent again, returned to us, forgotten."""

import re
import uuid
from collections.abc import Iterable
from datetime import timedelta

from celery import shared_task
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from common.retention import delete_in_batches, expired_before, in_batches
from common.types import PersonRef
from mail.enums import UNDELIVERED, WAITING, DeliveryState, Priority
from mail.events import Resending, mails_resent
from mail.kinds import mail_templates
from mail.models import MailDelivery, MailLink
from mail.services.delivering import send_after_commit, send_bulk_after_commit

MESSAGE_ID = re.compile(r"<?([0-9a-f]{32})@[^>\s]+>?")
STATUS = re.compile(r"[45]\.\d{1,3}\.\d{1,3}")


@transaction.atomic
def resend_failed(*, delivery_ids: Iterable[int], actor: PersonRef) -> int:
    """Queue those mails again that have failed for good or came back; returns how many. Any other is left as it is."""
    # One that was emptied has nobody to go to, or nothing to say, any more.
    failed = MailDelivery.objects.filter(pk__in=list(delivery_ids), state__in=UNDELIVERED).exclude(
        Q(recipient="") | Q(message="")
    )
    # Locked, so that of two operators one resends.
    rows = list(failed.select_for_update(no_key=True).order_by("pk").values_list("pk", "priority", "organisation"))
    if not rows:
        return 0
    now = timezone.now()
    MailDelivery.objects.filter(pk__in=[pk for pk, _priority, _organisation in rows]).update(
        state=DeliveryState.QUEUED, attempts=0, error="", queued_at=now, not_before=None, sent_at=None, updated_at=now
    )
    mails_resent.send(Resending(count=len(rows), actor=actor))
    for priority in (Priority.URGENT, Priority.DEFAULT):
        send_after_commit([pk for pk, of, _organisation in rows if of == priority], priority=priority)
    for organisation in {organisation for _pk, of, organisation in rows if of == Priority.BULK}:
        send_bulk_after_commit(organisation)
    return len(rows)


def record_bounce(*, message_id: str, status: str) -> bool:
    """A mail server has told us, after it took a mail of ours, that it could not be delivered.

    `status`: the three numbers of RFC 3463. False where the Message-ID is none of ours, or the mail never went out; saying it
    twice changes nothing.
    """
    found = MESSAGE_ID.fullmatch(message_id.strip())
    if not found:
        return False
    error = f"Returned {status}" if STATUS.fullmatch(status) else "Returned"
    delivery = MailDelivery.objects.filter(uuid=uuid.UUID(hex=found[1]), state__in=[DeliveryState.SENT, DeliveryState.BOUNCED])
    return bool(delivery.update(state=DeliveryState.BOUNCED, error=error, updated_at=timezone.now()))


def _empty(deliveries: QuerySet[MailDelivery]) -> None:
    deliveries.update(context={}, recipient="")
    deliveries.exclude(message=None).update(message="")


@shared_task(name="mail.forget_old_mail")
def forget_old_mail() -> None:
    """What mails said goes first; that they were sent, and the links they carried, later."""
    finished = MailDelivery.objects.exclude(state__in=WAITING)
    old = finished.filter(created_at__lt=expired_before("mail_text"))
    emptied = Q(context={}) & Q(recipient="") & (Q(message=None) | Q(message=""))
    in_batches(old.exclude(emptied), _empty, name="e-mails emptied of what they said")
    delete_in_batches(finished.filter(created_at__lt=expired_before("mail")), name="e-mails deleted")
    for template in mail_templates:
        if template.keep_days is not None:
            before = timezone.now() - timedelta(days=template.keep_days)
            short = finished.filter(template=template.name, created_at__lt=before)
            delete_in_batches(short, name=f"e-mails of {template.name} deleted")
    # Open links stay, however old: their day of expiry is what the mail promised.
    closed = Q(expires_at__lt=expired_before("links")) & Q(created_at__lt=expired_before("links"))
    delete_in_batches(MailLink.objects.filter(closed), name="links deleted")
