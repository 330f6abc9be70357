"""Stripe's webhook address: believes nobody but Stripe, stores before it answers, and converges whatever arrives."""

import json
import random

import pytest
import stripe as stripe_library
from django.test import Client
from django.urls import reverse

from access.queries import may_open
from billing.models import WebhookEvent
from billing.services import process_event, settle

pytestmark = pytest.mark.django_db


@pytest.fixture
def bring(stripe, client, django_capture_on_commit_callbacks):
    """Deliver an event and let the worker do its task."""

    def deliver(event, **options):
        with django_capture_on_commit_callbacks(execute=True):
            return stripe.deliver(client, event, **options)

    return deliver


def test_a_message_about_a_payment_settles_the_order(stripe, bring, user, course, order_for):
    order = order_for(user)
    stripe.pay(order.gateway_reference)
    assert bring(stripe.events[-1]).status_code == 200
    order.refresh_from_db()
    assert order.state == "paid"
    assert may_open(user, course) is True
    event = WebhookEvent.objects.get()
    assert (event.event_id, event.kind) == (stripe.events[-1]["id"], "checkout.session.completed")
    assert (event.reference, event.order_uuid) == (order.gateway_reference, order.uuid)
    assert event.processed_at is not None


def test_a_message_is_stored_before_it_is_worked_on(stripe, client, user, order_for, django_capture_on_commit_callbacks):
    order = order_for(user)
    stripe.pay(order.gateway_reference)
    with django_capture_on_commit_callbacks() as callbacks:
        assert stripe.deliver(client, stripe.events[-1]).status_code == 200
    assert len(callbacks) == 1
    order.refresh_from_db()
    assert (order.state, WebhookEvent.objects.get().processed_at) == ("open", None)


def test_the_second_delivery_of_a_message_does_nothing(stripe, bring, user, course, order_for):
    order = order_for(user)
    stripe.pay(order.gateway_reference)
    bring(stripe.events[-1])
    asked = len(stripe.requests)
    assert bring(stripe.events[-1]).status_code == 200
    assert (WebhookEvent.objects.count(), len(stripe.requests)) == (1, asked)


def test_a_message_that_no_worker_took_up_is_handed_over_again_when_it_is_repeated(stripe, client, bring, user, order_for):
    order = order_for(user)
    stripe.pay(order.gateway_reference)
    stripe.deliver(client, stripe.events[-1])  # its task goes nowhere: what the commit would start is never run
    order.refresh_from_db()
    assert (order.state, WebhookEvent.objects.get().processed_at) == ("open", None)
    assert bring(stripe.events[-1]).status_code == 200
    order.refresh_from_db()
    assert (order.state, WebhookEvent.objects.get().processed_at is not None) == ("paid", True)


def test_a_task_that_is_done_twice_asks_the_gateway_once(stripe, bring, user, order_for):
    order = order_for(user)
    stripe.pay(order.gateway_reference)
    bring(stripe.events[-1])
    asked = len(stripe.requests)
    assert process_event(WebhookEvent.objects.get().pk) is False
    assert len(stripe.requests) == asked


def test_a_message_about_a_refund_finds_the_order_by_its_metadata(stripe, bring, user, course, order_for):
    order = order_for(user)
    stripe.pay(order.gateway_reference)
    settle(order)
    stripe.refund(order.gateway_reference)
    bring(stripe.events[-1])
    order.refresh_from_db()
    assert order.state == "refunded"


def test_a_message_about_a_failed_refund_finds_the_order_by_its_payment(stripe, bring, user, course, order_for):
    order = order_for(user)
    stripe.pay(order.gateway_reference)
    stripe.refund(order.gateway_reference)
    settle(order)
    stripe.fail_refund(order.gateway_reference)
    bring(stripe.events[-1])
    order.refresh_from_db()
    assert (order.state, may_open(user, course)) == ("paid", True)


def test_every_message_about_a_dispute_finds_the_order_by_its_payment(stripe, bring, user, course, order_for):
    order = order_for(user)
    stripe.pay(order.gateway_reference)
    settle(order)
    for act, state in (("dispute", "paid"), ("lose_dispute", "reversed"), ("win_dispute", "paid")):
        told = len(stripe.events)
        getattr(stripe, act)(order.gateway_reference)
        for event in stripe.events[told:]:
            assert event["type"].startswith("charge.dispute.")
            bring(event)
            order.refresh_from_db()
            assert order.state == state
    assert may_open(user, course) is True


def test_a_payment_under_way_is_told_by_its_intent(stripe, bring, user, order_for):
    order = order_for(user)
    stripe.start_transfer(order.gateway_reference)
    bring(stripe.events[-1])
    order.refresh_from_db()
    assert (stripe.events[-1]["type"], order.state) == ("payment_intent.processing", "processing")


def test_what_a_message_says_is_not_believed(stripe, bring, user, course, order_for):
    """Signed, yet about something that is no longer, or never was, so: the present state counts."""
    order = order_for(user)
    stripe.expire(order.gateway_reference)
    event = json.loads(json.dumps(stripe.events[-1]))
    event["type"] = "checkout.session.completed"
    event["data"]["object"] |= {"status": "complete", "payment_status": "paid"}
    bring(event)
    order.refresh_from_db()
    assert order.state == "cancelled"
    assert may_open(user, course) is False


def test_a_message_about_nothing_of_ours_is_stored_and_done(stripe, bring, user, order_for):
    order_for(user)
    stripe.pay(next(iter(stripe.sessions)))
    event = json.loads(json.dumps(stripe.events[-1]))
    event["data"]["object"] |= {"id": "cs_other", "metadata": {"order": "not a uuid"}}
    assert bring(event).status_code == 200
    assert WebhookEvent.objects.get().processed_at is not None


def test_a_message_waits_while_the_gateway_does_not_answer(stripe, bring, user, order_for):
    order = order_for(user)
    stripe.pay(order.gateway_reference)
    stripe.is_down = True
    assert bring(stripe.events[-1]).status_code == 200
    order.refresh_from_db()
    assert (order.state, WebhookEvent.objects.get().processed_at) == ("open", None)


@pytest.mark.parametrize("forgery", ["none", "empty", "other secret", "old", "other body"])
def test_an_unsigned_or_wrongly_signed_message_is_refused_and_not_stored(stripe, client, user, order_for, forgery):
    order = order_for(user)
    stripe.pay(order.gateway_reference)
    payload = json.dumps(stripe.events[-1])
    sign = stripe_library.WebhookSignature.generate_signature_header
    signature = {
        "none": None,
        "empty": "",
        "other secret": sign(payload, "whsec_other"),
        "old": sign(payload, "whsec_fake", timestamp=1_700_000_000),
        "other body": sign(payload + " ", "whsec_fake"),
    }[forgery]
    answer = stripe.deliver_raw(client, payload, signature)
    assert (answer.status_code, answer.content) == (400, b"")
    assert not WebhookEvent.objects.exists()


def test_without_stripe_there_is_no_webhook_address(client, db):
    assert client.post(reverse("billing:stripe_webhook"), "{}", content_type="application/json").status_code == 404


def test_the_webhook_address_takes_messages_only(stripe, client, db):
    assert client.get(reverse("billing:stripe_webhook")).status_code == 405


def test_the_webhook_needs_no_csrf_token(stripe, user, order_for, db):
    order = order_for(user)
    stripe.pay(order.gateway_reference)
    assert stripe.deliver(Client(enforce_csrf_checks=True), stripe.events[-1]).status_code == 200


def test_a_hundred_duplicates_in_random_order_end_like_one(stripe, bring, user, course, order_for):
    order = order_for(user)
    stripe.pay(order.gateway_reference)
    stripe.refund(order.gateway_reference)
    deliveries = stripe.events * 50
    random.Random(7).shuffle(deliveries)
    for event in deliveries:
        assert bring(event).status_code == 200
    order.refresh_from_db()
    assert (order.state, WebhookEvent.objects.count()) == ("refunded", 2)
    assert may_open(user, course) is False
