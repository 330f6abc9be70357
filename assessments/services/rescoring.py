"""Submitted attempts scored again when an author changes which answer is best and not a word of what learners read.

The attempt stays as it is. A new scoring record and new evidence stand beside the old (docs/decisions/0052-scored-again.md).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from assessments.enums import ItemKind
from assessments.formats.texts import normalised
from assessments.models import Attempt, AttemptItem, Item, ItemVersion, Response, ScoringRecord
from assessments.queries import Answer
from assessments.services.scoring import findings_of, scored, source_of
from assessments.wordings import has_same_words
from courses.models import Course
from skills.services import correct_evidence

PORTION = 500
"""Attempts that are read at once. Each is written in a transaction of its own."""

FEWEST_TOLD = 10
"""Of fewer learners than this nobody is told the number, or a mean."""

Report = Callable[[int, int], None]
"""Told after each portion how many attempts were looked at, of how many."""


def unreported(done: int, total: int) -> None:
    """For whom nobody waits."""


# What has changed -------------------------------------------------------------------------------------------------------


def changes_of_key(used: ItemVersion, wanted: ItemVersion) -> list[str]:
    """What of "best", "levels" and "decided" differs between two keys of one question.

    Nothing where they are one key, or people rate.
    """
    if used.is_open:
        return []
    differs = {
        "best": _keyed(used) != _keyed(wanted),
        "levels": used.levels != wanted.levels,
        "decided": used.key_provenance != wanted.key_provenance,
    }
    return [name for name, is_other in differs.items() if is_other]


def _keyed(version: ItemVersion) -> set[str]:
    """Of a short text the wordings themselves: learners never saw an id of theirs."""
    if version.kind != ItemKind.TEXT:
        return set(version.correct)
    return {normalised(option["text"]) for option in version.options if option["id"] in version.correct}


class Keys:
    """The versions of questions, each read once."""

    def __init__(self) -> None:
        self.known: dict[int, ItemVersion] = {}

    def load(self, ids: Iterable[int]) -> None:
        missing = set(ids) - self.known.keys()
        versions = ItemVersion.objects.select_related("item__skill", "item__current_version").in_bulk(missing)
        self.known.update(versions)

    def wanted(self, asked: ItemVersion, used: ItemVersion) -> ItemVersion:
        """The version whose key counts today for an answer to `asked`; `used` where nothing has changed."""
        current = asked.item.current_version
        if current is None or not has_same_words(asked, current) or not changes_of_key(used, current):
            return used
        current.item = asked.item
        return current


def _rekeyed_versions(course: Course) -> list[int]:
    """Ids of the versions that were asked in a course, read like today's and may have been keyed otherwise."""
    asked = AttemptItem.objects.filter(item=OuterRef("pk"), attempt__enrolment__course=course)
    items = Item.objects.annotate(count=Count("versions")).filter(Exists(asked), count__gt=1, current_version__isnull=False)
    found = []
    for item in items.select_related("current_version").prefetch_related("versions"):
        current = item.current_version
        alike = [version for version in item.versions.all() if current and has_same_words(version, current)]
        if current and any(changes_of_key(version, current) for version in alike):
            found += [version.pk for version in alike]
    return found


def _attempts(course: Course, since: datetime | None = None) -> QuerySet[Attempt]:
    """Submitted attempts (since then) that met a question whose key may have changed."""
    met = AttemptItem.objects.filter(attempt=OuterRef("pk"), item_version__in=_rekeyed_versions(course))
    submitted = Q(submitted_at__gte=since) if since else Q(submitted_at__isnull=False)
    # What was chosen question by question rests on the calibration of its day, and stays as it was told.
    return Attempt.objects.filter(submitted, Exists(met), enrolment__course=course, calibration=None)


# What each attempt would be scored --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rescoring:
    """One attempt with the scoring in force, the answers under today's keys and their scoring, not saved."""

    before: ScoringRecord
    answers: list[Answer]
    after: ScoringRecord
    user_id: int

    @property
    def moved_by_skill(self) -> dict[str, tuple[float, float | None, bool]]:
        """By slug: move of the share, move on the scale of levels (None without one in both), another likely level."""
        old, new = self.before.detail["skills"], self.after.detail["skills"]
        return {slug: _move(old[slug], part) for slug, part in new.items() if slug in old}


def _move(old: dict[str, Any], new: dict[str, Any]) -> tuple[float, float | None, bool]:
    before, after = old.get("placement"), new.get("placement")
    place = after["estimate"] - before["estimate"] if before and after else None
    return new["share"] - old["share"], place, (before or {}).get("level") != (after or {}).get("level")


def _portions(attempts: QuerySet[Attempt]) -> Iterator[tuple[int, list[Rescoring]]]:
    """Attempts looked at, and those of them to be scored again; a few queries each."""
    keys, last = Keys(), 0
    while ids := list(attempts.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:PORTION]):
        yield len(ids), _rescorings(ids, keys)
        last = ids[-1]


def _rescorings(attempt_ids: list[int], keys: Keys) -> list[Rescoring]:
    records = ScoringRecord.objects.in_force().filter(attempt__in=attempt_ids).select_related("attempt__user")
    given = Response.objects.filter(attempt=OuterRef("attempt"), item_version=OuterRef("item_version"))
    presented = AttemptItem.objects.filter(attempt__in=attempt_ids).order_by("attempt", "position")
    rows = list(presented.annotate(chosen=Subquery(given.values("chosen"))).values_list("attempt", "item_version", "chosen"))
    of_attempt = {record.attempt_id: record for record in records}
    keys.load(version_id for _attempt_id, version_id, _chosen in rows)
    keys.load(key for record in of_attempt.values() for key in record.keyed_by.values())
    asked = {attempt_id: list(group) for attempt_id, group in groupby(rows, key=lambda row: row[0])}
    found = (_rescoring(of_attempt[pk], entries, keys) for pk, entries in asked.items() if pk in of_attempt)
    return [rescoring for rescoring in found if rescoring is not None]


def _rescoring(record: ScoringRecord, asked: list[tuple[int, int, list[str] | None]], keys: Keys) -> Rescoring | None:
    """None where the keys of today are those of the scoring in force: a second run makes nothing new."""
    given = [(version_id, chosen or []) for _attempt_id, version_id, chosen in asked]
    return rescoring_of(record, given, keys, attempt=record.attempt, user_id=record.attempt.user_id)


def rescoring_of(
    record: ScoringRecord, given: Iterable[tuple[int, list[str]]], keys: Keys, *, attempt: Attempt | None, user_id: int
) -> Rescoring | None:
    """`given`: of each question the version that was asked, and the answer. None where no key has changed."""
    answers, changed = [], Counter[str]()
    keyed_by: dict[str, int] = {}
    for version_id, chosen in given:
        version = keys.known[version_id]
        used = keys.known[record.keyed_by.get(str(version_id), version_id)]
        wanted = keys.wanted(version, used)
        changed.update(changes_of_key(used, wanted)[:1])
        if wanted.pk != version_id:
            keyed_by[str(version_id)] = wanted.pk
        answers.append(Answer(wanted, chosen))
    if not changed:
        return None
    after = scored(attempt, answers)
    after.keyed_by = keyed_by
    after.rekeyed = {name: changed[name] for name in ("best", "levels", "decided")} | {"agreed": record.agreed}
    return Rescoring(record, answers, after, user_id)


# The dry run ------------------------------------------------------------------------------------------------------------


def told(count: int) -> str:
    """A number of attempts as anybody may read it."""
    return f"1–{FEWEST_TOLD - 1}" if 0 < count < FEWEST_TOLD else f"{count:,}"


@dataclass
class SkillPlan:
    """What happens on one skill. Moves: of the share of answers that agree, and on the scale of levels, where there are any."""

    attempts: int = 0
    other_share: int = 0
    other_level: int = 0
    share_moves: list[float] = field(default_factory=list)
    place_moves: list[float] = field(default_factory=list)

    def add(self, share: float, place: float | None, is_other_level: bool) -> None:
        self.attempts += 1
        self.other_share += share != 0
        self.other_level += is_other_level
        self.share_moves.append(share)
        if place is not None:
            self.place_moves.append(place)

    def as_json(self) -> dict[str, str | float | None]:
        return {
            "attempts": told(self.attempts),
            "other_agreement": told(self.other_share),
            "other_likely_level": told(self.other_level),
            "mean_move_in_points": _mean(self.share_moves, self.other_share, 100, 1),
            "mean_move_in_levels": _mean(self.place_moves, self.other_share, 1, 2),
        }


def _mean(moves: list[float], moved: int, factor: int, digits: int) -> float | None:
    """None where so few moved that it would tell of one of them."""
    return round(factor * sum(moves) / len(moves), digits) if moves and moved >= FEWEST_TOLD else None


@dataclass
class Plan:
    """Who would move, if a course were scored again now: counts of attempts, and of the learners who made them. Without a
    course they are kept skill checks.
    """

    course: Course | None
    questions: list[str]
    attempts: int = 0
    learners: set[int] = field(default_factory=set)
    other_agreement: int = 0
    other_level: int = 0
    skills: dict[str, SkillPlan] = field(default_factory=lambda: defaultdict(SkillPlan))

    def add(self, rescoring: Rescoring) -> None:
        self.attempts += 1
        self.learners.add(rescoring.user_id)
        self.other_agreement += rescoring.before.agreed != rescoring.after.agreed
        moved = rescoring.moved_by_skill
        self.other_level += any(is_other_level for _share, _place, is_other_level in moved.values())
        for slug, (share, place, is_other_level) in moved.items():
            self.skills[slug].add(share, place, is_other_level)

    def as_json(self) -> dict[str, Any]:
        return {
            "course": self.course.key if self.course else None,
            "questions": self.questions,
            "attempts": told(self.attempts),
            "learners": told(len(self.learners)),
            "other_agreement": told(self.other_agreement),
            "other_likely_level": told(self.other_level),
            "skills": {slug: skill.as_json() for slug, skill in sorted(self.skills.items())},
        }


def plan_rescoring(*, course: Course, report: Report = unreported) -> Plan:
    """What `rescore` would do to the attempts of a course, without writing anything."""
    asked = ItemVersion.objects.filter(pk__in=_rekeyed_versions(course))
    planned = Plan(course, sorted(set(asked.values_list("item__key", flat=True))))
    attempts = _attempts(course)
    total, looked_at = attempts.count(), 0
    for count, rescorings in _portions(attempts):
        for rescoring in rescorings:
            planned.add(rescoring)
        looked_at += count
        report(looked_at, max(total, looked_at))
    return planned


# Scoring again ----------------------------------------------------------------------------------------------------------


def rescore(*, course: Course, report: Report = unreported) -> int:
    """Score the attempts of a course under the keys of today, each in its own transaction; how many were scored again.

    It may be stopped anywhere and begun again, and two may be at it: what is scored under these keys is not scored twice.
    Attempts that are submitted meanwhile are scored again at its end.
    """
    begun = timezone.now()
    rescored = _rescore(_attempts(course), report)
    while True:
        since, begun = begun, timezone.now()
        more = _rescore(_attempts(course, since), unreported)
        if not more:
            return rescored
        rescored += more


def _rescore(attempts: QuerySet[Attempt], report: Report) -> int:
    total, looked_at, rescored = attempts.count(), 0, 0
    for count, rescorings in _portions(attempts):
        rescored += sum(_write(rescoring) for rescoring in rescorings)
        looked_at += count
        report(looked_at, max(total, looked_at))
    return rescored


@transaction.atomic
def _write(rescoring: Rescoring) -> bool:
    """False where the attempt is gone, or somebody else has scored it again since it was read."""
    attempt = rescoring.before.attempt
    if Attempt.objects.select_for_update(no_key=True).filter(pk=attempt.pk).first() is None:
        return False
    if attempt.scorings.values_list("pk", flat=True).first() != rescoring.before.pk:
        return False
    rescoring.after.save()
    correct_evidence(
        user=attempt.user,
        source=source_of(attempt),
        findings=findings_of(rescoring.after, rescoring.answers),
        is_provisional=rescoring.after.is_provisional,
    )
    return True
