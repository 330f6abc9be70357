"""Ordering and settling, through Stripe's adapter and the fake behind it."""

import datetime
import uuid

import pytest
import time_machine

from access.models import AccessGrant, Seat, SeatPool
from access.queries import may_open
from access.services import assign_seats, grant_access
from accounts.models import AuditEvent
from billing.errors import AlreadyCovered, BuyingNotSetUp, GatewayUnavailable, NotForSale, OrderTooLarge, PriceChanged
from billing.gateways import gateway_named
from billing.models import Order, WebhookEvent
from billing.queries import courses_of, orders_to_pay
from billing.services import (
    cancel_order,
    close_other_orders,
    mark_reviewed,
    open_checkout,
    process_waiting_events,
    set_price,
    settle,
    settle_waiting_orders,
    start_order,
)
from courses.models import Course
from mail.models import MailDelivery
from tests.factories import UserFactory

NOON = datetime.datetime(2031, 3, 3, 12, tzinfo=datetime.UTC)


def ordered(buyer, course_set, **changes):
    what = {"currency": "EUR", "shown_total": 14_900, "request_key": uuid.uuid4()} | changes
    return start_order(buyer=buyer, course_set=course_set, **what)


def seat_states(pool):
    return sorted(pool.seats.values_list("state", flat=True))


# Ordering -------------------------------------------------------------------------------------------------------------


def test_an_order_keeps_the_price_it_was_placed_at(stripe, user, course_set):
    order = ordered(user, course_set)
    set_price(course_set=course_set, kind="person", currency="EUR", amount=19_900)
    line = order.lines.get()
    assert (order.state, order.total, order.currency, order.gateway) == ("open", 14_900, "EUR", "stripe")
    assert (line.kind, line.quantity, line.unit_amount, line.description) == ("person", 1, 14_900, "Negotiate mutual value")


def test_the_same_form_sent_twice_makes_one_order(stripe, user, organisation, course_set):
    key = uuid.uuid4()
    first, second = (
        ordered(user, course_set, organisation=organisation, quantity=2, shown_total=19_800, request_key=key) for _ in "12"
    )
    assert first == second
    assert Order.objects.count() == 1


def test_two_forms_for_the_same_course_share_the_open_order(stripe, user, course_set):
    assert ordered(user, course_set) == ordered(user, course_set)


def test_somebody_elses_key_makes_an_order_of_ones_own(stripe, user, course_set):
    key = uuid.uuid4()
    assert ordered(user, course_set, request_key=key) != ordered(UserFactory(), course_set, request_key=key)


def test_an_organisation_may_order_the_same_seats_again(stripe, user, organisation, course_set):
    orders = {ordered(user, course_set, organisation=organisation, shown_total=9_900) for _ in "12"}
    assert len(orders) == 2


def test_a_price_that_changed_is_told_and_nothing_is_ordered(stripe, user, course_set):
    set_price(course_set=course_set, kind="person", currency="EUR", amount=19_900)
    with pytest.raises(PriceChanged, match="from €149 to €199") as changed:
        ordered(user, course_set)
    assert changed.value.total == 19_900
    assert not Order.objects.exists()


def test_what_has_no_price_is_not_for_sale(stripe, user, course_set):
    with pytest.raises(NotForSale):
        ordered(user, course_set, currency="USD")


def test_more_than_one_payment_can_carry_is_refused(stripe, user, organisation, course_set):
    with pytest.raises(OrderTooLarge):
        ordered(user, course_set, organisation=organisation, quantity=10_102, shown_total=10_102 * 9_900)


def test_nobody_buys_what_they_have(stripe, user, course_set):
    grant_access(user=user, course_set=course_set, source="gift", source_key="gift:1")
    with pytest.raises(AlreadyCovered, match="You already have access to “Negotiate mutual value”"):
        ordered(user, course_set)


def test_without_a_gateway_nothing_can_be_ordered(settings, user, course_set):
    settings.PAYMENT_GATEWAY = "stripe"
    with pytest.raises(BuyingNotSetUp):
        ordered(user, course_set)


def test_the_checkout_is_made_once_and_charges_the_order(stripe, user, organisation, course_set):
    order = ordered(user, course_set, organisation=organisation, quantity=50, shown_total=495_000)
    address = open_checkout(order)
    assert open_checkout(Order.objects.get()) == address
    (session,) = stripe.sessions.values()
    assert (session["id"], session["amount_total"], session["url"]) == (order.gateway_reference, 495_000, address)
    assert session["success_url"] == f"http://127.0.0.1:8000/billing/orders/{order.uuid}/?returned=1"


def test_a_checkout_that_could_not_be_made_is_made_later(stripe, user, course_set):
    order = ordered(user, course_set)
    stripe.is_down = True
    with pytest.raises(GatewayUnavailable):
        open_checkout(order)
    stripe.is_down = False
    open_checkout(order)
    assert [order.gateway_reference] == list(stripe.sessions)


def test_a_new_order_closes_the_one_left_open_at_the_old_price(stripe, user, course_set, order_for):
    old = order_for(user)
    set_price(course_set=course_set, kind="person", currency="EUR", amount=19_900)
    new = ordered(user, course_set, shown_total=19_900)
    close_other_orders(new)
    old.refresh_from_db()
    assert (old.state, new.state) == ("cancelled", "open")
    assert stripe.sessions[old.gateway_reference]["status"] == "expired"


def test_a_new_order_leaves_those_of_other_people_open(stripe, user, course_set, order_for):
    others = order_for(UserFactory())
    close_other_orders(order_for(user))
    others.refresh_from_db()
    assert others.state == "open"


def test_only_orders_that_wait_for_payment_are_to_be_paid(stripe, user, organisation, order_for):
    cancelled, waiting = (order_for(user, organisation) for _ in "12")
    cancel_order(order=cancelled, actor=user)
    assert list(orders_to_pay(organisation)) == [waiting]


@pytest.mark.parametrize("is_listed", [True, False])
def test_the_way_from_an_order_leads_to_courses_that_are_published(stripe, user, course, order_for, is_listed):
    order = order_for(user)
    Course.objects.filter(pk=course.pk).update(is_listed=is_listed)
    assert list(courses_of(order)) == ([course] if is_listed else [])


# Settling -------------------------------------------------------------------------------------------------------------


def test_a_paid_order_opens_the_course_and_mails_one_receipt(stripe, user, course, order_for):
    order = order_for(user)
    stripe.pay(order.gateway_reference)
    for _ in "123":
        order = settle(order)
    assert (order.state, order.paid_at is not None) == ("paid", True)
    assert may_open(user, course) is True
    assert AccessGrant.objects.get().source_key == f"order:{order.uuid}"
    delivery = MailDelivery.objects.get()
    assert (delivery.template, delivery.recipient) == ("receipt", user.email)


def test_nothing_opens_before_payment(stripe, user, course, order_for):
    assert settle(order_for(user)).state == "open"
    assert may_open(user, course) is False


def test_a_paid_order_of_an_organisation_brings_its_seats_once(stripe, user, organisation, order_for):
    order = order_for(user, organisation, quantity=3)
    stripe.pay(order.gateway_reference)
    settle(order)
    settle(order)
    pool = SeatPool.objects.get()
    assert (pool.organisation, pool.quantity, pool.source_key) == (organisation, 3, f"order:{order.uuid}")
    assert seat_states(pool) == ["free", "free", "free"]
    assert not AccessGrant.objects.exists()


def test_a_refund_ends_access_and_says_so(stripe, user, course, order_for):
    order = order_for(user)
    stripe.pay(order.gateway_reference)
    settle(order)
    stripe.refund(order.gateway_reference)
    order = settle(order)
    assert (order.state, order.refunded_at is not None) == ("refunded", True)
    assert may_open(user, course) is False
    assert list(MailDelivery.objects.order_by("pk").values_list("template", flat=True)) == ["receipt", "order_refunded"]


def test_a_refund_that_fails_gives_access_back(stripe, user, course, order_for):
    order = order_for(user)
    stripe.pay(order.gateway_reference)
    assert settle(order).state == "paid"
    stripe.refund(order.gateway_reference)
    assert settle(order).state == "refunded"
    assert may_open(user, course) is False
    stripe.fail_refund(order.gateway_reference)
    order = settle(order)
    assert (order.state, order.refunded_at) == ("paid", None)
    assert may_open(user, course) is True


def test_a_refund_that_fails_says_so_once_and_sends_no_second_receipt(stripe, user, course, order_for):
    order = order_for(user)
    stripe.pay(order.gateway_reference)
    number = settle(order).receipt_number
    stripe.refund(order.gateway_reference)
    settle(order)
    stripe.fail_refund(order.gateway_reference)
    for _ in "123":
        order = settle(order)
    assert (order.state, order.receipt_number, may_open(user, course)) == ("paid", number, True)
    assert order.attention == "The bank returned refunds of €149. Pay the buyer back in another way."
    mails = list(MailDelivery.objects.order_by("pk"))
    assert [delivery.template for delivery in mails] == ["receipt", "order_refunded", "refund_failed"]
    assert (mails[2].context["refunded"], mails[2].context["is_restored"]) == (14_900, True)


def test_a_refund_of_a_part_is_stored_and_told_and_access_stays(stripe, user, course, order_for):
    order = order_for(user)
    stripe.pay(order.gateway_reference)
    settle(order)
    stripe.refund(order.gateway_reference, 4_900)
    for _ in "12":
        order = settle(order)
    assert (order.state, order.refunded_amount, order.kept_amount, order.refunded_at) == ("paid", 4_900, 10_000, None)
    assert list(order.refunds.values_list("amount", "state")) == [(4_900, "succeeded")]
    assert may_open(user, course) is True
    told = MailDelivery.objects.get(template="order_refunded").context
    assert (told["refunded"], told["total"], told["is_whole"]) == (4_900, 14_900, False)

    stripe.refund(order.gateway_reference)
    order = settle(order)
    assert (order.state, order.refunded_amount, order.kept_amount) == ("refunded", 14_900, 0)
    assert may_open(user, course) is False
    told = MailDelivery.objects.filter(template="order_refunded").order_by("pk").last().context
    assert (told["refunded"], told["is_whole"]) == (10_000, True)


def test_a_dispute_calls_an_operator_and_leaves_access_until_it_is_decided(stripe, user, course, order_for, caplog):
    order = order_for(user)
    stripe.pay(order.gateway_reference)
    settle(order)
    with time_machine.travel(NOON, tick=False):
        stripe.dispute(order.gateway_reference)
    for _ in "12":
        order = settle(order)
    assert (order.state, order.disputed_amount) == ("paid", 14_900)
    assert order.attention == ("Disputed: €149. Answer the payment provider by 2031-03-10. Access stays until it is decided.")
    assert may_open(user, course) is True
    assert AuditEvent.objects.filter(verb="order.disputed").count() == 1
    assert AuditEvent.objects.filter(verb="order.flagged").count() == 1
    assert [record.name for record in caplog.records if record.levelname == "ERROR"] == ["billing.services.settlement"]


def test_a_lost_dispute_ends_access_and_one_that_is_won_after_all_restores_it(stripe, user, course, order_for):
    order = order_for(user)
    stripe.pay(order.gateway_reference)
    settle(order)
    stripe.dispute(order.gateway_reference)
    stripe.lose_dispute(order.gateway_reference)
    order = settle(order)
    assert (order.state, order.lost_amount, order.kept_amount) == ("reversed", 14_900, 0)
    assert order.attention == "Dispute lost: €149 went back to the buyer."
    assert may_open(user, course) is False
    stripe.win_dispute(order.gateway_reference)
    order = settle(order)
    assert (order.state, order.lost_amount, order.attention) == ("paid", 0, "")
    assert may_open(user, course) is True
    sent = list(MailDelivery.objects.order_by("pk").values_list("template", flat=True))
    assert sent == ["receipt", "order_reversed", "dispute_won"]


def test_a_lost_dispute_withdraws_seats_and_one_won_after_all_gives_them_back(
    stripe, user, organisation, course, member, order_for
):
    order = order_for(user, organisation, quantity=2)
    stripe.pay(order.gateway_reference)
    settle(order)
    ada = member(organisation)
    assign_seats(organisation=organisation, course=course, memberships=[ada])
    stripe.dispute(order.gateway_reference)
    settle(order)
    assert seat_states(SeatPool.objects.get()) == ["activated", "free"]
    stripe.lose_dispute(order.gateway_reference)
    settle(order)
    assert (seat_states(SeatPool.objects.get()), may_open(ada.user, course)) == (["revoked", "revoked"], False)
    stripe.win_dispute(order.gateway_reference)
    settle(order)
    assert (seat_states(SeatPool.objects.get()), may_open(ada.user, course)) == (["activated", "free"], True)


def test_what_an_operator_has_reviewed_is_not_said_again_and_what_follows_is(stripe, user, order_for):
    order = order_for(user)
    stripe.pay(order.gateway_reference)
    stripe.dispute(order.gateway_reference)
    order = settle(order)
    assert mark_reviewed(order=order, actor=user) is True
    assert mark_reviewed(order=order, actor=user) is False
    assert settle(order).attention == ""
    stripe.lose_dispute(order.gateway_reference)
    assert settle(order).attention == "Dispute lost: €149 went back to the buyer."
    verbs = AuditEvent.objects.filter(verb__in=["order.flagged", "order.reviewed"]).order_by("pk")
    assert [event.verb for event in verbs] == ["order.flagged", "order.reviewed", "order.flagged"]


def test_a_wrong_amount_stays_until_it_is_put_right(stripe, user, order_for):
    order = order_for(user)
    stripe.pay(order.gateway_reference, amount=1_490)
    order = settle(order)
    assert mark_reviewed(order=order, actor=user) is False


def test_nobody_pays_again_while_their_payment_is_under_way(stripe, user, course_set, order_for):
    order = order_for(user)
    stripe.start_transfer(order.gateway_reference)
    settle(order)
    set_price(course_set=course_set, kind="person", currency="EUR", amount=19_900)
    again = ordered(user, course_set, shown_total=19_900)
    assert (again, open_checkout(again)) == (order, "")


def test_a_payment_under_way_is_not_cancelled(stripe, user, order_for):
    order = order_for(user)
    stripe.start_transfer(order.gateway_reference)
    settle(order)
    asked = len(stripe.requests)
    assert cancel_order(order=Order.objects.get(), actor=user).state == "processing"
    assert len(stripe.requests) == asked


def test_the_sweep_asks_about_payments_under_way(stripe, user, order_for):
    with time_machine.travel(NOON, tick=False) as now:
        order = order_for(user)
        stripe.start_transfer(order.gateway_reference)
        settle(order)
        stripe.confirm_transfer(order.gateway_reference)
        now.shift(datetime.timedelta(days=3))
        settle_waiting_orders()
    order.refresh_from_db()
    assert order.state == "paid"


def test_a_refund_withdraws_seats_and_the_access_that_came_from_them(stripe, user, organisation, course, member, order_for):
    order = order_for(user, organisation, quantity=3)
    stripe.pay(order.gateway_reference)
    settle(order)
    ada = member(organisation)
    assign_seats(organisation=organisation, course=course, memberships=[ada])
    assert may_open(ada.user, course) is True
    stripe.refund(order.gateway_reference)
    settle(order)
    pool = SeatPool.objects.get()
    assert seat_states(pool) == ["revoked", "revoked", "revoked"]
    assert may_open(ada.user, course) is False

    stripe.fail_refund(order.gateway_reference)
    settle(order)
    assert seat_states(pool) == ["activated", "free", "free"]
    assert Seat.objects.get(state="activated").membership == ada
    assert may_open(ada.user, course) is True


def test_the_seat_of_somebody_who_left_meanwhile_comes_back_free(stripe, user, organisation, course, member, order_for):
    order = order_for(user, organisation, quantity=2)
    stripe.pay(order.gateway_reference)
    settle(order)
    ada = member(organisation)
    assign_seats(organisation=organisation, course=course, memberships=[ada])
    stripe.refund(order.gateway_reference)
    settle(order)
    type(ada).objects.filter(pk=ada.pk).update(state="left")
    stripe.fail_refund(order.gateway_reference)
    settle(order)
    assert seat_states(SeatPool.objects.get()) == ["free", "free"]
    assert may_open(ada.user, course) is False


def test_a_wrong_amount_opens_nothing_and_calls_an_operator_once(stripe, user, course, order_for, caplog):
    order = order_for(user)
    stripe.pay(order.gateway_reference, amount=1_490)
    for _ in "12":
        order = settle(order)
    assert order.state == "open"
    assert order.attention == "Paid 1490 EUR, ordered 14900 EUR. Nothing was granted."
    assert may_open(user, course) is False
    assert not MailDelivery.objects.exists()
    assert AuditEvent.objects.filter(verb="order.flagged").count() == 1
    assert [record.name for record in caplog.records if record.levelname == "ERROR"] == ["billing.services.settlement"]


def test_a_wrong_currency_opens_nothing(stripe, user, course, order_for):
    order = order_for(user)
    stripe.sessions[order.gateway_reference]["currency"] = "jpy"
    stripe.pay(order.gateway_reference)
    assert settle(order).attention == "Paid 14900 JPY, ordered 14900 EUR. Nothing was granted."
    assert may_open(user, course) is False


def test_a_transfer_that_fails_is_told(stripe, user, course, order_for):
    order = order_for(user)
    stripe.start_transfer(order.gateway_reference)
    assert settle(order).state == "processing"
    stripe.decline_transfer(order.gateway_reference)
    assert settle(order).state == "failed"
    assert MailDelivery.objects.get().template == "order_failed"


class SlowGateway:
    """Stripe's adapter on a slow line: `meanwhile` happens between its first answer and the use that is made of it."""

    def __init__(self, meanwhile):
        self.inner = gateway_named("stripe")
        self.meanwhile = meanwhile

    def fetch(self, reference):
        answer = self.inner.fetch(reference)
        act, self.meanwhile = self.meanwhile, None
        if act:
            act()
        return answer


def test_an_answer_older_than_one_already_applied_is_asked_for_again(stripe, user, course, order_for):
    """A slow worker heard "paid"; before it writes that down, another has heard and applied "refunded"."""
    order = order_for(user)
    stripe.pay(order.gateway_reference)

    def another_worker():
        stripe.refund(order.gateway_reference)
        settle(order)

    assert settle(order, gateway=SlowGateway(another_worker)).state == "refunded"
    assert may_open(user, course) is False
    assert list(MailDelivery.objects.values_list("template", flat=True)) == ["order_refunded"]


# Receipts, audit, sweep -----------------------------------------------------------------------------------------------


def test_receipts_are_numbered_without_gap_in_the_order_of_payment(stripe, course, order_for):
    orders = [order_for(UserFactory()) for _ in "123"]
    with time_machine.travel(NOON, tick=False):
        for order in (orders[1], orders[2]):
            stripe.pay(order.gateway_reference)
            settle(order)
            settle(order)
    for order in orders:
        order.refresh_from_db()
    assert [order.receipt_number for order in orders] == [None, "2031-000001", "2031-000002"]


def test_every_change_of_an_order_is_in_the_record(stripe, user, organisation, order_for):
    order = order_for(user, organisation, quantity=2)
    stripe.pay(order.gateway_reference)
    settle(order)
    settle(order)
    stripe.refund(order.gateway_reference)
    settle(order)
    events = AuditEvent.objects.filter(organisation=organisation, target_id=str(order.uuid)).order_by("pk")
    assert [(event.verb, event.actor, event.before, event.after["state"]) for event in events] == [
        ("order.started", user, {}, "open"),
        ("order.paid", None, {"state": "open"}, "paid"),
        ("order.refunded", None, {"state": "paid"}, "refunded"),
    ]


def test_the_sweep_asks_about_orders_that_have_waited_ten_minutes(stripe, course, order_for):
    with time_machine.travel(NOON, tick=False) as now:
        orders = [order_for(UserFactory()) for _ in "12"]
        now.shift(300)
        orders.append(order_for(UserFactory()))
        for order in orders:
            stripe.pay(order.gateway_reference)
        now.shift(301)
        settle_waiting_orders()
    for order in orders:
        order.refresh_from_db()
    assert [order.state for order in orders] == ["paid", "paid", "open"]


def test_the_sweep_goes_on_where_the_gateway_does_not_answer(stripe, course, order_for):
    with time_machine.travel(NOON, tick=False) as now:
        order = order_for(UserFactory())
        now.shift(601)
        stripe.is_down = True
        settle_waiting_orders()
        stripe.is_down = False
        stripe.pay(order.gateway_reference)
        settle_waiting_orders()
    order.refresh_from_db()
    assert order.state == "paid"


def test_an_abandoned_checkout_is_cancelled_when_it_expires(stripe, user, order_for):
    with time_machine.travel(NOON, tick=False) as now:
        order = order_for(user)
        stripe.expire(order.gateway_reference)
        now.shift(datetime.timedelta(hours=24, minutes=1))
        settle_waiting_orders()
    order.refresh_from_db()
    assert order.state == "cancelled"


def test_an_order_without_checkout_is_cancelled_after_a_day_and_not_before(stripe, user, course_set):
    with time_machine.travel(NOON, tick=False) as now:
        order = ordered(user, course_set)
        now.shift(datetime.timedelta(hours=23))
        settle_waiting_orders()
        order.refresh_from_db()
        assert order.state == "open"
        now.shift(datetime.timedelta(hours=1))
        settle_waiting_orders()
    order.refresh_from_db()
    assert order.state == "cancelled"
    assert stripe.requests == []


def test_the_sweep_works_on_messages_whose_task_was_lost(stripe, user, course, order_for):
    with time_machine.travel(NOON, tick=False) as now:
        order = order_for(user)
        stripe.pay(order.gateway_reference)
        settle(order)
        stripe.refund(order.gateway_reference)
        WebhookEvent.objects.create(
            gateway="stripe", event_id="evt_lost", kind="charge.refunded", order_uuid=order.uuid, payload={}
        )
        assert process_waiting_events() == 0  # it came just now
        now.shift(61)
        assert process_waiting_events() == 1
    order.refresh_from_db()
    assert order.state == "refunded"
    assert WebhookEvent.objects.get().processed_at is not None


def test_cancelling_closes_the_checkout(stripe, user, order_for):
    order = cancel_order(order=order_for(user), actor=user)
    assert order.state == "cancelled"
    assert stripe.sessions[order.gateway_reference]["status"] == "expired"


@pytest.mark.parametrize("has_checkout", [True, False])
def test_the_audit_log_names_who_cancelled(stripe, user, course_set, order_for, has_checkout):
    colleague = UserFactory()
    cancel_order(order=order_for(user) if has_checkout else ordered(user, course_set), actor=colleague)
    assert AuditEvent.objects.get(verb="order.cancelled").actor == colleague


def test_what_the_gateway_says_instead_of_cancelled_was_done_by_nobody_here(stripe, user, order_for):
    order = order_for(user)
    stripe.pay(order.gateway_reference)
    cancel_order(order=order, actor=UserFactory())
    assert AuditEvent.objects.get(verb="order.paid").actor is None


def test_cancelling_what_was_just_paid_keeps_it_paid(stripe, user, course, order_for):
    order = order_for(user)
    stripe.pay(order.gateway_reference)
    assert cancel_order(order=order, actor=user).state == "paid"
    assert may_open(user, course) is True


def test_cancelling_before_there_is_a_checkout(stripe, user, course_set):
    order = cancel_order(order=ordered(user, course_set), actor=user)
    assert (order.state, stripe.requests) == ("cancelled", [])
    assert open_checkout(order) == ""
