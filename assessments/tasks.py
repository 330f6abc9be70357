"""For Celery to find: each task stands beside what it runs."""

from assessments.analysis.keeping import keep_form_figures
from assessments.services.changes import release_changes
from assessments.services.notices import send_notices
from assessments.services.skill_checks import forget_skill_checks
from assessments.services.timing import submit_overdue
from assessments.services.uploads import forget_left_answers

__all__ = [
    "forget_left_answers",
    "forget_skill_checks",
    "keep_form_figures",
    "release_changes",
    "send_notices",
    "submit_overdue",
]
