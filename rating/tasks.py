"""For Celery to find: each task stands beside the service that it runs."""

from rating.services.deciding import decide_works

__all__ = ["decide_works"]
