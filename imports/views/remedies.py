"""What can be done about a file that was refused, beside correcting it: say which column is which, or do without some rows."""

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.forms import Form
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.console import console_view, proof_required, signed_in
from accounts.models import Organisation, User
from accounts.rules import can_open_console
from common.errors import UserError
from common.http import whole_number
from common.kept_forms import fill, keeps_form, show_kept, take_kept
from imports import services
from imports.enums import ImportState
from imports.forms import MatchForm, ReadingForm
from imports.kinds import ImportKind
from imports.matching import columns_to_match, first_rows, is_looked_at, require_waiting
from imports.models import StagedImport
from imports.views.files import EITHER_FORMAT, act_on_import, form_asked_of, import_or_404, report_context


def _back(staged: StagedImport) -> HttpResponse:
    return redirect("org:import_report", staged.organisation.slug, staged.uuid)


@keeps_form
@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_open_console)
def import_match(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """Which column of a file is which of ours, and what its words mean; kept for the next file with the same header.

    Where it is read from the wrong row, or in the wrong encoding, that comes first.
    """
    staged, kind = import_or_404(request, organisation, uuid)
    try:
        if not is_looked_at(staged):
            return _offer_check(request, staged, kind)
        sent = request.POST if request.method == "POST" else None
        kept = take_kept(request) if sent is None else None
        reading = ReadingForm(sent if sent and "header_row" in sent else None, first_rows=first_rows(staged))
        if request.method == "POST" and reading.is_valid():
            return _read_otherwise(request, staged, reading)
        columns = columns_to_match(staged)
    except UserError as error:
        messages.error(request, str(error))
        return _back(staged)
    form = MatchForm(None if reading.is_bound else sent or None, staged=staged, kind=kind, columns=columns)
    if request.method == "POST" and form.is_valid():
        try:
            services.map_columns(
                staged, form.chosen_columns(), form.chosen_words(), form.chosen_reasons(), actor=signed_in(request)
            )
        except services.NotReady as error:
            messages.info(request, str(error))
        return _back(staged)
    is_reading_kept = kept is not None and "header_row" in kept
    if kept is not None:
        fill(reading if is_reading_kept else form, kept)
    context = report_context(staged, kind) | {
        "form": form,
        "reading": reading,
        "has_words": bool(form.words),
        "is_kept": kept is not None and not is_reading_kept,
        "is_reading_kept": is_reading_kept,
        "n_listed": len(form.file_columns),
        "n_columns": staged.look.get("n_columns", 0),
    }
    is_refused = bool(form.errors or reading.errors)
    return render(request, "console/import_match.html", context, status=422 if is_refused else 200)


def _offer_check(request: HttpRequest, staged: StagedImport, kind: ImportKind) -> HttpResponse:
    """For a file whose check kept nothing that could be shown: a worker reads it, and never a request."""
    require_waiting(staged)
    return render(request, "console/import_match_unread.html", report_context(staged, kind))


def _read_otherwise(request: HttpRequest, staged: StagedImport, form: ReadingForm) -> HttpResponse:
    chosen = {"header_row": form.cleaned_data["header_row"], "encoding": form.cleaned_data.get("encoding", "")}
    try:
        services.choose_reading(staged, **chosen, actor=signed_in(request))
    except services.NotReady as error:
        messages.info(request, str(error))
    return _back(staged)


@console_view(can_open_console)
@act_on_import
def import_dates(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """Say which of day and month comes first in the dates of a file that can be read two ways."""
    staged, _kind = import_or_404(request, organisation, uuid)
    chosen = request.POST.get("date_format", "")
    if chosen in EITHER_FORMAT and staged.file and staged.findings.get("dates"):
        try:
            services.choose_date_format(staged, date_format=chosen, actor=signed_in(request))
        except services.NotReady as error:
            messages.info(request, str(error))
    return _back(staged)


@keeps_form
@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_open_console)
def import_skip(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """Import the valid rows: says what will happen, asks what is asked of every file of its kind, and does it."""
    staged, kind = import_or_404(request, organisation, uuid)
    if services.is_busy(staged) or not staged.skippable_rows:
        return _back(staged)
    if request.method != "POST":
        asked = form_asked_of(staged, kind)
        return _render_skip(request, staged, kind, asked, is_kept=asked is not None and show_kept(request, asked))
    form = form_asked_of(staged, kind, request.POST)
    if form is not None and not form.is_valid():
        return _render_skip(request, staged, kind, form, status=422)
    try:
        _skip(staged, kind, form, expected=whole_number(request.POST.get("rows", "")) or 0, actor=signed_in(request))
    except UserError as error:
        messages.info(request, str(error))
        staged.refresh_from_db()
        if form is not None and staged.skippable_rows and not services.is_busy(staged):
            return _render_skip(request, staged, kind, form, status=409)
    return _back(staged)


@transaction.atomic
def _skip(staged: StagedImport, kind: ImportKind, form: Form | None, *, expected: int, actor: User) -> None:
    """Keep the answer and start, or neither."""
    if form is not None and kind.pages.asked:
        kind.pages.asked.keep(staged, form.cleaned_data, actor)
    services.start_skipping(staged, expected=expected, actor=actor)


def _render_skip(
    request: HttpRequest,
    staged: StagedImport,
    kind: ImportKind,
    form: Form | None,
    status: int = 200,
    *,
    is_kept: bool = False,
) -> HttpResponse:
    context = report_context(staged, kind) | kind.pages.report_context(staged) | {"asked": form, "is_kept": is_kept}
    return render(request, "console/import_skip.html", context, status=status)


def _skipped_or_404(request: HttpRequest, organisation: Organisation, uuid: UUID) -> StagedImport:
    staged, _kind = import_or_404(request, organisation, uuid)
    if not staged.skipped_file or staged.state == ImportState.CHECKING:
        raise Http404
    return staged


def _are_there(request: HttpRequest, organisation: Organisation, uuid: UUID) -> bool:
    """As `is_theirs`."""
    return bool(_skipped_or_404(request, organisation, uuid))


@require_safe
@console_view(can_open_console)
@proof_required(when=_are_there)
def import_skipped_rows(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponseBase:
    """The skipped rows, with what was wrong with each: people as an organisation knows them."""
    staged = _skipped_or_404(request, organisation, uuid)
    return FileResponse(
        staged.skipped_file.open("rb"),
        as_attachment=True,
        filename=f"skipped-rows-{staged.created_at:%Y-%m-%d}.csv",
        content_type="text/csv; charset=utf-8",
    )
