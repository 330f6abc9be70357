"""For Celery to find: each task stands beside what it runs."""

from assessments.analysis.keeping import keep_form_figures
from assessments.services.changes import release_changes

__all__ = ["keep_form_figures", "release_changes"]
