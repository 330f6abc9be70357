"""How it went: the overview, asking, and the report of one run. Reads stored answers only; no statistics here."""

import json
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.console import console_view, signed_in
from accounts.models import Organisation
from accounts.rules import (
    can_ask_outcomes,
    can_open_outcomes,
    can_read_outcomes,
    can_see_coverage,
    can_upload_outcomes,
    has_exact_totals,
)
from common.csv_files import csv_response
from common.errors import UserError
from common.http import HtmxRequest
from common.kept_forms import fill, keeps_form, take_kept
from outcomes import reports, services
from outcomes.enums import CUSTOMER_CHURN, EMPLOYEE_EXIT
from outcomes.forms import QuestionForm
from outcomes.models import EvidenceRun, Refresh, with_totals
from outcomes.refreshing import refresh_each_quarter, stop_refreshing
from outcomes.reports import report_of
from stakeholders.queries import imports_of, known_courses, known_data

SHOWN_IMPORTS = 5
SHOWN_RUNS = 20


@keeps_form
@console_view(can_open_outcomes)
@require_http_methods(["GET", "HEAD", "POST"])
def outcomes(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """What each right shows: the latest answers and runs to read, the form to ask, the files to upload."""
    user = request.user
    may_ask, may_read = can_ask_outcomes(user, organisation), can_read_outcomes(user, organisation)
    if request.method == "POST" and not may_ask:
        raise PermissionDenied
    kept = None if request.method == "POST" else take_kept(request)
    form = _form(request, organisation, kept) if may_ask else None
    if form is not None and request.method == "POST" and form.is_valid():
        try:
            run = services.request_analysis(
                organisation=organisation,
                request=form.analysis,
                actor=signed_in(request),
                specification=form.cleaned_data["specification"],
            )
        except UserError as error:
            form.add_error(None, str(error))
        else:
            return redirect("org:evidence_run", organisation.slug, run.uuid)
    may_upload = can_upload_outcomes(user, organisation)
    runs = list(_runs(organisation, may_ask=may_ask)[:SHOWN_RUNS]) if may_read else []
    answers = reports.latest_answers(organisation) if may_read else {}
    context = {
        "organisation": organisation,
        "active": "outcomes",
        "form": form,
        "is_kept": kept is not None,
        "may_upload": may_upload,
        "may_see_coverage": can_see_coverage(user, organisation),
        "may_read": may_read,
        "known": known_data(organisation),
        "courses": known_courses(organisation) if any(run.courses for run in runs) else {},
        "answers": {outcome: report_of(run) for outcome, run in answers.items()},
        "imports": imports_of(organisation)[:SHOWN_IMPORTS] if may_upload else [],
        "runs": runs,
    }
    is_refused = form is not None and bool(form.errors)
    return render(request, "console/outcomes.html", context, status=422 if is_refused else 200)


def _form(request: HttpRequest, organisation: Organisation, kept: QueryDict | None) -> QuestionForm:
    initial = {"specification": request.GET.get("for")}
    if kept is None:
        return QuestionForm(request.POST or None, organisation=organisation, initial=initial)
    # The columns of the outcome that had been chosen are those that are open.
    initial = {"specification": None, "outcome": kept.get("outcome", EMPLOYEE_EXIT)}
    form = QuestionForm(organisation=organisation, initial=initial)
    fill(form, kept)
    return form


def _runs(organisation: Organisation, *, may_ask: bool) -> QuerySet[EvidenceRun]:
    """Readers see what is finished; what is computed, or has failed, is for those who ask."""
    runs = reports.runs_of(organisation)
    return runs if may_ask else runs.filter(result__isnull=False)


def _find(request: HttpRequest, organisation: Organisation, uuid: UUID) -> EvidenceRun:
    runs = organisation.evidence_runs.select_related("specification__gap", "requested_by", "job", "replaced_by")
    run: EvidenceRun = get_object_or_404(runs, uuid=uuid)
    if run.result is None and not can_ask_outcomes(request.user, organisation):
        raise Http404
    run.organisation = organisation
    return run


@console_view(can_read_outcomes)
@require_GET
def evidence_run(request: HtmxRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    run = _find(request, organisation, uuid)
    if run.replaced_by is not None:
        messages.info(request, _("This answer has been replaced by a newer one to the same question. Here it is."))
        return redirect("org:evidence_run", organisation.slug, run.replaced_by.uuid)
    context = {"organisation": organisation, "active": "outcomes", "run": run, "job": run.job}
    if run.result is None:
        is_busy = run.job is not None and not run.job.is_finished
        template = "console/outcomes_run_waiting.html" + ("#progress" if request.htmx and is_busy else "")
        return render(request, template, context | {"is_busy": is_busy})
    if request.htmx:  # the waiting page asked, and the answer is here
        return HttpResponse(headers={"HX-Refresh": "true"})
    refresh = Refresh.objects.filter(run=run).first()
    others = reports.latest_answers(organisation, [EMPLOYEE_EXIT, CUSTOMER_CHURN])
    others.pop(run.outcome, None)
    context |= {
        "report": report_of(run, exact=has_exact_totals(request.user, organisation)),
        "tallies": reports.expectations_for(run),
        "others": [report_of(other) for other in others.values()],
        "titles": reports.titles_of(run),
        "replaced": reports.days_replaced(run),
        "refresh": refresh,
        "may_refresh": can_ask_outcomes(request.user, organisation) and run.can_be_refreshed,
    }
    return render(request, "console/outcomes_run.html", context)


@console_view(can_ask_outcomes)
@require_POST
def refresh_run(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """Have the question asked again each quarter, or no more."""
    run, actor = _find(request, organisation, uuid), signed_in(request)
    try:
        if request.POST.get("act") == "stop":
            stop_refreshing(run=run, actor=actor)
            messages.success(request, _("This analysis will not run again by itself."))
        else:
            refresh_each_quarter(run=run, actor=actor)
            messages.success(request, _("This analysis will run again each quarter, once new data are in."))
    except UserError as error:
        messages.error(request, str(error))
    return redirect("org:evidence_run", organisation.slug, run.uuid)


@console_view(can_read_outcomes)
@require_GET
def evidence_run_json(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """The answer as `manage.py evidence --json` prints it."""
    run = _find(request, organisation, uuid)
    if run.result is None:
        raise Http404
    if run.replaced_by is not None:
        return redirect("org:evidence_run_json", organisation.slug, run.replaced_by.uuid)
    result = with_totals(run.result, run.totals) if has_exact_totals(request.user, organisation) else run.result
    day = timezone.localdate(run.created_at)
    return HttpResponse(
        json.dumps(result, ensure_ascii=False, indent=2),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="evidence-{run.outcome}-{day:%Y-%m-%d}.json"'},
    )


@console_view(can_read_outcomes)
@require_GET
def evidence_run_table(request: HttpRequest, organisation: Organisation, uuid: UUID, table: str) -> HttpResponseBase:
    run = _find(request, organisation, uuid)
    is_exact = has_exact_totals(request.user, organisation)
    csv_table = report_of(run, exact=is_exact).tables.get(table) if run.result is not None else None
    if csv_table is None:
        raise Http404
    if run.replaced_by is not None:
        return redirect("org:evidence_run_table", organisation.slug, run.replaced_by.uuid, table)
    return csv_response(f"{csv_table.name}-{run.outcome}.csv", csv_table.header, csv_table.rows)
