"""Pages of workplace agreements for the learner who writes them. To anybody else an agreement does not exist."""

import uuid as uuid_module
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.console import signed_in
from common.errors import UserError
from common.http import HtmxRequest
from common.kept_forms import keeps_form, take_kept
from practice import queries, services
from practice.errors import AgreementChanged, SavedAgreement
from practice.forms import AgreementForm
from practice.models import Agreement, AgreementState
from practice.services.sending import missing_parts, remind_from


def _agreement(request: HttpRequest, uuid: Any) -> Agreement:
    return get_object_or_404(queries.agreements_of(signed_in(request)).select_related("contact"), uuid=uuid)


@login_required
def agreements(request: HttpRequest) -> HttpResponse:
    return render(request, "practice/agreements.html", {"agreements": queries.agreements_of(signed_in(request))})


@login_required
def new(request: HtmxRequest) -> HttpResponse:
    """A page of its own for a new agreement; from a lesson block, the draft that was begun there."""
    query = {name: request.GET[name] for name in ("enrolment", "block") if name in request.GET}
    if len(query) == 2:
        origin = queries.origin(signed_in(request), query["enrolment"], query["block"])
        if origin is None:
            raise Http404
        begun = queries.for_activity(origin.enrolment, origin.activity.block_id).filter(state=AgreementState.DRAFT).first()
        if begun is not None:
            return redirect("practice:edit", begun.uuid)
    return redirect(reverse("practice:edit", args=[uuid_module.uuid4()], query=query or None))


@keeps_form
def edit(request: HtmxRequest, uuid: Any) -> HttpResponse:
    """The draft. Autosave posts here too; the row is made by the first save."""
    agreement = Agreement.objects.select_related("enrolment__course", "activity").filter(uuid=uuid).first()
    if agreement is not None and agreement.user_id != request.user.pk:
        raise Http404
    if agreement is not None and not agreement.is_editable:
        messages.info(request, _("This agreement has been sent. Withdraw it first if you want to change it."))
        return redirect(agreement)
    origin = _origin(request, agreement)
    if request.method == "POST":
        return _save(request, uuid, agreement, origin)
    kept = take_kept(request)
    initial = {"title": origin.title} if origin and agreement is None else {}
    form = AgreementForm(kept or None, instance=agreement, initial=initial)
    return _render_edit(request, uuid, form, agreement, origin, kept=kept)


def _origin(request: HttpRequest, agreement: Agreement | None) -> queries.Origin | None:
    if agreement is not None:
        if agreement.enrolment is None or agreement.activity is None:
            return None
        return queries.origin(signed_in(request), str(agreement.enrolment.uuid), str(agreement.activity.block_id))
    return queries.origin(signed_in(request), request.GET.get("enrolment", ""), request.GET.get("block", ""))


def _render_edit(
    request: HttpRequest,
    uuid: Any,
    form: AgreementForm,
    agreement: SavedAgreement | None,
    origin: queries.Origin | None,
    **more: Any,
) -> HttpResponse:
    context = {
        "form": form,
        "agreement": agreement,
        "origin": origin,
        "form_address": request.get_full_path(),
        "mark": agreement.version_mark if agreement else "",
    }
    return render(request, "practice/edit.html", context | more)


def _save(request: HtmxRequest, uuid: Any, agreement: Agreement | None, origin: queries.Origin | None) -> HttpResponse:
    form = AgreementForm(request.POST)
    form.is_valid()
    # What cannot be kept yet (half a date) stays on the page; everything else is saved.
    fields = {name: form.cleaned_data[name] for name in form.fields if name in form.cleaned_data}
    is_autosave = bool(request.htmx)
    try:
        saved = services.save_draft(
            user=signed_in(request),
            uuid=uuid,
            fields=fields,
            seen=request.POST.get("seen") if agreement else None,
            enrolment=origin.enrolment if origin else None,
            activity=origin.activity if origin else None,
        )
    except AgreementChanged as error:
        if is_autosave:
            return render(request, "practice/edit.html#saved", {"problem": _conflict_words(), "mark": request.POST.get("seen")})
        return _render_edit(request, uuid, form, error.agreement, origin, conflict=error)
    except UserError as error:
        if is_autosave:
            return render(request, "practice/edit.html#saved", {"problem": str(error)})
        messages.error(request, str(error))
        return redirect("practice:agreement", uuid)
    if is_autosave:
        context = {"agreement": saved, "mark": saved.version_mark, "unsaved": [form[name].label for name in form.errors]}
        return render(request, "practice/edit.html#saved", context)
    if form.errors:
        return _render_edit(request, uuid, form, saved, origin)
    return redirect("practice:agreement", saved.uuid)


def _conflict_words() -> str:
    return _("Not saved: this agreement was changed in another tab. Press “Save and review” to see both texts.")


@login_required
def agreement(request: HttpRequest, uuid: Any) -> HttpResponse:
    """One agreement with everything that was sent and said."""
    agreement = _agreement(request, uuid)
    revisions = list(agreement.revisions.select_related("contact"))
    latest = revisions[0] if revisions else None
    context = {
        "agreement": agreement,
        "revisions": revisions,
        "latest": latest,
        "corrections": queries.corrections(latest) if latest and agreement.state == AgreementState.CORRECTED else [],
        "missing": missing_parts(agreement) if agreement.is_editable else [],
        "undelivered": latest is not None and agreement.state == AgreementState.SENT and queries.is_undelivered(latest),
        "remind_from": remind_from(agreement) if agreement.state == AgreementState.SENT else None,
    }
    return render(request, "practice/agreement.html", context)


def _act(request: HttpRequest, uuid: Any, act: Any, message: str) -> HttpResponse:
    agreement = _agreement(request, uuid)
    try:
        act(agreement=agreement)
    except UserError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, message)
    return redirect(agreement)


@require_POST
@login_required
def send(request: HttpRequest, uuid: Any) -> HttpResponse:
    return _act(request, uuid, services.send_agreement, _("Sent. We will e-mail you when they answer."))


@require_POST
@login_required
def remind(request: HttpRequest, uuid: Any) -> HttpResponse:
    return _act(request, uuid, services.remind, _("The reminder is on its way. The earlier link no longer works."))


@require_POST
@login_required
def resend(request: HttpRequest, uuid: Any) -> HttpResponse:
    return _act(request, uuid, services.resend, _("The e-mail is on its way. The earlier link no longer works."))


@require_POST
@login_required
def reopen(request: HttpRequest, uuid: Any) -> HttpResponse:
    agreement = _agreement(request, uuid)
    services.reopen(agreement=agreement)
    messages.success(request, _("It is a draft again, and the link you sent no longer works. Earlier answers are kept."))
    return redirect("practice:edit", agreement.uuid)


@require_POST
@login_required
def take_over(request: HttpRequest, uuid: Any) -> HttpResponse:
    agreement = _agreement(request, uuid)
    services.take_over(agreement=agreement)
    messages.success(request, _("Their wording is now your draft. Read it through, then send it for confirmation."))
    return redirect("practice:edit", agreement.uuid)


@login_required
def delete(request: HttpRequest, uuid: Any) -> HttpResponse:
    agreement = _agreement(request, uuid)
    if request.method != "POST":
        return render(request, "practice/delete.html", {"agreement": agreement, "revision_count": agreement.revisions.count()})
    services.delete_agreement(agreement=agreement)
    messages.success(request, _("The agreement has been deleted."))
    return redirect("practice:list")
