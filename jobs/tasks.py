"""For Celery to find: each task stands beside the service that it runs."""

from jobs.services import forget_old_jobs, run_job, sweep_jobs
from jobs.tasks_backend import run_library_task

__all__ = ["forget_old_jobs", "run_job", "run_library_task", "sweep_jobs"]
