"""What buying holds of a person: orders and receipts, which stay, and what they wrote to have their money back."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.personal_data import Obstacle, ObstacleKind, Row, erased, kept, made_anonymous, moment, part_of_rows
from billing.models import (
    WAITING_STATES,
    Dispute,
    DisputeState,
    Order,
    Price,
    Refund,
    RefundRequest,
    RefundRequestState,
    RefundState,
    WebhookEvent,
)


def _orders(user: User) -> QuerySet[Order]:
    rows = Order.objects.filter(buyer=user).select_related("organisation").prefetch_related("lines", "refunds", "disputes")
    return rows.order_by("pk")


def _order(order: Order) -> Row:
    return {
        "order": str(order.uuid),
        "organisation": order.organisation.name if order.organisation else "",
        "receipt": order.receipt_number or "",
        "state": order.state,
        "currency": order.currency,
        "total_minor_units": order.total,
        "refunded_minor_units": order.returned_amount,
        "lines": [{"quantity": line.quantity, "what": line.description} for line in order.lines.all()],
        "own_number": order.purchase_order,
        "ordered_at": moment(order.created_at),
        "paid_at": moment(order.paid_at),
    }


def erase_payers(user: User) -> int:
    """Names of payers in messages of the payment provider, which are kept for a while; its references for payments stay."""
    orders = Order.objects.filter(buyer=user)
    about = Q(order_uuid__in=orders.values("uuid"))
    about |= Q(reference__in=orders.exclude(payment_reference="").values("payment_reference"))
    about |= Q(reference__in=orders.exclude(gateway_reference="").values("gateway_reference"))
    events = WebhookEvent.objects.filter(about, processed_at__isnull=False).exclude(payload={})
    Price.objects.filter(set_by=user).update(set_by=None)
    return events.update(payload={}, updated_at=timezone.now())


def _refund_requests(user: User) -> QuerySet[RefundRequest]:
    return RefundRequest.objects.filter(asked_by=user).select_related("order").order_by("pk")


def _refund_request(asked: RefundRequest) -> Row:
    return {
        "order": str(asked.order.uuid),
        "asked_at": moment(asked.created_at),
        "reason": asked.reason,
        "state": asked.state,
        "answer": asked.answer,
    }


def erase_refund_requests(user: User) -> int:
    """The words. That a refund was asked for, and what was decided, belongs to the order."""
    RefundRequest.objects.filter(decided_by=user).update(decided_by=None)
    written = RefundRequest.objects.filter(asked_by=user).exclude(reason="", answer="")
    return written.update(reason="", answer="", updated_at=timezone.now())


LEGAL = _(
    "Orders, payments, refunds and receipts are kept for as long as tax law requires of the seller, without your name and "
    "address. The payment provider keeps its own record of the payment."
)
PARTS = (
    part_of_rows(
        "orders",
        _("Orders and receipts"),
        _orders,
        _order,
        erase_payers,
        kept("billing.Order", "billing.OrderLine", "billing.Refund", "billing.Dispute", because=LEGAL, is_exported=True)
        + erased("billing.WebhookEvent", is_exported=False)
        + made_anonymous(
            "billing.Price", is_exported=False, because=_("Prices you set stay, and no longer say that it was you.")
        ),
    ),
    part_of_rows(
        "requests for refunds",
        _("What you wrote to ask for a refund, and the answer"),
        _refund_requests,
        _refund_request,
        erase_refund_requests,
        made_anonymous(
            "billing.RefundRequest",
            because=_("That you asked for a refund, and what was decided, belongs to the order. What you wrote goes."),
        ),
    ),
)


# What keeps an account open -------------------------------------------------------------------------------------------


def open_business(user: User) -> Iterable[Obstacle]:
    """One for each kind: what is not paid or paid back yet could not be settled with somebody who is not there."""
    own = Order.objects.filter(buyer=user)
    waiting = own.filter(state__in=WAITING_STATES)
    if waiting.exists():
        text = gettext("You have an order that is not paid yet. Pay it or cancel it first.")
        yield Obstacle(text, reverse("billing:orders"), gettext("See your orders"))
    asked = RefundRequest.objects.filter(asked_by=user, state=RefundRequestState.WAITING)
    if asked.exists() or Refund.objects.filter(order__in=own, state=RefundState.PENDING).exists():
        text = gettext("You have asked for a refund that has not been decided or paid yet. Wait until it is settled.")
        yield Obstacle(text, reverse("billing:orders"), gettext("See your orders"))
    if Dispute.objects.filter(order__in=own, state=DisputeState.OPEN).exists():
        text = gettext("Your bank has asked for one of your payments back, and this is not settled yet.")
        yield Obstacle(text, reverse("billing:orders"), gettext("See your orders"))


OBSTACLES = (ObstacleKind("open business", open_business),)
