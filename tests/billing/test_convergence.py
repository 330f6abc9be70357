"""Whatever Stripe's history and however its messages arrive, orders, access and seats end where the history ends."""

import uuid
from collections import Counter

import pytest
from django.test import Client, override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from access.models import AccessGrant, SeatPool
from access.services import assign_seats
from accounts.models import AuditEvent
from billing.models import Order
from billing.services import open_checkout, set_price, settle_quietly, start_order
from mail.models import MailDelivery
from tests.billing.fake_stripe import SECRET_KEY, WEBHOOK_SECRET, running_fake
from tests.factories import CourseFactory, MembershipFactory, OrganisationFactory, RoleAssignmentFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

BEFORE = ["pay", "start_transfer", "confirm_transfer", "decline_transfer", "expire"]
AFTER = ["refund", "refund_part", "fail_refund", "dispute", "win_dispute", "lose_dispute"]
ACTS = BEFORE + AFTER
OURS = ["deliver", "lose", "look", "assign"]
steps = st.lists(st.tuples(st.sampled_from(ACTS + ACTS + OURS), st.integers(0, 1), st.integers(0, 9)), max_size=18)


def truth(stripe, reference: str) -> str:
    """What the order has to be, read from the fake's own books."""
    session = stripe.sessions[reference]
    intent = stripe.intents.get(session["payment_intent"] or "", {})
    charge = stripe.charges.get(intent.get("latest_charge") or "", {})
    if session["status"] == "expired":
        return "cancelled"
    if charge:
        lost = sum_of(stripe.disputes, charge, "lost")
        if charge["refunded"]:
            return "refunded"
        return "reversed" if lost and charge["amount_refunded"] + lost == charge["amount"] else "paid"
    return {"requires_payment_method": "failed", "processing": "processing"}.get(intent.get("status"), "open")


def sum_of(book, charge, status: str) -> int:
    return sum(entry["amount"] for entry in book.values() if entry["charge"] == charge["id"] and entry["status"] == status)


def charge_of(stripe, reference: str) -> dict | None:
    intent = stripe.intents.get(stripe.sessions[reference]["payment_intent"] or "", {})
    return stripe.charges.get(intent.get("latest_charge") or "")


class Convergence(TestCase):
    @given(steps=steps, shuffle=st.randoms(use_true_random=False), copies=st.integers(1, 3))
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_any_history_delivered_in_any_way_ends_the_same(self, steps, shuffle, copies):
        with (
            running_fake() as (stripe, address),
            override_settings(
                PAYMENT_GATEWAY="stripe",
                STRIPE_SECRET_KEY=SECRET_KEY,
                STRIPE_WEBHOOK_SECRET=WEBHOOK_SECRET,
                STRIPE_API_BASE=address,
            ),
        ):
            self.begin()
            waiting = []
            for name, which, choice in steps:
                self.step(stripe, waiting, name, self.orders[which], choice)
            rest = stripe.events * copies
            shuffle.shuffle(rest)
            for event in rest:
                self.bring(stripe, event)
            for order in self.orders:
                settle_quietly(order)
            self.check(stripe)

    def begin(self):
        course = CourseFactory(is_listed=True)
        course_set = course.own_set
        set_price(course_set=course_set, kind="person", currency="EUR", amount=14_900)
        set_price(course_set=course_set, kind="seat", currency="EUR", amount=9_900)
        self.course, self.learner, self.buyer = course, UserFactory(), UserFactory()
        self.organisation = OrganisationFactory()
        RoleAssignmentFactory(membership=MembershipFactory(organisation=self.organisation, user=self.buyer), role="billing")
        self.people = [MembershipFactory(organisation=self.organisation) for _ in range(2)]
        common = {"course_set": course_set, "currency": "EUR"}
        self.orders = [
            start_order(buyer=self.learner, shown_total=14_900, request_key=uuid.uuid4(), **common),
            start_order(
                buyer=self.buyer,
                organisation=self.organisation,
                quantity=2,
                shown_total=19_800,
                request_key=uuid.uuid4(),
                **common,
            ),
        ]
        for order in self.orders:
            open_checkout(order)

    def step(self, stripe, waiting, name, order, choice):
        if name in ACTS and stripe.may(name, order.gateway_reference):
            getattr(stripe, name)(order.gateway_reference)
        elif name == "deliver" and stripe.events:
            self.bring(stripe, stripe.events[choice % len(stripe.events)])
        elif name == "look":
            settle_quietly(order)
        elif name == "assign" and self.free_seats():
            assign_seats(
                organisation=self.organisation, course=self.course, memberships=[self.people[choice % len(self.people)]]
            )

    def free_seats(self):
        pool = SeatPool.objects.filter(organisation=self.organisation).first()
        return pool.seats.filter(state="free").count() if pool else 0

    def bring(self, stripe, event):
        with self.captureOnCommitCallbacks(execute=True):
            assert stripe.deliver(Client(), event).status_code == 200

    def check(self, stripe):
        personal, ours = (Order.objects.get(pk=order.pk) for order in self.orders)
        for order in (personal, ours):
            assert order.state == truth(stripe, order.gateway_reference)
            assert (order.receipt_number is not None) == (order.paid_at is not None)
            self.check_money(stripe, order)
            self.check_mails(order)
        has_access = AccessGrant.objects.filter(user=self.learner).in_force().covering(self.course).exists()
        assert has_access == (personal.state == "paid")
        self.check_seats(ours)

    def check_money(self, stripe, order):
        """What came back is what the bank says, part by part, and whoever operates is told what is open."""
        charge = charge_of(stripe, order.gateway_reference)
        told = (order.refunded_amount, order.disputed_amount, order.lost_amount)
        if charge is None:
            assert (told, order.attention) == ((0, 0, 0), "")
            return
        disputed, lost = (sum_of(stripe.disputes, charge, status) for status in ("needs_response", "lost"))
        assert told == (charge["amount_refunded"], disputed, lost)
        states = {"failed": "failed", "succeeded": "succeeded", "needs_response": "open", "won": "won", "lost": "lost"}
        for rows, book in ((order.refunds, stripe.refunds), (order.disputes, stripe.disputes)):
            stored = set(rows.values_list("reference", "amount", "state"))
            entries = [entry for entry in book.values() if entry["charge"] == charge["id"]]
            assert stored == {(entry["id"], entry["amount"], states[entry["status"]]) for entry in entries}
        came_back = order.state == "paid" and sum_of(stripe.refunds, charge, "failed") > 0
        assert bool(order.attention) == bool(disputed or lost or came_back)

    def check_mails(self, order):
        """One mail for each thing that the buyer has to know, and never a second receipt."""
        mails = MailDelivery.objects.filter(context__order_path=order.get_absolute_url())
        sent = Counter(mails.values_list("template", flat=True))
        done = Counter(AuditEvent.objects.filter(target_id=str(order.uuid)).values_list("verb", flat=True))
        assert sent["receipt"] == done["order.paid"] <= 1
        assert sent["order_failed"] == done["order.failed"]
        assert sent["order_reversed"] == done["order.reversed"]
        assert sent["order_refunded"] == done["order.refunded"] + done["order.partly_refunded"]
        assert sent["refund_failed"] + sent["dispute_won"] >= done["order.restored"]
        refunds = mails.filter(template__in=["order_refunded", "refund_failed"]).values_list("template", "context")
        signed = [context["refunded"] * (1 if template == "order_refunded" else -1) for template, context in refunds]
        assert sum(signed) == order.refunded_amount

    def check_seats(self, order):
        pools = list(SeatPool.objects.filter(organisation=self.organisation))
        assert len(pools) <= 1
        seats = [seat for pool in pools for seat in pool.seats.all()]
        assert len(seats) == (2 if pools else 0)
        held = [seat for seat in seats if seat.state == "activated"]
        granted = AccessGrant.objects.filter(organisation=self.organisation).in_force().count()
        assert granted == len(held)
        if order.state == "paid":
            assert {seat.state for seat in seats} <= {"free", "activated"}
            assert len(seats) == 2
        else:
            assert {seat.state for seat in seats} <= {"revoked"}
