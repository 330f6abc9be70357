"""The mails of buying. They go to whoever ordered, once for each thing that happened."""

from typing import Any

from billing.models import Order
from mail.services import enqueue_mail

TEMPLATES = [
    "dispute_won",
    "order_failed",
    "order_refunded",
    "order_reversed",
    "receipt",
    "refund_declined",
    "refund_failed",
    "refund_requested",
]


def mail_buyer(order: Order, template: str, **more: Any) -> None:
    """Queue one mail about `order` in the caller's transaction; `more` is what only this template needs."""
    lines = [{"description": line.description, "quantity": line.quantity, "amount": line.amount} for line in order.lines.all()]
    context = {
        "order_path": order.get_absolute_url(),
        "lines": lines,
        "total": order.total,
        "currency": order.currency,
        "is_test": order.is_test,
    }
    enqueue_mail(template=template, recipient=order.buyer.email, context=context | more, organisation=order.organisation)
