"""How it went: the overview, asking, and the report of one run. Reads stored answers only; no statistics here."""

import json
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.console import console_view, signed_in
from accounts.models import Organisation
from accounts.rules import can_see_outcomes
from common.csv_files import csv_response
from common.errors import UserError
from common.http import HtmxRequest
from outcomes import reports, services
from outcomes.enums import CUSTOMER_CHURN, EMPLOYEE_EXIT
from outcomes.forms import QuestionForm
from outcomes.models import EvidenceRun
from outcomes.reports import report_of
from stakeholders.queries import imports_of, known_data

SHOWN_IMPORTS = 5
SHOWN_RUNS = 20


@console_view(can_see_outcomes)
@require_http_methods(["GET", "HEAD", "POST"])
def outcomes(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """The latest answer about colleagues and about customers, and what else can be asked."""
    form = QuestionForm(request.POST or None, organisation=organisation, initial={"specification": request.GET.get("for")})
    if request.method == "POST" and form.is_valid():
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
    context = {
        "organisation": organisation,
        "active": "outcomes",
        "form": form,
        "known": known_data(organisation),
        "answers": {outcome: report_of(run) for outcome, run in reports.latest_answers(organisation).items()},
        "imports": imports_of(organisation)[:SHOWN_IMPORTS],
        "runs": reports.runs_of(organisation)[:SHOWN_RUNS],
    }
    return render(request, "console/outcomes.html", context, status=422 if form.errors else 200)


def _find(organisation: Organisation, uuid: UUID) -> EvidenceRun:
    runs = organisation.evidence_runs.select_related("specification__gap", "requested_by", "job")
    run: EvidenceRun = get_object_or_404(runs, uuid=uuid)
    run.organisation = organisation
    return run


@console_view(can_see_outcomes)
@require_GET
def evidence_run(request: HtmxRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    run = _find(organisation, uuid)
    context = {"organisation": organisation, "active": "outcomes", "run": run, "job": run.job}
    if run.result is None:
        is_busy = run.job is not None and not run.job.is_finished
        template = "console/outcomes_run_waiting.html" + ("#progress" if request.htmx and is_busy else "")
        return render(request, template, context | {"is_busy": is_busy})
    if request.htmx:  # the waiting page asked, and the answer is here
        return HttpResponse(headers={"HX-Refresh": "true"})
    others = reports.latest_answers(organisation, [EMPLOYEE_EXIT, CUSTOMER_CHURN])
    others.pop(run.outcome, None)
    context |= {
        "report": report_of(run),
        "tallies": reports.expectations_for(run),
        "other": next((report_of(other) for other in others.values()), None),
    }
    return render(request, "console/outcomes_run.html", context)


@console_view(can_see_outcomes)
@require_GET
def evidence_run_json(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """The answer as `manage.py evidence --json` prints it."""
    run = _find(organisation, uuid)
    if run.result is None:
        raise Http404
    return HttpResponse(
        json.dumps(run.result, ensure_ascii=False, indent=2),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="evidence-{run.outcome}-{run.created_at:%Y-%m-%d}.json"'},
    )


@console_view(can_see_outcomes)
@require_GET
def evidence_run_table(request: HttpRequest, organisation: Organisation, uuid: UUID, table: str) -> HttpResponseBase:
    run = _find(organisation, uuid)
    csv_table = report_of(run).tables.get(table) if run.result is not None else None
    if csv_table is None:
        raise Http404
    return csv_response(f"{csv_table.name}-{run.outcome}.csv", csv_table.header, csv_table.rows)
