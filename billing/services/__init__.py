"""What billing does: prices, orders, and settling orders with the payment gateway."""

from billing.services.orders import cancel_order, close_other_orders, open_checkout, start_order
from billing.services.prices import price_for, set_price
from billing.services.settlement import resend_mail, settle, settle_quietly
from billing.services.webhooks import process_event, process_waiting_events, receive_event, settle_waiting_orders

__all__ = [
    "cancel_order",
    "close_other_orders",
    "open_checkout",
    "price_for",
    "process_event",
    "process_waiting_events",
    "receive_event",
    "resend_mail",
    "set_price",
    "settle",
    "settle_quietly",
    "settle_waiting_orders",
    "start_order",
]
