"""The page of a sitting, its autosaves and its clock. All of it belongs to one learner; for others it does not exist."""

import json
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from assessments import adaptive_views, queries, services, upload_views
from assessments.alone_pages import way_back
from assessments.answers import seen_as
from assessments.endings import end_by_time, more_time_words, result_address, say_time_is_up
from assessments.enums import Occasion, Presentation
from assessments.errors import AnswerNotAccepted, AttemptClosed, TimeIsUp
from assessments.forms import posted_answer
from assessments.models import Attempt
from assessments.remaining import end_in_words, for_clock, seconds_left
from assessments.sheets import Question, Sheet, sheet_of, shown_as, shown_in
from assessments.upload_views import Taken, take_files
from common.errors import UserError
from common.kept_forms import keeps_form, take_kept


def own_attempt(request: HttpRequest, uuid: UUID) -> Attempt:
    attempts = Attempt.objects.with_superseded().select_related(
        "enrolment__course", "enrolment__organisation", "instrument", "assigned"
    )
    return get_object_or_404(attempts, uuid=uuid, user=request.user)


@upload_views.takes_files
@keeps_form
def attempt(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """All questions of an attempt on one page; without JavaScript it is one form that saves or submits."""
    attempt = own_attempt(request, uuid)
    if attempt.is_adaptive:
        return adaptive_views.page(request, attempt)
    if attempt.submitted_at:
        if request.method == "POST":
            messages.info(
                request, _("You have already submitted this assessment. It counts once, with the answers you gave then.")
            )
        return redirect(result_address(attempt))
    if request.method == "POST":
        return _save_or_submit(request, attempt)
    if attempt.is_out_of_time(timezone.now()) and not attempt.is_superseded:
        return end_by_time(request, attempt)
    context = _attempt_context(request, attempt)
    services.record_shown(attempt=attempt, positions=[question.number for question in context["shown"]])
    return render(request, "assessments/attempt.html", context)


def _attempt_context(request: HttpRequest, attempt: Attempt) -> dict[str, Any]:
    kept = take_kept(request)
    sheet = sheet_of(attempt)
    is_single = attempt.instrument.presentation == Presentation.SINGLE
    shown = _shown(request, sheet) if is_single else sheet.questions
    return {
        "shown": shown,
        "current": shown[0].number if is_single and shown else None,
        "is_single": is_single,
        "has_screens": attempt.instrument.presentation == Presentation.SCREENS,
        "seconds_left": seconds_left(attempt),
        "end": end_in_words(attempt),
        "attempt": attempt,
        "course": attempt.enrolment.course,
        "sheet": sheet,
        "is_before": attempt.occasion == Occasion.BEFORE,
        "has_texts": sheet.has_open,
        "has_files": sheet.takes_files,
        "back": None if attempt.is_of_course else way_back(attempt),
        "is_closed": attempt.is_superseded,
        "kept": _posted_answers(kept, attempt) if kept else None,
        "is_review": "review" in request.GET,
        "differing": _questions_numbered(request.GET.get("differing", ""), sheet),
        "lessons_begun": attempt.occasion == Occasion.BEFORE and queries.lessons_begun_at(attempt.enrolment) is not None,
    }


def _shown(request: HttpRequest, sheet: Sheet) -> list[Question]:
    """The one question of this page where each has its own; none on the page of the review."""
    if "review" in request.GET:
        return []
    number = request.GET.get("question", "")
    wanted = next((question for question in sheet.questions if str(question.number) == number), None)
    return [wanted or next(iter(sheet.open_questions), sheet.questions[0])]


def _questions_numbered(text: str, sheet: Sheet) -> list[Question]:
    wanted = set(text.split(","))
    return [question for question in sheet.questions if str(question.number) in wanted]


def _posted_answers(data: QueryDict, attempt: Attempt) -> dict[int, list[str]]:
    ids = [entry.item_version_id for entry in queries.presented_items(attempt)]
    posted = {pk: posted_answer(data, f"answer-{pk}") for pk in ids}
    return {pk: chosen for pk, chosen in posted.items() if chosen or f"answer-{pk}" in data or f"shown-{pk}" in data}


def _changed_answers(data: QueryDict, attempt: Attempt) -> dict[int, list[str]]:
    """Answers that differ from what this page was showing: an old tab must not overwrite what a newer one saved.

    Files are none of them: they come beside the form.
    """
    versions = {entry.item_version_id: entry.item_version for entry in queries.presented_items(attempt)}
    return {
        pk: chosen
        for pk, chosen in _posted_answers(data, attempt).items()
        if not versions[pk].takes_file and shown_as(seen_as(versions[pk], chosen)) != data.get(f"shown-{pk}", "")
    }


def _save_or_submit(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    changed = _changed_answers(request.POST, attempt)
    act = _end_by_clock if request.POST.get("action") == "time-up" else _save_then
    try:
        return act(request, attempt, changed, take_files(request, attempt))
    except TimeIsUp:
        return _end_with_late_answers(request, attempt, changed | _uploaded(request, attempt))
    except AttemptClosed as error:
        messages.info(request, str(error))
        return redirect(result_address(attempt))
    except AnswerNotAccepted as error:
        return _refused(request, attempt, error)
    except UserError as error:
        messages.error(request, str(error))
        return redirect(request.get_full_path())


def _save_then(request: HttpRequest, attempt: Attempt, changed: Mapping[int, list[str]], files: Taken) -> HttpResponse:
    """Save, and go where the button says; nowhere while a file that was sent is not kept."""
    address = reverse("assessments:attempt", args=[attempt.uuid])
    action = request.POST.get("action", "save")
    outdated = _save(request.POST, attempt, changed, files)
    if files.refused:
        return _refused_files(request, attempt, files)
    if files.removed is not None:
        return _after_removal(request, attempt, files.removed, outdated)
    if "to" in request.POST:
        return redirect(f"{request.path}?{outdated}" if outdated else _next_page(address, request.POST["to"]))
    if action == "save":
        messages.success(request, _saved_words(attempt))
        return redirect(f"{address}?{outdated}" if outdated else address)
    if (review := _left_to_review(request.POST, attempt, action)) is not None:
        return redirect(f"{address}?review=1&differing={review}")
    services.submit_attempt(attempt=attempt)
    return redirect(result_address(attempt))


def _after_removal(request: HttpRequest, attempt: Attempt, question: Question, outdated: str) -> HttpResponse:
    if not outdated:
        messages.success(request, _("The file of question %(number)s was removed.") % {"number": question.number})
    address = reverse("assessments:attempt", args=[attempt.uuid])
    return redirect(f"{address}?{outdated or f'question={question.number}'}#question-{question.number}")


def _refused_files(request: HttpRequest, attempt: Attempt, files: Taken) -> HttpResponse:
    """The page again, with everything else saved."""
    context = _attempt_context(request, attempt) | {"refused_files": files.refused}
    return render(request, "assessments/attempt.html", context, status=422)


def _save(data: QueryDict, attempt: Attempt, changed: Mapping[int, list[str]], files: Taken) -> str:
    """Save what was changed on the page; of questions answered elsewhere since it was opened the newer answer stays. They are
    named as the address of a page names them; empty where there are none.
    """
    posted = {pk: data.get(f"shown-{pk}") for pk in changed}
    seen = {pk: shown_in(shown) for pk, shown in posted.items() if shown is not None}
    saved = services.save_responses(attempt=attempt, answers=changed, seen=seen)
    outdated = files.outdated + _numbers(attempt, changed.keys() - {response.item_version_id for response in saved})
    query = f"differing={','.join(outdated)}"
    if not outdated:
        return ""
    return f"question={outdated[0]}&{query}" if attempt.instrument.presentation == Presentation.SINGLE else query


def _saved_words(attempt: Attempt) -> str:
    if attempt.due_at is None:
        return _("Your answers have been saved. You can come back at any time.")
    return _("Your answers have been saved. %(end)s, also while you are away.") % {"end": end_in_words(attempt)}


def _end_by_clock(request: HttpRequest, attempt: Attempt, changed: dict[int, list[str]], files: Taken) -> HttpResponse:
    """What the clock of a page sends: all that can be kept is, and what cannot be holds nothing up.

    The server's time decides. Whoever was given more since the page was opened gets it again, with the time they have.
    """
    refused = sheet_of(attempt).refusals(changed)
    unkept = {question.version.pk: changed.pop(question.version.pk) for question, _why in refused}
    _save(request.POST, attempt, changed, files)
    if services.submit_if_due(attempt=attempt):
        _say_unkept(request, _numbers(attempt, unkept) + [str(question.number) for question, _why in files.refused])
        say_time_is_up(request)
        return redirect(result_address(attempt))
    messages.info(request, more_time_words(attempt))
    if refused:
        raise AnswerNotAccepted(refused[0][1])
    return _refused_files(request, attempt, files) if files.refused else redirect(request.get_full_path())


def _say_unkept(request: HttpRequest, numbers: list[str]) -> None:
    if numbers:
        words = ngettext(
            "Your last change to question %(numbers)s could not be saved and does not count.",
            "Your last changes to questions %(numbers)s could not be saved and do not count.",
            len(numbers),
        )
        messages.warning(request, words % {"numbers": ", ".join(numbers)})


def _numbers(attempt: Attempt, versions: Collection[int]) -> list[str]:
    if not versions:
        return []
    return [str(entry.position) for entry in queries.presented_items(attempt) if entry.item_version_id in versions]


def _refused(request: HttpRequest, attempt: Attempt, error: AnswerNotAccepted) -> HttpResponse:
    """The page with what was changed on it, since none of that was saved, and which answers cannot be kept."""
    changed = _changed_answers(request.POST, attempt)
    context = _attempt_context(request, attempt) | {"kept": changed}
    context["refused"] = context["sheet"].refusals(changed)
    if not context["refused"]:
        messages.error(request, str(error))
    return render(request, "assessments/attempt.html", context, status=422)


def _next_page(address: str, to: str) -> str:
    """Where each question has its own page: that of the question named, else the review."""
    return f"{address}?question={to}" if to.isdecimal() else f"{address}?review=1"


def _left_to_review(data: QueryDict, attempt: Attempt, action: str) -> str | None:
    """Why it is not submitted yet, as numbers of questions that differ; None where nothing is left to review."""
    sheet = sheet_of(attempt)
    differing = _differing_numbers(_posted_answers(data, attempt), sheet)
    return differing if differing or (sheet.open_questions and action != "submit-open") else None


def _uploaded(request: HttpRequest, attempt: Attempt) -> dict[int, list[str]]:
    """Questions for which a file was sent."""
    versions = (entry.item_version_id for entry in queries.presented_items(attempt))
    return {pk: [] for pk in versions if f"upload-{pk}" in request.FILES}


def _end_with_late_answers(request: HttpRequest, attempt: Attempt, late: Mapping[int, list[str]]) -> HttpResponse:
    numbers = _numbers(attempt, late)
    if numbers:
        words = ngettext(
            "Your answer to question %(numbers)s arrived after the time and does not count.",
            "Your answers to questions %(numbers)s arrived after the time and do not count.",
            len(numbers),
        )
        messages.warning(request, words % {"numbers": ", ".join(numbers)})
    return end_by_time(request, attempt)


def _differing_numbers(posted: Mapping[int, list[str]], sheet: Sheet) -> str:
    """Numbers of the questions whose saved answer is not the one on the page that was sent: another tab changed them."""
    numbers = [
        str(question.number)
        for question in sheet.questions
        if question.version.pk in posted and set(posted[question.version.pk]) != set(question.chosen)
    ]
    return ",".join(numbers)


@keeps_form
def save_answer(request: HttpRequest, uuid: UUID, version: int) -> HttpResponse:
    """Autosave of one question; answers with its “saved” line and the count. A visit by address goes to the questions."""
    attempt = own_attempt(request, uuid)
    if request.method != "POST":
        return redirect("assessments:attempt", attempt.uuid)
    problem = ""
    try:
        services.save_response(
            attempt=attempt, item_version_id=version, chosen=posted_answer(request.POST, f"answer-{version}")
        )
    except UserError as error:
        problem = str(error)
    return _saved_fragment(request, attempt, version, problem)


@upload_views.takes_files
@keeps_form
def change_file(request: HttpRequest, uuid: UUID, version: int) -> HttpResponse:
    """The same for a question that a file answers: keeps one, or takes it back, at once."""
    attempt = own_attempt(request, uuid)
    if request.method != "POST":
        return redirect("assessments:attempt", attempt.uuid)
    question = sheet_of(attempt).question(version)
    if question is None or not question.version.takes_file:
        raise Http404
    problem = ""
    try:
        upload_views.change_file(request, attempt, question)
    except UserError as error:
        problem = str(error)
    return _saved_fragment(request, attempt, version, problem)


def _saved_fragment(request: HttpRequest, attempt: Attempt, version: int, problem: str) -> HttpResponse:
    sheet = sheet_of(attempt)
    question = sheet.question(version)
    if question is None:
        raise Http404
    context = {
        "attempt": attempt,
        "sheet": sheet,
        "question": question,
        "problem": problem,
        "is_single": attempt.instrument.presentation == Presentation.SINGLE,
        "current": question.number,
        "is_fragment": True,
    }
    response = render(request, "assessments/attempt.html#saved", context)
    if attempt.due_at is not None:
        response["HX-Trigger"] = json.dumps({"timeleft": for_clock(attempt)})
    if attempt.is_out_of_time(timezone.now()) and not attempt.is_superseded:
        # Whoever comes back to the page is shown the result, and that the time is up.
        response["HX-Redirect"] = reverse("assessments:attempt", args=[attempt.uuid])
    return response


@require_safe
@login_required
def time_left(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What the clock of an open page asks before it ends a sitting."""
    return JsonResponse(for_clock(own_attempt(request, uuid)))
