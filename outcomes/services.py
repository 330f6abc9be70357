"""Running an analysis: it is recorded, a worker computes it once, and the result is never changed afterwards."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.fields.json import KeyTransform
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
from outcomes.models import QUARTER, AnalysisRequest, EvidenceRun, Refresh
from outcomes.subjects import SUBJECTS
from outcomes.teams import problem_with_teams, teams_of
from stakeholders.models import PersonMetric, TeamMetric
from stakeholders.queries import CourseNames, columns_of, known_courses

if TYPE_CHECKING:
    from outcomes.analysis.computing import AnalysisResult

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
    request = with_keys_of_courses(request, organisation)
    require_known(request, organisation)
    # Asked again by the clock, it means the course that it means today, also where another one has come by then.
    request = request.as_of_today_in(organisation).of_the_only_course(known_courses(organisation))
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


def with_keys_of_courses(request: AnalysisRequest, organisation: Organisation) -> AnalysisRequest:
    """The request with its courses by key, whichever of their names it has, without regard to case and spaces."""
    if not request.courses:
        return request
    names, known = CourseNames(organisation), known_courses(organisation)
    return replace(request, courses=tuple(one if one in known else names.key(one) for one in request.courses))


def require_known(request: AnalysisRequest, organisation: Organisation) -> None:
    """Raise `QuestionNotUnderstood` for an outcome or a column that is not among the organisation's data, or a day to come."""
    if request.as_of and request.day > organisation.today:
        raise QuestionNotUnderstood(f"{request.as_of} has not come yet. Ask as of today or an earlier day.")
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
            choices = ", ".join(sorted(known.values())) or "none"
            raise QuestionNotUnderstood(f"Nobody has completed the course {course!r}. Choose one of: {choices}.")


def _require_known_teams(request: AnalysisRequest, organisation: Organisation) -> None:
    problem = problem_with_teams(request.teams, request.outcome, teams_of(organisation)) if request.teams else ""
    if problem:
        raise QuestionNotUnderstood(problem)


def run_analysis(*, run: EvidenceRun, complete: Complete = unasked) -> EvidenceRun:
    """Compute a run and store its result; one that has a result stays as it is. For workers only."""
    if run.result is not None:
        return run
    # Loads pandas and the models, which a web process must never do.
    from outcomes.analysis.computing import compute_result

    request = AnalysisRequest.from_json(run.question)
    while not _store(run, compute_result(run.organisation, request, run=run), complete):
        pass  # Another answer was given meanwhile: this one has to stand beside it as well.
    run.refresh_from_db()
    return run


@transaction.atomic
def _store(run: EvidenceRun, result: "AnalysisResult", complete: Complete) -> bool:
    """Store the result together with its mark in the ledger; False, and nothing, where the ledger no longer allows it.

    What is stopped, or dies, before the end of it leaves neither. A result that is there stays.
    """
    # Loads pandas, as above.
    from outcomes.analysis.releases import write_down

    # The row is held, so that of two workers at the same run one waits and finds the result of the other.
    if EvidenceRun.objects.select_for_update().filter(pk=run.pk, result__isnull=True).values_list("pk"):
        if not write_down(result.verdict, run):
            return False
        EvidenceRun.objects.filter(pk=run.pk).update(
            result=result.result,
            report=result.report,
            charts=result.charts,
            data_digest=result.result["provenance"]["data_digest"],
            totals=result.totals,
        )
        _put_in_place(run, result)
    complete(_finished())
    return True


def _put_in_place(run: EvidenceRun, result: "AnalysisResult") -> None:
    """The new answer in the place of all those it replaces. What asks again goes on from it, or says what was wrong.

    Where the clock asked and there is no answer, the earlier ones stay.
    """
    refusals = result.result["refusals"]
    if run.refreshes is not None and refusals:
        due_on = result.ask_again_on or run.organisation.today + QUARTER
        Refresh.objects.filter(run=run.refreshes).update(problem=refusals[0]["message"][:1000], due_on=due_on)
        return
    earlier = {found.pk for found in (*result.replaces, run.refreshes) if found is not None}
    EvidenceRun.objects.filter(pk__in=earlier).update(replaced_by=run)
    # One of them goes on with the new answer; the others would ask the same question a second time.
    moving = Refresh.objects.filter(run__in=earlier).order_by("run__created_at", "pk")
    if last := moving.last():
        moving.exclude(pk=last.pk).delete()
        Refresh.objects.filter(pk=last.pk).update(run=run, due_on=run.organisation.today + QUARTER, problem="")


def run_job(progress: Progress) -> dict[str, Any]:
    progress.report(0, step=_("Analysing the data"))
    run = EvidenceRun.objects.select_related("organisation").get(pk=progress.parameters["run"])
    run_analysis(run=run, complete=progress.complete)
    return _finished()


def _finished() -> dict[str, Any]:
    return {"message": _("Analysis finished.")}
