"""Settings of an organisation, its teams, and the record of what was changed."""

import json
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import queries, services
from accounts.audit import record
from accounts.console import console_view, proof_required, signed_in
from accounts.enums import AuditVerb
from accounts.forms import OrganisationForm, TeamForm
from accounts.models import AuditEvent, Organisation
from accounts.rules import can_manage_people, can_manage_settings, can_read_audit, can_see_people
from common.csv_files import csv_response
from common.errors import UserError
from common.kept_forms import keeps_form, show_kept

EVENTS_PER_PAGE = 50
TEAMS_PER_PAGE = 50


@keeps_form
@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_manage_settings)
def settings(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    initial = {name: getattr(organisation, name) for name in OrganisationForm.base_fields}
    form = OrganisationForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        services.change_organisation(organisation=organisation, actor=signed_in(request), **form.cleaned_data)
        messages.success(request, _("The settings have been saved."))
        return redirect("org:settings", organisation.slug)
    context = {
        "organisation": organisation,
        "active": "settings",
        "form": form,
        "is_kept": show_kept(request, form),
        "may_read_audit": can_read_audit(request.user, organisation),
    }
    return render(request, "console/settings.html", context)


@keeps_form
@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_see_people)
def teams(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    may_manage = can_manage_people(request.user, organisation)
    form = TeamForm(request.POST if request.method == "POST" and may_manage else None)
    if form.is_bound and form.is_valid():
        team = services.create_team(organisation=organisation, actor=signed_in(request), **form.cleaned_data)
        messages.success(request, _("The team “%(team)s” was created.") % {"team": team})
        return redirect("org:teams", organisation.slug)
    context = {
        "organisation": organisation,
        "active": "people",
        "page": Paginator(queries.teams(organisation), TEAMS_PER_PAGE).get_page(request.GET.get("page")),
        "form": form,
        "is_kept": show_kept(request, form),
        "may_manage": may_manage,
    }
    return render(request, "console/teams.html", context)


@keeps_form
@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_manage_people)
def team(request: HttpRequest, organisation: Organisation, team_id: int) -> HttpResponse:
    """Rename or delete a team; deleting says first what it touches."""
    team = get_object_or_404(queries.teams(organisation), pk=team_id)
    is_deleting = request.POST.get("action") == "delete"
    form = TeamForm(request.POST if request.method == "POST" and not is_deleting else None, initial={"name": team.name})
    if is_deleting:
        services.delete_team(team=team, actor=signed_in(request))
        messages.success(request, _("The team “%(team)s” was deleted. Its members remain.") % {"team": team})
        return redirect("org:teams", organisation.slug)
    if form.is_bound and form.is_valid():
        try:
            services.rename_team(team=team, actor=signed_in(request), **form.cleaned_data)
        except UserError as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, _("The name has been saved."))
            return redirect("org:teams", organisation.slug)
    context = {"organisation": organisation, "active": "people", "team": team, "form": form}
    return render(request, "console/teams_team.html", context | {"is_kept": show_kept(request, form)})


def _audit_filters(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "")[:254] for name in ("area", "actor", "person")}


@dataclass(frozen=True)
class Detail:
    """One thing that was changed, in words."""

    name: str
    before: str
    after: str


def _details(event: AuditEvent) -> list[Detail]:
    """What an event carries, as people write it; what stayed empty is left out."""
    names = [*event.before, *(name for name in event.after if name not in event.before)]
    details = [
        Detail(name.replace("_", " "), _in_words(event.before.get(name)), _in_words(event.after.get(name))) for name in names
    ]
    return [detail for detail in details if detail.before or detail.after]


def _in_words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_in_words(part) for part in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        return f"{value:,}"
    return "" if value is None else str(value).replace("_", " ")


@require_safe
@console_view(can_read_audit)
def audit(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    filters = _audit_filters(request)
    page = Paginator(queries.audit_events(organisation, **filters), EVENTS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "organisation": organisation,
        "active": "settings",
        "page": page,
        "events": [(event, _details(event)) for event in page],
        "filters": filters,
        "areas": queries.audit_areas(organisation),
    }
    return render(request, "console/audit.html", context)


@require_safe
@console_view(can_read_audit)
@proof_required()
def audit_export(request: HttpRequest, organisation: Organisation) -> StreamingHttpResponse:
    record(
        verb=AuditVerb.AUDIT_EXPORTED,
        summary=_("Downloaded the audit log"),
        organisation=organisation,
        actor=signed_in(request),
    )
    rows = (
        [
            event.occurred_at.isoformat(timespec="seconds"),
            event.actor.email if event.actor else "",
            event.verb,
            event.summary,
            event.target_type,
            event.target_id,
            json.dumps(event.before, ensure_ascii=False) if event.before else "",
            json.dumps(event.after, ensure_ascii=False) if event.after else "",
            event.person.email if event.person else "",
        ]
        for event in queries.audit_events(organisation, **_audit_filters(request)).iterator(chunk_size=1000)
    )
    columns = ["occurred_at", "actor", "verb", "summary", "target_type", "target_id", "before", "after", "person"]
    return csv_response(f"{organisation.slug}-audit.csv", columns, rows)
