"""For Celery to find: each task stands beside the service that it runs."""

from mail.services import forget_old_mail, send_deliveries, send_waiting_mail

__all__ = ["forget_old_mail", "send_deliveries", "send_waiting_mail"]
