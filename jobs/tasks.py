"""For Celery to find: each task stands beside the service that it runs."""

from jobs.services import close_abandoned_jobs, forget_old_jobs, run_job
from jobs.tasks_backend import run_library_task

__all__ = ["close_abandoned_jobs", "forget_old_jobs", "run_job", "run_library_task"]
