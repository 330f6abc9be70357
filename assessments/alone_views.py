"""Pages of assessments that are taken by themselves. All of it belongs to one learner; for others it does not exist."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts.console import signed_in
from assessments import services
from assessments.alone import Place, assigned_to, attempts_alone, place_in_lesson, place_of_assigned
from assessments.alone_pages import intro_of, outcomes_of, way_back
from assessments.enums import OF_COURSE
from assessments.models import Attempt
from assessments.placements import placements_by_skill
from assessments.rules import may_review_alone
from assessments.sheets import sheet_of
from common.errors import UserError
from common.kept_forms import keeps_form
from skills.queries import called, framework_at


@keeps_form
def assigned(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What an organisation has given to somebody: what it is, how long it takes, who sees it; POST begins or continues it."""
    place = place_of_assigned(signed_in(request), uuid)
    return _start(request, place)


@keeps_form
def in_lesson(request: HttpRequest, enrolment: UUID, block: UUID) -> HttpResponse:
    """The same of the block of a lesson."""
    place = place_in_lesson(signed_in(request), enrolment, block)
    return _start(request, place)


def _start(request: HttpRequest, place: Place) -> HttpResponse:
    if request.method == "POST":
        try:
            return redirect("assessments:attempt", services.start_alone(place).uuid)
        except UserError as error:
            messages.error(request, str(error))
            return redirect(request.path)
    context = _context(place) | {"intro": intro_of(place), "outcomes": outcomes_of(place.attempts)}
    return render(request, "assessments/alone.html", context)


def _context(place: Place) -> dict[str, Any]:
    return {
        "place": place,
        "instrument": place.instrument,
        "assigned": place.assigned,
        "enrolment": place.enrolment,
        "course": place.enrolment.course,
    }


@require_safe
@login_required
def sitting(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What came of one attempt; of several which of them counts."""
    attempts = Attempt.objects.exclude(submitted_at=None).select_related(
        "enrolment__course", "enrolment__organisation", "instrument", "assigned__cohort"
    )
    attempt = get_object_or_404(attempts.exclude(occasion__in=OF_COURSE), uuid=uuid, user=signed_in(request))
    own = attempts_alone(attempt.enrolment, attempt.instrument, attempt.assigned, attempt.block_id)
    place = Place(attempt.enrolment, attempt.instrument, attempt.assigned, attempt.block_id, own)
    outcomes = outcomes_of(own)
    outcome = next(outcome for outcome in outcomes if outcome.attempt.pk == attempt.pk)
    skills = called(framework_at(signed_in(request), attempt.enrolment.organisation_id))
    placements = placements_by_skill(outcome.record.detail["skills"], skills)
    context = _context(place) | {
        "attempt": attempt,
        "outcome": outcome,
        "placements": placements,
        "told": [placement for placement in placements if placement.latest],
        "outcomes": outcomes,
        "intro": intro_of(place),
        "is_repeat": services.was_met(attempt),
        "can_go_back": attempt.assigned is None or any(one.pk == attempt.assigned_id for one in assigned_to(attempt.user)),
        "sheet": sheet_of(attempt) if may_review_alone(attempt, own) else None,
        "back": way_back(attempt),
    }
    return render(request, "assessments/sitting.html", context)
