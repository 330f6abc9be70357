"""Work that a worker does for this app; it stands beside the service. Statistics are imported only while an analysis runs."""

from accounts.rules import by_rule, can_ask_outcomes
from jobs.services import JobKind, job_kinds
from outcomes.services import EVIDENCE_JOB, run_job


def register_jobs() -> None:
    """Called by `OutcomesConfig.ready`."""
    job_kinds.register(JobKind(EVIDENCE_JOB, run_job, may=by_rule(can_ask_outcomes)))
