"""For Celery to find: each task stands beside the service that it runs."""

from panels.services.sweeping import keep_up

__all__ = ["keep_up"]
