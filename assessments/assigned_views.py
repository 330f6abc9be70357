"""Assessments of cohorts in the console: what a cohort was given, who has begun and finished it, and of ten or more a mean."""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.console import console_view, signed_in
from accounts.models import Organisation
from assessments import services
from assessments.alone import assessments_to_give, cohort_sittings, counts_of
from assessments.alone_pages import questions_in
from assessments.item_rules.model import MOST_MINUTES
from assessments.models import AssignedInstrument, Instrument
from assessments.rules import can_assign_assessments
from assessments.services import AssignedSettings
from common.errors import UserError
from common.forms import choice_of_rows
from common.kept_forms import keeps_form, show_kept
from learning.forms import DateInput
from learning.models import Cohort
from learning.queries import today_in
from skills.queries import skills_by_slug

PER_PAGE = 50


class AssignedForm(forms.Form):
    opens_on = forms.DateField(
        label=gettext_lazy("First day"),
        required=False,
        widget=DateInput(),
        help_text=gettext_lazy("Empty: it is open at once."),
    )
    closes_on = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        widget=DateInput(),
        help_text=gettext_lazy("At its end, sittings under way are submitted. Empty: it stays open."),
    )
    time_limit = forms.IntegerField(
        label=gettext_lazy("Time limit in minutes"),
        required=False,
        min_value=1,
        max_value=MOST_MINUTES,
        help_text=gettext_lazy("Whoever was given extra time gets it on top. Empty: no limit."),
    )
    sends_mail = forms.BooleanField(
        label=gettext_lazy("Tell people by e-mail"),
        required=False,
        initial=True,
        help_text=gettext_lazy("When it opens, and three days before the last day those who have not submitted it."),
    )

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organisation = organisation

    def clean_closes_on(self) -> date | None:
        """A day to come; one that stands may stay."""
        closes_on: date | None = self.cleaned_data["closes_on"]
        if closes_on and closes_on != self.initial.get("closes_on") and closes_on < today_in(self.organisation):
            raise forms.ValidationError(_("This day has passed. Choose today or a later date, or leave it empty."))
        return closes_on

    @property
    def settings(self) -> AssignedSettings:
        names = ("opens_on", "closes_on", "time_limit", "sends_mail")
        return AssignedSettings(**{name: self.cleaned_data[name] for name in names})


class AssignForm(AssignedForm):
    instrument = forms.ModelChoiceField(
        label=gettext_lazy("Assessment"), queryset=Instrument.objects.none(), empty_label=None, widget=forms.RadioSelect
    )
    field_order = ("instrument", "opens_on", "closes_on", "time_limit", "sends_mail")

    def __init__(self, *args: Any, cohort: Cohort, **kwargs: Any) -> None:
        super().__init__(*args, organisation=cohort.organisation, **kwargs)
        field = choice_of_rows(self, "instrument")
        field.queryset = assessments_to_give(cohort)
        field.label_from_instance = described  # type: ignore[assignment, method-assign]  # instead of a class for one label


def described(instrument: Instrument) -> str:
    """An assessment as those choose it who give it to others."""
    words = _("%(title)s (%(n)s questions)") % {"title": instrument.title, "n": questions_in(instrument)}
    if instrument.is_adaptive:
        words = _("%(title)s (up to %(n)s questions, chosen by the answers)") % {
            "title": instrument.title,
            "n": questions_in(instrument),
        }
    if instrument.attempts_allowed > 1:
        return _("%(words)s, up to %(n)s attempts") % {"words": words, "n": instrument.attempts_allowed}
    return words


def _cohort(organisation: Organisation, uuid: UUID) -> Cohort:
    return get_object_or_404(organisation.cohorts.select_related("course", "organisation"), uuid=uuid)


def _assigned(organisation: Organisation, uuid: UUID) -> AssignedInstrument:
    rows = AssignedInstrument.objects.filter(organisation=organisation)
    return get_object_or_404(
        rows.select_related("instrument", "cohort__course", "cohort__organisation", "organisation"), uuid=uuid
    )


def _context(organisation: Organisation, **more: Any) -> dict[str, Any]:
    return {"organisation": organisation, "active": "cohorts"} | more


@require_safe
@console_view(can_assign_assessments)
def cohort_assessments(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    cohort = _cohort(organisation, uuid)
    rows = [(assigned, counts_of(assigned)) for assigned in cohort.assigned_instruments.select_related("instrument")]
    return render(request, "console/cohort_assessments.html", _context(organisation, cohort=cohort, rows=rows))


@keeps_form
@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_assign_assessments)
def assign(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    cohort = _cohort(organisation, uuid)
    if cohort.is_archived:
        messages.error(request, _("“%(cohort)s” is archived. Restore it first.") % {"cohort": cohort})
        return redirect("org:cohort_assessments", organisation.slug, cohort.uuid)
    form = AssignForm(request.POST or None, cohort=cohort)
    if request.method == "POST" and form.is_valid():
        try:
            services.assign_instrument(
                cohort=cohort,
                instrument=form.cleaned_data["instrument"],
                settings=form.settings,
                actor=signed_in(request),
            )
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("“%(cohort)s” has the assessment now.") % {"cohort": cohort})
            return redirect("org:cohort_assessments", organisation.slug, cohort.uuid)
    context = _context(organisation, cohort=cohort, form=form, has_choice=assessments_to_give(cohort).exists())
    return render(request, "console/assigned_form.html", context | {"is_kept": show_kept(request, form)})


@require_safe
@console_view(can_assign_assessments)
def assigned(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """Who has begun and who has finished, by name; of results the mean of ten people or more, and no single one."""
    given = _assigned(organisation, uuid)
    page = Paginator(cohort_sittings(given), PER_PAGE).get_page(request.GET.get("page"))
    result = services.group_result(given)
    context = _context(
        organisation,
        assigned=given,
        cohort=given.cohort,
        counts=counts_of(given),
        result=result,
        means=_named_means(result) if result else [],
        page=page,
        questions=questions_in(given.instrument),
    )
    return render(request, "console/assigned.html", context)


def _named_means(result: services.GroupResult) -> list[tuple[str, services.Mean]]:
    """With the names of the skills, in their order, where each has a mean of its own."""
    if result.mean is not None:
        return [("", result.mean)]
    names = {slug: skill.name for slug, skill in skills_by_slug().items()}
    in_order = [*(slug for slug in names if slug in result.means), *(slug for slug in result.means if slug not in names)]
    return [(names.get(slug, slug), result.means[slug]) for slug in in_order]


@keeps_form
@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_assign_assessments)
def edit(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    given = _assigned(organisation, uuid)
    initial = {name: getattr(given, name) for name in AssignedForm.base_fields}
    form = AssignedForm(request.POST or None, initial=initial, organisation=organisation)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_assigned(assigned=given, settings=form.settings, actor=signed_in(request))
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved. Whoever is taking it now may have got more time by it, never less."))
            return redirect("org:assigned_assessment", organisation.slug, given.uuid)
    context = _context(organisation, cohort=given.cohort, assigned=given, form=form, has_choice=True)
    return render(request, "console/assigned_form.html", context | {"is_kept": show_kept(request, form)})


@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_assign_assessments)
def withdraw(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """Says what it means (GET), and withdraws it (POST)."""
    given = _assigned(organisation, uuid)
    if request.method != "POST":
        return render(request, "console/assigned_withdraw.html", _context(organisation, assigned=given, cohort=given.cohort))
    try:
        services.withdraw_assigned(assigned=given, actor=signed_in(request))
    except UserError as error:
        messages.error(request, str(error))
        return redirect("org:assigned_assessment", organisation.slug, given.uuid)
    messages.success(request, _("The assessment is withdrawn. Nobody can begin it any more."))
    return redirect("org:cohort_assessments", organisation.slug, given.cohort.uuid)
