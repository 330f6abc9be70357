"""What can be done about a file that was refused, beside correcting it: say which column is which, or do without some rows."""

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.audit import record
from accounts.console import console_view
from accounts.models import Organisation
from accounts.rules import can_open_console
from common.errors import UserError
from imports import services
from imports.enums import ImportState
from imports.forms import MatchForm
from imports.kinds import ImportKind
from imports.matching import columns_to_match, keep_mapping
from imports.models import StagedImport
from imports.views.reports import import_or_404, report_context


def _back(staged: StagedImport) -> HttpResponse:
    return redirect("org:import_report", staged.organisation.slug, staged.uuid)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_open_console)
def import_match(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """Which column of a file is which of ours, and what its words mean; kept for the next file with the same header."""
    staged, kind = import_or_404(request, organisation, uuid)
    try:
        columns = columns_to_match(staged, kind)
    except UserError as error:
        messages.error(request, str(error))
        return _back(staged)
    form = MatchForm(request.POST or None, staged=staged, kind=kind, columns=columns)
    if request.method == "POST" and form.is_valid():
        try:
            _match(request, staged, kind, form)
        except services.NotReady as error:
            messages.info(request, str(error))
        return _back(staged)
    context = report_context(staged, kind) | {"form": form, "has_words": bool(form.words)}
    return render(request, "console/import_match.html", context, status=422 if form.errors else 200)


@transaction.atomic
def _match(request: HttpRequest, staged: StagedImport, kind: ImportKind, form: MatchForm) -> None:
    keep_mapping(staged, form.header, form.chosen_columns(), form.chosen_words())
    record(
        verb="import.matched",
        summary=_("Matched the columns of a file: %(kind)s") % {"kind": kind.title},
        organisation=staged.organisation,
        actor=request.user,
        target=staged,
        after={"columns": len(form.chosen_columns()), "words": len(form.words)},
    )
    services.start_check(staged, actor=request.user)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_open_console)
def import_set_aside(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """Apply the good rows: says what will happen, and does it."""
    staged, kind = import_or_404(request, organisation, uuid)
    if services.is_busy(staged) or not staged.rows_to_set_aside:
        return _back(staged)
    if request.method != "POST":
        return render(request, "console/import_set_aside.html", report_context(staged, kind))
    try:
        _set_aside(request, staged, kind)
    except services.NotReady as error:
        messages.info(request, str(error))
    return _back(staged)


@transaction.atomic
def _set_aside(request: HttpRequest, staged: StagedImport, kind: ImportKind) -> None:
    agreed = request.POST.get("rows", "")
    rows, total = staged.rows_to_set_aside, staged.rows_total
    services.start_setting_aside(staged, expected=rows if agreed == str(rows) else 0, actor=request.user)
    record(
        verb="import.set_aside",
        summary=_("Set %(rows)s of %(total)s rows of a file aside to apply the others: %(kind)s")
        % {"rows": f"{rows:,}", "total": f"{total:,}", "kind": kind.title},
        organisation=staged.organisation,
        actor=request.user,
        target=staged,
        after={"checksum": staged.checksum, "rows": total, "set_aside": rows},
    )


@never_cache
@require_safe
@console_view(can_open_console)
def import_set_aside_rows(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponseBase:
    """The rows that were set aside, with what was wrong with each."""
    staged, _kind = import_or_404(request, organisation, uuid)
    if not staged.set_aside or staged.state == ImportState.CHECKING:
        raise Http404
    return FileResponse(
        staged.set_aside.open("rb"),
        as_attachment=True,
        filename=f"set-aside-{staged.created_at:%Y-%m-%d}.csv",
        content_type="text/csv; charset=utf-8",
    )
