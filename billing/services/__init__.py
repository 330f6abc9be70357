"""What billing does: prices, orders, and settling orders with the payment gateway."""

from billing.services.messages import handle_event, receive_message, settle_waiting_orders
from billing.services.orders import cancel_order, close_other_orders, open_checkout, start_order
from billing.services.prices import price_for, set_price
from billing.services.settlement import settle, settle_quietly

__all__ = [
    "cancel_order",
    "close_other_orders",
    "handle_event",
    "open_checkout",
    "price_for",
    "receive_message",
    "set_price",
    "settle",
    "settle_quietly",
    "settle_waiting_orders",
    "start_order",
]
