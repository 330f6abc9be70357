"""An address that has moved: the pages of stakeholder data are those of every kind of file (`imports.views`)."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET

from accounts.console import console_view
from accounts.models import Organisation
from accounts.rules import can_see_outcomes
from stakeholders.queries import imports_of


@console_view(can_see_outcomes)
@require_GET
def outcomes_file(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """Where the report of a file once stood."""
    staged = get_object_or_404(imports_of(organisation), uuid=uuid)
    return redirect("org:import_report", organisation.slug, staged.uuid)
