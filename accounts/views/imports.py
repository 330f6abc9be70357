"""Files of people on their way in: upload, report, apply. Other apps' kinds use the same pages with their own rule."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts.audit import record
from accounts.console import console_view
from accounts.forms import UploadForm
from accounts.models import Organisation
from accounts.rules import can_manage_people, can_open_console
from common.http import HtmxRequest
from operations import imports
from operations.enums import JobState
from operations.errors import UserError
from operations.models import DAYS_FILES_ARE_KEPT, StagedImport
from operations.tables import csv_response

PEOPLE_KIND = "enrolments"
SHOWN_PROBLEMS = 100
RECENT = 10


@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_manage_people)
def people_import(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    return upload_page(request, organisation, kind_name=PEOPLE_KIND, template="console/people_import.html")


def upload_page(
    request: HttpRequest, organisation: Organisation, *, kind_name: str, template: str, **context: Any
) -> HttpResponse:
    """Take a file of one kind and send the reader to its report. The caller has checked the permission."""
    kind = imports.kind_of(kind_name)
    posted = request.method == "POST"
    upload = UploadForm(request.POST, request.FILES) if posted else UploadForm()
    options = kind.options_form(request.POST if posted else None, organisation=organisation)
    if posted and all([upload.is_valid(), options.is_valid()]):
        try:
            staged = receive_and_check(request, organisation, kind_name, upload.cleaned_data["file"], options.chosen())
        except UserError as error:
            upload.add_error("file", str(error))
        else:
            return redirect("org:import_report", organisation.slug, staged.uuid)
    return render(
        request,
        template,
        {
            "organisation": organisation,
            "active": kind.active,
            "kind": kind,
            "upload": upload,
            "options": options,
            "recent": recent_imports(organisation, [kind_name]),
        }
        | context,
    )


def receive_and_check(
    request: HttpRequest, organisation: Organisation, kind_name: str, file: Any, options: dict[str, Any]
) -> StagedImport:
    """Keep an uploaded file and start its check in the background. `UserError` when the file is refused at the door."""
    staged = imports.receive_upload(
        organisation=organisation, kind=kind_name, file=file, file_name=file.name, actor=request.user, options=options
    )
    record(
        verb="import.received",
        summary=_("Uploaded a file: %(kind)s") % {"kind": imports.kind_of(kind_name).title},
        organisation=organisation,
        actor=request.user,
        target=staged,
        after={"checksum": staged.checksum, "size": staged.size},
    )
    imports.start_check(staged, actor=request.user)
    return staged


def recent_imports(organisation: Organisation, kind_names: list[str]) -> list[StagedImport]:
    found = StagedImport.objects.filter(organisation=organisation, kind__in=kind_names)
    return list(found.select_related("uploaded_by")[:RECENT])


def import_or_404(request: HttpRequest, organisation: Organisation, uuid: UUID) -> tuple[StagedImport, imports.ImportKind]:
    """An import of this organisation, to somebody who may bring files of its kind."""
    staged = get_object_or_404(
        StagedImport.objects.select_related("organisation", "job", "uploaded_by"), organisation=organisation, uuid=uuid
    )
    try:
        kind = imports.kind_of(staged.kind)
    except LookupError:
        raise Http404 from None
    if not kind.may(request.user, organisation):
        raise PermissionDenied
    return staged, kind


@never_cache
@require_safe
@console_view(can_open_console)
def import_report(request: HtmxRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """One page for the life of an import: progress, problems, what will be done, what was done. Survives a reload."""
    staged, kind = import_or_404(request, organisation, uuid)
    is_busy = imports.is_busy(staged)
    if request.htmx:
        if not is_busy:
            return HttpResponseClientRefresh()
        return render(request, "console/import_report.html#progress", {"staged": staged, "organisation": organisation})
    problems = list(staged.problems.all()[: SHOWN_PROBLEMS + 1])
    context = report_context(staged, kind) | {
        "is_busy": is_busy,
        "failed": staged.job if staged.job and staged.job.state == JobState.FAILED else None,
        "problems": problems[:SHOWN_PROBLEMS],
        "has_more_problems": len(problems) > SHOWN_PROBLEMS,
        "changes": staged.rows_new + staged.rows_changed,
        "button": kind.button_text(staged),
    }
    return render(request, kind.report_template, context | ({} if is_busy else kind.report_context(staged)))


def report_context(staged: StagedImport, kind: imports.ImportKind) -> dict[str, Any]:
    """What every page about one import shows."""
    return {
        "organisation": staged.organisation,
        "active": kind.active,
        "staged": staged,
        "kind": kind,
        "summary": imports.summary_of(staged),
        "upload_url": upload_url(staged, kind),
        "days_kept": DAYS_FILES_ARE_KEPT,
    }


def upload_url(staged: StagedImport, kind: imports.ImportKind) -> str:
    """Where the next file of this kind is uploaded."""
    return f"{reverse(kind.upload_address, args=[staged.organisation.slug])}?{urlencode({'kind': kind.name})}"


def _work_on(
    request: HttpRequest, organisation: Organisation, uuid: UUID, act: Callable[[StagedImport, imports.ImportKind], object]
) -> HttpResponse:
    """Do something with an import, and show where things are now: also where it was pressed twice, or came too late."""
    staged, kind = import_or_404(request, organisation, uuid)
    try:
        with transaction.atomic():
            act(staged, kind)
    except imports.NotReady as error:
        messages.info(request, str(error))
    return redirect("org:import_report", organisation.slug, uuid)


@require_POST
@console_view(can_open_console)
def import_apply(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    def act(staged: StagedImport, kind: imports.ImportKind) -> None:
        imports.start_apply(staged, actor=request.user)
        record(
            verb="import.applied",
            summary=_("Applied a file: %(kind)s") % {"kind": kind.title},
            organisation=organisation,
            actor=request.user,
            target=staged,
            after={
                "new": staged.rows_new,
                "changed": staged.rows_changed,
                "unchanged": staged.rows_unchanged,
                "set_aside": staged.rows_set_aside,
            },
        )

    return _work_on(request, organisation, uuid, act)


@require_POST
@console_view(can_open_console)
def import_check(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """Check the same file again: seats were bought, a course was published, a worker had died."""
    return _work_on(request, organisation, uuid, lambda staged, _kind: imports.start_check(staged, actor=request.user))


@require_POST
@console_view(can_open_console)
def import_discard(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """Forget a file that was not applied."""
    staged, kind = import_or_404(request, organisation, uuid)
    try:
        with transaction.atomic():
            imports.discard_import(staged)
            record(
                verb="import.discarded",
                summary=_("Discarded a file: %(kind)s") % {"kind": kind.title},
                organisation=organisation,
                actor=request.user,
                after={"checksum": staged.checksum},
            )
    except imports.NotReady as error:
        messages.error(request, str(error))
        return redirect("org:import_report", organisation.slug, uuid)
    return redirect(kind.upload_address, organisation.slug)


@require_safe
@console_view(can_open_console)
def import_problems(request: HttpRequest, organisation: Organisation, uuid: UUID) -> StreamingHttpResponse:
    """Every stored problem as CSV."""
    staged, _kind = import_or_404(request, organisation, uuid)
    rows = staged.problems.values_list("row_number", "column", "value", "message").iterator(chunk_size=1000)
    return csv_response(f"problems-{staged.created_at:%Y-%m-%d}.csv", ["row", "column", "value", "problem"], rows)


@require_safe
@console_view(can_open_console)
def import_template(request: HttpRequest, organisation: Organisation, kind: str) -> StreamingHttpResponse:
    """An example file with every column."""
    try:
        found = imports.kind_of(kind)
    except LookupError:
        raise Http404 from None
    if not found.may(request.user, organisation):
        raise PermissionDenied
    return csv_response(f"{found.name}.csv", found.columns.known, found.sample)
