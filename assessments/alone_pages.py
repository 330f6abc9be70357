"""What pages say of assessments that are taken by themselves: how they are taken, and what came of each attempt."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from assessments.alone import Place, counting_attempt, opening_alone
from assessments.enums import CountingRule
from assessments.models import Attempt, Instrument, ScoringRecord
from assessments.queries import Opening, extra_percent
from assessments.services import adaptive_plan_of
from assessments.sheets import minutes_for
from assessments.windows import Window, minutes_with_extra, window_of


@dataclass(frozen=True)
class Back:
    """The page that a sitting was begun from."""

    title: str
    address: str


def way_back(attempt: Attempt) -> Back:
    if attempt.assigned is not None:
        return Back(attempt.instrument.title, reverse("assessments:assigned", args=[attempt.assigned.uuid]))
    if attempt.block_id is not None:
        address = reverse("assessments:in_lesson", args=[attempt.enrolment.uuid, attempt.block_id])
        return Back(attempt.instrument.title, address)
    return Back(attempt.enrolment.course.title, attempt.enrolment.course.get_absolute_url())


def questions_in(instrument: Instrument) -> int:
    """At the most."""
    if instrument.is_adaptive:
        return adaptive_plan_of(instrument).length
    return instrument.blueprint_length or instrument.entries.asked().count()


@dataclass(frozen=True)
class Intro:
    """What somebody is told before they begin. `limit`: minutes, with their extra time."""

    place: Place
    opening: Opening
    questions: int
    minutes: int
    limit: int | None
    window: Window
    under_way: Attempt | None
    counting: Attempt | None

    @property
    def attempts_left(self) -> int:
        return max(0, self.place.instrument.attempts_allowed - len(self.place.attempts))

    @property
    def is_first_to_count(self) -> bool:
        return self.place.instrument.counts == CountingRule.FIRST


def intro_of(place: Place) -> Intro:
    submitted = [attempt for attempt in place.attempts if attempt.submitted_at is not None]
    questions, limit = questions_in(place.instrument), place.terms.time_limit
    return Intro(
        place=place,
        opening=opening_alone(place.enrolment, place.instrument, place.assigned, submitted),
        questions=questions,
        minutes=minutes_for(questions),
        limit=minutes_with_extra(limit, extra_percent(place.enrolment)) if limit else None,
        window=window_of(place.terms, place.enrolment),
        under_way=next((attempt for attempt in place.attempts if attempt.submitted_at is None), None),
        counting=counting_attempt(place.attempts, place.instrument.counts),
    )


# Results ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """Where an adaptive sitting stands beside the people on whose answers its questions were calibrated. In whole per cent."""

    percent: int
    low: int
    high: int
    persons: int
    items: int

    @property
    def width(self) -> int:
        return self.high - self.low

    @property
    def words(self) -> str:
        return _(
            "Of 100 people like the %(persons)s on whose answers these questions were calibrated, about %(percent)s lie below "
            "you; between %(low)s and %(high)s is likely."
        ) % {"persons": f"{self.persons:,}", "percent": self.percent, "low": self.low, "high": self.high}


def standing_of(record: ScoringRecord) -> Standing | None:
    """None of what was not chosen question by question, and of a sitting without any answer."""
    found: dict[str, Any] = record.detail.get("adaptive", {})
    if not found.get("items"):
        return None
    return Standing(found["percent"], found["percent_low"], found["percent_high"], found["persons"], found["items"])


@dataclass(frozen=True)
class Outcome:
    """One attempt with its scoring in force."""

    attempt: Attempt
    record: ScoringRecord
    is_counting: bool

    @property
    def standing(self) -> Standing | None:
        return standing_of(self.record)

    @property
    def words(self) -> str:
        """Its result in a few words, for a list of attempts."""
        if self.attempt.is_adaptive:
            standing = self.standing
            if standing is None:
                return _("no answer")
            return _("above about %(percent)s of 100") % {"percent": standing.percent}
        return _("%(agreed)s of %(items)s agreed") % {"agreed": self.record.agreed, "items": self.record.items}


def outcomes_of(attempts: Sequence[Attempt]) -> list[Outcome]:
    """Of those that are submitted, in their order. One query."""
    if not attempts:
        return []
    records = ScoringRecord.objects.in_force().filter(attempt__in=attempts, attempt__submitted_at__isnull=False)
    by_attempt = {record.attempt_id: record for record in records}
    counting = counting_attempt(attempts, attempts[0].instrument.counts)
    return [Outcome(attempt, by_attempt[attempt.pk], attempt == counting) for attempt in attempts if attempt.pk in by_attempt]
