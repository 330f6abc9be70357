"""Public pages: what Accord is, who it is for, and what it promises."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from assessments.queries import has_public_instrument
from billing.queries import WITHDRAWAL_DAYS, WITHDRAWAL_PERCENTAGE, prices_for_reader
from courses import queries as course_queries
from outcomes.sample_report import retention_figure
from practice.diff import compare
from web.reading import trial_of

COURSES_SHOWN = 6


def home(request: HttpRequest) -> HttpResponse:
    """What learners do here: a question to answer at once, an agreement, the courses."""
    courses = list(course_queries.catalogue()[:COURSES_SHOWN])
    free_course = next((course for course in courses if course.is_free and not course.is_preview), None)
    context = {
        "courses": courses,
        "prices": prices_for_reader(courses, request.headers.get("Accept-Language", "")),
        "free_course": free_course,
        "trial": trial_of(free_course) if free_course and not request.user.is_authenticated else None,
        "has_skill_check": has_public_instrument(),
        "correction": compare(*_corrected()),
    }
    return render(request, "web/home.html", context)


def _corrected() -> tuple[str, str]:
    """An expectation as somebody wrote it down, and as the other party corrected it."""
    return (
        _("You want to hear by 3 pm the day before if a delivery will be late."),
        _("You want to hear by noon the day before if a delivery will be late, with a new time that you can pass on."),
    )


def for_organisations(request: HttpRequest) -> HttpResponse:
    free_course = course_queries.catalogue().filter(is_free=True, is_preview=False).first()
    return render(request, "web/for_organisations.html", {"free_course": free_course, "sample": retention_figure()})


def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "web/privacy.html", {"grace_days": settings.ACCORD_GRACE_DAYS})


def terms(request: HttpRequest) -> HttpResponse:
    return render(
        request, "web/terms.html", {"withdrawal_days": WITHDRAWAL_DAYS, "withdrawal_percentage": WITHDRAWAL_PERCENTAGE}
    )
