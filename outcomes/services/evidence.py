"""Asking the data: a run is recorded, a worker answers it once, and the answer is never changed afterwards."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import Organisation
from jobs.services import start_job
from needs.models import Specification
from outcomes.asked import OUTCOMES, Asked, require_known
from outcomes.models import EvidenceRun

EVIDENCE_JOB = "evidence"


@transaction.atomic
def ask(
    *, organisation: Organisation, asked: Asked, actor: Any = None, specification: Specification | None = None
) -> EvidenceRun:
    """Record the question and have a worker answer it. Raises `QuestionNotUnderstood`."""
    require_known(asked, organisation)
    run = EvidenceRun.objects.create(
        organisation=organisation,
        specification=specification,
        requested_by=actor,
        outcome=asked.outcome[:60],
        exposure=asked.exposure,
        question=asked.to_json(),
    )
    words = {"outcome": OUTCOMES.get(asked.outcome, asked.outcome)}
    run.job = start_job(
        kind=EVIDENCE_JOB,
        title=_("Asking the data: %(outcome)s") % words,
        parameters={"run": run.pk},
        organisation=organisation,
        requested_by=actor,
        result_url=run.get_absolute_url(),
    )
    EvidenceRun.objects.filter(pk=run.pk).update(job=run.job)
    audit.record(
        verb="evidence.asked",
        summary=_("Asked the data: %(outcome)s") % words,
        organisation=organisation,
        actor=actor,
        target=run,
        after=asked.to_json(),
    )
    return run


def answer(*, run: EvidenceRun) -> EvidenceRun:
    """Answer a run and store the answer; one that has been answered stays as it is. For workers only."""
    if run.result is not None:
        return run
    from outcomes.answering.answers import answer as answer_question

    found = answer_question(run.organisation, Asked.from_json(run.question))
    EvidenceRun.objects.filter(pk=run.pk, result__isnull=True).update(
        result=found.result, report=found.report, charts=found.charts, data_digest=found.result["provenance"]["data_digest"]
    )
    run.refresh_from_db()
    return run
