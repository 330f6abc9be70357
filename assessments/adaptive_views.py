"""The page of an adaptive sitting: one question, an answer that is final, and the next one. One form, without JavaScript."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments import services
from assessments.alone_pages import way_back
from assessments.answers import accepted_options, is_complete
from assessments.endings import end_by_time, more_time_words, result_address, say_time_is_up
from assessments.errors import AnsweredElsewhere, AnswerNotAccepted, AttemptClosed, TimeIsUp
from assessments.forms import posted_answer
from assessments.models import Attempt, AttemptItem
from assessments.remaining import end_in_words, seconds_left
from assessments.services import plan_of_sitting
from assessments.sheets import sheet_of
from common.errors import UserError
from common.kept_forms import take_kept


def page(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    """The question that is open; POST answers it."""
    if attempt.submitted_at:
        return redirect(result_address(attempt))
    if request.method == "POST":
        return _answer(request, attempt)
    if attempt.is_out_of_time(timezone.now()):
        return end_by_time(request, attempt)
    entry = services.go_on(attempt=attempt)
    if entry is None:
        return redirect(result_address(attempt))
    services.record_shown(attempt=attempt, positions=[entry.position])
    kept = take_kept(request)
    return _show(request, attempt, entry, kept=_posted(kept, entry) if kept else None)


def _show(
    request: HttpRequest,
    attempt: Attempt,
    entry: AttemptItem,
    *,
    kept: list[str] | None = None,
    problem: str = "",
    is_asked: bool = False,
    status: int = 200,
) -> HttpResponse:
    sheet = sheet_of(attempt)
    plan = plan_of_sitting(attempt)
    context = {
        "attempt": attempt,
        "course": attempt.enrolment.course,
        "question": next(question for question in sheet.questions if question.number == entry.position),
        "sheet": sheet,
        "kept": kept,
        "was_signed_out": kept is not None and not problem and not is_asked,
        "is_asked": is_asked,
        "problem": problem,
        "seconds_left": seconds_left(attempt),
        "end": end_in_words(attempt),
        "length": plan.length,
        "may_end_earlier": plan.may_end_earlier,
        "back": way_back(attempt),
    }
    return render(request, "assessments/adaptive.html", context, status=status)


def _answer(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    position = request.POST.get("position", "")
    number = int(position) if position.isdecimal() and len(position) < 4 else 0
    entry = attempt.items.select_related("item_version__item").filter(position=number).first()
    if entry is None:
        return redirect("assessments:attempt", attempt.uuid)
    chosen = _posted(request.POST, entry)
    if request.POST.get("action") == "time-up":
        return _end_by_clock(request, attempt, entry, chosen)
    if request.POST.get("action") == "look":
        return _ask_for_button(request, attempt, entry, chosen)
    try:
        following = services.answer_adaptive(attempt=attempt, position=number, chosen=chosen)
    except TimeIsUp:
        messages.warning(request, _("Your last answer arrived after the time and does not count."))
        return end_by_time(request, attempt)
    except AttemptClosed as error:
        messages.info(request, str(error))
        return redirect(result_address(attempt))
    except AnsweredElsewhere as error:
        messages.warning(request, str(error))
        return redirect("assessments:attempt", attempt.uuid)
    except AnswerNotAccepted as error:
        return _show(request, attempt, entry, kept=chosen, problem=str(error), status=422)
    return redirect(result_address(attempt)) if following is None else redirect("assessments:attempt", attempt.uuid)


def _ask_for_button(request: HttpRequest, attempt: Attempt, entry: AttemptItem, chosen: list[str]) -> HttpResponse:
    """Enter was pressed in the answer: an answer is final, so it waits for its own button."""
    following = services.go_on(attempt=attempt)
    if following is None or following.pk != entry.pk:
        return redirect("assessments:attempt", attempt.uuid)
    return _show(request, attempt, entry, kept=chosen, is_asked=True)


def _end_by_clock(request: HttpRequest, attempt: Attempt, entry: AttemptItem, chosen: list[str]) -> HttpResponse:
    """What the clock of a page sends: a finished answer counts, another one holds nothing up. The server's time decides."""
    try:
        if is_complete(entry.item_version, accepted_options(entry.item_version, chosen)):
            services.answer_adaptive(attempt=attempt, position=entry.position, chosen=chosen)
    except UserError as error:
        messages.warning(request, str(error))
    if services.submit_if_due(attempt=attempt):
        say_time_is_up(request)
        return redirect(result_address(attempt))
    messages.info(request, more_time_words(attempt))
    return redirect("assessments:attempt", attempt.uuid)


def _posted(data: QueryDict, entry: AttemptItem) -> list[str]:
    return posted_answer(data, f"answer-{entry.item_version_id}")
