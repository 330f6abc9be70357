"""For Celery to find: each task stands beside the service that it runs."""

from learning.services.progress import settle_enrolments_later

__all__ = ["settle_enrolments_later"]
