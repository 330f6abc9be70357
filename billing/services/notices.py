"""The mails of buying: once for each thing that happened, to whoever ordered or answers for the order now.

And what operators are told.
"""

import logging
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.enums import AuditVerb
from accounts.models import User
from billing.models import Dispute, Order
from billing.queries import mail_key, recipients_of, refund_deciders
from mail.queries import newest_mails_about, newest_undelivered
from mail.services import enqueue_mail

logger = logging.getLogger(__name__)
TEMPLATES = [
    "dispute_opened",
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
    """Queue a mail about `order` in the caller's transaction; `more` is what only this template needs.

    It goes to the buyer or, of an organisation that they no longer buy for, to those who do.
    """
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
    recipients = recipients_of(order)
    if not recipients:
        logger.error("Nobody is left who could be told about order %s (%s).", order.uuid, template)
    for recipient in recipients:
        enqueue_mail(
            template=template,
            recipient=recipient.email,
            context=context | {"is_buyer": recipient.pk == order.buyer_id},
            organisation=order.organisation,
            about=mail_key(order),
        )


def mail_operators(order: Order, dispute: Dispute) -> None:
    """Queue a mail about a dispute that has just been opened, to each who may decide about refunds."""
    context = {
        "order_path": reverse("admin:billing_order_change", args=[order.pk]),
        "amount": dispute.amount,
        "currency": order.currency,
        "reason": dispute.reason.replace("_", " "),
        "answer_by": f"{dispute.answer_by:%Y-%m-%d}" if dispute.answer_by else "",
        "is_test": order.is_test,
    }
    for operator in refund_deciders():
        enqueue_mail(template="dispute_opened", recipient=operator.email, context=context)


@transaction.atomic
def resend_mail(*, order: Order, actor: User) -> bool:
    """Send the last mail about an order that could not be delivered again, to who is told now; False without one."""
    locked = Order.objects.select_for_update(of=("self",)).select_related("organisation", "buyer").get(pk=order.pk)
    delivery = newest_undelivered(newest_mails_about(mail_key(locked)))
    if delivery is None:
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
