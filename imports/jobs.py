"""What a worker does with an import, with progress: each job stands beside the service that it runs."""

from imports.services.files import APPLY_JOB, CHECK_JOB, SKIP_JOB, WITHDRAW_JOB, may_import
from imports.services.processing import apply_job, check_job
from imports.services.skipping import skip_job
from imports.services.withdrawing import withdraw_job
from jobs.services import JobKind, job_kinds


def register_jobs() -> None:
    """Called by `ImportsConfig.ready`."""
    for name, handler in ((CHECK_JOB, check_job), (APPLY_JOB, apply_job), (SKIP_JOB, skip_job), (WITHDRAW_JOB, withdraw_job)):
        job_kinds.register(JobKind(name, handler, may=may_import))
