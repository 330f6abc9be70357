"""For Celery to find: each task stands beside the service that it runs."""

from accounts.services.sessions import clear_sessions

__all__ = ["clear_sessions"]
