"""Pages of workplace agreements for the learner who writes them. To anybody else an agreement does not exist."""

import uuid as uuid_module
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.console import signed_in
from accounts.queries import zone_of
from common.errors import UserError
from common.http import HtmxRequest, as_download
from common.kept_forms import keeps_form, show_kept
from practice import queries, services
from practice.contacts import may_write_to
from practice.errors import AgreementChanged, ReviewDayRefused, SavedAgreement
from practice.forms import AgreementForm, NextReviewForm, RefusedReview, ReviewForm
from practice.models import Agreement, AgreementState, Party, Review
from practice.services.reviewing import can_agree_next
from practice.services.sending import missing_parts, remind_from
from practice.services.telling import calendar_file


def _today(request: HttpRequest) -> date:
    """The learner's day: where they live, or where their organisation is."""
    return timezone.localdate(timezone=zone_of(signed_in(request)))


def _agreement(request: HttpRequest, uuid: Any) -> Agreement:
    return get_object_or_404(queries.agreements_of(signed_in(request)).select_related("contact"), uuid=uuid)


@login_required
def agreements(request: HttpRequest) -> HttpResponse:
    agreements = list(queries.agreements_of(signed_in(request)))
    reviews = queries.reviews_of_agreements(agreements, _today(request))
    rows = [_row(agreement, reviews.get(agreement.pk, [])) for agreement in agreements]
    return render(request, "practice/agreements.html", {"rows": rows})


def _row(agreement: Agreement, reviews: list[queries.ReviewSeen]) -> dict[str, Any]:
    """With its open review, where it stands, and the last that both have answered."""
    current = next((seen for seen in reviews if seen.is_open and agreement.state == AgreementState.CONFIRMED), None)
    last = next((seen for seen in reviews if seen.outcome), None)
    return {"agreement": agreement, "current": current, "last": last if last is not current else None}


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
    initial = {"title": origin.title} if origin and agreement is None else {}
    form = AgreementForm(instance=agreement, initial=initial)
    return _render_edit(request, uuid, form, agreement, origin, kept=show_kept(request, form))


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
        context = {"agreement": saved, "mark": saved.version_mark, "unsaved": _unsaved(form)}
        return render(request, "practice/edit.html#saved", context)
    if form.errors:
        return _render_edit(request, uuid, form, saved, origin, unsaved=_unsaved(form))
    return redirect("practice:agreement", saved.uuid)


def _unsaved(form: AgreementForm) -> list[str]:
    """Each field that could not be kept, with what is wrong with it."""
    return [f"{form[name].label}: {' '.join(str(error) for error in errors)}" for name, errors in form.errors.items()]


def _conflict_words() -> str:
    return _("Not saved: this agreement was changed in another tab. Press “Save and review” to see both texts.")


@login_required
def agreement(request: HttpRequest, uuid: Any) -> HttpResponse:
    """One agreement with everything that was sent and said."""
    return _show(request, _agreement(request, uuid))


def _show(
    request: HttpRequest,
    agreement: Agreement,
    *,
    review_form: ReviewForm | None = None,
    next_form: NextReviewForm | None = None,
    refused: RefusedReview | None = None,
    kept: bool = False,
) -> HttpResponse:
    reviews = queries.reviews_of_agreements([agreement], _today(request)).get(agreement.pk, [])
    current = next((seen for seen in reviews if seen.is_open), None)
    revisions = list(agreement.revisions.select_related("contact"))
    latest = revisions[0] if revisions else None
    reminder_at = remind_from(agreement) if agreement.state == AgreementState.SENT else None
    context = {
        "agreement": agreement,
        "revisions": revisions,
        "latest": latest,
        "corrections": queries.corrections(latest) if latest and agreement.state == AgreementState.CORRECTED else [],
        "missing": missing_parts(agreement) if agreement.is_editable else [],
        "undelivered": latest is not None and agreement.state == AgreementState.SENT and queries.is_undelivered(latest),
        "remind_from": reminder_at,
        "may_remind": reminder_at is not None and reminder_at <= timezone.now(),
        "current": current,
        "reviews": [seen for seen in reviews if seen is not current],
        "review_form": review_form or ReviewForm(answer=current.own if current else None),
        "next_form": next_form or NextReviewForm(),
        "can_agree_next": current is not None and can_agree_next(current, _today(request)),
        "refused": refused,
        "kept": kept,
        "party_has_mails": may_write_to(agreement, Party.OTHER),
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


def _review(request: HttpRequest, uuid: Any, review: Any) -> Review:
    return get_object_or_404(Review.objects.select_related("agreement"), uuid=review, agreement=_agreement(request, uuid))


@keeps_form
def review(request: HttpRequest, uuid: Any, review: Any) -> HttpResponse:
    """The learner's answer on a review day. What is refused stays in the form."""
    found = _review(request, uuid, review)
    if request.method != "POST":
        form = ReviewForm()
        is_kept = show_kept(request, form)
        return _show(request, found.agreement, review_form=form if is_kept else None, kept=is_kept)
    form = ReviewForm(request.POST)
    if form.is_valid():
        try:
            services.answer_review(review=found, party=Party.LEARNER, **form.cleaned_data)
        except UserError as error:
            return _show(request, found.agreement, refused=RefusedReview.of(form, error))
        else:
            messages.success(request, _("Your answer has been saved."))
            return redirect(found.agreement)
    return _show(request, found.agreement, review_form=form)


@keeps_form
def next_review(request: HttpRequest, uuid: Any, review: Any) -> HttpResponse:
    found = _review(request, uuid, review)
    if request.method != "POST":
        form = NextReviewForm()
        is_kept = show_kept(request, form)
        return _show(request, found.agreement, next_form=form if is_kept else None, kept=is_kept)
    form = NextReviewForm(request.POST)
    if form.is_valid():
        try:
            services.agree_next_review(review=found, party=Party.LEARNER, **form.cleaned_data)
        except ReviewDayRefused as error:
            form.add_error("due_on", str(error))
        except UserError as error:
            return _show(request, found.agreement, refused=RefusedReview.of(form, error))
        else:
            messages.success(request, _("The next review day is set. Both of you get it by e-mail."))
            return redirect(found.agreement)
    return _show(request, found.agreement, next_form=form)


@require_safe
@login_required
def calendar(request: HttpRequest, uuid: Any) -> HttpResponse:
    """The review day as a file for the learner's calendar."""
    agreement = _agreement(request, uuid)
    current = queries.open_review_of(agreement)
    if current is None:
        raise Http404
    return as_download(*calendar_file(agreement, current, Party.LEARNER))


@login_required
def delete(request: HttpRequest, uuid: Any) -> HttpResponse:
    agreement = _agreement(request, uuid)
    if request.method != "POST":
        return render(request, "practice/delete.html", {"agreement": agreement, "revision_count": agreement.revisions.count()})
    services.delete_agreement(agreement=agreement)
    messages.success(request, _("The agreement has been deleted."))
    return redirect("practice:list")
