"""For Celery to find: each task stands beside the service that it runs."""

from learning.figures import keep_figures
from learning.services.progress import settle_enrolments_later

__all__ = ["keep_figures", "settle_enrolments_later"]
