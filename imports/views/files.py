"""Where files come in, and one page for the life of an import: progress, problems, what will be done, what was done."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts.console import console_view, proof_required, signed_in
from accounts.models import Organisation
from accounts.rules import can_open_console
from common.csv_files import csv_response
from common.errors import UserError
from common.http import HtmxRequest
from common.kept_forms import keeps_form, show_kept
from imports import services
from imports.enums import ImportState
from imports.kinds import ImportKind, import_kinds
from imports.models import DAYS_FILES_ARE_KEPT, StagedImport
from imports.remarks import readings_of
from jobs.enums import JobState
from jobs.models import Job

SHOWN_PROBLEMS = 100
LOOKED_AT_ROWS, SHOWN_ROWS = 1000, 10
# With the day first, and with the month first; the marks between them do not matter.
EITHER_FORMAT = ("DD/MM/YYYY", "MM/DD/YYYY")


def upload_view(
    *kinds: ImportKind, template: str, shown: int = 10, invalid_status: int = 200
) -> Callable[..., HttpResponseBase]:
    """The page where files of these kinds come in, for who may import them. It sends the reader to the report of the file.

    The kinds share a rule, an entry of the navigation and an upload form; with several, the form has a field `kind`. The page
    lists the latest files, `shown` of them.
    """
    first = kinds[0]

    @keeps_form
    @require_http_methods(["GET", "HEAD", "POST"])
    @console_view(first.may)
    def upload_page(request: HttpRequest, organisation: Organisation) -> HttpResponse:
        posted = (request.POST, request.FILES) if request.method == "POST" else ()
        form = first.upload_form(*posted, organisation=organisation, initial={"kind": first.name} | request.GET.dict())
        if posted and form.is_valid():
            try:
                staged = services.upload(
                    organisation=organisation,
                    kind=form.cleaned_data.get("kind", first.name),
                    file=form.cleaned_data["file"],
                    file_name=form.cleaned_data["file"].name,
                    actor=signed_in(request),
                    options=form.chosen(),
                )
            except UserError as error:
                form.add_error("file", str(error))
            else:
                return redirect("org:import_report", organisation.slug, staged.uuid)
        imports = organisation.imports.filter(kind__in=[kind.name for kind in kinds]).select_related("uploaded_by", "job")
        context = {
            "organisation": organisation,
            "active": first.pages.active,
            "kinds": kinds,
            "form": form,
            "is_kept": show_kept(request, form),
            "imports": imports[:shown],
        }
        return render(request, template, context, status=invalid_status if form.errors else 200)

    return upload_page


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


def import_or_404(request: HttpRequest, organisation: Organisation, uuid: UUID) -> tuple[StagedImport, ImportKind]:
    """An import of this organisation, to somebody who may import files of its kind."""
    staged = get_object_or_404(
        StagedImport.objects.select_related("organisation", "job", "uploaded_by"), organisation=organisation, uuid=uuid
    )
    try:
        kind = import_kinds[staged.kind]
    except LookupError:
        raise Http404 from None
    if not kind.may(request.user, organisation):
        raise PermissionDenied
    return staged, kind


def is_theirs(request: HttpRequest, organisation: Organisation, uuid: UUID) -> bool:
    """For `proof_required`: whoever may not have a file hears that, and is not asked who they are first."""
    import_or_404(request, organisation, uuid)
    return True


@require_safe
@console_view(can_open_console)
def import_report(request: HtmxRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """One page for the life of an import: progress, problems, what will be done, what was done. Survives a reload."""
    staged, kind = import_or_404(request, organisation, uuid)
    is_open = services.is_open(staged)
    if request.htmx:
        if not is_open:
            return HttpResponseClientRefresh()
        return render(request, "console/import_report.html#progress", {"staged": staged, "organisation": organisation})
    return _render_report(request, staged, kind)


def _render_report(
    request: HttpRequest,
    staged: StagedImport,
    kind: ImportKind,
    asked: Form | None = None,
    status: int = 200,
    *,
    is_kept: bool = False,
) -> HttpResponse:
    is_open = services.is_open(staged)
    problems = list(staged.problems.all()[: SHOWN_PROBLEMS + 1])
    if asked is None and staged.state == ImportState.READY:
        asked = form_asked_of(staged, kind)
    context = (
        report_context(staged, kind)
        | ({} if is_open else rows_as_understood(staged, kind))
        | {
            "is_busy": is_open,
            "interrupted": services.interrupted_words(staged) if staged.is_in_parts else "",
            "failed": _failed_job(staged),
            "problems": problems[:SHOWN_PROBLEMS],
            "has_more_problems": len(problems) > SHOWN_PROBLEMS,
            "readings": _readings(staged),
            "changes": staged.rows_new + staged.rows_changed,
            "button": kind.pages.button(staged),
            "asked": asked,
            "is_kept": is_kept,
        }
    )
    more = {} if is_open else kind.pages.report_context(staged)
    return render(request, kind.pages.report_template, context | more, status=status)


def form_asked_of(staged: StagedImport, kind: ImportKind, answers: QueryDict | None = None) -> Form | None:
    """What is asked of a file before it is applied; None where its kind asks nothing."""
    asked = kind.pages.asked
    return asked.form(answers, initial=asked.initial(staged)) if asked else None


def _readings(staged: StagedImport) -> dict[str, Any] | None:
    """A date of the file that can be read two ways, and each way in words with the format that means it."""
    dates = staged.findings.get("dates") if staged.state == ImportState.REFUSED and staged.file else None
    if not dates:
        return None
    text = next(iter(dates.values()))
    return {"text": text, "ways": list(zip(EITHER_FORMAT, readings_of(text), strict=True))}


def _failed_job(staged: StagedImport) -> Job | None:
    """What could not be completed; what was to be imported, and is, has been completed by another start."""
    if staged.job is None or staged.job.state != JobState.FAILED:
        return None
    has_ended = staged.state == ImportState.WITHDRAWN or (
        staged.state == ImportState.APPLIED and staged.job.kind != services.WITHDRAW_JOB
    )
    return None if has_ended else staged.job


def report_context(staged: StagedImport, kind: ImportKind) -> dict[str, Any]:
    """What every page about one import shows."""
    return {
        "organisation": staged.organisation,
        "active": kind.pages.active,
        "staged": staged,
        "kind": kind,
        "summary": staged.summary,
        "upload_url": upload_url(staged, kind),
        "days_kept": DAYS_FILES_ARE_KEPT,
    }


@dataclass(frozen=True)
class ShownRow:
    """A row as it was understood. Each cell: its column, its value, and what that replaces."""

    number: int
    is_new: bool
    cells: list[tuple[str, str, str]]


def rows_as_understood(staged: StagedImport, kind: ImportKind) -> dict[str, Any]:
    """The first rows that a checked file would import: those that change something known before those that are new."""
    if staged.state != ImportState.READY or kind.pages.known is None:
        return {}
    rows = services.first_rows_kept(staged, LOOKED_AT_ROWS)
    known = kind.pages.known(staged.organisation, [row for _number, row in rows])
    rows.sort(key=lambda row: row[1][kind.key[0]] not in known)
    rows = sorted(rows[:SHOWN_ROWS], key=lambda row: row[0])
    columns = [name for name in kind.names if any(row.get(name) for _number, row in rows)]
    shown = []
    for number, row in rows:
        before = known.get(row[kind.key[0]])
        cells = [(name, row[name], _replaced(row[name], (before or {}).get(name, ""))) for name in columns]
        shown.append(ShownRow(number, before is None, cells))
    more = max(staged.rows_new + staged.rows_changed - len(shown), 0)
    return {"shown_columns": columns, "shown_rows": shown, "more_rows": more}


def _replaced(value: str, before: str) -> str:
    """A blank cell keeps what is known, so it replaces nothing."""
    return before if value and value != before else ""


def upload_url(staged: StagedImport, kind: ImportKind) -> str:
    """Where the next file of this kind is uploaded, with what was chosen for this one."""
    chosen = {name: value for name, value in staged.options.items() if name in kind.upload_form.base_fields}
    return f"{reverse(kind.pages.upload_address, args=[staged.organisation.slug])}?{urlencode({'kind': kind.name} | chosen)}"


def act_on_import(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Wrap a view inside `console_view` that only does something: whoever opens its address sees the report instead.

    Browsers do so when somebody presses Enter in the address bar of a page that was the answer to a form.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
        if request.method == "POST":
            return view(request, organisation, uuid)
        import_or_404(request, organisation, uuid)
        return redirect("org:import_report", organisation.slug, uuid)

    return require_http_methods(["GET", "HEAD", "POST"])(wrapped)


def _work_on(
    request: HttpRequest, organisation: Organisation, uuid: UUID, act: Callable[[StagedImport], object]
) -> HttpResponse:
    """Do something with an import, and show where things are now: also where it was pressed twice, or came too late."""
    staged, _kind = import_or_404(request, organisation, uuid)
    try:
        act(staged)
    except services.NotReady as error:
        messages.info(request, str(error))
    return redirect("org:import_report", organisation.slug, uuid)


@keeps_form
@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_open_console)
def import_apply(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """Apply a checked file, with what was asked of it kept first; what was answered wrongly is shown again."""
    staged, kind = import_or_404(request, organisation, uuid)
    if request.method != "POST":
        asked = form_asked_of(staged, kind) if staged.state == ImportState.READY else None
        if asked is None or not show_kept(request, asked):
            return redirect("org:import_report", organisation.slug, uuid)
        return _render_report(request, staged, kind, asked, is_kept=True)
    form = form_asked_of(staged, kind, request.POST) if staged.state == ImportState.READY else None
    if form is not None and not form.is_valid():
        return _render_report(request, staged, kind, form, status=422)

    def keep_and_apply(staged: StagedImport) -> None:
        if form is not None and kind.pages.asked:
            kind.pages.asked.keep(staged, form.cleaned_data, signed_in(request))
        services.start_apply(staged, actor=signed_in(request))

    return _work_on(request, organisation, uuid, keep_and_apply)


@console_view(can_open_console)
@act_on_import
def import_check(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """Check the same file again: seats were bought, a course was published, a worker had died."""
    return _work_on(request, organisation, uuid, lambda staged: services.start_check(staged, actor=signed_in(request)))


@console_view(can_open_console)
@act_on_import
def import_stop(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """Have a worker stop that checks or imports a file, whoever had asked for it."""
    return _work_on(request, organisation, uuid, services.stop)


@console_view(can_open_console)
@act_on_import
def import_restart(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """Begin again what is stuck, whoever had asked for it."""
    return _work_on(request, organisation, uuid, services.restart)


@console_view(can_open_console)
@act_on_import
def import_discard(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """Forget a file that was not applied."""
    staged, kind = import_or_404(request, organisation, uuid)
    try:
        services.discard(staged, actor=signed_in(request))
    except services.NotReady as error:
        messages.error(request, str(error))
        return redirect("org:import_report", organisation.slug, uuid)
    messages.success(request, _("The file was discarded."))
    return redirect(kind.pages.upload_address, organisation.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_open_console)
def import_withdraw(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """Take an applied file back. Where its kind has more to say about that than the report does, this page asks first."""
    staged, kind = import_or_404(request, organisation, uuid)
    if request.method == "POST":
        return _work_on(request, organisation, uuid, lambda staged: services.start_withdrawal(staged, actor=signed_in(request)))
    if kind.pages.withdrawal is None or staged.state != ImportState.APPLIED or services.is_open(staged):
        return redirect("org:import_report", organisation.slug, uuid)
    return render(request, "console/import_withdraw.html", report_context(staged, kind) | kind.pages.withdrawal(staged))


@require_safe
@console_view(can_open_console)
@proof_required(when=is_theirs)
def import_problems(request: HttpRequest, organisation: Organisation, uuid: UUID) -> StreamingHttpResponse:
    """Every stored problem as CSV."""
    staged, _kind = import_or_404(request, organisation, uuid)
    rows = staged.problems.values_list("row_number", "column", "value", "message").iterator(chunk_size=1000)
    return csv_response(f"problems-{staged.created_at:%Y-%m-%d}.csv", ["row", "column", "value", "problem"], rows)
