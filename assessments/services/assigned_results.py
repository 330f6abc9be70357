"""What an organisation sees of an assigned assessment: by name who has begun and finished, and of ten people or more a mean.

A mean is told, kept, and told again once ten others are in it: names and days stand beside it, so that a mean of eleven the day
after a mean of ten would be one person's result (docs/decisions/0055-what-answers-tell-authors-and-employers.md).
"""

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
class GroupResult:
    """The mean of those who finished, with 95 % confidence. Of questions chosen one by one `mean`, `low` and `high` are whole
    per cent of people below, else shares of answers that agree with the key.
    """

    people: int
    mean: float
    low: float
    high: float
    is_adaptive: bool
    is_provisional: bool
    told_at: datetime

    @property
    def in_percent(self) -> tuple[int, int, int]:
        mean, low, high = (100 * value for value in (self.mean, self.low, self.high))
        return round(mean), round(low), round(high)


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
            content=_content(list(records.values())),
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
    """By enrolment: the scoring in force of the attempt that counts, of those who answered anything. Two queries."""
    attempts: dict[int, list[Attempt]] = {}
    rows = Attempt.objects.filter(assigned=assigned, counts_in_groups=True, submitted_at__isnull=False)
    for attempt in rows.order_by("enrolment", "number"):
        attempts.setdefault(attempt.enrolment_id, []).append(attempt)
    counting = [counting_attempt(own, assigned.instrument.counts) for own in attempts.values()]
    records = ScoringRecord.objects.in_force().filter(attempt__in=[attempt for attempt in counting if attempt], items__gt=0)
    return {record.attempt.enrolment_id: record for record in records.select_related("attempt")}


def _content(records: list[ScoringRecord]) -> dict[str, Any]:
    is_adaptive = all("adaptive" in record.detail for record in records)
    values = [record.detail["adaptive"]["level"] if is_adaptive else record.agreed / record.items for record in records]
    found = mean_interval(values)
    read = NormalDist().cdf if is_adaptive else _share
    return {
        "mean": read(fmean(values)),
        "low": read(found.low),
        "high": read(found.high),
        "is_adaptive": is_adaptive,
        "is_provisional": any(record.is_provisional for record in records),
    }


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))


def _result(release: AssignedRelease) -> GroupResult:
    return GroupResult(people=release.people, told_at=release.created_at or timezone.now(), **release.content)
