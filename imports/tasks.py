"""For Celery to find: each task stands beside the service that it runs."""

from imports.services.files import forget_waiting_files

__all__ = ["forget_waiting_files"]
