"""What is said of a file of people or customers, what the data can say, and who is left out of them.

All else about files is in `imports.views`.
"""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.console import console_view, signed_in
from accounts.models import Organisation
from accounts.rules import can_ask_outcomes, can_see_coverage, can_upload_outcomes, has_exact_totals
from common.csv_files import csv_response
from common.errors import UserError
from common.kept_forms import keeps_form, show_kept
from imports.enums import ImportState
from imports.kinds import import_kinds
from imports.views.files import form_asked_of, report_context
from stakeholders import services
from stakeholders.coverage import coverage_of
from stakeholders.forms import ObjectionForm
from stakeholders.models import Objection
from stakeholders.queries import imports_of, objections_of
from stakeholders.windows import SPANS, keep, missing_from

DOCUMENTS = {name: settings.BASE_DIR / "docs" / "templates" / f"{name}.md" for name in ("dpia", "works-council-note")}


@console_view(can_upload_outcomes)
@require_GET
def outcomes_file(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """Where the report of a file once stood."""
    staged = get_object_or_404(imports_of(organisation), uuid=uuid)
    return redirect("org:import_report", organisation.slug, staged.uuid)


@keeps_form
@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_upload_outcomes)
def outcomes_window(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """Say of an imported file from when to when its leavers are complete; of no other file there is anything to say."""
    known = imports_of(organisation).filter(kind__in=list(SPANS), state=ImportState.APPLIED)
    staged = get_object_or_404(known.select_related("organisation"), uuid=uuid)
    kind = import_kinds[staged.kind]
    form = form_asked_of(staged, kind, request.POST if request.method == "POST" else None)
    if form is None:
        raise Http404
    if request.method == "POST" and form.is_valid():
        try:
            keep(staged, form.cleaned_data, signed_in(request))
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved. Questions asked from now on go by it."))
            return redirect("org:import_report", organisation.slug, staged.uuid)
    context = report_context(staged, kind) | {"form": form, "is_kept": show_kept(request, form)}
    return render(request, "console/outcomes_window.html", context, status=422 if form.errors else 200)


@require_GET
@console_view(can_upload_outcomes)
def outcomes_missing(request: HttpRequest, organisation: Organisation, uuid: UUID) -> StreamingHttpResponse:
    """Rows of earlier files that an imported file of everybody does not hold, as CSV."""
    staged = get_object_or_404(imports_of(organisation).filter(kind__in=list(SPANS), state=ImportState.APPLIED), uuid=uuid)
    missing = missing_from(staged)
    if missing is None:
        raise Http404
    return csv_response(f"not-in-{staged.kind}-{staged.created_at:%Y-%m-%d}.csv", missing.names, missing.rows.iterator())


@require_GET
@console_view(can_see_coverage)
def outcomes_data(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """What the imported data can say, before anything is asked."""
    is_exact = has_exact_totals(request.user, organisation)
    context = {
        "organisation": organisation,
        "active": "outcomes",
        "coverages": coverage_of(organisation, exact=is_exact),
        "is_exact": is_exact,
        "may_upload": can_upload_outcomes(request.user, organisation),
        "may_ask": can_ask_outcomes(request.user, organisation),
    }
    return render(request, "console/outcomes_data.html", context)


# Objections --------------------------------------------------------------------------------------------------------------


@keeps_form
@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_upload_outcomes)
def objections(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Record an objection that somebody has made elsewhere, and see those that were recorded."""
    form = ObjectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.record_objection(organisation=organisation, actor=signed_in(request), **form.cleaned_data)
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Recorded. From now on this person is left out of every analysis."))
            return redirect("org:objections", organisation.slug)
    context = {
        "organisation": organisation,
        "active": "outcomes",
        "form": form,
        "is_kept": show_kept(request, form),
        "objections": objections_of(organisation),
    }
    return render(request, "console/outcomes_objections.html", context, status=422 if form.errors else 200)


@require_POST
@console_view(can_upload_outcomes)
def objection_withdraw(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    objection: Objection = get_object_or_404(objections_of(organisation), uuid=uuid)
    objection.organisation = organisation
    services.withdraw_objection(objection, actor=signed_in(request))
    messages.success(request, _("Withdrawn. This person counts again from the next analysis on."))
    return redirect("org:objections", organisation.slug)


@require_POST
@login_required
def own_objection(request: HttpRequest, organisation: str) -> HttpResponse:
    """Leave one's own data out of the outcomes of an organisation, or take part again; in one that was left, too."""
    user = signed_in(request)
    joined = get_object_or_404(Organisation, slug=organisation, memberships__user=user)
    if request.POST.get("choice") == "take part":
        services.take_part(user=user, organisation=joined)
        messages.success(request, _("You take part again: your data count in every analysis that is made tomorrow or later."))
    else:
        services.leave_out(user=user, organisation=joined)
        messages.success(request, _("Your data are left out of every analysis that is made tomorrow or later."))
    return redirect(f"{reverse('your_data')}#outcomes")


# Documents ---------------------------------------------------------------------------------------------------------------


@require_GET
@console_view(can_upload_outcomes)
def outcomes_template(request: HttpRequest, organisation: Organisation, name: str) -> HttpResponse:
    """A document to fill in, as Markdown."""
    if name not in DOCUMENTS:
        raise Http404
    return HttpResponse(
        DOCUMENTS[name].read_text(encoding="utf-8"),
        content_type="text/markdown; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.md"'},
    )
