"""What pages say of assessments that are taken by themselves: how they are taken, and what came of each attempt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from assessments.alone import Place, counting_attempt, opening_alone
from assessments.enums import CountingRule
from assessments.models import Attempt, Instrument, ScoringRecord
from assessments.queries import Opening, extra_percent
from assessments.services import adaptive_plan_of
from assessments.sheets import CHOICES, minutes_for
from assessments.windows import Window, minutes_with_extra, window_of
from skills.queries import skills_by_slug


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
    may_end_earlier: bool = False
    only_choices: bool = True

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
        may_end_earlier=place.instrument.is_adaptive and adaptive_plan_of(place.instrument).may_end_earlier,
        only_choices=not place.instrument.entries.asked().exclude(item__kind__in=CHOICES).exists(),
    )


# Results ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """Where an adaptive sitting stands beside the people on whose answers its questions were calibrated. In whole per cent.

    `skill`: its name, where the sitting asked about several.
    """

    percent: int
    low: int
    high: int
    persons: int
    items: int
    skill: str = ""

    @property
    def width(self) -> int:
        return self.high - self.low

    @property
    def words(self) -> str:
        return _(
            "Of 100 people like the %(persons)s on whose answers these questions were calibrated, about %(percent)s lie below "
            "you; between %(low)s and %(high)s is likely."
        ) % {"persons": f"{self.persons:,}", "percent": self.percent, "low": self.low, "high": self.high}

    @property
    def short_words(self) -> str:
        words = _("above about %(percent)s of 100") % {"percent": self.percent}
        return _("%(skill)s: %(words)s") % {"skill": self.skill, "words": words} if self.skill else words


def standings_of(record: ScoringRecord, names: Mapping[str, str]) -> list[Standing]:
    """Of each skill by itself; nothing of what was not chosen question by question, and of skills without any answer.

    `names` of skills, by slug, in the order in which they are told.
    """
    found: dict[str, Any] = record.detail.get("adaptive", {})
    if "skills" in found:
        told = {slug: part for slug, part in found["skills"].items() if part["items"]}
        in_order = [*(slug for slug in names if slug in told), *(slug for slug in told if slug not in names)]
        return [_standing(told[slug], names.get(slug, slug)) for slug in in_order]
    return [_standing(found)] if found.get("items") else []


def _standing(found: Mapping[str, Any], skill: str = "") -> Standing:
    return Standing(found["percent"], found["percent_low"], found["percent_high"], found["persons"], found["items"], skill)


@dataclass(frozen=True)
class Outcome:
    """One attempt with its scoring in force."""

    attempt: Attempt
    record: ScoringRecord
    is_counting: bool
    standings: list[Standing] = field(default_factory=list)

    @property
    def standing(self) -> Standing | None:
        """Of a sitting about one skill."""
        return self.standings[0] if len(self.standings) == 1 else None

    @property
    def words(self) -> str:
        """Its result in a few words, for a list of attempts."""
        if self.attempt.is_adaptive:
            return "; ".join(standing.short_words for standing in self.standings) or _("no answer")
        return _("%(agreed)s of %(items)s agreed") % {"agreed": self.record.agreed, "items": self.record.items}


def outcomes_of(attempts: Sequence[Attempt]) -> list[Outcome]:
    """Of those that are submitted, in their order. Two queries at most."""
    if not attempts:
        return []
    records = ScoringRecord.objects.in_force().filter(attempt__in=attempts, attempt__submitted_at__isnull=False)
    by_attempt = {record.attempt_id: record for record in records}
    counting = counting_attempt(attempts, attempts[0].instrument.counts)
    has_several = any("skills" in record.detail.get("adaptive", {}) for record in by_attempt.values())
    names = {slug: skill.name for slug, skill in skills_by_slug().items()} if has_several else {}
    return [
        Outcome(attempt, record, attempt == counting, standings_of(record, names))
        for attempt in attempts
        if (record := by_attempt.get(attempt.pk)) is not None
    ]
