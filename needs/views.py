"""Console pages: why we train, and what is expected of it."""

from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.console import console_view, signed_in
from accounts.models import Organisation
from accounts.rules import can_manage_needs
from common.errors import UserError
from common.kept_forms import keeps_form, show_kept
from needs import services
from needs.forms import CausesForm, ExpectationForm, GapForm, MeasureForm, RemeasureForm, SpecificationForm
from needs.models import CauseFactor, Expectation, ExpectationResult, Gap, Specification, SpecificationState
from needs.queries import gaps_of, specifications_of, tallies, verdict
from skills.queries import framework_in, names_of


def _page(request: HttpRequest, template: str, organisation: Organisation, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, f"needs/{template}.html", {"organisation": organisation, "active": "needs"} | context, status=status)


def _form_page(request: HttpRequest, template: str, organisation: Organisation, form: BaseForm, **context: Any) -> HttpResponse:
    """A form that is new, refused, or kept from before its author was signed out."""
    context |= {"form": form, "is_kept": show_kept(request, form)}
    return _page(request, template, organisation, status=422 if form.is_bound else 200, **context)


def _gap(organisation: Organisation, uuid: Any) -> Gap:
    return get_object_or_404(gaps_of(organisation), uuid=uuid)


@console_view(can_manage_needs)
def needs(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    rows = [{"gap": gap, "verdict": verdict(gap)} for gap in gaps_of(organisation)]
    return _page(request, "list", organisation, rows=rows)


@keeps_form
@console_view(can_manage_needs)
@require_http_methods(["GET", "POST"])
def gap_new(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    form = GapForm(request.POST or None, organisation=organisation)
    if form.is_valid():
        gap = services.record_gap(organisation=organisation, actor=signed_in(request), **form.cleaned_data)
        messages.success(request, _("The gap has been recorded. Next: what is causing it?"))
        return redirect(gap)
    return _form_page(request, "gap_form", organisation, form)


@keeps_form
@console_view(can_manage_needs)
@require_http_methods(["GET", "POST"])
def gap_edit(request: HttpRequest, organisation: Organisation, uuid: Any) -> HttpResponse:
    gap = _gap(organisation, uuid)
    form = GapForm(request.POST or None, instance=gap, organisation=organisation)
    if form.is_valid():
        services.change_gap(gap=_gap(organisation, uuid), actor=signed_in(request), **form.cleaned_data)
        messages.success(request, _("Your changes have been saved."))
        return redirect(gap)
    return _form_page(request, "gap_form", organisation, form, gap=gap)


@console_view(can_manage_needs)
def gap(request: HttpRequest, organisation: Organisation, uuid: Any) -> HttpResponse:
    gap = _gap(organisation, uuid)
    return _gap_page(request, organisation, gap, RemeasureForm(instance=gap))


def _gap_page(
    request: HttpRequest, organisation: Organisation, gap: Gap, remeasure_form: RemeasureForm, status: int = 200
) -> HttpResponse:
    known = {cause.factor: cause for cause in gap.causes.all()}
    factors = [{"label": factor.label, "cause": known.get(factor)} for factor in CauseFactor]
    context = {"gap": gap, "verdict": verdict(gap), "factors": factors, "remeasure_form": remeasure_form}
    context["is_kept"] = show_kept(request, remeasure_form)
    return _page(request, "gap", organisation, status=status, **context)


@keeps_form
@console_view(can_manage_needs)
@require_http_methods(["GET", "POST"])
def causes(request: HttpRequest, organisation: Organisation, uuid: Any) -> HttpResponse:
    gap = _gap(organisation, uuid)
    form = CausesForm(request.POST or None, gap=gap)
    if form.is_valid():
        services.record_causes(gap=gap, actor=signed_in(request), findings=form.findings())
        messages.success(request, _("The causes have been saved."))
        return redirect(gap)
    return _form_page(request, "causes", organisation, form, gap=gap)


@keeps_form
@console_view(can_manage_needs)
@require_http_methods(["GET", "POST"])
def gap_remeasure(request: HttpRequest, organisation: Organisation, uuid: Any) -> HttpResponse:
    """The value measured again; the form is on the page of the gap, and comes back here after signing in again."""
    gap = _gap(organisation, uuid)
    if request.method == "GET":
        return _gap_page(request, organisation, gap, RemeasureForm(instance=gap))
    form = RemeasureForm(request.POST, instance=_gap(organisation, uuid))
    if form.is_valid():
        data = form.cleaned_data
        services.remeasure_gap(gap=gap, actor=signed_in(request), value=data["remeasured"], measured_on=data["remeasured_on"])
        messages.success(request, _("The new value has been saved."))
        return redirect(gap)
    return _gap_page(request, organisation, gap, form, status=422)


@keeps_form
@console_view(can_manage_needs)
@require_http_methods(["GET", "POST"])
def specification_new(request: HttpRequest, organisation: Organisation, uuid: Any) -> HttpResponse:
    gap = _gap(organisation, uuid)
    found_verdict = verdict(gap)
    form = SpecificationForm(
        request.POST or None,
        organisation=organisation,
        needs_reason=not found_verdict.allows_training,
        is_about_employees=gap.is_about_employees,
    )
    if form.is_valid():
        specification = services.write_specification(gap=gap, actor=signed_in(request), **form.specification_fields())
        messages.success(request, _("The specification has been saved. Next: what do stakeholders expect to see?"))
        return redirect(specification)
    return _form_page(request, "specification_form", organisation, form, gap=gap, verdict=found_verdict)


def _specification(organisation: Organisation, uuid: Any) -> Specification:
    return get_object_or_404(specifications_of(organisation), uuid=uuid)


@console_view(can_manage_needs)
def specification(request: HttpRequest, organisation: Organisation, uuid: Any) -> HttpResponse:
    return _specification_page(request, organisation, _specification(organisation, uuid))


def _specification_page(
    request: HttpRequest, organisation: Organisation, specification: Specification, *, problem: str = "", status: int = 200
) -> HttpResponse:
    expectations = list(specification.expectations.all())
    measured = sum(expectation.result != ExpectationResult.OPEN for expectation in expectations)
    context = {
        "specification": specification,
        "skill_names": names_of(framework_in(organisation), [row.skill for row in specification.skills.all()]),
        "expectations": expectations,
        "measured": measured,
        "tallies": tallies(expectations),
        "is_draft": specification.state == SpecificationState.DRAFT,
        "problem": problem,
    }
    return _page(request, "specification", organisation, status=status, **context)


@keeps_form
@console_view(can_manage_needs)
@require_http_methods(["GET", "POST"])
def specification_edit(request: HttpRequest, organisation: Organisation, uuid: Any) -> HttpResponse:
    specification = _specification(organisation, uuid)
    found_verdict = verdict(specification.gap)
    form = SpecificationForm(
        request.POST or None,
        instance=specification,
        organisation=organisation,
        needs_reason=not found_verdict.allows_training,
        is_about_employees=specification.gap.is_about_employees,
    )
    if form.is_valid():
        try:
            stored = _specification(organisation, uuid)
            services.change_specification(specification=stored, actor=signed_in(request), **form.specification_fields())
        except UserError as error:
            return _specification_page(
                request, organisation, _specification(organisation, uuid), problem=str(error), status=409
            )
        messages.success(request, _("Your changes have been saved."))
        return redirect(specification)
    context = {"gap": specification.gap, "specification": specification, "verdict": found_verdict}
    return _form_page(request, "specification_form", organisation, form, **context)


@console_view(can_manage_needs)
@require_POST
def specification_approve(request: HttpRequest, organisation: Organisation, uuid: Any) -> HttpResponse:
    specification = _specification(organisation, uuid)
    try:
        services.approve_specification(specification=specification, actor=signed_in(request))
    except UserError as error:
        return _specification_page(request, organisation, specification, problem=str(error), status=409)
    messages.success(request, _("Approved. The expectations are now fixed; record measured values as they come in."))
    return redirect(specification)


@keeps_form
@console_view(can_manage_needs)
@require_http_methods(["GET", "POST"])
def expectation_new(request: HttpRequest, organisation: Organisation, uuid: Any) -> HttpResponse:
    specification = _specification(organisation, uuid)
    form = ExpectationForm(request.POST or None)
    if form.is_valid():
        try:
            services.state_expectation(specification=specification, actor=signed_in(request), **form.cleaned_data)
        except UserError as error:
            return _specification_page(request, organisation, specification, problem=str(error), status=409)
        messages.success(request, _("The expectation has been saved."))
        return redirect(specification)
    return _form_page(request, "expectation_form", organisation, form, specification=specification)


def _expectation(organisation: Organisation, uuid: Any) -> Expectation:
    return get_object_or_404(organisation.expectations.select_related("specification", "organisation"), uuid=uuid)


@keeps_form
@console_view(can_manage_needs)
@require_http_methods(["GET", "POST"])
def expectation_edit(request: HttpRequest, organisation: Organisation, uuid: Any) -> HttpResponse:
    expectation = _expectation(organisation, uuid)
    form = ExpectationForm(request.POST or None, instance=_expectation(organisation, uuid))
    if form.is_valid():
        try:
            services.change_expectation(expectation=expectation, actor=signed_in(request), **form.cleaned_data)
        except UserError as error:
            stored = _specification(organisation, expectation.specification.uuid)
            return _specification_page(request, organisation, stored, problem=str(error), status=409)
        messages.success(request, _("Your changes have been saved."))
        return redirect(expectation.specification)
    context = {"specification": expectation.specification, "expectation": expectation}
    return _form_page(request, "expectation_form", organisation, form, **context)


@console_view(can_manage_needs)
@require_POST
def expectation_withdraw(request: HttpRequest, organisation: Organisation, uuid: Any) -> HttpResponse:
    expectation = _expectation(organisation, uuid)
    target = expectation.specification
    try:
        services.withdraw_expectation(expectation=expectation, actor=signed_in(request))
    except UserError as error:
        return _specification_page(
            request, organisation, _specification(organisation, target.uuid), problem=str(error), status=409
        )
    messages.success(request, _("The expectation has been withdrawn."))
    return redirect(target)


@keeps_form
@console_view(can_manage_needs)
@require_http_methods(["GET", "POST"])
def expectation_measure(request: HttpRequest, organisation: Organisation, uuid: Any) -> HttpResponse:
    expectation = _expectation(organisation, uuid)
    form = MeasureForm(request.POST or None, instance=_expectation(organisation, uuid))
    if form.is_valid():
        services.measure_expectation(expectation=expectation, actor=signed_in(request), **form.cleaned_data)
        messages.success(request, _("The measured value has been saved."))
        return redirect(expectation.specification)
    context = {"specification": expectation.specification, "expectation": expectation}
    return _form_page(request, "measure_form", organisation, form, **context)
