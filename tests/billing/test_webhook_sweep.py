"""Messages of the payment provider that could not be worked on: tried again, ever later, and nobody waits behind them."""

import datetime
import logging
from types import SimpleNamespace

import pytest
import time_machine
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from billing.errors import GatewayUnavailable
from billing.models import Order, WebhookEvent
from billing.services import process_event, process_waiting_events, settle_waiting_orders, webhooks
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
NOON = datetime.datetime(2031, 3, 3, 12, tzinfo=datetime.UTC)


@pytest.fixture
def make_event():
    def make(order: Order, **fields) -> WebhookEvent:
        number = WebhookEvent.objects.count()
        return WebhookEvent.objects.create(
            gateway="stripe", event_id=f"evt_{number}", kind="charge.refunded", order_uuid=order.uuid, payload={}, **fields
        )

    return make


@pytest.fixture
def poison(monkeypatch):
    """Settling these orders fails as nobody had thought of."""
    poisoned: dict[int, BaseException] = {}
    settle = webhooks.settle

    def settle_or_fail(order: Order) -> Order:
        if order.pk in poisoned:
            raise poisoned[order.pk]
        return settle(order)

    monkeypatch.setattr(webhooks, "settle", settle_or_fail)
    monkeypatch.setattr(webhooks, "settle_quietly", settle_or_fail)
    return poisoned


def test_one_poisoned_message_stops_nobody(stripe, order_for, make_event, poison, caplog):
    with time_machine.travel(NOON, tick=False) as now:
        bad, good = order_for(UserFactory()), order_for(UserFactory())
        stripe.pay(good.gateway_reference)
        poison[bad.pk] = ZeroDivisionError("a payload like no other")
        events = [make_event(bad), make_event(good)]
        now.shift(61)
        with caplog.at_level(logging.ERROR):
            assert process_waiting_events() == 1
        for event in events:
            event.refresh_from_db()
        good.refresh_from_db()
    assert good.state == "paid"
    assert events[1].processed_at is not None
    assert (events[0].processed_at, events[0].tries, events[0].error) == (None, 1, "ZeroDivisionError")
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [
        "Webhook event evt_0 could not be processed"
    ]


def test_a_message_is_tried_again_ever_later(stripe, order_for, make_event, poison):
    pauses = []
    with time_machine.travel(NOON, tick=False) as now:
        order = order_for(UserFactory())
        poison[order.pk] = GatewayUnavailable()
        event = make_event(order)
        now.shift(61)
        for _try in range(12):
            process_waiting_events()
            event.refresh_from_db()
            pauses.append((event.retry_at - timezone.now()) // datetime.timedelta(minutes=1))
            tries = event.tries
            process_waiting_events()  # not due yet
            event.refresh_from_db()
            assert event.tries == tries
            now.move_to(event.retry_at)
        poison.clear()
        stripe.pay(order.gateway_reference)
        assert process_waiting_events() == 1
    event.refresh_from_db()
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360]
    assert (event.tries, event.error, event.retry_at) == (12, "", None)
    assert event.processed_at is not None


def test_a_sweep_ends_after_a_minute_and_the_next_goes_on(stripe, order_for, make_event):
    with time_machine.travel(NOON, tick=False) as now:
        orders = [order_for(UserFactory()) for _order in range(3)]
        for order in orders:
            make_event(order)
        now.shift(61)
        clock = SimpleNamespace(seconds=0.0, monotonic=lambda: clock.seconds)

        def wait_and_fail(order):
            clock.seconds += 31
            raise GatewayUnavailable

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(webhooks, "settle", wait_and_fail)
            patch.setattr(webhooks, "time", clock)
            process_waiting_events()
        assert list(WebhookEvent.objects.order_by("pk").values_list("tries", flat=True)) == [1, 1, 0]
        process_waiting_events()
        assert WebhookEvent.objects.order_by("pk").last().processed_at is not None


def test_a_task_that_is_told_to_stop_stops(stripe, order_for, make_event, poison):
    order = order_for(UserFactory())
    poison[order.pk] = SoftTimeLimitExceeded()
    event = make_event(order)
    with pytest.raises(SoftTimeLimitExceeded):
        process_event(event.pk)
    event.refresh_from_db()
    assert (event.tries, event.error) == (1, "SoftTimeLimitExceeded")


def test_one_poisoned_order_does_not_keep_the_sweep_from_the_others(stripe, order_for, poison, monkeypatch):
    monkeypatch.setattr(webhooks, "BATCH_SIZE", 1)
    with time_machine.travel(NOON, tick=False) as now:
        bad, good = order_for(UserFactory()), order_for(UserFactory())
        poison[bad.pk] = ZeroDivisionError()
        stripe.pay(good.gateway_reference)
        now.shift(601)
        settle_waiting_orders()
        now.shift(300)
        settle_waiting_orders()
    good.refresh_from_db()
    assert good.state == "paid"


def test_a_message_is_kept_while_the_broker_is_away(
    stripe, client, order_for, broker_is_away, django_capture_on_commit_callbacks
):
    order = order_for(UserFactory())
    stripe.pay(order.gateway_reference)
    with django_capture_on_commit_callbacks(execute=True):
        assert stripe.deliver(client, stripe.events[-1]).status_code == 200
    assert WebhookEvent.objects.get().processed_at is None
    WebhookEvent.objects.update(created_at=timezone.now() - datetime.timedelta(minutes=2))
    assert process_waiting_events() == 1
    order.refresh_from_db()
    assert order.state == "paid"
