"""For Celery to find: each task stands beside the service that it runs."""

from imports.services.files import forget_left_files, forget_old_changes, forget_old_problems, forget_waiting_files
from imports.services.parts import settle_imports

__all__ = ["forget_left_files", "forget_old_changes", "forget_old_problems", "forget_waiting_files", "settle_imports"]
