"""What an operator has looked at."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.enums import AuditVerb
from accounts.types import Actor
from billing.models import WAITING_STATES, Order
from billing.services.trail import record_order_event


@transaction.atomic
def mark_reviewed(*, order: Order, actor: Actor) -> bool:
    """Take an order off the list of those that need attention, until something new happens to it; whether it was on it.

    One whose payment has the wrong amount stays: its buyer waits for what they paid for.
    """
    order = Order.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=order.pk)
    if not order.attention or order.state in WAITING_STATES:
        return False
    order.attention, order.reviewed_attention = "", order.attention
    order.save(update_fields=["attention", "reviewed_attention", "updated_at"])
    record_order_event(
        order, AuditVerb.ORDER_REVIEWED, _("Reviewed: %(what)s") % {"what": order.reviewed_attention}, actor=actor
    )
    return True
