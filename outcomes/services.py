"""Running an analysis: it is recorded, a worker computes it once, and the result is never changed afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.fields.json import KeyTransform
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.enums import AuditVerb
from accounts.models import Organisation
from accounts.types import Actor
from common.queues import Queue
from jobs.services import Complete, Progress, start_job, unasked
from needs.models import Specification
from outcomes.enums import OUTCOMES
from outcomes.errors import QuestionNotUnderstood
from outcomes.evidence.question import Covariate, parse_covariates
from outcomes.models import QUARTER, AnalysisRequest, EvidenceRun, Refresh, Release
from outcomes.subjects import SUBJECTS
from stakeholders.models import PersonMetric, TeamMetric
from stakeholders.queries import columns_of, known_courses, known_teams

EVIDENCE_JOB = "evidence"
WORDS = {"team", "manager_id", "segment", "owner_person_id", "currency"}
AMOUNTS = {"annual_cost", "annual_value"}
VALUES_LOOKED_AT = 1000


@transaction.atomic
def request_analysis(
    *,
    organisation: Organisation,
    request: AnalysisRequest,
    actor: Actor = None,
    specification: Specification | None = None,
    refreshes: EvidenceRun | None = None,
) -> EvidenceRun:
    """Record the request and have a worker compute it. Raises `QuestionNotUnderstood`.

    `refreshes`: the answer that a new one takes the place of.
    """
    require_known(request, organisation)
    request = replace(request, as_of=request.day.isoformat())
    run = EvidenceRun.objects.create(
        organisation=organisation,
        specification=specification,
        requested_by=actor,
        outcome=request.outcome[:60],
        exposure=request.exposure,
        question=request.to_json(),
        refreshes=refreshes,
    )
    words = {"outcome": OUTCOMES.get(request.outcome, request.outcome)}
    run.job = start_job(
        kind=EVIDENCE_JOB,
        title=_("Analysis: %(outcome)s") % words,
        parameters={"run": run.pk},
        organisation=organisation,
        requested_by=actor,
        result_url=run.get_absolute_url(),
        queue=Queue.BULK,
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


def require_known(request: AnalysisRequest, organisation: Organisation) -> None:
    """Raise `QuestionNotUnderstood` for an outcome or a column that is not among the organisation's data."""
    if request.is_metric:
        _require_known_figure(request, organisation)
    else:
        _require_known_columns(request, organisation)
    _require_known_courses(request, organisation)
    _require_known_teams(request, organisation)


def _require_known_figure(request: AnalysisRequest, organisation: Organisation) -> None:
    known = sorted(
        set(TeamMetric.objects.filter(organisation=organisation).values_list("metric", flat=True).distinct())
        | set(PersonMetric.objects.filter(organisation=organisation).values_list("metric", flat=True).distinct())
    )
    if request.outcome not in known:
        choices = ", ".join([*OUTCOMES, *known[:50]])
        raise QuestionNotUnderstood(f"The outcome {request.outcome!r} is not in the data. Choose one of: {choices}.")


def _require_known_columns(request: AnalysisRequest, organisation: Organisation) -> None:
    subject = SUBJECTS[request.outcome]
    rows, ours = subject.rows(organisation), subject.covariates
    covariates = parse_covariates(request.covariates)
    _require_categories(covariates, rows)
    extra = [covariate.name for covariate in covariates if covariate.name not in ours]
    missing = [name for name in extra if not rows.filter(covariates__has_key=name).exists()]
    # Without any row there is nothing to name; the engine then says that there are no data.
    if missing and rows.exists():
        choices = ", ".join([*ours, *columns_of(rows)])
        raise QuestionNotUnderstood(f"There is no column {missing[0]!r} in the data. Choose one of: {choices}.")


def _require_categories(covariates: Sequence[Covariate], rows: QuerySet[Any]) -> None:
    """Raise `QuestionNotUnderstood` for a column of words that is asked for as numbers, before anything runs on it."""
    for covariate in covariates:
        if covariate.categorical or covariate.name in AMOUNTS:
            continue
        is_words = covariate.name in WORDS
        if not is_words:
            values = rows.values_list(KeyTransform(covariate.name, "covariates"), flat=True)
            is_words = any(isinstance(value, str) for value in values.distinct()[:VALUES_LOOKED_AT])
        if is_words:
            raise QuestionNotUnderstood(
                f"The column {covariate.name!r} holds words, not numbers. Write {covariate.name + ':category'!r}."
            )


def _require_known_courses(request: AnalysisRequest, organisation: Organisation) -> None:
    known = known_courses(organisation) if request.courses else {}
    for course in request.courses:
        if course not in known:
            choices = ", ".join(known) or "none"
            raise QuestionNotUnderstood(f"Nobody has completed the course {course!r}. Choose one of: {choices}.")


def _require_known_teams(request: AnalysisRequest, organisation: Organisation) -> None:
    known = set(known_teams(organisation)) if request.teams else set()
    for team in request.teams:
        if team not in known:
            choices = ", ".join(sorted(known)[:50]) or "none"
            raise QuestionNotUnderstood(f"There is no team {team!r} in the data. Choose one of: {choices}.")


def run_analysis(*, run: EvidenceRun, complete: Complete = unasked) -> EvidenceRun:
    """Compute a run and store its result; one that has a result stays as it is. For workers only."""
    if run.result is not None:
        return run
    # Loads pandas and the models, which a web process must never do.
    from outcomes.analysis.computing import compute_result

    result = compute_result(run.organisation, AnalysisRequest.from_json(run.question), run=run)
    digest = result.result["provenance"]["data_digest"]
    with transaction.atomic():
        EvidenceRun.objects.filter(pk=run.pk, result__isnull=True).update(
            result=result.result, report=result.report, charts=result.charts, data_digest=digest, totals=result.totals
        )
        _put_in_place(run, result.replaces, result.result["refusals"])
        complete(_finished())
    run.refresh_from_db()
    return run


def _put_in_place(run: EvidenceRun, replaced: EvidenceRun | None, refusals: Sequence[Mapping[str, str]]) -> None:
    """The new answer in the place of those it replaces. What asks again goes on from it, or says what was wrong."""
    earlier = [found for found in (replaced, None if refusals else run.refreshes) if found is not None]
    for old in earlier:
        EvidenceRun.objects.filter(pk=old.pk).update(replaced_by=run)
        if not Refresh.objects.filter(run=run).exists():
            due_on = timezone.localdate() + QUARTER
            Refresh.objects.filter(run=old).update(run=run, due_on=due_on, problem="")
    if refusals and run.refreshes is not None:
        Refresh.objects.filter(run=run.refreshes).update(problem=refusals[0]["message"][:1000], due_on=_next_day(run, refusals))


def _next_day(run: EvidenceRun, refusals: Sequence[Mapping[str, str]]) -> date:
    """When to ask again after a refusal: beside an answer that is nearly the same, once that one is a quarter old."""
    latest = Release.objects.filter(organisation=run.organisation, outcome=run.outcome).order_by("created_at").last()
    if latest is None or refusals[0]["code"] != "too_close_to_earlier_answer":
        return timezone.localdate() + QUARTER
    return timezone.localdate(latest.created_at + QUARTER)


def run_job(progress: Progress) -> dict[str, Any]:
    progress.report(0, step=_("Analysing the data"))
    run = EvidenceRun.objects.select_related("organisation").get(pk=progress.parameters["run"])
    run_analysis(run=run, complete=progress.complete)
    return _finished()


def _finished() -> dict[str, Any]:
    return {"message": _("Analysis finished.")}
