"""Cohorts in the console: who takes which course together. An employer sees started and finished, never an answer."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from access import queries as access_queries
from accounts.console import console_view, signed_in
from accounts.models import Membership, Organisation
from accounts.rules import can_manage_people, can_see_people
from common.errors import UserError
from common.http import HtmxRequest
from common.kept_forms import keeps_form, show_kept
from common.queues import Queue
from jobs.services import MAX_IN_REQUEST, start_job
from learning import figures, queries, services
from learning.errors import CohortArchived
from learning.forms import CohortDatesForm, CohortForm
from learning.jobs import ADD_JOB, REMIND_JOB, matching, reminded_in_words
from learning.models import Cohort
from learning.queries import words_of
from learning.services import reminders

PER_PAGE = 50


def _cohort(organisation: Organisation, uuid: UUID) -> Cohort:
    return get_object_or_404(organisation.cohorts.select_related("course", "organisation"), uuid=uuid)


def refuse_archived(request: HttpRequest, cohort: Cohort) -> HttpResponse:
    """The page of an act that an archived cohort does not take: back to the cohort, with the reason."""
    messages.error(request, str(CohortArchived(cohort)))
    return redirect(cohort)


def _context(request: HttpRequest, organisation: Organisation, **more: Any) -> dict[str, Any]:
    may_manage = can_manage_people(request.user, organisation)
    return {"organisation": organisation, "active": "cohorts", "may_manage": may_manage} | more


@require_safe
@console_view(can_see_people)
def cohorts(request: HtmxRequest, organisation: Organisation) -> HttpResponse:
    listed = figures.cohorts_of(organisation)
    counted = figures.figures_of(organisation, listed)
    asked = {"search": "q", "course": "course", "state": "state", "sort": "sort"}
    filters = {name: request.GET.get(parameter, "")[:100] for name, parameter in asked.items()}
    archived = request.GET.get("show") == "archived"
    rows = figures.cohort_rows(organisation, counted, cohorts=listed, archived=archived, **filters)
    now = counted.now
    context = _context(
        request,
        organisation,
        page=Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        filters=filters,
        is_filtered=any(filters[name] for name in ("search", "course", "state")),
        archived=archived,
        n_archived=sum(cohort.is_archived for cohort in listed),
        courses=sorted(
            {cohort.course for cohort in listed if cohort.is_archived == archived}, key=lambda course: course.title.casefold()
        ),
        figures=counted,
        total=words_of(now.started, now.in_cohorts, now.finished, now.late) if now.in_cohorts else "",
    )
    template = "console/cohorts.html#list" if request.htmx else "console/cohorts.html"
    return render(request, template, context)


@keeps_form
@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_manage_people)
def cohort_create(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    form = CohortForm(request.POST or None, organisation=organisation)
    if request.method == "POST" and form.is_valid():
        try:
            cohort = services.create_cohort(organisation=organisation, actor=signed_in(request), **form.cleaned_data)
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Cohort created. Now add people."))
            return redirect("org:cohort_add", organisation.slug, cohort.uuid)
    context = _context(request, organisation, form=form, is_kept=show_kept(request, form))
    return render(request, "console/cohort_form.html", context)


@require_safe
@console_view(can_see_people)
def cohort(request: HtmxRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    cohort = _cohort(organisation, uuid)
    filters = {"status": request.GET.get("status", ""), "search": request.GET.get("q", "")[:100]}
    progress, kept = figures.progress_to_show(cohort)
    pages = Paginator(queries.in_cohort(cohort, **filters), PER_PAGE)
    if not filters["search"]:
        # Known already. Counted again for each page, a large cohort would be read from end to end.
        pages.count = progress.of_status(filters["status"])
    page = pages.get_page(request.GET.get("page"))
    context = _context(request, organisation, cohort=cohort, progress=progress, figures=kept, page=page, filters=filters)
    if context["may_manage"] and progress.people and not request.htmx:
        context["mail_progress"] = reminders.mail_progress(cohort)
    if not cohort.course.is_free:
        context["seats"] = queries.seats_of_people(cohort, page.object_list)
    template = "console/cohort.html#list" if request.htmx else "console/cohort.html"
    return render(request, template, context)


@keeps_form
@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_manage_people)
def cohort_edit(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    cohort = _cohort(organisation, uuid)
    initial = {name: getattr(cohort, name) for name in CohortDatesForm.base_fields}
    form = CohortDatesForm(request.POST or None, initial=initial, organisation=organisation)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_cohort(cohort=cohort, actor=signed_in(request), **form.cleaned_data)
        except UserError as error:
            form.add_error("name", str(error))
        else:
            figures.forget_progress(cohort)
            messages.success(request, _("Cohort updated."))
            return redirect(cohort)
    context = _context(request, organisation, form=form, is_kept=show_kept(request, form), cohort=cohort)
    return render(request, "console/cohort_form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_manage_people)
def cohort_archive(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """Says what it means (GET), and archives the cohort (POST)."""
    cohort = _cohort(organisation, uuid)
    if request.method != "POST":
        return render(request, "console/cohort_archive.html", _context(request, organisation, cohort=cohort))
    services.archive_cohort(cohort=cohort, actor=signed_in(request))
    figures.forget_progress(cohort)
    messages.success(request, _("“%(cohort)s” is archived. You can restore it at any time.") % {"cohort": cohort})
    return redirect("org:cohorts", organisation.slug)


@require_POST
@console_view(can_manage_people)
def cohort_restore(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    cohort = _cohort(organisation, uuid)
    services.restore_cohort(cohort=cohort, actor=signed_in(request))
    figures.forget_progress(cohort)
    messages.success(request, _("“%(cohort)s” is among your current cohorts again.") % {"cohort": cohort})
    return redirect(cohort)


@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_manage_people)
def cohort_remind(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """Says who would be reminded (GET), and reminds them (POST): hundreds as a job."""
    cohort = _cohort(organisation, uuid)
    if cohort.is_archived:
        return refuse_archived(request, cohort)
    preview = reminders.preview(cohort)
    if request.method != "POST":
        return render(request, "console/cohort_remind.html", _context(request, organisation, cohort=cohort, preview=preview))
    if preview.people > MAX_IN_REQUEST:
        job = start_job(
            kind=REMIND_JOB,
            title=_("Reminding people in “%(cohort)s”") % {"cohort": cohort.name[:150]},
            parameters={"cohort": str(cohort.uuid), "actor": request.user.pk},
            organisation=organisation,
            requested_by=signed_in(request),
            result_url=cohort.get_absolute_url(),
        )
        return redirect("job", job.uuid)
    count = reminders.remind_unfinished(cohort=cohort, actor=signed_in(request))
    if count:
        messages.success(request, reminded_in_words(count))
    else:
        messages.info(request, _("Everyone who can be reminded has been reminded today or has finished."))
    return redirect(cohort)


@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_manage_people)
def cohort_add(request: HtmxRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """Choose people, by tick or all who match, and add them."""
    cohort = _cohort(organisation, uuid)
    if cohort.is_archived:
        return refuse_archived(request, cohort)
    filters = {"team": request.GET.get("team", ""), "search": request.GET.get("q", "")[:100]}
    people = matching(cohort, **filters)
    if request.method == "POST":
        return _add(request, cohort, filters, people)
    context = _context(
        request,
        organisation,
        cohort=cohort,
        page=Paginator(people, PER_PAGE).get_page(request.GET.get("page")),
        filters=filters,
        teams=organisation.teams.order_by("name"),
        free_seats=_free_seats(cohort),
    )
    template = "console/cohort_add.html#list" if request.htmx else "console/cohort_add.html"
    return render(request, template, context)


def _free_seats(cohort: Cohort) -> int | None:
    """None where none are needed."""
    return None if cohort.course.is_free else access_queries.free_seats(cohort.organisation, cohort.course)


def _add(request: HttpRequest, cohort: Cohort, filters: dict[str, str], people: Any) -> HttpResponse:
    address = f"{reverse('org:cohort_add', args=[cohort.organisation.slug, cohort.uuid])}?{request.GET.urlencode()}"
    if "all" in request.POST:
        count = people.count()
        if count > MAX_IN_REQUEST and request.POST.get("confirmed") != str(count):
            return _ask_first(request, cohort, filters, count)
        if count > MAX_IN_REQUEST:
            return redirect("job", _start_adding(request, cohort, filters).uuid)
    else:
        people = people.filter(uuid__in=[value for value in request.POST.getlist("person") if _is_uuid(value)])
    chosen = list(people.prefetch_related(None))
    if not chosen:
        messages.error(request, _("No one was selected. Select the people to add, then try again."))
        return redirect(address)
    try:
        added = services.add_to_cohort(cohort=cohort, memberships=chosen, actor=signed_in(request))
    except UserError as error:
        messages.error(request, str(error))
        return redirect(address)
    figures.forget_progress(cohort)
    words = ngettext("%(n)s person was added to the cohort.", "%(n)s people were added to the cohort.", added)
    messages.success(request, words % {"n": f"{added:,}"})
    return redirect(cohort)


def _ask_first(request: HttpRequest, cohort: Cohort, filters: dict[str, str], count: int) -> HttpResponse:
    """Before hundreds are added; again where it would be others by now than was said."""
    more = {"cohort": cohort, "count": count, "is_filtered": any(filters.values()), "free_seats": _free_seats(cohort)}
    return render(request, "console/cohort_add_all.html", _context(request, cohort.organisation, **more))


def _is_uuid(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True


def _start_adding(request: HttpRequest, cohort: Cohort, filters: dict[str, str]) -> Any:
    return start_job(
        kind=ADD_JOB,
        title=_("Adding people to “%(cohort)s”") % {"cohort": cohort.name[:150]},
        parameters={"cohort": str(cohort.uuid), "actor": request.user.pk, **filters},
        organisation=cohort.organisation,
        requested_by=signed_in(request),
        result_url=cohort.get_absolute_url(),
        queue=Queue.BULK,
    )


@require_POST
@console_view(can_manage_people)
def cohort_remove(request: HttpRequest, organisation: Organisation, uuid: UUID, person: UUID) -> HttpResponse:
    cohort = _cohort(organisation, uuid)
    membership = get_object_or_404(Membership, organisation=organisation, uuid=person)
    if services.remove_from_cohort(cohort=cohort, membership=membership, actor=signed_in(request)):
        figures.forget_progress(cohort)
        messages.success(
            request,
            _("%(name)s was removed from this cohort. Their progress is kept; you can add them again.")
            % {"name": membership.display_name},
        )
    return redirect(cohort)
