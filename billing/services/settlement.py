"""Settling: ask the gateway what an order is now, and make state, access, seats and mail follow.

Messages only cause a question. Whatever their number, order and delay, the last answer wins: the gateway is asked outside the
transaction (a slow provider must not hold the database), and an answer is applied only if no other was applied since the
question was put; otherwise the question is put again.
"""

import logging

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from access.enums import GrantSource
from access.services import add_seats, grant_access, revoke_access
from access.services.grants import restore_access
from access.services.reversals import restore_seats, withdraw_seats
from accounts.enums import AuditVerb
from accounts.errors import PeopleHeld
from accounts.types import Actor
from billing.errors import BuyingNotSetUp, GatewayUnavailable
from billing.gateways import CheckoutStatus, Gateway, gateway_named
from billing.models import Order, OrderLine, OrderState, RefundRequest, RefundRequestState
from billing.queries import CHECKOUT_LIFETIME
from billing.services.notices import mail_buyer
from billing.services.receipts import next_receipt_number
from billing.services.returns import attention_for, is_wrong_amount, store_returns
from billing.services.trail import record_order_event

logger = logging.getLogger(__name__)

MAX_FETCHES = 10
VERBS = {
    OrderState.PAID: AuditVerb.ORDER_PAID,
    OrderState.PROCESSING: AuditVerb.ORDER_PROCESSING,
    OrderState.FAILED: AuditVerb.ORDER_FAILED,
    OrderState.CANCELLED: AuditVerb.ORDER_CANCELLED,
    OrderState.REFUNDED: AuditVerb.ORDER_REFUNDED,
    OrderState.REVERSED: AuditVerb.ORDER_REVERSED,
    OrderState.OPEN: AuditVerb.ORDER_REOPENED,
}


def settle(order: Order, *, gateway: Gateway | None = None, cancelled_by: Actor = None) -> Order:
    """Bring `order` to what the gateway says of it now; returns it fresh. Safe to repeat, and from several workers at once.

    Without `gateway`, the one the order was placed with is asked. `GatewayUnavailable` when there is no answer,
    `BuyingNotSetUp` when that gateway may not be used here: nothing has changed. `cancelled_by` has just asked the gateway to
    cancel it, and is named where that is what it says.
    """
    for _question in range(MAX_FETCHES):
        order = Order.objects.get(pk=order.pk)
        if not order.gateway_reference:
            return _expire_unpaid(order)
        status = (gateway or gateway_named(order.gateway)).fetch(order.gateway_reference)
        settled = _apply(order, status, cancelled_by)
        if settled is not None:
            return settled
    raise GatewayUnavailable


@transaction.atomic
def _apply(fetched: Order, status: CheckoutStatus, cancelled_by: Actor) -> Order | None:
    """Apply an answer; None when another was applied after `asked` was read, so that this one may be older."""
    order = Order.objects.select_for_update(of=("self",)).select_related("buyer", "organisation").get(pk=fetched.pk)
    if order.revision != fetched.revision:
        return None
    order.revision += 1
    order.checked_at = timezone.now()
    order.payment_reference = status.payment or order.payment_reference
    before, refunded_before = OrderState(order.state), order.refunded_amount
    returns_news = store_returns(order, status)
    if not is_wrong_amount(order, status):
        order.state = OrderState(status.state)
        if order.state != before:
            _apply_access(order)
            _record_transition(order, before, cancelled_by if order.state == OrderState.CANCELLED else None)
        _tell_of_returns(order, before, refunded_before)
    for verb, sentence in returns_news:
        record_order_event(order, verb, sentence, before=before)
    _call_attention(order, attention_for(order, status))
    if order.paid_at and not order.receipt_number:
        order.receipt_number = next_receipt_number(order.paid_at)
    order.save()
    return order


def _call_attention(order: Order, attention: str) -> None:
    """What an operator has reviewed is not said again; whatever comes after it is."""
    if not attention:
        order.reviewed_attention = ""
    if attention == order.reviewed_attention:
        attention = ""
    if attention and order.attention != attention:
        logger.error("Order %s: %s", order.uuid, attention)
        record_order_event(order, AuditVerb.ORDER_FLAGGED, attention, before=order.state)
    order.attention = attention


def _apply_access(order: Order) -> None:
    """Access and seats as a function of the state. Idempotent."""
    for line in order.lines.select_related("course_set"):
        line.order = order
        if order.state == OrderState.PAID:
            _grant(order, line)
        elif order.organisation_id is None:
            revoke_access(source_key=line.source_key)
        else:
            withdraw_seats(source_key=line.source_key)


def _grant(order: Order, line: OrderLine) -> None:
    if order.organisation is not None:
        add_seats(
            organisation=order.organisation, course_set=line.course_set, quantity=line.quantity, source_key=line.source_key
        )
        restore_seats(source_key=line.source_key)
        return
    grant_access(user=order.buyer, course_set=line.course_set, source=GrantSource.ORDER, source_key=line.source_key)
    restore_access(source_key=line.source_key)


def _record_transition(order: Order, before: OrderState, actor: Actor) -> None:
    now = timezone.now()
    state = OrderState(order.state)
    is_first_payment = state == OrderState.PAID and order.paid_at is None
    if state in (OrderState.PAID, OrderState.REFUNDED, OrderState.REVERSED):
        # A refund or a dispute may be the first that is heard of a payment.
        order.paid_at = order.paid_at or now
    order.refunded_at = now if state == OrderState.REFUNDED else None
    verb = VERBS[state]
    if state == OrderState.PAID and not is_first_payment:
        verb = AuditVerb.ORDER_RESTORED
    record_order_event(order, verb, _sentence(order), before=before, actor=actor)
    if state in (OrderState.REFUNDED, OrderState.REVERSED):
        _close_request(order)
    if is_first_payment:
        mail_buyer(order, "receipt")
    if state == OrderState.FAILED:
        mail_buyer(order, "order_failed")


def _close_request(order: Order) -> None:
    """A refund that was made elsewhere answers the wish for it."""
    waiting = RefundRequest.objects.filter(order=order, state=RefundRequestState.WAITING)
    if waiting.update(state=RefundRequestState.ACCEPTED, decided_at=timezone.now(), updated_at=timezone.now()):
        record_order_event(order, AuditVerb.REFUND_ACCEPTED, _("The money is back with the buyer."))


def _tell_of_returns(order: Order, before: OrderState, refunded_before: int) -> None:
    """What the buyer is told of money that came or went: each time once, since only a change is told."""
    more = order.refunded_amount - refunded_before
    state = OrderState(order.state)
    is_restored = state == OrderState.PAID and before in (OrderState.REFUNDED, OrderState.REVERSED)
    if state == OrderState.REVERSED and state != before:
        mail_buyer(order, "order_reversed", returned=order.lost_amount)
    if more > 0:
        mail_buyer(order, "order_refunded", refunded=more, is_whole=state == OrderState.REFUNDED)
    elif more < 0:
        mail_buyer(order, "refund_failed", refunded=-more, is_restored=is_restored)
    elif is_restored:
        mail_buyer(order, "dispute_won")


def _sentence(order: Order) -> str:
    return _("%(state)s: %(what)s.") % {"state": order.get_state_display(), "what": order.summary}


@transaction.atomic
def _expire_unpaid(fetched: Order) -> Order:
    """An order whose payment page was never made: nobody can have paid it, and after a day nobody will."""
    order = Order.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=fetched.pk)
    is_over = order.created_at + CHECKOUT_LIFETIME <= timezone.now()
    if order.state == OrderState.OPEN and not order.gateway_reference and is_over:
        order.state = OrderState.CANCELLED
        order.revision += 1
        order.save(update_fields=["state", "revision", "updated_at"])
        record_order_event(order, AuditVerb.ORDER_CANCELLED, _sentence(order), before=OrderState.OPEN)
    return order


def settle_quietly(order: Order) -> Order:
    """`settle` where the caller can do nothing about a gateway that does not answer: the sweep will ask again."""
    try:
        return settle(order)
    except (GatewayUnavailable, BuyingNotSetUp, PeopleHeld) as error:
        logger.warning("Order %s was not settled: %s", order.uuid, type(error).__name__)
        return order
