"""Work that a worker does for this app. Statistics are imported only while an analysis runs."""

from typing import Any

from django.utils.translation import gettext as _

from jobs.kinds import JobKind, Progress, job_kinds
from outcomes import services
from outcomes.models import EvidenceRun


def register_jobs() -> None:
    """Called by `OutcomesConfig.ready`."""
    job_kinds.register(JobKind(services.EVIDENCE_JOB, _run_analysis))


def _run_analysis(progress: Progress) -> dict[str, Any]:
    progress.report(0, step=_("Following everyone from their first day"))
    run = EvidenceRun.objects.select_related("organisation").get(pk=progress.parameters["run"])
    services.run_analysis(run=run)
    return {"message": _("Analysis finished.")}
