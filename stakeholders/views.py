"""Withdrawing stakeholder data; its upload and its report are the pages of every kind (`imports.views.files`)."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from accounts.console import console_view, signed_in
from accounts.models import Organisation
from accounts.rules import can_see_outcomes
from common.errors import UserError
from imports import services
from stakeholders.queries import imports_of


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
