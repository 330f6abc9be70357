"""What is said of a file of people or customers, and an address that has moved: all else about files is in `imports.views`."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.console import console_view, signed_in
from accounts.models import Organisation
from accounts.rules import can_ask_outcomes, can_see_coverage, can_upload_outcomes
from common.errors import UserError
from imports.enums import ImportState
from imports.kinds import import_kinds
from imports.views.files import report_context
from stakeholders.coverage import coverage_of
from stakeholders.queries import imports_of
from stakeholders.windows import SPANS, WindowForm, keep, proposed


@console_view(can_upload_outcomes)
@require_GET
def outcomes_file(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """Where the report of a file once stood."""
    staged = get_object_or_404(imports_of(organisation), uuid=uuid)
    return redirect("org:import_report", organisation.slug, staged.uuid)


@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_upload_outcomes)
def outcomes_window(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """Say of an imported file from when to when its leavers are complete; of no other file there is anything to say."""
    known = imports_of(organisation).filter(kind__in=list(SPANS), state=ImportState.APPLIED)
    staged = get_object_or_404(known.select_related("organisation"), uuid=uuid)
    form = WindowForm(request.POST or None, initial=proposed(staged))
    if request.method == "POST" and form.is_valid():
        try:
            keep(staged, form.cleaned_data, signed_in(request))
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved. Questions asked from now on go by it."))
            return redirect("org:import_report", organisation.slug, staged.uuid)
    context = report_context(staged, import_kinds[staged.kind]) | {"form": form}
    return render(request, "console/outcomes_window.html", context, status=422 if form.errors else 200)


@require_GET
@console_view(can_see_coverage)
def outcomes_data(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """What the imported data can say, before anything is asked."""
    context = {
        "organisation": organisation,
        "active": "outcomes",
        "coverages": coverage_of(organisation),
        "may_upload": can_upload_outcomes(request.user, organisation),
        "may_ask": can_ask_outcomes(request.user, organisation),
    }
    return render(request, "console/outcomes_data.html", context)
