"""Bringing stakeholder data: upload, report, apply, withdraw."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.console import console_view
from accounts.models import Organisation
from accounts.rules import can_see_outcomes
from operations.enums import ImportState
from operations.errors import UserError
from operations.imports import summary_of
from operations.models import StagedImport
from outcomes import queries
from outcomes.forms import UploadForm
from outcomes.kinds import KINDS
from outcomes.services import imports

SHOWN_PROBLEMS = 100
SHOWN_IMPORTS = 20
BUSY = (ImportState.UPLOADED, ImportState.CHECKING, ImportState.APPLYING)


@console_view(can_see_outcomes)
@require_http_methods(["GET", "HEAD", "POST"])
def outcomes_import(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None, initial={"kind": request.GET.get("kind", "people")})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            staged = imports.receive(
                organisation=organisation,
                kind=data["kind"],
                file=data["file"],
                actor=request.user,
                date_format=data["date_format"],
            )
        except UserError as error:
            form.add_error("file", str(error))
        else:
            return redirect("org:outcomes_file", organisation.slug, staged.uuid)
    context = {
        "organisation": organisation,
        "active": "outcomes",
        "form": form,
        "kinds": list(KINDS.values()),
        "imports": queries.imports_of(organisation)[:SHOWN_IMPORTS],
    }
    return render(request, "console/outcomes_import.html", context, status=422 if form.errors else 200)


def _find(organisation: Organisation, uuid: UUID) -> StagedImport:
    staged = get_object_or_404(queries.imports_of(organisation), uuid=uuid)
    staged.organisation = organisation
    return staged


@console_view(can_see_outcomes)
@never_cache
@require_GET
def outcomes_file(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """What was found in a file, and what can be done about it now."""
    staged = _find(organisation, uuid)
    job = staged.job
    failed = job if job and job.state == "failed" else None
    is_busy = job is not None and not job.is_finished
    problems = list(staged.problems.all()[: SHOWN_PROBLEMS + 1])
    template = "console/outcomes_file.html"
    if request.htmx and is_busy:  # type: ignore[attr-defined]
        template += "#progress"
    context = {
        "organisation": organisation,
        "active": "outcomes",
        "staged": staged,
        "kind": KINDS[staged.kind],
        "job": job,
        "is_busy": is_busy,
        "failed": failed,
        "can_discard": staged.state in BUSY,
        "summary": summary_of(staged),
        "problems": problems[:SHOWN_PROBLEMS],
        "has_more_problems": len(problems) > SHOWN_PROBLEMS,
        "changes": staged.rows_new + staged.rows_changed,
        "effect": imports.effect_of_withdrawal(staged) if staged.state == ImportState.APPLIED and not is_busy else None,
    }
    response = render(request, template, context)
    if request.htmx and not is_busy:  # type: ignore[attr-defined]
        response["HX-Refresh"] = "true"
    return response


@console_view(can_see_outcomes)
@require_POST
def outcomes_file_apply(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    staged = _find(organisation, uuid)
    try:
        imports.start_apply(staged=staged, actor=request.user)
    except UserError as error:
        messages.error(request, str(error))
    return redirect("org:outcomes_file", organisation.slug, uuid)


@console_view(can_see_outcomes)
@require_POST
def outcomes_file_withdraw(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    staged = _find(organisation, uuid)
    try:
        imports.start_withdrawal(staged=staged, actor=request.user)
    except UserError as error:
        messages.error(request, str(error))
    return redirect("org:outcomes_file", organisation.slug, uuid)


@console_view(can_see_outcomes)
@require_POST
def outcomes_file_discard(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    try:
        imports.discard(staged=_find(organisation, uuid))
    except UserError as error:
        messages.error(request, str(error))
        return redirect("org:outcomes_file", organisation.slug, uuid)
    return redirect("org:outcomes_import", organisation.slug)
