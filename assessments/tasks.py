"""For Celery to find: each task stands beside the service that it runs."""

from assessments.services.skill_checks import forget_skill_checks
from assessments.services.timing import submit_overdue

__all__ = ["forget_skill_checks", "submit_overdue"]
