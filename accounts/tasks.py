"""For Celery to find: each task stands beside the service that it runs."""

from accounts.services.closing import close_accounts
from accounts.services.exporting import forget_exports
from accounts.services.sessions import clear_sessions

__all__ = ["clear_sessions", "close_accounts", "forget_exports"]
