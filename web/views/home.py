"""Public pages: what Accord is, who it is for, and what it promises."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from billing.queries import WITHDRAWAL_DAYS, WITHDRAWAL_PERCENTAGE, prices_for_reader
from courses import queries as course_queries
from outcomes.sample_report import retention_figure

COURSES_SHOWN = 6


def _context(request: HttpRequest) -> dict:
    courses = list(course_queries.catalogue()[:COURSES_SHOWN])
    free_course = next((course for course in courses if course.is_free), None)
    prices = prices_for_reader(courses, request.headers.get("Accept-Language", ""))
    return {"courses": courses, "prices": prices, "free_course": free_course, "sample": retention_figure()}


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "web/home.html", _context(request))


def for_organisations(request: HttpRequest) -> HttpResponse:
    return render(request, "web/for_organisations.html", _context(request))


def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "web/privacy.html")


def terms(request: HttpRequest) -> HttpResponse:
    return render(
        request, "web/terms.html", {"withdrawal_days": WITHDRAWAL_DAYS, "withdrawal_percentage": WITHDRAWAL_PERCENTAGE}
    )
