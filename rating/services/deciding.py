"""What ratings add up to, once they can no longer be taken back; and the rubric that is paused because they do not."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from statistics import median

from celery import shared_task
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.models import Item
from assessments.scoring.raters import THIRD_RATER_GAP, needs_third_rater
from rating.figures import agreement_of
from rating.models import MAY_UNDO, Rating, Rubric, Work
from rating.queries import RATERS_NEEDED, rubric_of, undecided
from rating.services.telling import tell_of_pause, tell_of_results
from skills.enums import EvidenceKind
from skills.services import Finding, record_findings


@shared_task(name="rating.decide_works")
def decide_works() -> None:
    """Every five minutes. Repeating it changes nothing."""
    items = Item.objects.filter(works__score=None, rubrics__isnull=False).distinct()
    for item in items.order_by("pk"):
        decide(item=item, now=timezone.now())


@transaction.atomic
def decide(*, item: Item, now: datetime) -> int:
    """Decide what two raters, or three, have rated; how many. Nothing where they agree too little: that pauses the rubric."""
    rubric = rubric_of(item)
    if rubric is None:
        return 0
    rubric = Rubric.objects.select_for_update(no_key=True).get(pk=rubric.pk)
    if rubric.paused_at is not None or _is_paused_now(rubric, now):
        return 0
    decided = [work for work in _due(item, rubric, now) if _decide_one(work, rubric, now)]
    tell_of_results(decided, now)
    return len(decided)


def _is_paused_now(rubric: Rubric, now: datetime) -> bool:
    agreement = agreement_of(rubric, now)
    if not agreement.is_too_low:
        return False
    rubric.paused_at = now
    rubric.save(update_fields=["paused_at", "updated_at"])
    tell_of_pause(rubric)
    return True


def _due(item: Item, rubric: Rubric, now: datetime) -> list[Work]:
    agreed = Q(given=RATERS_NEEDED, most__lt=F("least") + THIRD_RATER_GAP) | Q(given__gt=RATERS_NEEDED)
    due = undecided(item, rubric).filter(agreed, newest__lte=now - MAY_UNDO).values("pk")  # type: ignore[misc]  # annotated
    works = Work.objects.filter(pk__in=due).select_for_update(of=("self",), no_key=True)
    works = works.select_related("response__attempt__user", "response__attempt__enrolment__course", "item__skill")
    return list(works.order_by("pk"))


def _decide_one(work: Work, rubric: Rubric, now: datetime) -> bool:
    """Looked at once more under the lock."""
    ratings = Rating.objects.filter(work=work, rubric=rubric).order_by("created_at", "pk")
    scores = list(ratings.filter(created_at__lte=now - MAY_UNDO).values_list("score", flat=True))
    score = score_of(scores)
    if score is None or work.score is not None:
        return False
    work.score, work.rubric, work.decided_at = score, rubric, now
    work.save(update_fields=["score", "rubric", "decided_at", "updated_at"])
    _record_evidence(work)
    return True


def score_of(scores: Sequence[int]) -> Decimal | None:
    """The mean of two that are less than two levels apart, the middle one of three; None where another rating is needed."""
    if len(scores) < RATERS_NEEDED or (len(scores) == RATERS_NEEDED and needs_third_rater(scores[0], scores[1])):
        return None
    return Decimal(str(median(scores)))


def _record_evidence(work: Work) -> None:
    """Beside the level: it has no share and no place on the scale, so it weighs nothing there. What it says is read here."""
    attempt = work.response.attempt
    if work.item.skill is None:
        return
    label = _("Answer in “%(course)s”, rated by people") % {"course": attempt.enrolment.course.title}
    record_findings(
        user=attempt.user,
        kind=EvidenceKind.ASSESSMENT,
        source=f"work:{work.uuid}",
        label=label[:200],
        occurred_at=attempt.submitted_at or attempt.created_at,
        findings=[Finding(skill=work.item.skill)],
        may_be_shared=True,
    )
