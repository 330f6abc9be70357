"""What an organisation sees of an assigned assessment: by name who has begun and finished, and of ten people or more a mean.

A mean is told, kept, and told again once ten others are in it: names and days stand beside it, so that a mean of eleven the day
after a mean of ten would be one person's result (docs/decisions/0055-what-answers-tell-authors-and-employers.md).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import NormalDist, fmean
from typing import Any

from django.db import transaction
from django.utils import timezone

from assessments.alone import counting_attempt
from assessments.models import AssignedInstrument, AssignedRelease, AssignedReleasePerson, Attempt, ScoringRecord
from assessments.scoring import mean_interval
from assessments.scoring.releases import Told, is_due, may_tell


@dataclass(frozen=True)
class Mean:
    """Of questions chosen one by one the share of people below, else the share of answers that agree with the key."""

    mean: float
    low: float
    high: float

    @property
    def in_percent(self) -> tuple[int, int, int]:
        mean, low, high = (100 * value for value in (self.mean, self.low, self.high))
        return round(mean), round(low), round(high)


@dataclass(frozen=True)
class GroupResult:
    """What those who finished come to together, with 95 % confidence: one mean, or of questions about several skills that were
    chosen one by one a mean of each, under its slug.
    """

    people: int
    means: dict[str, Mean]
    is_adaptive: bool
    is_provisional: bool
    told_at: datetime

    @property
    def mean(self) -> Mean | None:
        """Where there is one for all that was asked."""
        return self.means.get("")


@transaction.atomic
def group_result(assigned: AssignedInstrument) -> GroupResult | None:
    """What may be told now; None while fewer than ten have finished. Repeating it changes nothing until ten others have."""
    # Two at once would each find that the other has told nothing yet.
    AssignedInstrument.objects.select_for_update(no_key=True).get(pk=assigned.pk)
    known = list(assigned.releases.prefetch_related("counted").order_by("-pk"))
    told = [_told(release) for release in known]
    records = _records(assigned)
    people = frozenset(records)
    newest = told[0] if told else None
    if is_due(newest, people) and may_tell(people, told):
        release = AssignedRelease.objects.create(
            organisation_id=assigned.organisation_id,
            assigned=assigned,
            people=len(people),
            content=_content(list(records.values()), assigned.instrument.adaptive_skills),
        )
        AssignedReleasePerson.objects.bulk_create(
            AssignedReleasePerson(release=release, enrolment_id=pk) for pk in sorted(people)
        )
        known.insert(0, release)
    return _result(known[0]) if known else None


def _told(release: AssignedRelease) -> Told:
    people = frozenset(counted.enrolment_id for counted in release.counted.all())
    return Told(people, release.people - len(people))


def _records(assigned: AssignedInstrument) -> dict[int, ScoringRecord]:
    """By enrolment: the scoring in force of the attempt that counts, of those who answered anything; of questions about several
    skills of those who answered some of each, so that all means are of the same people. Two queries.
    """
    attempts: dict[int, list[Attempt]] = {}
    rows = Attempt.objects.filter(assigned=assigned, counts_in_groups=True, submitted_at__isnull=False)
    for attempt in rows.order_by("enrolment", "number"):
        attempts.setdefault(attempt.enrolment_id, []).append(attempt)
    counting = [counting_attempt(own, assigned.instrument.counts) for own in attempts.values()]
    records = ScoringRecord.objects.in_force().filter(attempt__in=[attempt for attempt in counting if attempt], items__gt=0)
    skills = set(assigned.instrument.adaptive_skills)
    return {
        record.attempt.enrolment_id: record
        for record in records.select_related("attempt")
        if len(skills) < 2 or skills <= set(_levels(record))
    }


def _levels(record: ScoringRecord) -> dict[str, float]:
    """By skill, of questions that were chosen one by one: of each of which one was answered."""
    found = record.detail.get("adaptive", {})
    if "skills" in found:
        return {slug: part["level"] for slug, part in found["skills"].items() if part["items"]}
    return dict.fromkeys(record.detail["skills"], found["level"]) if found else {}


def _content(records: list[ScoringRecord], skills: Sequence[str]) -> dict[str, Any]:
    """With a mean of each of `skills`, where there are several."""
    is_adaptive = all("adaptive" in record.detail for record in records)
    told: dict[str, Any] = {
        "is_adaptive": is_adaptive,
        "is_provisional": any(record.is_provisional for record in records),
    }
    if len(skills) > 1:
        levels = [_levels(record) for record in records]
        return told | {"skills": {slug: _mean([level[slug] for level in levels], NormalDist().cdf) for slug in skills}}
    if not is_adaptive:
        return told | _mean([record.agreed / record.items for record in records], _share)
    return told | _mean([next(iter(_levels(record).values())) for record in records], NormalDist().cdf)


def _mean(values: Sequence[float], read: Callable[[float], float]) -> dict[str, float]:
    found = mean_interval(values)
    return {"mean": read(fmean(values)), "low": read(found.low), "high": read(found.high)}


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))


def _result(release: AssignedRelease) -> GroupResult:
    said = release.content
    means = said.get("skills") or {"": {name: said[name] for name in ("mean", "low", "high")}}
    return GroupResult(
        people=release.people,
        means={slug: Mean(**mean) for slug, mean in means.items()},
        is_adaptive=said["is_adaptive"],
        is_provisional=said["is_provisional"],
        told_at=release.created_at or timezone.now(),
    )
