"""Reads of what is rated, by whom and by what."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet

from accounts.models import Membership, Team, User
from assessments.models import AnswerFile, Attempt, Item
from assessments.scoring.raters import THIRD_RATER_GAP
from rating.models import MAY_UNDO, Rater, Rating, Rubric, Skip, TrainingRound, Work

RATERS_NEEDED = 2
RATERS_AT_MOST = 3
LOOKED_AT = 50
"""So many works that wait are looked at for the next one of a rater."""

TRAIN_AGAIN_AFTER = timedelta(hours=24)
PASSES_WITH = 2 / 3
"""The share of anchors that a rater must score exactly as agreed; on none may they be two levels off."""


def rubric_of(item: Item) -> Rubric | None:
    """The edition in force: the newest."""
    return Rubric.objects.filter(item=item).order_by("-number").first()


def places_of(user: User) -> QuerySet[Rater]:
    """Where somebody is a rater now."""
    return Rater.objects.filter(user=user, ended_at=None).select_related("item__current_version", "item__course")


# Training -----------------------------------------------------------------------------------------------------------------


def is_trained(rater: Rater, rubric: Rubric) -> bool:
    return TrainingRound.objects.filter(rater=rater, rubric=rubric, has_passed=True).exists()


def open_round(rater: Rater, rubric: Rubric) -> TrainingRound | None:
    return TrainingRound.objects.filter(rater=rater, rubric=rubric, finished_at=None).first()


def last_round(rater: Rater, rubric: Rubric) -> TrainingRound | None:
    return TrainingRound.objects.filter(rater=rater, rubric=rubric, finished_at__isnull=False).order_by("-number").first()


def may_train_from(rater: Rater, rubric: Rubric) -> datetime | None:
    """When a rater who did not pass may try again; None where they may at once."""
    last = last_round(rater, rubric)
    return last.finished_at + TRAIN_AGAIN_AFTER if last is not None and last.finished_at is not None else None


def anchors_in_order(rater: Rater, rubric: Rubric, number: int) -> list[dict[str, object]]:
    """Mixed for each rater and round, and the same on every visit."""

    def digest(anchor: Mapping[str, object]) -> bytes:
        return hashlib.sha256(f"{rater.uuid}:{rubric.pk}:{number}:{anchor['id']}".encode()).digest()

    return sorted(rubric.anchors, key=digest)


@dataclass(frozen=True)
class Outcome:
    """How far somebody agreed with the anchors."""

    anchors: int
    exact: int
    furthest: int

    @property
    def has_passed(self) -> bool:
        return self.exact >= PASSES_WITH * self.anchors and self.furthest < THIRD_RATER_GAP


def outcome_of(rubric: Rubric, scores: Mapping[str, int]) -> Outcome:
    """Of a round in which every anchor has a score."""
    gaps = [abs(scores[anchor["id"]] - anchor["score"]) for anchor in rubric.anchors]
    return Outcome(len(gaps), gaps.count(0), max(gaps))


# The queue ----------------------------------------------------------------------------------------------------------------


def teammates_of(user: User) -> QuerySet[Membership]:
    """Memberships of all who belong to a team that somebody belongs to or manages, or manage it; of any organisation."""
    own = Membership.objects.current().filter(user=user)
    teams = Team.objects.filter(Q(memberships__in=own) | Q(role_assignments__membership__in=own))
    others = Membership.objects.current().filter(user__isnull=False)
    return others.filter(Q(team__in=teams) | Q(roles__team__in=teams))


def without_own(works: QuerySet[Work], user: User) -> QuerySet[Work]:
    """Nobody rates themselves, or somebody of their own team."""
    return works.exclude(response__attempt__user=user).exclude(response__attempt__user__in=teammates_of(user).values("user"))


def undecided(item: Item, rubric: Rubric) -> QuerySet[Work]:
    """With what was rated under this edition: `given` ratings from `least` to `most`, the newest at `newest`."""
    here = Q(ratings__rubric=rubric)
    return Work.objects.filter(item=item, score=None).annotate(
        given=Count("ratings", filter=here),
        least=Min("ratings__score", filter=here),
        most=Max("ratings__score", filter=here),
        newest=Max("ratings__created_at", filter=here),
    )


def needs_rating(now: datetime) -> Q:
    """Of `undecided` works: two raters, or a third once two that are far apart can no longer be taken back."""
    apart = Q(given=RATERS_NEEDED, most__gte=F("least") + THIRD_RATER_GAP, newest__lte=now - MAY_UNDO)
    return Q(given__lt=RATERS_NEEDED) | apart


def waiting_for(rater: Rater, rubric: Rubric, now: datetime) -> QuerySet[Work]:
    """What this rater may rate now."""
    if rater.user is None:
        return Work.objects.none()
    rated = Rating.objects.filter(work=OuterRef("pk"), rater=rater, rubric=rubric)
    skipped = Skip.objects.filter(work=OuterRef("pk"), rater=rater)
    works = undecided(rater.item, rubric).filter(needs_rating(now)).filter(~Exists(rated), ~Exists(skipped))
    return without_own(works, rater.user)


def stuck(item: Item, rubric: Rubric, now: datetime) -> int:
    """How many answers wait, and none of today's trained raters may rate them: too few, or all have left them to others."""
    needed = undecided(item, rubric).filter(needs_rating(now))
    waiting = set(needed.values_list("pk", flat=True))
    trained = Rater.objects.filter(item=item, ended_at=None, rounds__rubric=rubric, rounds__has_passed=True)
    for rater in trained.select_related("item", "user").distinct():
        waiting -= set(waiting_for(rater, rubric, now).values_list("pk", flat=True))
    return len(waiting)


def next_work(rater: Rater, rubric: Rubric, now: datetime, *, after: Work | None = None) -> Work | None:
    """What others have begun comes first, then in an order of the rater's own, so that two seldom read the same at once.

    `after`: the one that was put off; it comes again once the others are through.
    """
    waiting = waiting_for(rater, rubric, now).select_related("response__item_version")
    found = list(waiting.order_by("-given", "pk")[:LOOKED_AT])  # type: ignore[misc]  # annotated
    found.sort(key=lambda work: (-work.given, _mixed(rater, work)))  # type: ignore[attr-defined]  # annotated
    if after is not None and after in found:
        place = found.index(after)
        found = found[place + 1 :] + found[: place + 1]
    return next(iter(found), None)


def file_of(work: Work) -> AnswerFile | None:
    """What a work is answered with, of a question that takes files."""
    return AnswerFile.objects.filter(response=work.response_id).first()


def file_for(rater: Rater, uuid: UUID, now: datetime) -> AnswerFile | None:
    """The file of a work that waits for this rater, or that they have rated; None for every other."""
    rubric = rubric_of(rater.item)
    if rubric is None:
        return None
    works = Work.objects.filter(item=rater.item_id, uuid=uuid)
    may_rate = rubric.paused_at is None and is_trained(rater, rubric)
    waits = may_rate and waiting_for(rater, rubric, now).filter(uuid=uuid).exists()
    work = works.first() if waits else works.filter(ratings__rater=rater).first()
    return file_of(work) if work else None


def _mixed(rater: Rater, work: Work) -> bytes:
    return hashlib.sha256(f"{rater.uuid}:{work.uuid}".encode()).digest()


def last_rating(rater: Rater, rubric: Rubric, now: datetime) -> Rating | None:
    """What this rater can still take back."""
    ratings = Rating.objects.filter(rater=rater, rubric=rubric, work__score=None, created_at__gt=now - MAY_UNDO)
    return ratings.select_related("work").order_by("-created_at", "-pk").first()


# Results ------------------------------------------------------------------------------------------------------------------


def works_of(attempt: Attempt) -> dict[int, Work]:
    """By id of the response. One query."""
    works = Work.objects.filter(response__attempt=attempt).select_related("rubric")
    return {work.response_id: work for work in works}


def own_works(user: User, works: Collection[UUID]) -> QuerySet[Work]:
    own = Work.objects.filter(response__attempt__user=user, uuid__in=works)
    return own.select_related("response__attempt", "rubric")


def decided_pairs(rubric: Rubric, before: datetime) -> list[tuple[int, int, int, int]]:
    """Of every work with two ratings under this edition, none of which can be taken back: both raters' numbers and scores, the
    lower number first. A third rating is none of a pair. One query.
    """
    rows = Rating.objects.filter(rubric=rubric, created_at__lte=before).order_by("work", "created_at", "pk")
    return _pairs(rows.values_list("work", "rater__number", "score"))


def _pairs(rows: Iterable[tuple[int, int, int]]) -> list[tuple[int, int, int, int]]:
    first_two: dict[int, list[tuple[int, int]]] = {}
    for work, rater, score in rows:
        first_two.setdefault(work, []).append((rater, score))
    pairs = (sorted(given[:RATERS_NEEDED]) for given in first_two.values() if len(given) >= RATERS_NEEDED)
    return [(one[0], other[0], one[1], other[1]) for one, other in pairs]
