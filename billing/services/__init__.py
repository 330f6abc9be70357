"""What billing does: prices, orders, and settling orders with the payment gateway."""

from billing.services.notices import resend_mail
from billing.services.orders import cancel_order, close_other_orders, open_checkout, start_order
from billing.services.prices import end_prices, price_for, set_price, set_prices_of_file
from billing.services.refunds import accept_refund, check_may_request, decline_refund, request_refund
from billing.services.review import mark_reviewed
from billing.services.settlement import settle, settle_quietly
from billing.services.webhooks import process_event, process_waiting_events, receive_event, settle_waiting_orders

__all__ = [
    "accept_refund",
    "cancel_order",
    "check_may_request",
    "close_other_orders",
    "decline_refund",
    "end_prices",
    "mark_reviewed",
    "open_checkout",
    "price_for",
    "process_event",
    "process_waiting_events",
    "receive_event",
    "request_refund",
    "resend_mail",
    "set_price",
    "set_prices_of_file",
    "settle",
    "settle_quietly",
    "settle_waiting_orders",
    "start_order",
]
