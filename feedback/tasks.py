"""For Celery to find: each task stands beside the service that it runs."""

from feedback.services.closing import close_rounds

__all__ = ["close_rounds"]
