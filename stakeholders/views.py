"""Importing stakeholder data: upload and withdraw; the report page is that of every kind."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.console import console_view, signed_in
from accounts.models import Organisation
from accounts.rules import can_see_outcomes
from common.errors import UserError
from imports import services
from imports.views.uploads import receive
from stakeholders.forms import UploadForm
from stakeholders.kinds import KINDS
from stakeholders.queries import imports_of

SHOWN_IMPORTS = 20


@console_view(can_see_outcomes)
@require_http_methods(["GET", "HEAD", "POST"])
def outcomes_import(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None, initial={"kind": request.GET.get("kind", "people")})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            staged = receive(request, organisation, data["kind"], data["file"], {"date_format": data["date_format"]})
        except UserError as error:
            form.add_error("file", str(error))
        else:
            return redirect("org:import_report", organisation.slug, staged.uuid)
    context = {
        "organisation": organisation,
        "active": "outcomes",
        "form": form,
        "kinds": KINDS,
        "imports": imports_of(organisation)[:SHOWN_IMPORTS],
    }
    return render(request, "console/outcomes_import.html", context, status=422 if form.errors else 200)


@console_view(can_see_outcomes)
@require_GET
def outcomes_file(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """Where the report of a file once stood."""
    staged = get_object_or_404(imports_of(organisation), uuid=uuid)
    return redirect("org:import_report", organisation.slug, staged.uuid)


@console_view(can_see_outcomes)
@require_POST
def outcomes_file_withdraw(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    staged = get_object_or_404(imports_of(organisation), uuid=uuid)
    staged.organisation = organisation
    try:
        services.start_withdrawal(staged, actor=signed_in(request))
    except UserError as error:
        messages.error(request, str(error))
    return redirect("org:import_report", organisation.slug, uuid)
