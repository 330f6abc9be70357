"""For Celery to find: each task stands beside the service that it runs."""

from billing.services.messages import handle_event_later, settle_open_orders

__all__ = ["handle_event_later", "settle_open_orders"]
