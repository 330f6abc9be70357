"""For Celery to find: each task stands beside the service that it runs."""

from mail.services import send_deliveries, send_waiting_mail

__all__ = ["send_deliveries", "send_waiting_mail"]
