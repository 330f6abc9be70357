"""Messages of the payment provider: stored before they are answered, worked on afterwards; and the sweep for what got lost."""

import logging
from collections.abc import Mapping
from datetime import timedelta

from celery import shared_task
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from billing.errors import BuyingNotSetUp, GatewayUnavailable
from billing.gateways import gateway_named
from billing.models import WAITING_STATES, Order, WebhookEvent
from billing.services.settlement import settle, settle_quietly
from common.retention import expired_before, in_batches

logger = logging.getLogger(__name__)

STALE_AFTER = timedelta(minutes=10)
BATCH_SIZE = 200


def receive_event(*, gateway: str, payload: bytes, headers: Mapping[str, str]) -> WebhookEvent:
    """Store a message under its unique id and hand it to a worker; the second delivery finds the first.

    `InvalidMessage` when the provider did not send it: nothing is stored.
    """
    message = gateway_named(gateway).parse_event(payload, headers)
    with transaction.atomic():
        event, _created = WebhookEvent.objects.get_or_create(
            gateway=gateway,
            event_id=message.event_id,
            defaults={
                "kind": message.kind[:100],
                "reference": message.reference[:200],
                "order_uuid": message.order_uuid,
                "payload": message.payload,
            },
        )
        if event.processed_at is None:
            # A broker that is down must not lose the message: it is stored, and the sweep will find it.
            transaction.on_commit(lambda: process_event_later.delay(event.pk), robust=True)
    return event


def process_event(event_id: int) -> None:
    """Settle the order a message speaks of. Without an answer of the gateway it stays unhandled, for the sweep."""
    event = WebhookEvent.objects.filter(pk=event_id, processed_at=None).first()
    if event is None:
        return
    try:
        for order in orders_for(event):
            settle(order)
    except (GatewayUnavailable, BuyingNotSetUp) as error:
        logger.warning("Webhook event %s is waiting: %s", event.event_id, type(error).__name__)
        return
    WebhookEvent.objects.filter(pk=event.pk).update(processed_at=timezone.now())


def orders_for(event: WebhookEvent) -> list[Order]:
    meant = Q(uuid=event.order_uuid) if event.order_uuid else Q(pk=None)
    if event.reference:
        meant |= Q(gateway_reference=event.reference) | Q(payment_reference=event.reference)
    return list(Order.objects.filter(meant, gateway=event.gateway))


def settle_waiting_orders() -> int:
    """Ask the gateway about orders that have waited too long and work on messages that were left. Returns how many."""
    long_ago = timezone.now() - STALE_AFTER
    events = WebhookEvent.objects.filter(processed_at=None, created_at__lt=long_ago).order_by("pk")
    left = list(events.values_list("pk", flat=True)[:BATCH_SIZE])
    for event_id in left:
        process_event(event_id)
    waiting = Order.objects.filter(state__in=WAITING_STATES, attention="", created_at__lt=long_ago)
    orders = list(waiting.order_by(F("checked_at").asc(nulls_first=True), "pk")[:BATCH_SIZE])
    for order in orders:
        settle_quietly(order)
    return len(left) + len(orders)


@shared_task(name="billing.process_event")
def process_event_later(event_id: int) -> None:
    process_event(event_id)


@shared_task(name="billing.settle_open_orders")
def settle_open_orders() -> None:
    """Ask the gateway about orders that have waited too long for a message."""
    settle_waiting_orders()


@shared_task(name="billing.forget_messages")
def forget_messages() -> None:
    """Of processed messages only that they came is kept, so that one that is sent again is known."""
    old = WebhookEvent.objects.filter(processed_at__lt=expired_before("payment_messages")).exclude(payload={})
    in_batches(old, lambda some: some.update(payload={}), name="payment messages emptied of what they said")
