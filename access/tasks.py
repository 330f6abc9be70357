"""For Celery to find: each task stands beside the service that it runs."""

from access.services.expiry import expire_ended_seats

__all__ = ["expire_ended_seats"]
