"""For Celery to find: each task stands beside the service that it runs."""

from mail.services.delivering import send_bulk, send_deliveries, send_urgent, send_waiting_mail
from mail.services.upkeep import forget_old_mail

__all__ = ["forget_old_mail", "send_bulk", "send_deliveries", "send_urgent", "send_waiting_mail"]
