"""For Celery to find: each task stands beside the service that it runs."""

from billing.services.refunds import forget_refund_words
from billing.services.webhooks import forget_messages, process_event_later, process_events_left, settle_open_orders

__all__ = [
    "forget_messages",
    "forget_refund_words",
    "process_event_later",
    "process_events_left",
    "settle_open_orders",
]
