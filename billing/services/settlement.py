"""Settling: ask the gateway what an order is now, and make state, access, seats and mail follow.

Messages only cause a question. Whatever their number, order and delay, the last answer wins: the gateway is asked outside the
transaction (a slow provider must not hold the database), and an answer is applied only if no other was applied since the
question was put; otherwise the question is put again.
"""

import logging
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from access.enums import GrantSource
from access.services import add_seats, grant_access, revoke_access
from access.services.grants import restore_access
from access.services.reversals import restore_seats, withdraw_seats
from accounts.audit import record
from accounts.enums import AuditVerb
from accounts.models import User
from billing.errors import BuyingNotSetUp, GatewayUnavailable
from billing.gateways import CheckoutStatus, Gateway, gateway_named
from billing.models import Order, OrderLine, OrderState
from billing.queries import CHECKOUT_LIFETIME, mail_key
from billing.services.receipts import next_receipt_number
from billing.services.trail import record_order_event
from mail.queries import newest_about
from mail.services import enqueue_mail

logger = logging.getLogger(__name__)

MAX_FETCHES = 10
VERBS = {
    OrderState.PAID: AuditVerb.ORDER_PAID,
    OrderState.FAILED: AuditVerb.ORDER_FAILED,
    OrderState.CANCELLED: AuditVerb.ORDER_CANCELLED,
    OrderState.REFUNDED: AuditVerb.ORDER_REFUNDED,
    OrderState.OPEN: AuditVerb.ORDER_REOPENED,
}
MAILS = {OrderState.PAID: "receipt", OrderState.FAILED: "order_failed", OrderState.REFUNDED: "order_refunded"}


def settle(order: Order, *, gateway: Gateway | None = None) -> Order:
    """Bring `order` to what the gateway says of it now; returns it fresh. Safe to repeat, and from several workers at once.

    Without `gateway`, the one the order was placed with is asked. `GatewayUnavailable` when there is no answer,
    `BuyingNotSetUp` when that gateway may not be used here: nothing has changed.
    """
    for _question in range(MAX_FETCHES):
        order = Order.objects.get(pk=order.pk)
        if not order.gateway_reference:
            return _expire_unpaid(order)
        status = (gateway or gateway_named(order.gateway)).fetch(order.gateway_reference)
        settled = _apply(order, status)
        if settled is not None:
            return settled
    raise GatewayUnavailable


@transaction.atomic
def _apply(fetched: Order, status: CheckoutStatus) -> Order | None:
    """Apply an answer; None when another was applied after `asked` was read, so that this one may be older."""
    order = Order.objects.select_for_update(of=("self",)).select_related("buyer", "organisation").get(pk=fetched.pk)
    if order.revision != fetched.revision:
        return None
    order.revision += 1
    order.checked_at = timezone.now()
    order.payment_reference = status.payment or order.payment_reference
    before = order.state
    if _is_wrong_amount(order, status):
        _flag(order, status)
    else:
        order.state = OrderState(status.state)
        if order.state != before:
            _apply_access(order)
            _record_transition(order, before)
    order.save()
    return order


def _is_wrong_amount(order: Order, status: CheckoutStatus) -> bool:
    paid = status.state == OrderState.PAID
    return paid and (status.amount, status.currency.upper()) != (order.total, order.currency)


def _flag(order: Order, status: CheckoutStatus) -> None:
    attention = f"Paid {status.amount} {status.currency}, ordered {order.total} {order.currency}. Nothing was granted."
    if order.attention == attention:
        return
    order.attention = attention
    logger.error("Order %s: %s", order.uuid, attention)
    record_order_event(
        order,
        AuditVerb.ORDER_FLAGGED,
        _("The amount paid differs from the amount ordered; nothing was granted."),
        before=order.state,
    )


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


def _record_transition(order: Order, before: str) -> None:
    now = timezone.now()
    if order.state == OrderState.PAID:
        order.attention = ""
        order.refunded_at = None
        order.paid_at = order.paid_at or now
    if order.state == OrderState.REFUNDED:
        # A refund may be the first that is heard of a payment.
        order.paid_at, order.refunded_at = order.paid_at or now, now
    record_order_event(order, VERBS[OrderState(order.state)], _sentence(order), before=before)
    if template := MAILS.get(OrderState(order.state)):
        _mail(order, template)
    if order.paid_at and not order.receipt_number:
        order.receipt_number = next_receipt_number(order.paid_at)


def _mail(order: Order, template: str) -> None:
    enqueue_mail(
        template=template,
        recipient=order.buyer.email,
        context=_mail_context(order),
        organisation=order.organisation,
        about=mail_key(order),
    )


@transaction.atomic
def resend_mail(*, order: Order, actor: User) -> bool:
    """Send the last mail about an order again, to the buyer's address of now; False unless it could not be delivered."""
    locked = Order.objects.select_for_update(of=("self",)).select_related("organisation", "buyer").get(pk=order.pk)
    delivery = newest_about(mail_key(locked))
    if delivery is None or not delivery.is_undelivered:
        return False
    _mail(locked, delivery.template)
    record(
        verb=AuditVerb.MAIL_RESENT,
        summary=_("Resent the e-mail about an order"),
        organisation=locked.organisation,
        actor=actor,
        target=locked,
    )
    return True


def _mail_context(order: Order) -> dict[str, Any]:
    lines = [{"description": line.description, "quantity": line.quantity, "amount": line.amount} for line in order.lines.all()]
    return {
        "order_path": order.get_absolute_url(),
        "lines": lines,
        "total": order.total,
        "currency": order.currency,
        "is_test": order.is_test,
    }


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
    except (GatewayUnavailable, BuyingNotSetUp) as error:
        logger.warning("Order %s was not settled: %s", order.uuid, type(error).__name__)
        return order
