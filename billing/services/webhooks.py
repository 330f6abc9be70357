"""Messages of the payment provider: stored before they are answered, worked on afterwards; and the sweep for what got lost."""

import logging
import time
from collections.abc import Mapping
from datetime import timedelta
from itertools import takewhile

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from accounts.errors import PeopleHeld
from billing.errors import BuyingNotSetUp, GatewayUnavailable
from billing.gateways import gateway_named
from billing.models import WAITING_STATES, DisputeState, Order, WebhookEvent
from billing.services.settlement import settle, settle_quietly
from common.retention import expired_before, in_batches
from common.sweeps import each

logger = logging.getLogger(__name__)

STALE_AFTER = timedelta(minutes=10)
ASK_ABOUT_DISPUTES_EVERY = timedelta(days=1)
# A message that came just now is with a worker.
JUST_RECEIVED = timedelta(minutes=1)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
SWEEP_SECONDS = 60
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
            transaction.on_commit(lambda: _enqueue(event))
    return event


def _enqueue(event: WebhookEvent) -> None:
    """Whatever the broker does, the message is stored, and the sweep will find it."""
    try:
        process_event_later.delay(event.pk)
    except OperationalError:
        logger.warning("The broker is not responding; webhook event %s waits for the sweep.", event.event_id)


def process_event(event_id: int) -> bool:
    """Settle the orders a message speaks of; whether that was done. Whatever goes wrong is noted, and tried again later."""
    event = WebhookEvent.objects.filter(pk=event_id, processed_at=None).first()
    if event is None:
        return False
    try:
        for order in orders_for(event):
            settle(order)
    except SoftTimeLimitExceeded:
        _note_failure(event, "SoftTimeLimitExceeded")
        raise
    except PeopleHeld:
        logger.warning("Webhook event %s waits for an import of people", event.event_id)
        WebhookEvent.objects.filter(pk=event.pk, processed_at=None).update(retry_at=timezone.now() + FIRST_PAUSE)
    except (GatewayUnavailable, BuyingNotSetUp) as error:
        logger.warning("Webhook event %s is waiting: %s", event.event_id, type(error).__name__)
        _note_failure(event, type(error).__name__)
    except Exception as error:
        logger.exception("Webhook event %s could not be processed", event.event_id)
        _note_failure(event, type(error).__name__)
    else:
        return bool(WebhookEvent.objects.filter(pk=event.pk).update(processed_at=timezone.now(), error="", retry_at=None))
    return False


def _note_failure(event: WebhookEvent, error: str) -> None:
    """A minute until the next try, then twice as long each time, six hours at most."""
    pause = min(FIRST_PAUSE * 2 ** min(event.tries, 20), LONGEST_PAUSE)
    WebhookEvent.objects.filter(pk=event.pk, processed_at=None).update(
        tries=F("tries") + 1, error=error[:100], retry_at=timezone.now() + pause
    )


def orders_for(event: WebhookEvent) -> list[Order]:
    meant = Q(uuid=event.order_uuid) if event.order_uuid else Q(pk=None)
    if event.reference:
        meant |= Q(gateway_reference=event.reference) | Q(payment_reference=event.reference)
    return list(Order.objects.filter(meant, gateway=event.gateway))


def process_waiting_events() -> int:
    """Work on messages whose task was lost or that are due again, each by itself. Returns how many were processed.

    What takes longest must not keep the others waiting for ever: after a minute the next sweep goes on.
    """
    now = timezone.now()
    lost, due = Q(retry_at=None, created_at__lt=now - JUST_RECEIVED), Q(retry_at__lte=now)
    events = WebhookEvent.objects.filter(lost | due, processed_at=None).order_by(F("retry_at").asc(nulls_first=True), "pk")
    deadline = time.monotonic() + SWEEP_SECONDS
    ids = list(events.values_list("pk", flat=True)[:BATCH_SIZE])
    return sum(process_event(pk) for pk in takewhile(lambda _pk: time.monotonic() < deadline, ids))


def settle_waiting_orders() -> int:
    """Ask the gateway about orders that have been open too long. Returns how many that were."""
    long_ago = timezone.now() - STALE_AFTER
    waiting = Order.objects.filter(state__in=WAITING_STATES, attention="", created_at__lt=long_ago)
    orders = list(waiting.order_by(F("checked_at").asc(nulls_first=True), "pk")[:BATCH_SIZE])
    each(orders, _settle_in_turn, name="Orders that wait for payment")
    return len(orders)


def settle_disputed_orders() -> int:
    """Ask the gateway once a day about orders with an open dispute: a message that was lost would leave it open for ever."""
    disputed = Order.objects.filter(disputes__state=DisputeState.OPEN).filter(
        Q(checked_at=None) | Q(checked_at__lt=timezone.now() - ASK_ABOUT_DISPUTES_EVERY)
    )
    orders = list(disputed.distinct().order_by(F("checked_at").asc(nulls_first=True), "pk")[:BATCH_SIZE])
    each(orders, _settle_in_turn, name="Orders with an open dispute")
    return len(orders)


def _settle_in_turn(order: Order) -> None:
    """Whatever comes of it, the others are asked about before this order has its turn again."""
    Order.objects.filter(pk=order.pk).update(checked_at=timezone.now())
    settle_quietly(order)


@shared_task(name="billing.process_event")
def process_event_later(event_id: int) -> None:
    process_event(event_id)


@shared_task(name="billing.process_waiting_events")
def process_events_left() -> None:
    process_waiting_events()


@shared_task(name="billing.settle_open_orders")
def settle_open_orders() -> None:
    """Ask the gateway about orders that have waited too long for a message, and about those that are disputed."""
    settle_waiting_orders()
    settle_disputed_orders()


@shared_task(name="billing.forget_messages")
def forget_messages() -> None:
    """Of processed messages only that they came is kept, so that one that is sent again is known."""
    old = WebhookEvent.objects.filter(processed_at__lt=expired_before("payment_messages")).exclude(payload={})
    in_batches(old, lambda some: some.update(payload={}), name="payment messages emptied of what they said")
