"""The pages of raters, who see texts and never whose they are, and the page that tells a learner what was said of theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.console import signed_in
from assessments.enums import Occasion
from assessments.formats.written import within
from assessments.given_files import file_response
from assessments.models import Attempt
from assessments.rules import may_review
from common.errors import UserError
from common.kept_forms import keeps_form, take_kept
from rating import queries, services
from rating.enums import SkipReason
from rating.figures import agreement_of, paused_words
from rating.models import Rater, Rubric, TrainingRound, Work
from rating.summary import said_of

# In a session that has been here the menu leads here: whoever has not is asked nothing on every page.
IN_MENU = "rating"


@dataclass(frozen=True)
class Place:
    """A question of which somebody is a rater, with what they can do there now."""

    rater: Rater
    rubric: Rubric | None
    is_trained: bool
    waiting: int
    rated: int

    @property
    def is_paused(self) -> bool:
        return self.rubric is not None and self.rubric.paused_at is not None


@keeps_form
def questions(request: HttpRequest) -> HttpResponse:
    """Every question of which one is a rater; for others there is no such page."""
    places = [_place(rater) for rater in queries.places_of(signed_in(request)).order_by("pk")]
    if not places:
        request.session.pop(IN_MENU, None)
        raise Http404
    request.session[IN_MENU] = True
    return render(request, "rating/questions.html", {"places": places})


def _place(rater: Rater) -> Place:
    rubric = queries.rubric_of(rater.item)
    if rubric is None:
        return Place(rater, None, is_trained=False, waiting=0, rated=0)
    waiting = 0 if rubric.paused_at else queries.waiting_for(rater, rubric, timezone.now()).count()
    rated = rater.ratings.filter(rubric=rubric).count()
    return Place(rater, rubric, queries.is_trained(rater, rubric), waiting, rated)


def _rater(request: HttpRequest, item: UUID) -> Rater:
    found = get_object_or_404(queries.places_of(signed_in(request)), item__uuid=item)
    if IN_MENU not in request.session:
        request.session[IN_MENU] = True
    return found


def _rubric(rater: Rater) -> Rubric:
    rubric = queries.rubric_of(rater.item)
    if rubric is None:
        raise Http404
    return rubric


# The queue ----------------------------------------------------------------------------------------------------------------


@keeps_form
def queue(request: HttpRequest, item: UUID) -> HttpResponse:
    """The next answer to rate; POST rates it, leaves it to others, or takes the last rating back."""
    take_kept(request)  # a press of a button that was sent while signed out is pressed again
    rater = _rater(request, item)
    rubric = _rubric(rater)
    if rubric.paused_at is not None:
        words = paused_words(agreement_of(rubric, timezone.now()))
        return render(request, "rating/paused.html", {"rater": rater, "rubric": rubric, "words": words})
    if not queries.is_trained(rater, rubric):
        return redirect("rating:training", item)
    if request.method == "POST":
        return _act(request, rater)
    return render(request, "rating/queue.html", _queue_context(request, rater, rubric))


def _queue_context(request: HttpRequest, rater: Rater, rubric: Rubric) -> dict[str, Any]:
    now = timezone.now()
    wanted = _work(rater, request.GET.get("answer", ""))
    if wanted is not None and not queries.waiting_for(rater, rubric, now).filter(pk=wanted.pk).exists():
        wanted = None
    work = wanted or queries.next_work(rater, rubric, now, after=_work(rater, request.GET.get("after", "")))
    context = {
        "rater": rater,
        "rubric": rubric,
        "waiting": queries.waiting_for(rater, rubric, now).count(),
        "rated": rater.ratings.filter(rubric=rubric).count(),
        "last": queries.last_rating(rater, rubric, now),
        "work": work,
        "reasons": SkipReason.choices,
        "levels": levels_of(rubric, rubric.anchors),
    }
    return context | (_text_context(work) if work else {})


def levels_of(rubric: Rubric, anchors: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each level with its anchors, for the page."""
    return [level | {"anchors": [anchor for anchor in anchors if anchor["score"] == level["score"]]} for level in rubric.levels]


def _text_context(work: Work) -> dict[str, Any]:
    version = work.response.item_version
    terms = version.answer_terms
    if version.takes_file:
        # Its name, and when it was uploaded, would tell whose it is.
        return {"version": version, "file": queries.file_of(work), "minutes": terms.minutes}
    read, cut = within(next(iter(work.response.chosen), ""), terms.most)
    return {"version": version, "text": read, "is_cut": bool(cut), "most": terms.most}


@require_safe
@login_required
def answer_file(request: HttpRequest, item: UUID, work: UUID) -> HttpResponse:
    """What somebody answered with, for a rater for whom it waits or who has rated it, under a name that says nothing."""
    found = queries.file_for(_rater(request, item), work, timezone.now())
    if found is None:
        raise Http404
    return file_response(request, found, name=found.bare_name)


def _work(rater: Rater, uuid: str) -> Work | None:
    """One of this question, as an address names it."""
    try:
        wanted = UUID(uuid)
    except ValueError:
        return None
    works = Work.objects.filter(item=rater.item_id, uuid=wanted).select_related("response__item_version")
    return works.first()


def _act(request: HttpRequest, rater: Rater) -> HttpResponse:
    action, work = request.POST.get("action", ""), _work(rater, request.POST.get("answer", ""))
    try:
        if action == "take-back":
            again = services.take_back(rater=rater)
            messages.success(request, _("Taken back. Rate the answer again."))
            return _to_queue(rater, f"?answer={again.uuid}")
        if work is None:
            raise Http404
        if action == "skip":
            services.skip(rater=rater, work=work, reason=request.POST.get("reason", ""))
            messages.success(request, _("Left to others. You will not see this answer again."))
        else:
            level = action.removeprefix("score-")
            services.rate(rater=rater, work=work, score=int(level) if level.isascii() and level.isdecimal() else 0)
            messages.success(request, _("Rated: level %(level)s. You can take it back for ten minutes.") % {"level": level})
    except UserError as error:
        messages.error(request, str(error))
        return _to_queue(rater, f"?answer={work.uuid}" if work else "")
    return _to_queue(rater)


def _to_queue(rater: Rater, query: str = "") -> HttpResponse:
    response = redirect("rating:queue", rater.item.uuid)
    response["Location"] += query
    return response


# Training -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Compared:
    """An anchor with what the rater gave it and what was agreed."""

    anchor: dict[str, Any]
    given: int

    @property
    def gap(self) -> int:
        return abs(self.given - int(self.anchor["score"]))


@keeps_form
def training(request: HttpRequest, item: UUID) -> HttpResponse:
    """One anchor after the other; after the last what was agreed, and whether one may rate."""
    take_kept(request)
    rater = _rater(request, item)
    rubric = _rubric(rater)
    if request.method == "POST":
        return _rate_anchor(request, rater, rubric)
    context = {"rater": rater, "rubric": rubric, "levels": levels_of(rubric, [])}
    current = queries.open_round(rater, rubric)
    last = queries.last_round(rater, rubric)
    if current is None and last is not None and ("again" not in request.GET or not _may_train(rater, rubric)):
        return render(request, "rating/trained.html", context | _outcome_context(rater, rubric, last))
    version = rater.item.current_version
    context |= _anchor_context(rater, rubric, current, last) | {"version": version, "needed": _needed(rubric)}
    return render(request, "rating/training.html", context)


def _may_train(rater: Rater, rubric: Rubric) -> bool:
    again = queries.may_train_from(rater, rubric)
    return not queries.is_trained(rater, rubric) and (again is None or again <= timezone.now())


def _needed(rubric: Rubric) -> int:
    """How many anchors have to be scored exactly as agreed."""
    count = len(rubric.anchors)
    return next(exact for exact in range(count + 1) if exact >= queries.PASSES_WITH * count)


def _anchor_context(rater: Rater, rubric: Rubric, current: TrainingRound | None, last: TrainingRound | None) -> dict[str, Any]:
    number = current.number if current else last.number + 1 if last else 1
    scores = current.scores if current else {}
    anchors = queries.anchors_in_order(rater, rubric, number)
    left = [anchor for anchor in anchors if anchor["id"] not in scores]
    return {"anchor": left[0], "number": len(scores) + 1, "count": len(anchors)}


def _outcome_context(rater: Rater, rubric: Rubric, last: TrainingRound) -> dict[str, Any]:
    anchors = queries.anchors_in_order(rater, rubric, last.number)
    return {
        "has_passed": last.has_passed,
        "outcome": queries.outcome_of(rubric, last.scores),
        "needed": _needed(rubric),
        "compared": [Compared(anchor, last.scores[str(anchor["id"])]) for anchor in anchors],
        "again": queries.may_train_from(rater, rubric),
        "may_train": _may_train(rater, rubric),
    }


def _rate_anchor(request: HttpRequest, rater: Rater, rubric: Rubric) -> HttpResponse:
    level = request.POST.get("action", "").removeprefix("score-")
    score = int(level) if level.isascii() and level.isdecimal() else 0
    try:
        kept = services.rate_anchor(rater=rater, rubric=rubric, anchor=request.POST.get("anchor", ""), score=score)
    except UserError as error:
        messages.error(request, str(error))
        return redirect("rating:training", rater.item.uuid)
    left = len(rubric.anchors) - len(kept.scores)
    if left:
        messages.success(request, ngettext("Kept. %(n)s anchor to go.", "Kept. %(n)s anchors to go.", left) % {"n": left})
    return redirect("rating:training", rater.item.uuid)


# What was said ------------------------------------------------------------------------------------------------------------


@keeps_form
def results(request: HttpRequest, attempt: UUID) -> HttpResponse:
    """Of the texts of one's own sitting."""
    attempts = Attempt.objects.select_related("enrolment__course", "enrolment__organisation", "instrument")
    own = get_object_or_404(attempts, uuid=attempt, user=signed_in(request), submitted_at__isnull=False)
    ends = Attempt.objects.filter(enrolment=own.enrolment_id, occasion=Occasion.AFTER, submitted_at__isnull=False)
    may_see_examples = may_review(own, is_course_over=ends.exists())
    said = said_of(own, may_see_examples=may_see_examples)
    if not said:
        raise Http404
    context = {
        "attempt": own,
        "enrolment": own.enrolment,
        "course": own.enrolment.course,
        "said": said,
        "may_see_examples": may_see_examples,
    }
    return render(request, "rating/results.html", context)
