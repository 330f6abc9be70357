"""Ordering: what is bought, by whom, at which price; then the gateway's page on which to pay."""

import logging
import uuid

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from access.models import CourseSet
from access.queries import has_everything_of
from accounts.enums import AuditVerb
from accounts.models import Organisation, User
from accounts.types import Actor
from billing.errors import AlreadyCovered, GatewayUnavailable, NotForSale, NotOpen, OrderTooLarge, PriceChanged
from billing.gateways import CheckoutRequest, Line, gateway_named
from billing.models import MAX_TOTAL, Order, OrderLine, OrderState, PriceKind
from billing.queries import open_order_for, processing_order_for
from billing.services.prices import price_for
from billing.services.settlement import settle
from billing.services.trail import record_order_event

logger = logging.getLogger(__name__)


@transaction.atomic
def start_order(
    *,
    buyer: User,
    course_set: CourseSet,
    currency: str,
    shown_total: int,
    request_key: uuid.UUID,
    organisation: Organisation | None = None,
    quantity: int = 1,
    purchase_order: str = "",
) -> Order:
    """Write down one purchase at the price in force. The same `request_key` gives the same order.

    `shown_total` is what the buyer was shown, in minor units: `PriceChanged` when that is no longer the price. A learner who
    already has everything of the set gets `AlreadyCovered`; one who has an open order for it at this price, or one that is
    being paid, that order. `NotOpen` where no course of the set lets anybody in.
    """
    gateway_named(settings.PAYMENT_GATEWAY)
    User.objects.select_for_update(no_key=True).get(pk=buyer.pk)
    repeated = Order.objects.filter(buyer=buyer, request_key=request_key).first()
    if repeated is not None:
        return repeated
    if not course_set.is_catalogue and not course_set.courses.filter(is_listed=True).exists():
        raise NotOpen(course_set)
    kind = PriceKind.SEAT if organisation else PriceKind.PERSON
    unit_amount = _unit_amount(course_set, kind, currency, quantity, shown_total)
    if organisation is None:
        if has_everything_of(buyer, course_set):
            raise AlreadyCovered(course_set)
        under_way = processing_order_for(buyer, course_set)
        if under_way is not None:
            return under_way
        waiting = open_order_for(buyer, course_set)
        if waiting is not None and (waiting.total, waiting.currency) == (shown_total, currency):
            return waiting
    order = Order.objects.create(
        buyer=buyer,
        organisation=organisation,
        currency=currency,
        total=unit_amount * quantity,
        gateway=settings.PAYMENT_GATEWAY,
        request_key=request_key,
        purchase_order=purchase_order,
    )
    OrderLine.objects.create(
        order=order, course_set=course_set, kind=kind, quantity=quantity, unit_amount=unit_amount, description=course_set.title
    )
    record_order_event(order, AuditVerb.ORDER_STARTED, _("Ordered: %(what)s.") % {"what": order.summary}, actor=buyer)
    return order


def _unit_amount(course_set: CourseSet, kind: str, currency: str, quantity: int, shown_total: int) -> int:
    price = price_for(course_set, kind, currency, quantity)
    if price is None:
        raise NotForSale(course_set)
    total = price.amount * quantity
    if total > MAX_TOTAL:
        raise OrderTooLarge
    if total != shown_total:
        raise PriceChanged(shown_total, total, currency)
    return price.amount


def open_checkout(order: Order) -> str:
    """The address of the page on which to pay, empty once there is nothing to pay.

    Outside any transaction, and safe to repeat: the order's uuid is the key.
    """
    if order.state != OrderState.OPEN:
        return ""
    if order.checkout_url:
        return order.checkout_url
    checkout = gateway_named(order.gateway).create_checkout(_request_for(order))
    Order.objects.filter(pk=order.pk, gateway_reference="").update(
        gateway_reference=checkout.reference, checkout_url=checkout.url
    )
    order.refresh_from_db()
    return order.checkout_url


def _request_for(order: Order) -> CheckoutRequest:
    address = settings.ACCORD_BASE_URL.rstrip("/") + reverse("billing:order", args=[order.uuid])
    return CheckoutRequest(
        key=order.uuid,
        currency=order.currency,
        lines=tuple(Line(line.description, line.quantity, line.unit_amount) for line in order.lines.all()),
        customer_email=order.buyer.email,
        return_url=f"{address}?returned=1",
        cancel_url=f"{address}?left=1",
    )


def close_other_orders(order: Order) -> None:
    """Close the checkouts that the same learner left open for the same thing, so that nobody pays twice."""
    if order.organisation_id is not None:
        return
    sets = order.lines.values("course_set")
    others = Order.objects.filter(buyer=order.buyer, organisation=None, state=OrderState.OPEN, lines__course_set__in=sets)
    for other in others.exclude(pk=order.pk).distinct():
        try:
            cancel_order(order=other, actor=order.buyer)
        except GatewayUnavailable:
            logger.warning("Order %s is left open: the gateway did not respond", other.uuid)


def cancel_order(*, order: Order, actor: Actor) -> Order:
    """Close the checkout of an order that waits; whatever the gateway then says of it is its state."""
    if order.state != OrderState.OPEN:
        return order
    if order.gateway_reference:
        gateway_named(order.gateway).cancel(order.gateway_reference)
        return settle(order, cancelled_by=actor)
    with transaction.atomic():
        locked = Order.objects.select_for_update().get(pk=order.pk)
        if locked.state == OrderState.OPEN and not locked.gateway_reference:
            locked.state = OrderState.CANCELLED
            locked.revision += 1
            locked.save(update_fields=["state", "revision", "updated_at"])
            record_order_event(
                locked,
                AuditVerb.ORDER_CANCELLED,
                _("Cancelled before payment: %(what)s.") % {"what": locked.summary},
                actor=actor,
            )
    return locked
