"""For Celery to find: each task stands beside the service that it runs."""

from practice.services.asking import ask_about_reviews
from practice.services.pair_ending import settle_pairs

__all__ = ["ask_about_reviews", "settle_pairs"]
