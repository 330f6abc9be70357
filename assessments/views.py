"""Pages of the assessments before and after a course. All of it belongs to one learner; for others it does not exist."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from assessments import queries, services
from assessments.enums import Occasion
from assessments.errors import AnswerNotAccepted, AttemptClosed
from assessments.forms import posted_answer
from assessments.models import Attempt
from assessments.picture import picture_of
from assessments.placements import placements_of
from assessments.rescored import rescorings_of
from assessments.scoring import Change
from assessments.sheets import Question, Sheet, asks_for_more, minutes_for, sheet_of
from common.errors import UserError
from common.kept_forms import keeps_form, take_kept
from learning.completions import completion_of
from learning.models import Enrolment
from learning.services import show_completions


def _enrolment(request: HttpRequest, uuid: UUID) -> Enrolment:
    enrolments = Enrolment.objects.select_related("course__current_version", "version", "organisation")
    return get_object_or_404(enrolments, uuid=uuid, user=request.user)


def _attempt(request: HttpRequest, uuid: UUID) -> Attempt:
    attempts = Attempt.objects.with_superseded().select_related("enrolment__course", "enrolment__organisation")
    return get_object_or_404(attempts, uuid=uuid, user=request.user)


def _result_address(attempt: Attempt) -> str:
    return reverse("assessments:result", args=[attempt.enrolment.uuid])


@keeps_form
def start(request: HttpRequest, enrolment: UUID, occasion: str) -> HttpResponse:
    """What the assessment is, how long it takes, who sees it; POST begins or continues it."""
    if occasion not in Occasion.values:
        raise Http404
    reader_enrolment = _enrolment(request, enrolment)
    if request.method == "POST":
        try:
            started = services.start_attempt(enrolment=reader_enrolment, occasion=occasion)
        except UserError as error:
            messages.error(request, str(error))
            return redirect("assessments:start", reader_enrolment.uuid, occasion)
        return redirect("assessments:attempt", started.uuid)
    begun = queries.attempt_of(reader_enrolment, occasion)
    if begun is not None and begun.submitted_at:
        return redirect("assessments:result", reader_enrolment.uuid)
    count = begun.item_count if begun else queries.form_length(reader_enrolment.course)  # type: ignore[attr-defined]  # annotated
    context = {
        "enrolment": reader_enrolment,
        "course": reader_enrolment.course,
        "occasion": occasion,
        "is_before": occasion == Occasion.BEFORE,
        "attempt": begun,
        "opening": queries.opening(reader_enrolment, occasion) if begun is None else None,
        "is_closed": begun is not None and begun.is_superseded,
        "under_way": queries.under_way([reader_enrolment]).get(reader_enrolment.pk) if begun is not None else None,
        "question_count": count,
        "asks_for_more": asks_for_more(reader_enrolment.course),
        "minutes": minutes_for(count),
    }
    return render(request, "assessments/start.html", context)


@keeps_form
def attempt(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """All questions of an attempt on one page; without JavaScript it is one form that saves or submits."""
    attempt = _attempt(request, uuid)
    if attempt.submitted_at:
        if request.method == "POST":
            messages.info(
                request, _("You have already submitted this assessment. It counts once, with the answers you gave then.")
            )
        return redirect(_result_address(attempt))
    if request.method == "POST":
        return _save_or_submit(request, attempt)
    services.record_shown(attempt=attempt)
    return render(request, "assessments/attempt.html", _attempt_context(request, attempt))


def _attempt_context(request: HttpRequest, attempt: Attempt) -> dict[str, Any]:
    kept = take_kept(request)
    sheet = sheet_of(attempt)
    return {
        "attempt": attempt,
        "course": attempt.enrolment.course,
        "sheet": sheet,
        "is_before": attempt.occasion == Occasion.BEFORE,
        "is_closed": attempt.is_superseded,
        "kept": _posted_answers(kept, attempt) if kept else None,
        "is_review": "review" in request.GET,
        "differing": _questions_numbered(request.GET.get("differing", ""), sheet),
        "lessons_begun": attempt.occasion == Occasion.BEFORE and queries.lessons_begun_at(attempt.enrolment) is not None,
    }


def _questions_numbered(text: str, sheet: Sheet) -> list[Question]:
    wanted = set(text.split(","))
    return [question for question in sheet.questions if str(question.number) in wanted]


def _posted_answers(data: QueryDict, attempt: Attempt) -> dict[int, list[str]]:
    ids = [entry.item_version_id for entry in queries.presented_items(attempt)]
    posted = {pk: posted_answer(data, f"answer-{pk}") for pk in ids}
    return {pk: chosen for pk, chosen in posted.items() if chosen or f"answer-{pk}" in data or f"shown-{pk}" in data}


def _changed_answers(data: QueryDict, attempt: Attempt) -> dict[int, list[str]]:
    """Answers that differ from what this page was showing: an old tab must not overwrite what a newer one saved."""
    return {
        pk: chosen
        for pk, chosen in _posted_answers(data, attempt).items()
        if ",".join(sorted(chosen)) != data.get(f"shown-{pk}", "")
    }


def _save_or_submit(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    address = reverse("assessments:attempt", args=[attempt.uuid])
    action = request.POST.get("action", "save")
    try:
        services.save_responses(attempt=attempt, answers=_changed_answers(request.POST, attempt))
        if action == "save":
            messages.success(request, _("Your answers have been saved. You can come back at any time."))
            return redirect(address)
        sheet = sheet_of(attempt)
        differing = _differing_numbers(_posted_answers(request.POST, attempt), sheet)
        if differing or (sheet.open_questions and action != "submit-open"):
            return redirect(f"{address}?review=1&differing={differing}")
        services.submit_attempt(attempt=attempt)
    except AttemptClosed as error:
        messages.info(request, str(error))
        return redirect(_result_address(attempt))
    except AnswerNotAccepted as error:
        return _refused(request, attempt, error)
    except UserError as error:
        messages.error(request, str(error))
        return redirect(address)
    return redirect(_result_address(attempt))


def _refused(request: HttpRequest, attempt: Attempt, error: AnswerNotAccepted) -> HttpResponse:
    """The page with what was changed on it, since none of that was saved, and which answers cannot be kept."""
    changed = _changed_answers(request.POST, attempt)
    context = _attempt_context(request, attempt) | {"kept": changed}
    context["refused"] = context["sheet"].refusals(changed)
    if not context["refused"]:
        messages.error(request, str(error))
    return render(request, "assessments/attempt.html", context, status=422)


def _differing_numbers(posted: Mapping[int, list[str]], sheet: Sheet) -> str:
    """Numbers of the questions whose saved answer is not the one on the page that was sent: another tab changed them."""
    numbers = [
        str(question.number)
        for question in sheet.questions
        if question.version.pk in posted and set(posted[question.version.pk]) != set(question.chosen)
    ]
    return ",".join(numbers)


@require_POST
@keeps_form
def save_answer(request: HttpRequest, uuid: UUID, version: int) -> HttpResponse:
    """Autosave of one question; answers with its “saved” line and the count."""
    attempt = _attempt(request, uuid)
    problem = ""
    try:
        services.save_response(
            attempt=attempt, item_version_id=version, chosen=posted_answer(request.POST, f"answer-{version}")
        )
    except UserError as error:
        problem = str(error)
    sheet = sheet_of(attempt)
    question = sheet.question(version)
    if question is None:
        raise Http404
    context = {"attempt": attempt, "sheet": sheet, "question": question, "problem": problem, "is_fragment": True}
    return render(request, "assessments/attempt.html#saved", context)


@keeps_form
def result(request: HttpRequest, enrolment: UUID) -> HttpResponse:
    """Both results side by side; the questions once the assessment after the course is done."""
    reader_enrolment = _enrolment(request, enrolment)
    comparison = queries.comparison(reader_enrolment)
    keys = queries.keys_of(comparison.results) if comparison.after else {}
    sheets = [sheet_of(result.attempt, keys) for result in comparison.results] if comparison.after else []
    is_new = show_completions(enrolments=[reader_enrolment])
    context = {
        "enrolment": reader_enrolment,
        "completion": completion_of(reader_enrolment) if is_new else None,
        "course": reader_enrolment.course,
        "comparison": comparison,
        "placements": placements_of(comparison),
        "picture": picture_of(comparison),
        "has_parts": any(result.credit for result in comparison.results),
        "change_words": _points(comparison.change) if comparison.change else None,
        "sheets": sheets,
        "rescorings": rescorings_of(comparison),
        "open_attempt": queries.open_attempt(reader_enrolment),
        "after_opening": queries.opening(reader_enrolment, Occasion.AFTER) if comparison.after is None else None,
    }
    return render(request, "assessments/result.html", context)


def _points(change: Change) -> dict[str, str]:
    """A change in whole percentage points, with its sign."""

    def signed(share: float) -> str:
        points = round(share * 100)
        return f"−{-points}" if points < 0 else f"+{points}" if points else "0"

    return {"points": signed(change.share), "low": signed(change.low), "high": signed(change.high)}
