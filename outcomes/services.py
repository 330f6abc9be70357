"""Running an analysis: it is recorded, a worker computes it once, and the result is never changed afterwards."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.enums import AuditVerb
from accounts.models import Organisation
from accounts.types import Actor
from jobs.services import start_job
from needs.models import Specification
from outcomes.enums import OUTCOMES
from outcomes.models import EvidenceRun
from outcomes.requests import AnalysisRequest, require_known

EVIDENCE_JOB = "evidence"


@transaction.atomic
def request_analysis(
    *, organisation: Organisation, request: AnalysisRequest, actor: Actor = None, specification: Specification | None = None
) -> EvidenceRun:
    """Record the request and have a worker compute it. Raises `QuestionNotUnderstood`."""
    require_known(request, organisation)
    run = EvidenceRun.objects.create(
        organisation=organisation,
        specification=specification,
        requested_by=actor,
        outcome=request.outcome[:60],
        exposure=request.exposure,
        question=request.to_json(),
    )
    words = {"outcome": OUTCOMES.get(request.outcome, request.outcome)}
    run.job = start_job(
        kind=EVIDENCE_JOB,
        title=_("Analysis: %(outcome)s") % words,
        parameters={"run": run.pk},
        organisation=organisation,
        requested_by=actor,
        result_url=run.get_absolute_url(),
    )
    EvidenceRun.objects.filter(pk=run.pk).update(job=run.job)
    audit.record(
        verb=AuditVerb.ANALYSIS_REQUESTED,
        summary=_("Requested an analysis: %(outcome)s") % words,
        organisation=organisation,
        actor=actor,
        target=run,
        after=request.to_json(),
    )
    return run


def run_analysis(*, run: EvidenceRun) -> EvidenceRun:
    """Compute a run and store its result; one that has a result stays as it is. For workers only."""
    if run.result is not None:
        return run
    # Loads pandas and the models, which a web process must never do.
    from outcomes.analysis.computing import compute_result

    found = compute_result(run.organisation, AnalysisRequest.from_json(run.question))
    EvidenceRun.objects.filter(pk=run.pk, result__isnull=True).update(
        result=found.result, report=found.report, charts=found.charts, data_digest=found.result["provenance"]["data_digest"]
    )
    run.refresh_from_db()
    return run
