"""Pages of the assessments before and after a course. All of it belongs to one learner; for others it does not exist."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.console import signed_in
from assessments import queries, services
from assessments.awarded import awards_of, is_by_panel, is_newest_provisional, keyed_words
from assessments.endings import end_by_time
from assessments.enums import OF_COURSE, Occasion
from assessments.formats.written import Means
from assessments.linked import are_all_linked, in_words, linked_skills
from assessments.models import Attempt
from assessments.picture import picture_of
from assessments.placements import placements_of
from assessments.rescored import rescorings_of
from assessments.rules import may_review
from assessments.scoring import Change
from assessments.sheets import asks_for_more, minutes_for, sheet_of
from assessments.windows import minutes_with_extra, window_of
from common.errors import UserError
from common.kept_forms import keeps_form
from learning.completions import completion_of
from learning.models import Enrolment
from learning.services import show_completions
from skills.queries import called, framework_at


def _enrolment(request: HttpRequest, uuid: UUID) -> Enrolment:
    enrolments = Enrolment.objects.select_related("course__current_version", "version", "organisation")
    return get_object_or_404(enrolments, uuid=uuid, user=request.user)


@keeps_form
def start(request: HttpRequest, enrolment: UUID, occasion: str) -> HttpResponse:
    """What the assessment is, how long it takes, who sees it; POST begins or continues it."""
    if occasion not in OF_COURSE:
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
    if begun is not None and begun.is_out_of_time(timezone.now()) and not begun.is_superseded:
        return end_by_time(request, begun)
    texts = queries.texts_of(reader_enrolment.course, occasion)
    means = queries.means_of(reader_enrolment.course, occasion) if texts else set()
    count = begun.item_count if begun else queries.form_length(reader_enrolment.course) + texts  # type: ignore[attr-defined]  # annotated
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
        "minutes": minutes_for(count, texts),
        "has_texts": bool(texts),
        "means": means,
        "has_files": bool(means - {Means.WORDS}),
        "rests_on_authors": services.rests_on_authors(reader_enrolment.course),
    }
    return render(request, "assessments/start.html", context | _terms(reader_enrolment, begun))


def _terms(enrolment: Enrolment, begun: Attempt | None) -> dict[str, Any]:
    """What the settings of the form mean for this learner."""
    form = begun.instrument if begun else queries.any_form(enrolment.course)
    if form is None:
        return {}
    minutes = form.time_limit and minutes_with_extra(form.time_limit, queries.extra_percent(enrolment))
    return {"form": form, "limit": minutes, "window": window_of(form, enrolment)}


@keeps_form
def result(request: HttpRequest, enrolment: UUID) -> HttpResponse:
    """Both results side by side; the questions once the assessment after the course is done."""
    reader_enrolment = _enrolment(request, enrolment)
    comparison = queries.comparison(reader_enrolment)
    reviewed = [found for found in comparison.results if may_review(found.attempt, is_course_over=bool(comparison.after))]
    keys = queries.keys_of(reviewed)
    sheets = [sheet_of(found.attempt, keys) for found in reviewed]
    is_new = show_completions(enrolments=[reader_enrolment])
    linked = linked_skills(comparison)
    names_skills = comparison.names_skills or linked
    skills = called(framework_at(signed_in(request), reader_enrolment.organisation_id)) if names_skills else {}
    placements = placements_of(comparison, skills)
    context = {
        "enrolment": reader_enrolment,
        "completion": completion_of(reader_enrolment) if is_new else None,
        "course": reader_enrolment.course,
        "comparison": comparison,
        "placements": placements,
        "told": [placement for placement in placements if placement.latest],
        "picture": picture_of(comparison),
        "has_texts": any(found.has_texts for found in comparison.results),
        "with_texts": [found.attempt for found in comparison.results if found.has_texts],
        "has_parts": any(result.credit for result in comparison.results),
        "linked": in_words(linked, skills),
        "are_all_linked": are_all_linked(comparison, linked),
        "change_words": _points(comparison.change) if comparison.change else None,
        "sheets": sheets,
        "rescorings": rescorings_of(comparison),
        "awards": awards_of(comparison, skills),
        "keyed_words": keyed_words(comparison),
        "by_panel": is_by_panel(comparison),
        "is_newest_provisional": is_newest_provisional(comparison),
        "open_attempt": queries.open_attempt(reader_enrolment),
        "after_opening": queries.opening(reader_enrolment, Occasion.AFTER) if comparison.after is None else None,
        "unseen_keys": [found.attempt for found in comparison.results if found not in reviewed],
    }
    return render(request, "assessments/result.html", context)


def _points(change: Change) -> dict[str, str]:
    """A change in whole percentage points, with its sign."""

    def signed(share: float) -> str:
        points = round(share * 100)
        return f"−{-points}" if points < 0 else f"+{points}" if points else "0"

    return {"points": signed(change.share), "low": signed(change.low), "high": signed(change.high)}
