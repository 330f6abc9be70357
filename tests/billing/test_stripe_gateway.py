"""The adapter against a Stripe that refuses whatever Stripe's description refuses."""

import datetime
import uuid

import jsonschema
import pytest

from billing.errors import GatewayUnavailable, InvalidMessage, RefundRejected
from billing.gateways import CheckoutRequest, Line, gateway_named
from billing.gateways.stripe import API_VERSION
from tests.billing import stripe_rules

KEY = uuid.UUID("7f2d0a80-28e9-4cf2-8d1f-0d2a30f39a11")
REQUEST = CheckoutRequest(
    key=KEY,
    currency="EUR",
    lines=(Line("Negotiate mutual value", 50, 9_900),),
    customer_email="buyer@example.com",
    return_url="https://accord.example/billing/orders/1/?returned=1",
    cancel_url="https://accord.example/billing/orders/1/?left=1",
)


@pytest.fixture
def gateway(stripe):
    return gateway_named("stripe")


def test_the_pinned_version_is_the_one_described():
    assert stripe_rules.API_VERSION == API_VERSION


def test_a_checkout_carries_the_lines_and_names_the_order_everywhere(gateway, stripe):
    checkout = gateway.create_checkout(REQUEST)
    session = stripe.sessions[checkout.reference]
    assert checkout.url == session["url"]
    assert (session["amount_total"], session["currency"]) == (495_000, "eur")
    assert session["client_reference_id"] == str(KEY)
    assert session["metadata"] == session["_intent_metadata"] == {"order": str(KEY)}
    assert (session["success_url"], session["cancel_url"]) == (REQUEST.return_url, REQUEST.cancel_url)


def test_asking_twice_with_one_key_makes_one_checkout(gateway, stripe):
    assert gateway.create_checkout(REQUEST) == gateway.create_checkout(REQUEST)
    assert len(stripe.sessions) == 1


def test_an_answer_that_was_lost_on_the_way_makes_one_checkout(gateway, stripe):
    stripe.answers_to_lose = 1
    checkout = gateway.create_checkout(REQUEST)
    assert list(stripe.sessions) == [checkout.reference]
    assert len(stripe.requests) == 2


def test_no_answer_is_said_so(gateway, stripe):
    reference = gateway.create_checkout(REQUEST).reference
    stripe.is_down = True
    for call in (lambda: gateway.create_checkout(REQUEST), lambda: gateway.fetch(reference), lambda: gateway.cancel(reference)):
        with pytest.raises(GatewayUnavailable):
            call()


@pytest.mark.parametrize(
    ("acts", "state"),
    [
        ([], "open"),
        (["pay"], "paid"),
        (["start_transfer"], "processing"),
        (["start_transfer", "confirm_transfer"], "paid"),
        (["start_transfer", "decline_transfer"], "failed"),
        (["expire"], "cancelled"),
        (["pay", "refund"], "refunded"),
        (["pay", "refund", "fail_refund"], "paid"),
        (["pay", "refund_part"], "paid"),
        (["pay", "refund_part", "refund"], "refunded"),
        (["pay", "dispute"], "paid"),
        (["pay", "dispute", "win_dispute"], "paid"),
        (["pay", "dispute", "lose_dispute"], "reversed"),
        (["pay", "dispute", "lose_dispute", "win_dispute"], "paid"),
        (["pay", "refund_part", "dispute", "lose_dispute"], "reversed"),
    ],
)
def test_the_state_of_a_checkout(gateway, stripe, acts, state):
    reference = gateway.create_checkout(REQUEST).reference
    for act in acts:
        getattr(stripe, act)(reference)
    status = gateway.fetch(reference)
    assert (status.state, status.amount, status.currency) == (state, 495_000, "EUR")
    assert status.payment == (stripe.sessions[reference]["payment_intent"] or "")


def test_what_came_back_is_told_with_its_parts(gateway, stripe):
    reference = gateway.create_checkout(REQUEST).reference
    for act in ("pay", "refund_part", "refund", "fail_refund", "dispute"):
        getattr(stripe, act)(reference)
    status = gateway.fetch(reference)
    assert (status.refunded, status.disputed("open"), status.disputed("lost")) == (4_900, 490_100, 0)
    assert [(refund.amount, refund.state) for refund in status.refunds] == [(490_100, "failed"), (4_900, "succeeded")]
    (dispute,) = status.disputes
    assert (dispute.amount, dispute.state, dispute.reason) == (490_100, "open", "product_not_received")
    assert dispute.answer_by - dispute.opened_at == datetime.timedelta(days=7)


def test_a_failed_refund_counts_for_nothing_whatever_the_charge_still_says(gateway, stripe):
    reference = gateway.create_checkout(REQUEST).reference
    for act in ("pay", "refund", "fail_refund"):
        getattr(stripe, act)(reference)
    for charge in stripe.charges.values():
        charge |= {"amount_refunded": 495_000, "refunded": True}
    status = gateway.fetch(reference)
    assert (status.state, status.refunded) == ("paid", 0)


def test_of_more_refunds_than_the_list_holds_the_charge_knows_the_sum(gateway, stripe):
    reference = gateway.create_checkout(REQUEST).reference
    stripe.pay(reference)
    for _ in range(12):
        stripe.refund_part(reference)
    status = gateway.fetch(reference)
    assert (status.refunded, len(status.refunds)) == (12 * 4_900, 10)


@pytest.mark.parametrize(
    ("status", "state", "order"),
    [
        ("warning_needs_response", "open", "paid"),
        ("warning_under_review", "open", "paid"),
        ("warning_closed", "won", "paid"),
        ("needs_response", "open", "paid"),
        ("under_review", "open", "paid"),
        ("won", "won", "paid"),
        ("prevented", "won", "paid"),
        ("lost", "lost", "reversed"),
    ],
)
def test_every_status_of_a_dispute_that_stripe_describes(gateway, stripe, status, state, order):
    described = stripe_rules.DESCRIPTION["components"]["schemas"]["dispute"]["properties"]["status"]["enum"]
    assert status in described
    assert len(described) == 8
    reference = gateway.create_checkout(REQUEST).reference
    stripe.pay(reference)
    stripe.dispute(reference)
    for dispute in stripe.disputes.values():
        dispute["status"] = status
    told = gateway.fetch(reference)
    assert (told.disputes[0].state, told.state) == (state, order)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("pending", "pending"),
        ("requires_action", "pending"),
        (None, "pending"),
        ("succeeded", "succeeded"),
        ("failed", "failed"),
        ("canceled", "cancelled"),
    ],
)
def test_every_status_of_a_refund_that_stripe_describes(gateway, stripe, status, state):
    reference = gateway.create_checkout(REQUEST).reference
    stripe.pay(reference)
    stripe.refund_part(reference)
    for refund in stripe.refunds.values():
        refund["status"] = status
    assert [refund.state for refund in gateway.fetch(reference).refunds] == [state]


def test_a_refund_is_sent_once_for_each_key(gateway, stripe):
    reference = gateway.create_checkout(REQUEST).reference
    stripe.pay(reference)
    payment = gateway.fetch(reference).payment
    for key in ("a", "a", "b"):
        gateway.refund(payment, 100_000, key)
    assert gateway.fetch(reference).refunded == 200_000


def test_a_refund_that_stripe_refuses_is_told_apart_from_silence(gateway, stripe):
    reference = gateway.create_checkout(REQUEST).reference
    stripe.pay(reference)
    payment = gateway.fetch(reference).payment
    with pytest.raises(RefundRejected):
        gateway.refund(payment, 495_001, "a")
    stripe.is_down = True
    with pytest.raises(GatewayUnavailable):
        gateway.refund(payment, 100, "b")


def test_cancelling_closes_an_open_checkout(gateway, stripe):
    reference = gateway.create_checkout(REQUEST).reference
    gateway.cancel(reference)
    assert gateway.fetch(reference).state == "cancelled"


def test_cancelling_what_was_paid_changes_nothing(gateway, stripe):
    reference = gateway.create_checkout(REQUEST).reference
    stripe.pay(reference)
    gateway.cancel(reference)
    assert gateway.fetch(reference).state == "paid"


@pytest.mark.parametrize(
    ("payload", "signature"),
    [
        (b"{}", None),
        (b"{}", "t=1,v1=00"),
        (b"\xff\xfe", "t=1,v1=00"),
        (b"", ""),
        (b"[]", "nonsense"),
    ],
)
def test_a_message_without_stripes_signature_is_refused(gateway, payload, signature):
    with pytest.raises(InvalidMessage):
        gateway.parse_event(payload, {"Stripe-Signature": signature} if signature is not None else {})


@pytest.mark.parametrize("payload", ["[]", "{}", '{"id": "evt_1"}', "null", "not json", '{"object": "v2.core.event"}'])
def test_a_signed_message_that_is_no_event_is_refused(gateway, stripe, payload):
    from stripe import WebhookSignature

    header = WebhookSignature.generate_signature_header(payload, gateway.webhook_secret)
    with pytest.raises(InvalidMessage):
        gateway.parse_event(payload.encode(), {"Stripe-Signature": header})


def line(**price_data):
    price = {"currency": "eur", "unit_amount": "100", "product_data[name]": "Course"} | price_data
    return "&".join(f"line_items[0][price_data]{_bracket(name)}={value}" for name, value in price.items())


def _bracket(name):
    head, bracket, rest = name.partition("[")
    return f"[{head}]{bracket}{rest}"


@pytest.mark.parametrize(
    ("encoded", "param"),
    [
        ("mode=gift", "mode"),
        ("surprise=1", "surprise"),
        (line(currency="EUR"), "line_items[0][price_data][currency]"),
        (line(unit_amount="1.5"), "line_items[0][price_data][unit_amount]"),
        (line(tax="5"), "line_items[0][price_data][tax]"),
        ("line_items[0][price_data][unit_amount]=1", "line_items[0][price_data][currency]"),
        ("line_items[1][quantity]=1", "line_items"),
    ],
)
def test_the_fake_refuses_what_the_description_refuses(encoded, param):
    with pytest.raises(stripe_rules.Refused) as refused:
        stripe_rules.parameters("post", "/v1/checkout/sessions", encoded)
    assert refused.value.param == param


def test_the_fake_gives_no_object_of_the_wrong_shape():
    with pytest.raises(jsonschema.ValidationError):
        stripe_rules.check_object("charge", {"id": "ch_1", "object": "charge"})
