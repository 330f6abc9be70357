"""The page of a course, honest before anybody starts; and the start."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from access import queries as access_queries
from accounts.models import User
from accounts.types import Visitor
from assessments.queries import under_way
from billing.queries import prices_for_reader, processing_order_for_course
from courses.content import CourseText, text_of
from courses.models import Course
from learning import queries, services
from learning.models import Enrolment
from learning.services.subscribing import is_subscribed
from learning.standing import standing
from skills.queries import called_by
from web.links import minutes_left, resume_address
from web.reading import course_or_404, is_there_for, outline_of, trial_of, why_closed

WANTED = "course_to_start"
WANTED_FOR = timedelta(hours=1)


@require_safe
def course(request: HttpRequest, slug: str) -> HttpResponse:
    course = course_or_404(request, slug)
    if course.slug != slug:
        return redirect(course)
    text = text_of(course.current_version)  # type: ignore[arg-type]  # listed courses have one
    stands = standing(request.user, course)
    may_open, enrolment = stands.may_open, stands.enrolment
    progress = queries.progress(enrolment) if enrolment else None
    price = prices_for_reader([course], request.headers.get("Accept-Language", "")).get(course.pk, "")
    context = {
        "course": course,
        "text": text,
        "modules": outline_of(course, text, progress, may_open=may_open and enrolment is not None),
        "samples": [lesson for lesson in text.lessons if lesson.sample],
        "trial": trial_of(course) if enrolment is None else None,
        "checks": sum(len(lesson.required_blocks) for lesson in text.lessons),
        "skills": _skills(text, request.user),
        "enrolment": enrolment,
        "progress": progress,
        "may_open": may_open,
        "has_ended": enrolment is not None and not may_open,
        "minutes_left": minutes_left(progress) if progress else 0,
        "attempt": under_way([enrolment]).get(enrolment.pk) if enrolment and may_open else None,
        "resume": resume_address(enrolment, progress) if enrolment and progress and may_open else "",
        "price": price,
        "is_closed_to_reader": not is_there_for(request.user, course),
        "is_told": text.is_preview and is_subscribed(request.user, course),
        "under_way": processing_order_for_course(request.user, course) if price and not may_open else None,
    }
    return render(request, "courses/course.html", context)


def _skills(text: CourseText, reader: Visitor) -> list[dict[str, Any]]:
    """Skills the course teaches, each with what one sees somebody at its level do, as the reader calls them."""
    known = called_by(reader)
    skills = []
    for taught in text.skills:
        skill = known.get(taught["slug"])
        if skill is not None:
            level = next((candidate for candidate in skill.levels.all() if candidate.number == taught.get("level")), None)
            skills.append({"skill": skill, "level": level})
    return skills


@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Start a course. A visitor signs up first and is brought back here, where their wish is carried out."""
    course = course_or_404(request, slug)
    if not request.user.is_authenticated:
        return _sign_up_first(request, course)
    # Only a form of ours leaves the wish in the browser, so carrying it out on GET is not a request somebody else can forge.
    if request.method == "GET" and request.get_signed_cookie(WANTED, "", max_age=WANTED_FOR) != course.slug:
        return redirect(course)
    enrolment = _begin(request.user, course)
    if enrolment is None:
        messages.info(request, why_closed(request.user, course))
        response = redirect(course)
    else:
        response = redirect(_first_step(enrolment))
    response.delete_cookie(WANTED)
    return response


def _sign_up_first(request: HttpRequest, course: Course) -> HttpResponse:
    """The wish is kept in a cookie: a session would be a row for every visitor, whether they come back or not."""
    query = urlencode({"next": reverse("courses:start", args=[course.slug])})
    response = redirect(f"{reverse('account_signup')}?{query}")
    if request.method == "POST":
        secure = settings.SESSION_COOKIE_SECURE
        response.set_signed_cookie(WANTED, course.slug, max_age=WANTED_FOR, httponly=True, samesite="Lax", secure=secure)
    return response


def _begin(user: User, course: Course) -> Enrolment | None:
    if access_queries.may_open(user, course):
        return queries.current_enrolment(user, course) or services.begin(user=user, course=course)
    return services.start_free(user=user, course=course) if course.is_free and is_there_for(user, course) else None


def _first_step(enrolment: Enrolment) -> str:
    """Somebody new is asked where they stand before the course; everybody else goes on reading."""
    progress = queries.progress(enrolment)
    if progress.needs_before_assessment and enrolment.started_at is None:
        return reverse("assessments:start", args=[enrolment.uuid, "before"])
    return resume_address(enrolment, progress) or settings.LOGIN_REDIRECT_URL
