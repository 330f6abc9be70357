"""A question asked again by the clock: at most once a quarter, once there are new data, and its answer replaces the earlier."""

from datetime import timedelta
from typing import Any

from celery import shared_task
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.enums import AuditVerb
from accounts.models import User
from accounts.rules import can_ask_outcomes
from accounts.types import Actor
from common import sweeps
from common.errors import UserError
from imports.enums import ImportState
from outcomes.enums import OUTCOMES
from outcomes.errors import QuestionNotUnderstood
from outcomes.models import QUARTER, AnalysisRequest, EvidenceRun, Refresh
from outcomes.services import request_analysis
from outcomes.subjects import SUBJECTS


@transaction.atomic
def refresh_each_quarter(*, run: EvidenceRun, actor: User) -> Refresh:
    """Have the question of `run` asked again each quarter. Asked twice, it stands once. Raises `QuestionNotUnderstood`."""
    if not run.can_be_refreshed:
        raise QuestionNotUnderstood(_("Only an answer can be kept up to date. Run the analysis again once it can be answered."))
    due_on = run.organisation.day_of(run.created_at) + QUARTER
    refresh, is_new = Refresh.objects.get_or_create(
        run=run, defaults={"organisation": run.organisation, "asked_by": actor, "due_on": due_on}
    )
    if is_new:
        summary = _("Will ask again each quarter: %(outcome)s")
        _record(AuditVerb.ANALYSIS_REFRESH_STARTED, summary, run, actor)
    return refresh


@transaction.atomic
def stop_refreshing(*, run: EvidenceRun, actor: Actor, why: str = "") -> None:
    """Ask no more by the clock; the answer stays. Stopped before, it stays so."""
    deleted, _models = Refresh.objects.filter(run=run).delete()
    if deleted:
        summary = _("Will not ask again each quarter: %(outcome)s")
        _record(AuditVerb.ANALYSIS_REFRESH_STOPPED, " ".join(filter(None, [summary, why])), run, actor)


def _record(verb: AuditVerb, summary: str, run: EvidenceRun, actor: Actor) -> None:
    outcome: dict[str, Any] = {"outcome": OUTCOMES.get(run.outcome, run.outcome)}
    audit.record(verb=verb, summary=summary % outcome, organisation=run.organisation, actor=actor, target=run)


@shared_task(name="outcomes.refresh_answers")
def refresh_answers() -> None:
    """Daily: the questions that are due. Repeating it asks none twice."""
    tomorrow = timezone.now().date() + timedelta(days=1)  # which has come for organisations far to the east
    due = Refresh.objects.filter(due_on__lte=tomorrow).values_list("pk", flat=True)
    sweeps.each(list(due), ask_again, name="Refreshed answers")


@transaction.atomic
def ask_again(pk: int) -> int:
    """Ask the question of one `Refresh`, where that is due, its data have changed and its asker may still ask."""
    refresh = Refresh.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if refresh is None or not refresh.is_due or not has_new_data(refresh.run):
        return 0
    run = refresh.run
    if refresh.asked_by is None or not can_ask_outcomes(refresh.asked_by, run.organisation):
        stop_refreshing(run=run, actor=None, why=_("Whoever asked may not run analyses any more."))
        return 0
    refresh.due_on = run.organisation.today + QUARTER
    refresh.problem = ""
    try:
        with transaction.atomic():
            request_analysis(
                organisation=run.organisation,
                request=AnalysisRequest.from_json(run.question | {"as_of": ""}),
                actor=refresh.asked_by,
                specification=run.specification,
                refreshes=run,
            )
    except UserError as error:
        refresh.problem = str(error)[:1000]
    refresh.save(update_fields=["due_on", "problem"])
    return 1


def has_new_data(run: EvidenceRun) -> bool:
    """Whether a file that the answer rests on was applied since: without one, another day says nothing new."""
    kinds = SUBJECTS[run.outcome].files
    imports = run.organisation.imports.filter(kind__in=kinds, state=ImportState.APPLIED, applied_at__gt=run.created_at)
    return bool(imports.exists())
