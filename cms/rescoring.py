"""Scoring a course again in the CMS: who would move, then the work itself. For operators; it changes results of learners."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.console import signed_in
from accounts.models import User
from accounts.rules import is_operator
from assessments.jobs import (
    SKILL_CHECKS,
    is_rekeyed_since,
    newest_plan,
    open_planning,
    open_rescoring,
    scored_again_since,
    start_planning,
    start_rescoring,
    title_of,
)
from assessments.models import SkillCheck
from courses.models import Course
from jobs.models import Job

ADDRESS = "scoring-again/"
PLAN_HOLDS = timedelta(days=1)
"""Whoever scores again has read who would move, not long ago."""


def _operator(request: HttpRequest) -> User:
    user = signed_in(request)
    if not is_operator(user):
        raise PermissionDenied
    return user


def _page(request: HttpRequest, template: str, title: str, above: list[dict[str, str]], **context: Any) -> HttpResponse:
    header = {"breadcrumbs_items": [*above, {"url": "", "label": title}], "header_title": title, "header_icon": "rotate"}
    return TemplateResponse(request, template, context | header)


@require_safe
def courses(request: HttpRequest) -> HttpResponse:
    """Those with submitted attempts, and the skill checks that were kept. Two queries."""
    _operator(request)
    submitted = Count("enrolments__attempts", filter=Q(enrolments__attempts__submitted_at__isnull=False))
    listed = Course.objects.annotate(submitted=submitted).filter(submitted__gt=0).order_by("title")
    kept = SkillCheck.objects.filter(user__isnull=False, submitted_at__isnull=False).count()
    address = address_of(None) if kept else ""
    return _page(request, "cms/rescoring_courses.html", _("Score again"), [], courses=listed, kept=kept, kept_address=address)


def _subject(course_id: int) -> Course | None:
    """The course, or None for the skill checks that were kept."""
    return None if course_id == SKILL_CHECKS else get_object_or_404(Course, pk=course_id)


@require_safe
def course(request: HttpRequest, course_id: int) -> HttpResponse:
    _operator(request)
    found = _subject(course_id)
    job, under_way = newest_plan(found), open_rescoring(found)
    done = scored_again_since(found, job) if job else None
    is_rekeyed = job is not None and done is None and is_rekeyed_since(found, job)
    context = {
        "course_id": course_id,
        "is_of_checks": found is None,
        "job": job,
        "looking": open_planning(found),
        "plan": job.result["plan"] if job and not done and not is_rekeyed else None,
        "is_rekeyed": is_rekeyed,
        "may_score": _may_score(found, job),
        "under_way": under_way,
        "done": done if under_way is None else None,
    }
    above = [{"url": reverse("rescoring"), "label": _("Score again")}]
    return _page(request, "cms/rescoring_course.html", title_of(found), above, **context)


def _may_score(found: Course | None, job: Job | None) -> bool:
    """Whether somebody has looked lately, at the keys of now, somebody would be scored again, and nobody has been since."""
    if job is None or job.finished_at is None or job.finished_at < timezone.now() - PLAN_HOLDS:
        return False
    would_move = job.result["plan"]["attempts"] != "0"
    return would_move and scored_again_since(found, job) is None and not is_rekeyed_since(found, job)


@require_POST
def look(request: HttpRequest, course_id: int) -> HttpResponse:
    """Have a worker see who would move."""
    operator, found = _operator(request), _subject(course_id)
    return redirect("job", start_planning(course=found, requested_by=operator, result_url=address_of(found)).uuid)


@require_POST
def score(request: HttpRequest, course_id: int) -> HttpResponse:
    """Have a worker score the course again, by somebody who has read who would move."""
    operator, found = _operator(request), _subject(course_id)
    if open_rescoring(found) is not None:
        messages.info(request, _("This course is being scored again already."))
        return redirect(address_of(found))
    looked = newest_plan(found)
    if looked is None or not _may_score(found, looked):
        words = _(
            "Nothing was started: look first who would move. What was seen holds for a day, once, until a question changes."
        )
        messages.error(request, words)
        return redirect(address_of(found))
    job = start_rescoring(course=found, requested_by=operator, result_url=address_of(found), looked=looked)
    return redirect("job", job.uuid)


def address_of(found: Course | None) -> str:
    return reverse("rescoring_course", args=[found.pk if found else SKILL_CHECKS])


urlpatterns = [
    path(ADDRESS, courses, name="rescoring"),
    path(ADDRESS + "<int:course_id>/", course, name="rescoring_course"),
    path(ADDRESS + "<int:course_id>/look/", look, name="rescoring_look"),
    path(ADDRESS + "<int:course_id>/score/", score, name="rescoring_score"),
]
