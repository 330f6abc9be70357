"""The mails of buying. They go to whoever ordered, once for each thing that happened."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.enums import AuditVerb
from accounts.models import User
from billing.models import Order
from billing.queries import mail_key
from mail.queries import newest_about
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
    _queue(order, template, context | more)


def _queue(order: Order, template: str, context: dict[str, Any]) -> None:
    enqueue_mail(
        template=template,
        recipient=order.buyer.email,
        context=context,
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
    _queue(locked, delivery.template, delivery.context)
    record(
        verb=AuditVerb.MAIL_RESENT,
        summary=_("Resent the e-mail about an order"),
        organisation=locked.organisation,
        actor=actor,
        target=locked,
    )
    return True
