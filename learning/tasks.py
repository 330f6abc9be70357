"""For Celery to find: each task stands beside the service that it runs."""

from learning.figures import keep_figures
from learning.services.follow_up import ask_about_plans, remind_of_stalled_courses
from learning.services.progress import settle_enrolments_later
from learning.services.reminders import send_reminders
from learning.services.subscribing import forget_subscribers

__all__ = [
    "ask_about_plans",
    "forget_subscribers",
    "keep_figures",
    "remind_of_stalled_courses",
    "send_reminders",
    "settle_enrolments_later",
]
