"""Live pairs of a cohort in the console: who has said yes, and who has finished. Never what was said, nor how it ended.

Who sees the people of an organisation runs its pairs: owners, administrators and L&D partners.
"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.console import console_view, signed_in
from accounts.models import Organisation
from accounts.rules import can_see_people
from common.kept_forms import keeps_form, show_kept
from learning.models import Cohort
from practice import services
from practice.errors import PairRefused
from practice.models import PairCall
from practice.pair_forms import CallForm
from practice.queries import pairs as queries

REFUSED = 422


def _cohort(organisation: Organisation, uuid: UUID) -> Cohort:
    return get_object_or_404(organisation.cohorts.select_related("organisation"), uuid=uuid)


def _call(organisation: Organisation, uuid: UUID) -> PairCall:
    calls = PairCall.objects.filter(organisation=organisation).select_related("cohort__organisation", "simulation")
    return get_object_or_404(calls, uuid=uuid)


def _address(cohort: Cohort) -> str:
    return reverse("org:cohort_pairs", args=[cohort.organisation.slug, cohort.uuid])


@keeps_form
@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_see_people)
def cohort_pairs(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """All calls of a cohort, and the form for a new one."""
    cohort = _cohort(organisation, uuid)
    form = CallForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.open_call(cohort=cohort, actor=signed_in(request), **form.cleaned_data)
        except PairRefused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The people of this cohort can say yes now, under Practise."))
            return redirect(_address(cohort))
    return _show(request, cohort, form)


def _show(request: HttpRequest, cohort: Cohort, form: CallForm, problem: str = "", chosen: Any = None) -> HttpResponse:
    context = {
        "organisation": cohort.organisation,
        "active": "cohorts",
        "cohort": cohort,
        "calls": queries.calls_of(cohort, signed_in(request)),
        "form": form,
        "is_kept": show_kept(request, form),
        "problem": problem,
        "chosen": chosen or {},
    }
    return render(request, "console/cohort_pairs.html", context, status=REFUSED if problem else 200)


@require_POST
@console_view(can_see_people)
def pairs_all(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """Pair everybody who waits, by lot."""
    call = _call(organisation, uuid)
    try:
        made, left = services.pair_everybody(call=call, actor=signed_in(request))
    except PairRefused as error:
        return _show(request, call.cohort, CallForm(), str(error))
    words = ngettext("%(n)s pair is asked now.", "%(n)s pairs are asked now.", made) % {"n": made}
    if left:
        alone = ngettext("%(n)s person has no partner and was told so.", "%(n)s people have no partner and were told so.", left)
        words = f"{words} {alone % {'n': left}}"
    messages.success(request, words)
    return redirect(_address(call.cohort))


@require_POST
@console_view(can_see_people)
def pairs_propose(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """Two of those who wait."""
    call = _call(organisation, uuid)
    try:
        first, second = (UUID(request.POST.get(name, "")) for name in ("first", "second"))
        services.propose(call=call, first=first, second=second, actor=signed_in(request))
    except ValueError:
        return _show(request, call.cohort, CallForm(), _("Choose two people."), request.POST)
    except PairRefused as error:
        return _show(request, call.cohort, CallForm(), str(error), request.POST)
    messages.success(request, _("Both are asked now."))
    return redirect(_address(call.cohort))


@require_POST
@console_view(can_see_people)
def pairs_close(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    call = services.close_call(call=_call(organisation, uuid), actor=signed_in(request))
    messages.success(request, _("No new pairs are made. Those under way go on, and whoever waited was told."))
    return redirect(_address(call.cohort))


@require_POST
@console_view(can_see_people)
def pairs_report(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """A report has been seen to."""
    reports = queries.reports_for(signed_in(request), organisation)
    report = get_object_or_404(reports.select_related("pair__call__cohort__organisation"), uuid=uuid)
    services.settle_report(report=report, actor=signed_in(request))
    messages.success(request, _("The report is marked as settled."))
    return redirect(_address(report.pair.call.cohort))
