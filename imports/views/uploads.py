"""Where files come in. The page of a kind calls `upload_page` or `receive` with its own rule checked."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.console import console_view, signed_in
from accounts.models import Organisation
from accounts.rules import can_open_console
from common.csv_files import csv_response
from common.errors import UserError
from imports import services
from imports.forms import UploadForm
from imports.kinds import import_kinds
from imports.models import StagedImport

RECENT = 10


def upload_page(
    request: HttpRequest, organisation: Organisation, *, kind_name: str, template: str, **context: Any
) -> HttpResponse:
    """Take a file of one kind and send the reader to its report. The caller has checked the permission."""
    kind = import_kinds[kind_name]
    posted = request.method == "POST"
    upload = UploadForm(request.POST, request.FILES) if posted else UploadForm()
    options = kind.options_form(request.POST if posted else None, organisation=organisation)
    if posted and all([upload.is_valid(), options.is_valid()]):
        try:
            staged = receive(request, organisation, kind_name, upload.cleaned_data["file"], options.chosen())
        except UserError as error:
            upload.add_error("file", str(error))
        else:
            return redirect("org:import_report", organisation.slug, staged.uuid)
    return render(
        request,
        template,
        {
            "organisation": organisation,
            "active": kind.pages.active,
            "kind": kind,
            "upload": upload,
            "options": options,
            "recent": recent_imports(organisation, [kind_name]),
        }
        | context,
    )


def receive(
    request: HttpRequest, organisation: Organisation, kind_name: str, file: Any, options: dict[str, Any]
) -> StagedImport:
    """Keep the uploaded file and start its check. `UserError` when the file is refused at the door."""
    return services.upload(
        organisation=organisation,
        kind=kind_name,
        file=file,
        file_name=file.name,
        actor=signed_in(request),
        options=options,
    )


def recent_imports(organisation: Organisation, kind_names: list[str]) -> list[StagedImport]:
    found = StagedImport.objects.filter(organisation=organisation, kind__in=kind_names)
    return list(found.select_related("uploaded_by")[:RECENT])


@require_safe
@console_view(can_open_console)
def import_template(request: HttpRequest, organisation: Organisation, kind: str) -> StreamingHttpResponse:
    """An example file with every column."""
    try:
        found = import_kinds[kind]
    except LookupError:
        raise Http404 from None
    if not found.may(request.user, organisation):
        raise PermissionDenied
    return csv_response(f"{found.name}.csv", found.header.known, found.sample_rows())
