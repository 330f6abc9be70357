"""The people of an organisation: list, one person, roles, leaving and coming back."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import queries, services
from accounts.audit import record
from accounts.console import console_view, proof_required, signed_in
from accounts.enums import AuditVerb, MembershipState, Role
from accounts.errors import AskAgain
from accounts.forms import PersonForm, RoleForm
from accounts.jobs import RESEND_JOB, WHOM
from accounts.member_parts import columns_for, facts_about, losses_of, with_cells
from accounts.models import Membership, Organisation, RoleAssignment
from accounts.rules import (
    ROLES_GIVEN_WITH_CARE,
    can_change_whose_roles,
    can_manage_people,
    can_see_people,
    can_take_role,
    has_role_given_with_care,
)
from accounts.services import invitations
from accounts.services import people as people_services
from common.csv_files import csv_response
from common.errors import UserError
from common.http import HtmxRequest
from common.kept_forms import keeps_form, show_kept
from jobs.services import MAX_IN_REQUEST, start_job
from mail.queries import bulk_progress

PER_PAGE = 50


def _filters(request: HttpRequest) -> dict[str, str]:
    return {
        "state": request.GET.get("state", queries.CURRENT),
        "team": request.GET.get("team", ""),
        "search": request.GET.get("q", "")[:100],
    }


@require_safe
@console_view(can_see_people)
def people(request: HtmxRequest, organisation: Organisation) -> HttpResponse:
    filters = _filters(request)
    counts = queries.states(organisation)
    current = counts[MembershipState.ACTIVE] + counts[MembershipState.INVITED]
    pages = Paginator(queries.people(organisation, **filters), PER_PAGE)
    if not (filters["team"] or filters["search"]) and filters["state"] in {queries.CURRENT, *counts}:
        pages.count = (counts | {queries.CURRENT: current})[filters["state"]]
    page = pages.get_page(request.GET.get("page"))
    context = {
        "organisation": organisation,
        "active": "people",
        "page": page,
        "rows": with_cells(list(page.object_list)),
        "columns": columns_for(),
        "filters": filters,
        "counts": counts,
        "current": current,
        "teams": organisation.teams.order_by("name"),
        "may_manage": can_manage_people(request.user, organisation),
        "undelivered": queries.undelivered_invitations(organisation).count() if counts[MembershipState.INVITED] else 0,
        "mail_progress": bulk_progress(organisation, invitations.KIND),
    }
    template = "console/people.html#list" if request.htmx else "console/people.html"
    return render(request, template, context)


@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_manage_people)
@proof_required()
def people_export(request: HttpRequest, organisation: Organisation) -> HttpResponseBase:
    """Says what the filtered list holds (GET), and downloads it as CSV in the columns of an enrolment file (POST)."""
    filters = _filters(request)
    memberships = queries.people(organisation, **filters)
    count = memberships.count()
    if request.method == "POST":
        record(
            verb=AuditVerb.PEOPLE_EXPORTED,
            summary=ngettext("Downloaded a list of %(n)s person", "Downloaded a list of %(n)s people", count)
            % {"n": f"{count:,}"},
            organisation=organisation,
            actor=signed_in(request),
            after={"count": count},
        )
        return _people_csv(organisation, memberships)
    is_filtered = bool(filters["team"] or filters["search"]) or filters["state"] != queries.CURRENT
    context = {"organisation": organisation, "active": "people", "count": count, "is_filtered": is_filtered}
    return render(request, "console/people_export.html", context)


def _people_csv(organisation: Organisation, memberships: QuerySet[Membership]) -> StreamingHttpResponse:
    columns = ["email", "first_name", "last_name", "person_id", "team", "manager_email", "state", "joined_on"]
    # A day where the organisation is, as in its other files: whoever downloads the list gets the same one.
    zone = ZoneInfo(organisation.time_zone)
    rows = (
        [
            membership.email,
            membership.first_name,
            membership.last_name,
            membership.person_id,
            membership.team.name if membership.team else "",
            membership.manager_email,
            membership.state,
            membership.joined_at.astimezone(zone).date().isoformat() if membership.joined_at else "",
        ]
        for membership in memberships.prefetch_related(None).iterator(chunk_size=1000)
    )
    return csv_response(f"{organisation.slug}-people.csv", columns, rows)


@keeps_form
@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_manage_people)
def person_add(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    form = PersonForm(request.POST or None, organisation=organisation)
    if request.method == "POST" and form.is_valid():
        details = {name: value for name, value in form.cleaned_data.items() if name != "team"}
        team = form.cleaned_data["team"]
        remarks: list[str] = []
        try:
            membership = people_services.add_person(
                organisation=organisation,
                actor=signed_in(request),
                remarks=remarks,
                team=team.name if team else "",
                **details,
            )
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("%(person)s was invited by e-mail.") % {"person": membership})
            _warn(request, remarks)
            return redirect("org:people", organisation.slug)
    context = {"organisation": organisation, "active": "people", "form": form, "is_kept": show_kept(request, form)}
    return render(request, "console/people_add.html", context)


def _person_or_404(organisation: Organisation, uuid: UUID) -> Membership:
    return get_object_or_404(
        Membership.objects.select_related("organisation", "team", "user"), organisation=organisation, uuid=uuid
    )


def _invites_another_into_role(request: HttpRequest, organisation: Organisation, uuid: UUID) -> bool:
    """Whether the address that is sent would get an invitation, and with it a role that is given with care."""
    if request.method != "POST" or not can_manage_people(request.user, organisation):
        return False
    membership = _person_or_404(organisation, uuid)
    is_other = request.POST.get("email", "").strip().lower() != membership.email
    return is_other and membership.state == MembershipState.INVITED and has_role_given_with_care(membership)


@keeps_form
@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_see_people)
@proof_required(when=_invites_another_into_role)
def person(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    membership = _person_or_404(organisation, uuid)
    may_manage = can_manage_people(request.user, organisation)
    form = PersonForm(request.POST or None, organisation=organisation, membership=membership) if may_manage else None
    if request.method == "POST" and form and form.is_valid():
        try:
            people_services.change_person(membership=membership, actor=signed_in(request), **form.cleaned_data)
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The details of %(person)s have been saved.") % {"person": membership})
            return _to_person(membership)
    context = _person_context(request, membership, form, may_manage)
    context["is_kept"] = form is not None and show_kept(request, form)
    return render(request, "console/people_person.html", context)


def _person_context(
    request: HttpRequest, membership: Membership, form: Any, may_manage: bool, role_form: RoleForm | None = None
) -> dict[str, Any]:
    organisation = membership.organisation
    is_invited = membership.state == MembershipState.INVITED
    roles = [(assignment, may_manage and can_take_role(request.user, assignment)) for assignment in _roles_of(membership)]
    return {
        "organisation": organisation,
        "active": "people",
        "membership": membership,
        "form": form,
        "may_manage": may_manage,
        "is_oneself": membership.user_id == request.user.pk,
        "roles": roles,
        "may_end": may_manage and all(may_take for _role, may_take in roles),
        "role_form": role_form or RoleForm(membership=membership, giver=request.user),
        "parts": facts_about(membership),
        "cells": with_cells([membership])[0].cells,
        "invitation": queries.last_invitation(membership) if is_invited and may_manage else None,
    }


def _roles_of(membership: Membership) -> QuerySet[RoleAssignment]:
    return membership.roles.select_related("team", "membership__organisation").order_by("pk")


def _to_person(membership: Membership) -> HttpResponse:
    return redirect("org:person", membership.organisation.slug, membership.uuid)


def _say(request: HttpRequest, act: Any, success: str) -> None:
    """Do `act` and tell how it went."""
    try:
        act()
    except UserError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, success)


def _warn(request: HttpRequest, remarks: list[str]) -> None:
    for remark in remarks:
        messages.warning(request, remark)


@require_POST
@console_view(can_manage_people)
def person_resend_invitation(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    membership = _person_or_404(organisation, uuid)
    _say(
        request,
        lambda: invitations.resend_invitation(membership=membership, actor=signed_in(request)),
        _("A new invitation is on its way to %(email)s. The earlier link no longer works.") % {"email": membership.email},
    )
    return _to_person(membership)


@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_manage_people)
def people_resend_invitations(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Says how many have not answered since yesterday (GET), and invites them again (POST): thousands as a job."""
    waiting = invitations.waiting_to_hear_again(organisation).count()
    if not waiting:
        messages.info(
            request, _("Everyone with a pending invitation was e-mailed within the last day, so no invitation was resent.")
        )
        return redirect("org:people", organisation.slug)
    if request.method == "POST":
        return _resend_many(request, organisation, "waiting", waiting)
    invited = queries.states(organisation)[MembershipState.INVITED]
    context = {"organisation": organisation, "active": "people", "count": waiting, "recent": invited - waiting}
    return render(request, "console/people_resend.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_manage_people)
def people_resend_undelivered(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Says how many invitations never arrived (GET), and invites those people again (POST): thousands as a job."""
    undelivered = invitations.never_reached(organisation).count()
    if not undelivered:
        messages.info(request, _("Every invitation has been delivered or is on its way, so none was resent."))
        return redirect("org:people", organisation.slug)
    if request.method == "POST":
        return _resend_many(request, organisation, "undelivered", undelivered)
    context = {"organisation": organisation, "active": "people", "count": undelivered, "is_undelivered": True}
    return render(request, "console/people_resend.html", context)


def _resend_many(request: HttpRequest, organisation: Organisation, whom: str, count: int) -> HttpResponse:
    """`whom`: a key of WHOM."""
    actor = signed_in(request)
    if count > MAX_IN_REQUEST:
        job = start_job(
            kind=RESEND_JOB,
            title=_("Resending invitations"),
            parameters={"organisation": organisation.pk, "actor": actor.pk, "whom": whom},
            organisation=organisation,
            requested_by=actor,
            result_url=reverse("org:people", args=[organisation.slug]),
        )
        return redirect("job", job.uuid)
    count = invitations.resend_invitations(organisation=organisation, actor=actor, whom=WHOM[whom])
    text = ngettext("%(n)s invitation was resent.", "%(n)s invitations were resent.", count) % {"n": f"{count:,}"}
    messages.success(request, text)
    return redirect("org:people", organisation.slug)


def _is_confirmed(request: HttpRequest, *_args: Any, **_kwargs: Any) -> bool:
    return "confirmed" in request.POST


@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_manage_people)
@proof_required(when=_is_confirmed)
def role_add(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """Gives a role. One that gives much away is asked about first, and given by whoever has just proved who they are."""
    membership = _person_or_404(organisation, uuid)
    if membership.user_id == request.user.pk:
        messages.error(request, _("You cannot assign a role to yourself. Ask another owner or administrator to do this."))
        return _to_person(membership)
    if membership.state == MembershipState.LEFT:
        messages.error(request, _("This person is a former member. Reinstate them first."))
        return _to_person(membership)
    form = RoleForm(request.POST, membership=membership, giver=request.user)
    is_asked_about = form.is_valid() and form.cleaned_data["role"] in ROLES_GIVEN_WITH_CARE
    if is_asked_about and not _is_confirmed(request):
        return _ask_about_role(request, membership, form.cleaned_data["role"])
    if form.is_valid():
        asked_about = request.POST.get("email", "") if is_asked_about else None
        try:
            services.assign_role(membership=membership, actor=signed_in(request), asked_about=asked_about, **form.cleaned_data)
        except AskAgain as error:
            messages.warning(request, str(error))
            return _ask_about_role(request, membership, form.cleaned_data["role"])
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("%(person)s now has this role.") % {"person": membership})
            return _to_person(membership)
    details = PersonForm(organisation=organisation, membership=membership)
    context = _person_context(request, membership, details, may_manage=True, role_form=form)
    return render(request, "console/people_person.html", context, status=422)


def _ask_about_role(request: HttpRequest, membership: Membership, role: str) -> HttpResponse:
    context = {
        "organisation": membership.organisation,
        "active": "people",
        "membership": membership,
        "role": role,
        "role_name": Role(role).label,
    }
    return render(request, "console/people_role.html", context)


@require_POST
@console_view(can_manage_people)
def role_remove(request: HttpRequest, organisation: Organisation, uuid: UUID, role: int) -> HttpResponse:
    membership = _person_or_404(organisation, uuid)
    assignment = get_object_or_404(RoleAssignment.objects.select_related("team"), membership=membership, pk=role)
    assignment.membership = membership
    _say(
        request,
        lambda: services.remove_role(assignment=assignment, actor=signed_in(request)),
        _("%(person)s no longer has this role.") % {"person": membership},
    )
    return _to_person(membership)


@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_manage_people)
def person_leave(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """Says what will be lost (GET), marks as left (POST)."""
    membership = _person_or_404(organisation, uuid)
    if request.method == "POST":
        _say(
            request,
            lambda: people_services.mark_as_left(membership=membership, actor=signed_in(request)),
            _("%(person)s is now a former member. You can undo this below.") % {"person": membership},
        )
        return _to_person(membership)
    context = {
        "organisation": organisation,
        "active": "people",
        "membership": membership,
        "losses": losses_of(membership),
        "roles": _roles_of(membership),
        "may_end": can_change_whose_roles(request.user, membership),
    }
    return render(request, "console/people_leave.html", context)


def _brings_back_much(request: HttpRequest, organisation: Organisation, uuid: UUID) -> bool:
    return has_role_given_with_care(_person_or_404(organisation, uuid))


@require_POST
@console_view(can_manage_people)
@proof_required(when=_brings_back_much)
def person_reinstate(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    membership = _person_or_404(organisation, uuid)
    try:
        remarks = people_services.reinstate(membership=membership, actor=signed_in(request))
    except UserError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(person)s was reinstated.") % {"person": membership})
        _warn(request, remarks)
    return _to_person(membership)
