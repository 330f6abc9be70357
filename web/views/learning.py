"""My learning: the next thing to do first, then what is due, in progress and done."""

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from access import queries as access_queries
from accounts.console import signed_in
from assessments.alone import given_to, sittings_in_lessons
from common.errors import UserError
from courses import queries as course_queries
from courses.models import Course
from feedback.queries import running_round_of
from learning import queries, services
from learning.completions import completion_of
from learning.models import Enrolment
from practice import queries as practice_queries
from practice.queries.pairs import waiting_for
from skills.proficiency import proficiency
from skills.queries import records_with_evidence
from web.my_learning import LearningRow, acts_of, done_of, rows_of


@require_safe
@login_required
def completed(request: HttpRequest, enrolment: UUID) -> HttpResponse:
    """What somebody has completed: the first thing they see then, and found again whenever they like."""
    enrolments = Enrolment.objects.select_related("course__current_version", "version", "organisation", "user")
    own = get_object_or_404(enrolments, uuid=enrolment, user=request.user)
    if own.completed_at is None:
        return redirect(own.course)
    services.show_completions(enrolments=[own])
    back = request.GET.get("back", "")
    context = {
        "completion": completion_of(own),
        "back": back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "",
    }
    return render(request, "web/completed.html", context)


@require_safe
@login_required
def learn(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    rows = rows_of(user)
    shown = [row for row in rows if row.enrolment.put_away_at is None]
    open_rows = [row for row in shown if row.is_open and not row.is_done]
    enrolled = [row.course.pk for row in rows]
    follow_ups = list(queries.follow_ups_of(user))
    agreements = list(practice_queries.answered_agreements_of(user))
    reviews = practice_queries.open_reviews_of(user, timezone.localdate())
    not_started = list(access_queries.courses_given_to(user).exclude(pk__in=enrolled))
    given = given_to(user)
    pairs = waiting_for(user, timezone.now())
    unseen = [row.enrolment for row in rows if row.enrolment.is_completion_unseen]
    services.show_completions(enrolments=unseen)
    proficiencies = [proficiency(record) for record in records_with_evidence(user)]
    sittings = sittings_in_lessons(user)
    context = {
        "completion": completion_of(unseen[0]) if unseen else None,
        "acts": acts_of(shown, reviews, follow_ups, agreements, given, pairs, running_round_of(user), sittings),
        "given": given,
        "due": sorted((row for row in open_rows if row.due_on), key=lambda row: row.due_on or date.max),
        "in_progress": [row for row in open_rows if not row.due_on],
        "ended": [row for row in shown if not row.is_open and not row.is_done],
        "put_away": [row for row in rows if row.enrolment.put_away_at is not None and not row.is_done],
        "not_started": not_started,
        "done": [row for row in rows if row.is_done],
        "done_figures": done_of(rows, follow_ups, agreements).figures,
        "proficiencies": proficiencies,
        "has_outline": any(stands.has_outline for stands in proficiencies),
        "suggestion": None if open_rows else next(iter(not_started), None) or _suggestion(rows),
    }
    return render(request, "web/learning.html", context)


@require_POST
@login_required
def put_away(request: HttpRequest, enrolment: UUID) -> HttpResponse:
    """Take one's own course out of sight, or back."""
    own = get_object_or_404(
        Enrolment.objects.select_related("course", "organisation", "user"), uuid=enrolment, user=request.user
    )
    if "take_up" in request.POST:
        services.take_up(enrolment=own)
        messages.success(request, _("“%(course)s” is among your courses again.") % {"course": own.course})
        return redirect("learn")
    try:
        services.put_away(enrolment=own)
    except UserError as error:
        messages.error(request, str(error))
    else:
        text = _("“%(course)s” is put away, with your progress and everything you wrote. It is at the end of this page.")
        messages.success(request, text % {"course": own.course})
    return redirect("learn")


def _suggestion(rows: list[LearningRow]) -> Course | None:
    """Something to begin with, free before paid."""
    taken = [row.course.pk for row in rows]
    return course_queries.catalogue().exclude(pk__in=taken).first()
