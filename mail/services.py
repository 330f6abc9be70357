"""Owing and sending mail. Templates live in templates/emails/<template>/{subject.txt,body.txt,body.html}."""

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from celery import shared_task
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.utils import timezone, translation
from kombu.exceptions import OperationalError

from common.names import all_as_words, as_words
from common.retention import delete_in_batches, expired_before, in_batches
from common.types import OrganisationRef, PersonRef
from mail.enums import DeliveryState
from mail.events import Resending, mails_resent
from mail.kinds import mail_templates
from mail.links import address_of
from mail.models import MailDelivery, MailLink

logger = logging.getLogger(__name__)
MAX_ATTEMPTS = 5
CLAIMED_FOR = timedelta(minutes=10)
SENT_TOGETHER = 500
MAX_SUBJECT = 200


def enqueue_mail(
    *,
    template: str,
    recipient: str,
    context: dict[str, Any],
    link: MailLink | None = None,
    organisation: OrganisationRef | None = None,
    language: str = "en",
) -> MailDelivery:
    """Write down a mail inside the caller's transaction; it is sent after the commit."""
    delivery = MailDelivery.objects.create(
        template=mail_templates[template].name,
        recipient=recipient,
        context=context,
        link=link,
        organisation_id=organisation.pk if organisation else None,
        language=language,
    )
    send_after_commit([delivery.pk])
    return delivery


def send_after_commit(delivery_ids: Iterable[int]) -> None:
    """Hand deliveries that were written in bulk to the workers, in tasks of a few hundred.

    A broker that does not answer loses nothing: what was committed stays queued, and `send_waiting_mail` comes for it.
    """
    ids = list(delivery_ids)

    def hand_over() -> None:
        try:
            for start in range(0, len(ids), SENT_TOGETHER):
                send_deliveries.delay(ids[start : start + SENT_TOGETHER])
        except OperationalError:
            logger.warning("The broker is not responding; %s e-mails stay queued until it does.", len(ids))

    if ids:
        transaction.on_commit(hand_over)


@transaction.atomic
def resend_failed(*, delivery_ids: Iterable[int], actor: PersonRef) -> int:
    """Queue those mails again that have failed for good; returns how many. Any other of `delivery_ids` is left as it is."""
    # One that was emptied has nobody to go to any more.
    failed = MailDelivery.objects.filter(pk__in=list(delivery_ids), state=DeliveryState.FAILED).exclude(recipient="")
    # Locked, so that of two operators one resends.
    ids = list(failed.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    if not ids:
        return 0
    MailDelivery.objects.filter(pk__in=ids).update(
        state=DeliveryState.QUEUED, attempts=0, error="", not_before=None, updated_at=timezone.now()
    )
    mails_resent.send(Resending(count=len(ids), actor=actor))
    send_after_commit(ids)
    return len(ids)


@shared_task(name="mail.send_deliveries")
def send_deliveries(delivery_ids: list[int]) -> None:
    for delivery_id in delivery_ids:
        send(delivery_id)


@shared_task(name="mail.send_waiting_mail")
def send_waiting_mail() -> None:
    """Mails whose task was lost, or that failed and are due again."""
    waiting = MailDelivery.objects.filter(state=DeliveryState.QUEUED, created_at__lt=timezone.now() - timedelta(minutes=2))
    for delivery_id in waiting.order_by("pk").values_list("pk", flat=True)[:500]:
        send(delivery_id)


@shared_task(name="mail.forget_old_mail")
def forget_old_mail() -> None:
    """What mails said goes first; that they were sent, and the links they carried, later."""
    finished = MailDelivery.objects.exclude(state=DeliveryState.QUEUED)
    said = finished.filter(created_at__lt=expired_before("mail_text")).exclude(context={}, recipient="")
    in_batches(said, lambda some: some.update(context={}, recipient=""), name="e-mails emptied of what they said")
    delete_in_batches(finished.filter(created_at__lt=expired_before("mail")), name="e-mails deleted")
    # Open links stay, however old: their day of expiry is what the mail promised.
    closed = Q(expires_at__lt=expired_before("links")) & Q(created_at__lt=expired_before("links"))
    delete_in_batches(MailLink.objects.filter(closed), name="links deleted")


def render(delivery: MailDelivery) -> EmailMultiAlternatives:
    """The message of a delivery, text and HTML, in its language; its link is signed here and stored nowhere."""
    context = _as_words(delivery) | {
        "base_url": settings.ACCORD_BASE_URL,
        "link_url": address_of(delivery.link) if delivery.link else "",
        "organisation": {"name": as_words(delivery.organisation.name)} if delivery.organisation else None,
        "recipient": delivery.recipient,
    }
    folder = f"emails/{delivery.template}"
    with translation.override(delivery.language):
        subject = " ".join(render_to_string(f"{folder}/subject.txt", context).split())[:MAX_SUBJECT]
        message = EmailMultiAlternatives(subject, render_to_string(f"{folder}/body.txt", context), to=[delivery.recipient])
        message.attach_alternative(render_to_string(f"{folder}/body.html", context), "text/html")
    return message


def _as_words(delivery: MailDelivery) -> dict[str, Any]:
    """What the template is given, with nothing in it that a reader could take for an address of ours."""
    meant = mail_templates[delivery.template].addresses
    return {name: value if name in meant else all_as_words(value) for name, value in delivery.context.items()}


def send(delivery_id: int) -> None:
    """Send one delivery unless another worker has it or it has been sent.

    No transaction is open while the mail server is spoken to: on SQLite everybody else who writes would wait for it.
    """
    delivery = _claim(delivery_id)
    if delivery is None:
        return
    rows = MailDelivery.objects.filter(pk=delivery.pk)
    try:
        render(delivery).send()
    except Exception as error:
        logger.warning("Delivery %s failed on attempt %s: %s", delivery.uuid, delivery.attempts, type(error).__name__)
        rows.update(error=type(error).__name__, not_before=None, updated_at=timezone.now())
        if delivery.attempts >= MAX_ATTEMPTS:
            rows.filter(state=DeliveryState.QUEUED).update(state=DeliveryState.FAILED)
    else:
        now = timezone.now()
        rows.update(state=DeliveryState.SENT, sent_at=now, error="", not_before=None, updated_at=now)


def _claim(delivery_id: int) -> MailDelivery | None:
    """Take a waiting delivery before another worker does; what a killed worker had taken is free again after `CLAIMED_FOR`."""
    now = timezone.now()
    waiting = MailDelivery.objects.filter(
        Q(not_before=None) | Q(not_before__lte=now), pk=delivery_id, state=DeliveryState.QUEUED, attempts__lt=MAX_ATTEMPTS
    )
    if not waiting.update(attempts=F("attempts") + 1, not_before=now + CLAIMED_FOR, updated_at=now):
        return None
    return MailDelivery.objects.select_related("link", "organisation").get(pk=delivery_id)
