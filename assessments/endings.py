"""How a sitting ends while somebody is on its page: where the learner goes on, and what they read."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from assessments import services
from assessments.models import Attempt
from assessments.remaining import end_in_words


def result_address(attempt: Attempt) -> str:
    if not attempt.is_of_course:
        return reverse("assessments:sitting", args=[attempt.uuid])
    return reverse("assessments:result", args=[attempt.enrolment.uuid])


def end_by_time(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    """Submit a sitting whose time is up with what was saved, and say so."""
    services.submit_attempt(attempt=attempt)
    say_time_is_up(request)
    return redirect(result_address(attempt))


def say_time_is_up(request: HttpRequest) -> None:
    messages.info(request, _("Your time is up. The assessment has been submitted with the answers that were saved in time."))


def more_time_words(attempt: Attempt) -> str:
    """What a page says whose clock ended a sitting that goes on: an administrator gave more time, or lifted the limit."""
    if attempt.due_at is None:
        return _("Your time is no longer limited.")
    return _("You have more time. %(end)s.") % {"end": end_in_words(attempt)}
