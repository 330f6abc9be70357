"""What the other party sees and does, without an account. GET shows, POST answers once."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from mail.errors import LinkNotOpen
from mail.models import MailLink
from practice import services
from practice.forms import CorrectionForm, DeclineForm
from practice.models import AgreementRevision, AgreementState


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
        "is_correcting": action == "correct",
    }
    return render(request, "practice/answer.html", context)


def _answered(
    request: HttpRequest, revision: AgreementRevision, link: MailLink, answer: str, **details: object
) -> HttpResponse:
    try:
        kept = services.answer_revision(revision=revision, link=link, answer=answer, **details)  # type: ignore[arg-type]  # of two forms
    except LinkNotOpen:
        return render(request, "practice/answer_gone.html", status=410)
    context = {"revision": kept, "sender": revision.agreement.user, "do_not_write": details.get("do_not_write", False)}
    return render(request, "practice/answered.html", context)
