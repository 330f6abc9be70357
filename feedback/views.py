"""Rounds of feedback for the learner who asks. To anybody else a round does not exist."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.console import signed_in
from accounts.queries import zone_of
from common.encryption import SecretUnreadable
from common.errors import UserError
from common.kept_forms import keeps_form, show_kept
from feedback import queries, services
from feedback.answers import Answers, unseal
from feedback.contacts import known_contacts, moment_words
from feedback.enums import Question, RaterGroup, RoundState
from feedback.forms import AnswersForm, PersonForm, RoundForm
from feedback.models import Round
from feedback.reports import reports_of
from feedback.services.asking import remind_from
from feedback.services.starting import may_begin_from


def _round(request: HttpRequest, uuid: Any) -> Round:
    return get_object_or_404(queries.rounds_of(signed_in(request)), uuid=uuid)


@require_safe
@login_required
def rounds(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    found = list(queries.rounds_of(user).prefetch_related("skills"))
    running = [feedback_round for feedback_round in found if feedback_round.state in (RoundState.DRAFT, RoundState.OPEN)]
    context = {
        "running": running,
        "past": [feedback_round for feedback_round in found if feedback_round not in running],
        "may_begin_from": may_begin_from(user),
    }
    return render(request, "feedback/rounds.html", context)


@keeps_form
def new(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    form = RoundForm(request.POST if request.method == "POST" else None, user=user)
    is_kept = request.method != "POST" and show_kept(request, form)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(services.begin_round(user=user, **form.cleaned_data))
        except UserError as error:
            form.add_error(None, str(error))
    context = {"form": form, "is_kept": is_kept, "running": queries.running_round_of(user)}
    return render(request, "feedback/new.html", context)


@require_safe
@login_required
def show_round(request: HttpRequest, uuid: Any) -> HttpResponse:
    return _show(request, _round(request, uuid))


def _show(request: HttpRequest, feedback_round: Round, **more: Any) -> HttpResponse:
    context: dict[str, Any] = {
        "round": feedback_round,
        "closes": moment_words(feedback_round.closes_at, zone_of(feedback_round.user)),
    }
    if feedback_round.state in (RoundState.DRAFT, RoundState.OPEN):
        return render(request, "feedback/round.html", context | _running(feedback_round) | more)
    if feedback_round.state == RoundState.CLOSED:
        return render(request, "feedback/results.html", context | _closed(feedback_round))
    return render(request, "feedback/cancelled.html", context)


def _running(feedback_round: Round) -> dict[str, Any]:
    reminder_at = remind_from(feedback_round)
    people = queries.asked_people(feedback_round)
    return {
        "is_draft": feedback_round.state == RoundState.DRAFT,
        "skills": feedback_round.skills.prefetch_related("behaviours"),
        "people": people,
        "progress": queries.progress_of(feedback_round),
        "can_send": queries.can_show_a_group([person.rater.group for person in people]),
        "known": known_contacts(feedback_round),
        "groups": RaterGroup.choices,
        "form": PersonForm(),
        "remind_from": reminder_at,
        "may_remind": reminder_at is not None and reminder_at <= timezone.now(),
        "has_own": bool(feedback_round.own_answers),
        "is_over": feedback_round.state == RoundState.OPEN and feedback_round.closes_at <= timezone.now(),
    }


def _closed(feedback_round: Round) -> dict[str, Any]:
    comments = list(feedback_round.comments.all())
    by_question = [(question.label, [one.text for one in comments if one.question == question]) for question in Question]
    return {
        "reports": reports_of(feedback_round, feedback_round.user),
        "shown": list(feedback_round.shown.all()),
        "unseen": queries.unseen_groups(feedback_round),
        "asked": sum(feedback_round.asked.values()),
        "comments": [(label, texts) for label, texts in by_question if texts],
    }


@keeps_form
def add_person(request: HttpRequest, uuid: Any) -> HttpResponse:
    """What is refused stays in the form."""
    feedback_round = _round(request, uuid)
    if request.method != "POST":
        form = PersonForm()
        is_kept = show_kept(request, form)
        return _show(request, feedback_round, form=form, is_kept=is_kept)
    form = PersonForm(request.POST)
    if form.is_valid():
        try:
            rater = services.add_person(feedback_round=feedback_round, **form.cleaned_data)
        except UserError as error:
            form.add_error("email", str(error))
        else:
            text = (
                _("%(name)s is being asked.")
                if rater.feedback_round.state == RoundState.OPEN
                else _("%(name)s is on the list.")
            )
            messages.success(request, text % {"name": rater.contact.name})
            return redirect(f"{feedback_round.get_absolute_url()}#people")
    return _show(request, feedback_round, form=form)


def _act(request: HttpRequest, uuid: Any, act: Callable[..., object], said: str, **more: Any) -> HttpResponse:
    feedback_round = _round(request, uuid)
    try:
        act(feedback_round=feedback_round, **more)
    except UserError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said)
    return redirect(feedback_round)


@require_POST
@login_required
def remove_person(request: HttpRequest, uuid: Any, person: Any) -> HttpResponse:
    rater = get_object_or_404(_round(request, uuid).raters, uuid=person)
    return _act(request, uuid, services.remove_person, _("Taken off the list."), rater=rater)


@require_POST
@login_required
def send(request: HttpRequest, uuid: Any) -> HttpResponse:
    return _act(request, uuid, services.send_round, _("Sent. Now answer for yourself, so that you have something to compare."))


@require_POST
@login_required
def remind(request: HttpRequest, uuid: Any) -> HttpResponse:
    return _act(request, uuid, services.remind, _("The reminder goes to those who have not answered."))


@require_POST
@login_required
def discard(request: HttpRequest, uuid: Any) -> HttpResponse:
    services.discard_draft(feedback_round=_round(request, uuid))
    messages.success(request, _("The draft is gone. Nobody was asked."))
    return redirect("feedback:list")


@login_required
def end(request: HttpRequest, uuid: Any) -> HttpResponse:
    """Close it early, or call it off: what each means is said before."""
    feedback_round = _round(request, uuid)
    if feedback_round.state != RoundState.OPEN:
        return redirect(feedback_round)
    if request.method != "POST":
        return render(request, "feedback/end.html", {"round": feedback_round, "progress": queries.progress_of(feedback_round)})
    if request.POST.get("action") == "cancel":
        return _act(request, uuid, services.cancel_round, _("The round is called off. What was said has been deleted."))
    return _act(request, uuid, services.close_round, _("The round is closed."))


@keeps_form
def own(request: HttpRequest, uuid: Any) -> HttpResponse:
    """What the learner says of themselves. What is there is kept, even where something is missing."""
    feedback_round = _round(request, uuid)
    if feedback_round.state not in (RoundState.DRAFT, RoundState.OPEN):
        raise Http404
    skills = list(feedback_round.skills.prefetch_related("behaviours"))
    form = AnswersForm(request.POST if request.method == "POST" else None, skills=skills, answers=_own_answers(feedback_round))
    is_kept = request.method != "POST" and show_kept(request, form)
    more: dict[str, Any] = {}
    if request.method == "POST":
        is_whole = form.is_valid()
        try:
            merged = services.save_own_answers(feedback_round=feedback_round, answers=form.answers(), seen=form.seen())
        except UserError as error:
            form.add_error(None, str(error))
        else:
            more = {"unsaved": form.unsaved_words(merged), "is_older": merged.is_older}
            form.show_merged(merged)
            if merged.is_older:
                form.errors.clear()
            elif is_whole:
                messages.success(request, _("What you say of yourself is saved. You can change it until the round closes."))
                return redirect(feedback_round)
            else:
                form.add_error(None, _("What you have chosen so far is saved."))
    context = {"round": feedback_round, "form": form, "parts": form.parts(), "is_kept": is_kept, "marks": form.marks()}
    return render(request, "feedback/own.html", context | more)


def _own_answers(feedback_round: Round) -> Answers:
    try:
        return unseal(feedback_round.own_answers)
    except SecretUnreadable:
        return Answers()
