"""What somebody who is asked sees and does, without an account. GET shows, POST answers.

What was sent is never shown again: a link is passed on easily, with the e-mail that it stands in, and sometimes to the learner.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from common.encryption import SecretUnreadable
from feedback import services
from feedback.answers import Answers, Merged, unseal
from feedback.contacts import moment_words, zone_of_rater
from feedback.enums import Question, RaterGroup, RoundState
from feedback.errors import RoundNotOpen
from feedback.forms import AnswersForm
from feedback.models import Rater
from feedback.queries import rater_of
from mail.models import MailLink
from practice.contacts import has_declined


def rate(request: HttpRequest, link: MailLink) -> HttpResponse:
    rater = rater_of(link)
    if rater is None or not _is_running(rater):
        return _closed(request, link, rater)
    if request.user.is_authenticated and request.user.pk == rater.feedback_round.user_id:
        return render(request, "feedback/not_yours.html", status=403)
    if request.method == "POST":
        return _act(request, link, rater)
    if rater.is_submitted and "again" not in request.GET:
        return _show_sent(request, link, rater)
    return _show_form(request, link, rater, _form(rater))


def _is_running(rater: Rater) -> bool:
    asked = rater.feedback_round
    return asked.state == RoundState.OPEN and asked.closes_at > timezone.now() and asked.user.is_active


def _form(rater: Rater, data: QueryDict | None = None) -> AnswersForm:
    return AnswersForm(
        data,
        skills=list(rater.feedback_round.skills.prefetch_related("behaviours")),
        answers=_draft_of(rater),
        name=rater.feedback_round.user.display_name,
        is_manager=rater.group == RaterGroup.MANAGER,
    )


def _draft_of(rater: Rater) -> Answers:
    if rater.is_submitted:
        return Answers()
    try:
        return unseal(rater.answers)
    except SecretUnreadable:
        return Answers()


def _act(request: HttpRequest, link: MailLink, rater: Rater) -> HttpResponse:
    action = request.POST.get("action", "draft")
    if action == "decline":
        services.decline(rater=rater)
        return redirect(f"{request.path}?done=decline#mails")
    try:
        if action == "take_back":
            services.take_back(rater=rater)
            return redirect(f"{request.path}?done=take_back")
        return _answer(request, link, rater, is_final=action == "send")
    except RoundNotOpen:
        return _closed(request, link, None)


def _answer(request: HttpRequest, link: MailLink, rater: Rater, *, is_final: bool) -> HttpResponse:
    form = _form(rater, request.POST)
    is_whole = form.is_valid()
    if is_final and _was_sent_elsewhere(request, rater, form):
        return _show_form(
            request, link, rater, form, problem=_("You have sent answers in another tab. Send these to replace them.")
        )
    # Nothing that was typed is lost where the page is left now.
    merged = services.answer(rater=rater, answers=form.answers(), is_final=is_final and is_whole, seen=form.seen())
    if is_final and is_whole and not merged.is_older:
        return redirect(f"{request.path}?done=send")
    if not is_final:  # A draft may have gaps; what is too long cannot be kept.
        for name in set(form.errors).difference(Question.values):
            del form.errors[name]
    if request.headers.get("HX-Request"):
        return _saved_line(request, rater, form, merged)
    if not (form.errors or rater.is_submitted or merged.unsaved or is_final):
        return redirect(f"{request.path}?done=draft")
    unsaved = form.unsaved_words(merged)
    if not rater.is_submitted:
        form.show_merged(merged)
    return _show_form(request, link, rater, form, unsaved=unsaved, is_older=merged.is_older)


def _was_sent_elsewhere(request: HttpRequest, rater: Rater, form: AnswersForm) -> bool:
    """The page was opened before answers were sent, and would replace them with others."""
    if not rater.is_submitted or "again" in request.POST:
        return False
    try:
        return unseal(rater.answers) != form.answers()
    except SecretUnreadable:
        return False


def _saved_line(request: HttpRequest, rater: Rater, form: AnswersForm, merged: Merged) -> HttpResponse:
    context = {
        "is_saved": not rater.is_submitted,
        "rater": rater,
        "too_long": [form[name].label for name in form.errors],
        "unsaved": form.unsaved_words(merged),
        "marks": form.marks_after(merged),
    }
    return render(request, "feedback/rate.html#saved", context)


def _context(link: MailLink, rater: Rater) -> dict[str, Any]:
    user = rater.feedback_round.user
    return {
        "link": link,
        "rater": rater,
        "sender": user,
        "closes": moment_words(rater.feedback_round.closes_at, zone_of_rater(rater)),
        "is_manager": rater.group == RaterGroup.MANAGER,
        "has_declined": has_declined(user=user, email=rater.contact.email),
    }


def _show_sent(request: HttpRequest, link: MailLink, rater: Rater) -> HttpResponse:
    return render(request, "feedback/rated.html", _context(link, rater) | {"done": request.GET.get("done", "")})


def _show_form(request: HttpRequest, link: MailLink, rater: Rater, form: AnswersForm, **more: Any) -> HttpResponse:
    context = {
        "form": form,
        "parts": form.parts(),
        "words": form.words(),
        "marks": form.marks(),
        "done": request.GET.get("done", ""),
        "is_again": rater.is_submitted,
    }
    return render(request, "feedback/rate.html", _context(link, rater) | context | more)


def _closed(request: HttpRequest, link: MailLink, rater: Rater | None) -> HttpResponse:
    """Closed, called off, or its time is over; with what was typed into a page that was open meanwhile."""
    if request.method == "POST" and request.POST.get("action") == "decline":
        services.decline_by_link(link)
        return redirect(f"{request.path}?done=decline#mails")
    typed = [text for question in Question.values if (text := request.POST.get(question, "").strip())]
    reason = "cancelled" if link.revoked_at else "closed"
    context = {"reason": reason, "typed": typed, "link": link, "done": request.GET.get("done", "")}
    return render(request, "feedback/link_over.html", context | {"problem": _problem(typed)}, status=410)


def _problem(typed: list[str]) -> str:
    return _("It closed while you were writing, and your answers were not taken. Your words are below.") if typed else ""
