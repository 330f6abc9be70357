"""For Celery to find: each task stands beside the service that it runs."""

from learning.figures import keep_figures
from learning.services.progress import settle_enrolments_later
from learning.services.reminders import send_reminders

__all__ = ["keep_figures", "send_reminders", "settle_enrolments_later"]
