"""For Celery to find: each task stands beside the service that it runs."""

from practice.services.asking import ask_about_reviews

__all__ = ["ask_about_reviews"]
