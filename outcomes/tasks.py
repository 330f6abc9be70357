"""For Celery to find: each task stands beside the service that it runs."""

from outcomes.refreshing import refresh_answers

__all__ = ["refresh_answers"]
