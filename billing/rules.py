"""Who may see an order, beyond the roles in `accounts.rules`."""

from accounts.rules import can_buy
from accounts.types import Visitor
from billing.models import Order


def can_see_order(user: Visitor, order: Order) -> bool:
    """One's own; an organisation's by whoever may buy for it now."""
    if order.organisation is None:
        return user.is_authenticated and order.buyer_id == user.pk
    return can_buy(user, order.organisation)
