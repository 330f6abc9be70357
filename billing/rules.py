"""Who may see an order, set prices and send money back, beyond the roles in `accounts.rules`."""

from accounts.rules import can_buy
from accounts.types import Visitor
from billing.models import Order, RefundRequest


def can_set_prices(user: Visitor) -> bool:
    """Staff with the permission to add prices; operators have every permission."""
    return user.is_active and user.is_staff and user.has_perm("billing.add_price")


def can_decide_refunds(user: Visitor) -> bool:
    """Staff with the permission to change refund requests."""
    return user.is_active and user.is_staff and user.has_perm("billing.change_refundrequest")


def is_own_refund(user: Visitor, asked: RefundRequest) -> bool:
    """Whether somebody asked for this refund, or gets the money: somebody else decides."""
    return user.is_authenticated and user.pk in (asked.asked_by_id, asked.order.buyer_id)


def can_see_order(user: Visitor, order: Order) -> bool:
    """One's own; an organisation's by whoever may buy for it now."""
    if order.organisation is None:
        return user.is_authenticated and order.buyer_id == user.pk
    return can_buy(user, order.organisation)
