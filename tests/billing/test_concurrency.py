"""Real concurrency: many workers, browsers and deliveries at once end like one."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from access.models import AccessGrant, Seat, SeatPool
from accounts.enums import Role
from billing.errors import RefundNotPossible
from billing.models import Order, RefundRequest, WebhookEvent
from billing.services import accept_refund, decline_refund, open_checkout, request_refund, settle, start_order
from mail.models import MailDelivery
from tests.factories import RoleAssignmentFactory, UserFactory

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
WORKERS = 8


def at_once(acts):
    """Run each act in a thread with a connection of its own; their results."""

    def run(act):
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        return [future.result() for future in [pool.submit(run, act) for act in acts]]


def test_a_button_pressed_in_many_tabs_makes_one_order_and_one_checkout(stripe, user, course_set):
    def press():
        order = start_order(buyer=user, course_set=course_set, currency="EUR", shown_total=14_900, request_key=uuid.uuid4())
        return open_checkout(order)

    assert len(set(at_once([press] * WORKERS))) == 1
    assert (Order.objects.count(), len(stripe.sessions)) == (1, 1)


def test_workers_that_settle_the_same_order_give_access_seats_and_receipt_once(stripe, user, organisation, order_for):
    RoleAssignmentFactory(membership__user=user, membership__organisation=organisation, role=Role.BILLING)
    personal, ours = order_for(user), order_for(user, organisation, quantity=3)
    for order in (personal, ours):
        stripe.pay(order.gateway_reference)
    settled = at_once([lambda: settle(personal), lambda: settle(ours)] * WORKERS)
    assert {order.state for order in settled} == {"paid"}
    assert (AccessGrant.objects.count(), SeatPool.objects.count(), Seat.objects.count()) == (1, 1, 3)
    assert MailDelivery.objects.filter(template="receipt").count() == 2
    assert sorted(Order.objects.values_list("receipt_number", flat=True))[1].endswith("-000002")


def test_receipts_of_orders_paid_at_once_have_no_gap_and_no_twin(stripe, course, order_for):
    orders = [order_for(UserFactory()) for _ in range(12)]
    for order in orders:
        stripe.pay(order.gateway_reference)
    at_once([lambda order=order: settle(order) for order in orders])
    numbers = sorted(number[-6:] for number in Order.objects.values_list("receipt_number", flat=True))
    assert numbers == [f"{number:06d}" for number in range(1, 13)]


def test_deliveries_at_once_store_one_message_and_settle_the_order(stripe, user, order_for):
    order = order_for(user)
    stripe.pay(order.gateway_reference)
    answers = at_once([lambda: stripe.deliver(Client(), stripe.events[-1]).status_code] * (2 * WORKERS))
    assert answers == [200] * (2 * WORKERS)
    order.refresh_from_db()
    assert (order.state, WebhookEvent.objects.count(), AccessGrant.objects.count()) == ("paid", 1, 1)


def test_operators_that_accept_at_once_send_the_money_once(stripe, user, order_for):
    operator = UserFactory(is_staff=True)
    order = order_for(user)
    stripe.pay(order.gateway_reference)
    request = request_refund(order=settle(order), asked_by=user)
    answered = at_once([lambda: accept_refund(request=RefundRequest.objects.get(pk=request.pk), actor=operator)] * WORKERS)
    order.refresh_from_db()
    request.refresh_from_db()
    assert (order.state, request.state, len(stripe.refunds)) == ("refunded", "accepted", 1)
    assert len(answered) == WORKERS
    assert MailDelivery.objects.filter(template="order_refunded").count() == 1


def test_of_an_acceptance_and_a_refusal_at_once_one_counts(stripe, user, order_for):
    operator = UserFactory(is_staff=True)
    order = order_for(user)
    stripe.pay(order.gateway_reference)
    request = request_refund(order=settle(order), asked_by=user)

    def attempt(act):
        try:
            act(RefundRequest.objects.get(pk=request.pk))
        except RefundNotPossible:
            return False
        return True

    acts = [
        lambda asked: accept_refund(request=asked, actor=operator),
        lambda asked: decline_refund(request=asked, actor=operator, answer="No"),
    ]
    done = at_once([lambda act=act: attempt(act) for act in acts])
    order.refresh_from_db()
    request.refresh_from_db()
    assert sorted(done) == [False, True]
    assert (request.state, order.state) in {("accepted", "refunded"), ("declined", "paid")}
    assert len(stripe.refunds) == (request.state == "accepted")
