"""The gateway in which no money moves, and where it is refused."""

import datetime
import uuid
from importlib import import_module

import pytest
import time_machine
from django.apps import apps
from django.core.signing import Signer
from django.urls import reverse

from billing.checks import check_no_test_gateway_in_production, check_payment_gateway
from billing.errors import BuyingNotSetUp, GatewayUnavailable, InvalidMessage, RefundRejected
from billing.gateways import CheckoutRequest, Line, gateway_named
from billing.gateways.test import event_about, press
from billing.models import Order, TestCheckout, WebhookEvent
from billing.services import receive_event
from tests.factories import UserFactory

REQUEST = CheckoutRequest(
    key=uuid.UUID("7f2d0a80-28e9-4cf2-8d1f-0d2a30f39a11"),
    currency="EUR",
    lines=(Line("Negotiate mutual value", 2, 9_900),),
    customer_email="buyer@example.com",
    return_url="http://localhost/back/",
    cancel_url="http://localhost/left/",
)


@pytest.fixture
def checkout(db):
    gateway_named("test").create_checkout(REQUEST)
    return TestCheckout.objects.get()


def state(checkout):
    return gateway_named("test").fetch(str(checkout.uuid)).state


def test_asking_twice_with_one_key_makes_one_checkout(checkout):
    again = gateway_named("test").create_checkout(REQUEST)
    assert again.reference == str(checkout.uuid)
    assert (checkout.amount, checkout.currency) == (19_800, "EUR")


@pytest.mark.parametrize(
    ("buttons", "end"),
    [
        (["pay"], "paid"),
        (["decline"], "failed"),
        (["cancel"], "cancelled"),
        (["pay", "refund"], "refunded"),
        (["cancel", "pay"], "cancelled"),
        (["decline", "pay"], "failed"),
        (["refund"], "open"),
        (["pay", "cancel"], "paid"),
        (["pay_later"], "processing"),
        (["pay_later", "cancel"], "processing"),
        (["pay_later", "pay"], "processing"),
        (["pay_later", "transfer_arrives"], "paid"),
        (["pay_later", "transfer_fails"], "failed"),
        (["transfer_arrives"], "open"),
        (["pay", "refund_half"], "paid"),
        (["pay", "refund_half", "refund"], "refunded"),
        (["pay", "refund", "refund"], "refunded"),
        (["pay", "refund", "refund_returns"], "paid"),
        (["pay", "dispute"], "paid"),
        (["pay", "dispute", "win_dispute"], "paid"),
        (["pay", "dispute", "lose_dispute"], "reversed"),
        (["pay", "dispute", "lose_dispute", "win_dispute"], "paid"),
        (["pay", "dispute", "refund"], "paid"),
        (["pay", "refund", "dispute"], "refunded"),
        (["pay", "refund_half", "dispute", "lose_dispute"], "reversed"),
    ],
)
def test_what_the_buttons_do(checkout, buttons, end):
    for button in buttons:
        press(TestCheckout.objects.get(), button)
    assert state(checkout) == end


def test_its_book_tells_what_came_back(checkout):
    for button in ("pay", "refund_half", "refund_returns", "refund_half", "dispute"):
        assert press(TestCheckout.objects.get(), button) is True
    status = gateway_named("test").fetch(str(checkout.uuid))
    assert (status.refunded, status.disputed("open"), status.disputed("lost")) == (9_900, 9_900, 0)
    assert [(refund.amount, refund.state) for refund in status.refunds] == [(9_900, "failed"), (9_900, "succeeded")]


def test_it_refunds_once_for_each_key_and_no_more_than_was_paid(checkout):
    gateway = gateway_named("test")
    press(checkout, "pay")
    payment = gateway.fetch(str(checkout.uuid)).payment
    for _ in "12":
        gateway.refund(payment, 9_900, "a")
    assert gateway.fetch(str(checkout.uuid)).refunded == 9_900
    with pytest.raises(RefundRejected):
        gateway.refund(payment, 9_901, "b")
    with pytest.raises(GatewayUnavailable):
        gateway.refund(f"test-{uuid.uuid4()}", 1, "c")


def test_the_page_closes_after_a_day(checkout):
    with time_machine.travel(checkout.created_at + datetime.timedelta(hours=24)):
        assert press(checkout, "pay") is False
        assert state(checkout) == "cancelled"


def test_cancelling_closes_an_open_checkout_only(checkout):
    press(checkout, "pay")
    gateway_named("test").cancel(str(checkout.uuid))
    assert state(checkout) == "paid"


@pytest.mark.parametrize("payload", [b"", b"{}", b"\xff", Signer(salt="other").sign('{"id": "1"}').encode()])
def test_a_message_without_its_signature_is_refused_and_not_stored(db, payload):
    with pytest.raises(InvalidMessage):
        receive_event(gateway="test", payload=payload, headers={})
    assert not WebhookEvent.objects.exists()


def test_its_messages_take_the_way_of_all_messages(checkout):
    event = receive_event(gateway="test", payload=event_about(checkout, "pay"), headers={})
    assert (event.kind, event.reference, event.order_uuid) == ("checkout.pay", str(checkout.uuid), REQUEST.key)


# Where it is refused --------------------------------------------------------------------------------------------------


def test_it_may_be_used_in_demo_mode(settings):
    settings.PAYMENT_TEST_GATEWAY, settings.ACCORD_DEMO = False, True
    assert gateway_named("test")


@pytest.mark.parametrize(
    "changes",
    [
        {"PAYMENT_TEST_GATEWAY": False},
        {"PAYMENT_GATEWAY": "stripe"},
        {"STRIPE_SECRET_KEY": "sk_live_1"},
        {"STRIPE_SECRET_KEY": "rk_live_1", "ACCORD_DEMO": True},
    ],
)
def test_it_is_refused_outside_demo_and_tests_and_beside_live_keys(settings, changes):
    for name, value in changes.items():
        setattr(settings, name, value)
    with pytest.raises(BuyingNotSetUp):
        gateway_named("test")


@pytest.mark.parametrize("name", ["", "paypal", "stripe"])
def test_no_gateway_without_adapter_or_key(name):
    with pytest.raises(BuyingNotSetUp):
        gateway_named(name)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"PAYMENT_GATEWAY": "paypal"}, ["billing.E001"]),
        ({"STRIPE_SECRET_KEY": "sk_live_1"}, ["billing.E002"]),
        ({"STRIPE_SECRET_KEY": "sk_test_1"}, []),
        ({"PAYMENT_GATEWAY": "stripe", "STRIPE_SECRET_KEY": "sk_test_1"}, ["billing.E003"]),
        ({"PAYMENT_GATEWAY": "stripe", "STRIPE_SECRET_KEY": "sk_live_1", "STRIPE_WEBHOOK_SECRET": "whsec_1"}, []),
        ({"PAYMENT_GATEWAY": "stripe"}, []),
    ],
)
def test_the_system_check_finds_settings_that_do_not_go_together(settings, changes, found):
    for name, value in changes.items():
        setattr(settings, name, value)
    assert [message.id for message in check_payment_gateway()] == found


@pytest.mark.parametrize(("gateway", "found"), [("test", ["billing.E004"]), ("stripe", [])])
def test_nothing_that_goes_live_sells_for_no_money(settings, gateway, found):
    settings.PAYMENT_GATEWAY = gateway
    assert [message.id for message in check_no_test_gateway_in_production()] == found


# Data of before ------------------------------------------------------------------------------------------------------


def test_orders_and_books_of_whole_refunds_are_counted_and_can_go_back(checkout, user, order_for):
    migration = import_module("billing.migrations.0004_count_whole_refunds")
    order = order_for(user)
    Order.objects.filter(pk=order.pk).update(state="refunded")
    TestCheckout.objects.filter(pk=checkout.pk).update(state="refunded")
    migration.count_whole_refunds(apps, None)
    order.refresh_from_db()
    assert (order.refunded_amount, order.kept_amount) == (14_900, 0)
    assert gateway_named("test").fetch(str(checkout.uuid)).refunded == 19_800
    assert state(checkout) == "refunded"
    migration.name_whole_refunds(apps, None)
    checkout.refresh_from_db()
    assert checkout.state == "refunded"


def test_a_colleague_who_buys_for_the_organisation_pays_an_order_and_nobody_else_does(organisation, member, order_for, sign_in):
    buyer, colleague = (member(organisation, "billing") for _n in range(2))
    order = order_for(buyer.user, organisation, quantity=2)
    page = sign_in(colleague.user).post(reverse("billing:pay", args=[order.uuid])).url
    assert sign_in(colleague.user).get(page).status_code == 200
    assert sign_in(member(organisation, "lnd_partner").user).get(page).status_code == 404
    assert sign_in(UserFactory()).get(page).status_code == 404
