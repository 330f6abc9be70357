"""What the other party sees and does, without an account. GET shows, POST answers."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from common.errors import UserError
from common.http import as_download
from mail.errors import LinkNotOpen
from mail.links import token_of
from mail.models import MailLink
from practice import queries, services
from practice.contacts import COPY_KIND, may_write_to, today_of
from practice.errors import ReviewDayRefused
from practice.forms import CorrectionForm, DeclineForm, NextReviewForm, RefusedReview, ReviewForm
from practice.models import AgreementRevision, AgreementState, Party
from practice.queries import ReviewSeen
from practice.services.reviewing import can_agree_next
from practice.services.telling import calendar_file


def answer(request: HttpRequest, link: MailLink) -> HttpResponse:
    revision = AgreementRevision.objects.select_related("agreement__user", "contact").filter(pk=link.target_id).first()
    if revision is None or revision.answer:
        return render(request, "practice/answer_gone.html", status=410)
    action = request.POST.get("action") if request.method == "POST" else None
    correction = CorrectionForm(request.POST if action == "correct" else None, revision=revision, prefix="correct")
    decline = DeclineForm(request.POST if action == "decline" else None, prefix="decline")
    if action == "confirm":
        return _answered(request, revision, link, AgreementState.CONFIRMED)
    if action == "correct" and correction.is_valid():
        return _answered(request, revision, link, AgreementState.CORRECTED, **correction.cleaned_data)
    if action == "decline" and decline.is_valid():
        return _answered(request, revision, link, AgreementState.DECLINED, **decline.cleaned_data)
    context = {
        "revision": revision,
        "sender": revision.agreement.user,
        "link": link,
        "correction": correction,
        "decline": decline,
    }
    return render(request, "practice/answer.html", context)


def _answered(
    request: HttpRequest, revision: AgreementRevision, link: MailLink, answer: str, **details: object
) -> HttpResponse:
    try:
        kept = services.answer_revision(revision=revision, link=link, answer=answer, **details)  # type: ignore[arg-type]  # of two forms
    except LinkNotOpen:
        return render(request, "practice/answer_gone.html", status=410)
    context = {
        "revision": kept,
        "sender": revision.agreement.user,
        "do_not_write": details.get("do_not_write", False),
        "copy_token": _copy_token(kept),
    }
    return render(request, "practice/answered.html", context)


def _copy_token(revision: AgreementRevision) -> str:
    """Of the link that stays, which whoever confirmed the text has in their inbox too; empty where there is none."""
    links = MailLink.objects.filter(kind=COPY_KIND, target_id=str(revision.pk), revoked_at=None).order_by("-pk")
    link = links.first()
    return token_of(link) if link else ""


def answered(request: HttpRequest, link: MailLink) -> HttpResponse:
    """The link that asked, once it was answered: what was confirmed stays readable behind it, by the link that stays."""
    revision = AgreementRevision.objects.filter(pk=link.target_id, answer=AgreementState.CONFIRMED).first()
    token = _copy_token(revision) if revision else ""
    if token and request.method in ("GET", "HEAD"):
        return redirect("mail_link", token)
    return render(request, "mail/link_closed.html", {"reason": "used", "link": link}, status=410)


# The link that stays --------------------------------------------------------------------------------------------------


def copy(request: HttpRequest, link: MailLink) -> HttpResponse:
    """What somebody has confirmed, its review days, and on such a day their answer."""
    revisions = AgreementRevision.objects.select_related("agreement__user", "agreement__contact", "contact")
    revision = revisions.filter(pk=link.target_id).first()
    if revision is None:
        return render(request, "mail/link_closed.html", {"reason": "revoked", "link": link}, status=410)
    if request.method == "POST":
        return _act(request, link, revision)
    current = _current(revision)
    if "calendar" in request.GET and current is not None:
        return as_download(*calendar_file(revision.agreement, current.review, Party.OTHER))
    return _show(request, link, revision)


def _reviews(revision: AgreementRevision) -> list[ReviewSeen]:
    return queries.reviews_seen(revision, Party.OTHER, today_of(revision.agreement, Party.OTHER))


def _current(revision: AgreementRevision) -> ReviewSeen | None:
    return next((seen for seen in _reviews(revision) if seen.is_open), None)


def _act(request: HttpRequest, link: MailLink, revision: AgreementRevision) -> HttpResponse:
    action = request.POST.get("action")
    if action in ("stop", "want"):
        services.set_party_wants_mails(revision=revision, wanted=action == "want")
        return redirect(f"{request.path}?done={action}#mails")
    seen = _reviews(revision)
    asked = next((one for one in seen if str(one.review.uuid) == request.POST.get("review")), None)
    if asked is None or action not in ("review", "next"):
        return _show(request, link, revision)
    form: ReviewForm | NextReviewForm = ReviewForm(request.POST) if action == "review" else NextReviewForm(request.POST)
    if form.is_valid():
        act = services.answer_review if action == "review" else services.agree_next_review
        try:
            act(review=asked.review, party=Party.OTHER, **form.cleaned_data)
        except ReviewDayRefused as error:
            form.add_error("due_on", str(error))
        except UserError as error:
            return _show(request, link, revision, refused=RefusedReview.of(form, error))
        else:
            return redirect(f"{request.path}?done={action}#review")
    return _show(request, link, revision, **{"review_form" if action == "review" else "next_form": form})


def _show(request: HttpRequest, link: MailLink, revision: AgreementRevision, **forms: object) -> HttpResponse:
    agreement, reviews = revision.agreement, _reviews(revision)
    current = next((seen for seen in reviews if seen.is_open), None)
    newest = agreement.revisions.values_list("pk", flat=True).first()
    is_current = agreement.state == AgreementState.CONFIRMED and newest == revision.pk
    context = {
        "link": link,
        "revision": revision,
        "sender": agreement.user,
        "is_current": is_current,
        "current": current,
        "reviews": [seen for seen in reviews if seen is not current],
        "review_form": ReviewForm(answer=current.own if current else None),
        "next_form": NextReviewForm(),
        "can_agree_next": current is not None and can_agree_next(current, today_of(agreement, Party.OTHER)),
        "has_mails": may_write_to(agreement, Party.OTHER),
        "done": request.GET.get("done", ""),
    }
    return render(request, "practice/copy.html", context | forms)
