"""Reads of the item bank and of what one learner answered. Every function starts from an enrolment or an attempt."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db.models import Count, F, Min, Prefetch, prefetch_related_objects
from django.utils.translation import gettext as _

from access.queries import may_open
from assessments import scoring
from assessments.enums import ItemUse, Occasion
from assessments.models import Attempt, AttemptItem, CheckAnswer, Instrument, Item, ItemVersion, ScoringRecord
from courses.activity_types import EnrolmentRef
from courses.content import assessment_block_id
from courses.enums import READ
from courses.models import Course
from learning.models import ActivityState, Enrolment
from learning.rules import requirements_in_force

FORMS_NEEDED = 2

ItemKey = TypeVar("ItemKey", UUID, str)


def checks_for(
    item_uuids: Iterable[ItemKey], enrolment: EnrolmentRef | None = None
) -> dict[ItemKey, tuple[ItemVersion, CheckAnswer | None]]:
    """Current version and the learner's latest answer of each check, under the keys that were asked for; two queries at most.

    Checks that do not exist are left out. An answer may have been given to an earlier version of its item.
    """
    wanted = {str(item_uuid): item_uuid for item_uuid in item_uuids}
    if not wanted:
        return {}
    items = Item.objects.select_related("current_version").filter(uuid__in=list(wanted), use=ItemUse.CHECK)
    versions = {}
    for item in items:
        if item.current_version is not None:
            item.current_version.item = item
            versions[item.pk] = item.current_version
    answers = _latest_answers(enrolment, list(versions)) if enrolment is not None and versions else {}
    return {wanted[str(version.item.uuid)]: (version, answers.get(item_id)) for item_id, version in versions.items()}


def _latest_answers(enrolment: EnrolmentRef, item_ids: list[int]) -> dict[int, CheckAnswer]:
    """All their answers to these, the last of each kept: people answer a check once or a few times."""
    answers = CheckAnswer.objects.filter(enrolment_id=enrolment.pk, item_version__item__in=item_ids)
    return {answer.answers_item: answer for answer in answers.annotate(answers_item=F("item_version__item")).order_by("pk")}


# May it be taken? -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Opening:
    """Whether an occasion may be begun now; `reason` says why not, to the learner, and is empty when it may."""

    reason: str = ""

    @property
    def is_open(self) -> bool:
        return not self.reason


def has_assessment(course: Course) -> bool:
    return Instrument.objects.filter(course=course, is_active=True).count() == FORMS_NEEDED


def opening(enrolment: Enrolment, occasion: str) -> Opening:
    """The rule of `docs/decisions`: before, until the first required activity is finished; after, once all others are."""
    if not has_assessment(enrolment.course):
        return Opening(_("This course has no assessment. You can take its lessons without one."))
    if not may_open(enrolment.user, enrolment.course):
        return Opening(_("Your access to this course has ended, so you cannot start its assessment."))
    if occasion == Occasion.BEFORE:
        return _opening_before(enrolment)
    return _opening_after(enrolment)


def _opening_before(enrolment: Enrolment) -> Opening:
    if Attempt.objects.filter(enrolment=enrolment, occasion=Occasion.AFTER).exists():
        return Opening(_("You have started the assessment after the course, so the one before it is closed."))
    if lessons_begun_at(enrolment) is not None:
        return Opening(
            _(
                "This assessment shows where you were before the course, and you have already finished part of "
                "it. It is optional: continue with the lessons and take the assessment after the course."
            ),
        )
    return Opening()


def _opening_after(enrolment: Enrolment) -> Opening:
    states = ActivityState.objects.filter(enrolment=enrolment, finished_at__isnull=False)
    finished = {str(block_id) for block_id in states.values_list("activity__block_id", flat=True)}
    _version, counted = requirements_in_force(enrolment.version, enrolment.course.current_version, finished)
    after_block = str(assessment_block_id(enrolment.course, Occasion.AFTER))
    if counted - finished - {after_block}:
        return Opening(_("This assessment opens once you have finished the lessons and their knowledge checks."))
    return Opening()


def attempt_of(enrolment: Enrolment, occasion: str) -> Attempt | None:
    """The attempt at this occasion with `item_count` and `is_superseded`."""
    attempts = Attempt.objects.with_superseded().filter(enrolment=enrolment, occasion=occasion)
    return attempts.annotate(item_count=Count("items")).first()


def open_attempt(enrolment: Enrolment) -> Attempt | None:
    """An attempt that waits to be finished."""
    return Attempt.objects.unfinished().filter(enrolment=enrolment).first()


def presented_items(attempt: Attempt) -> list[AttemptItem]:
    """Items of an attempt in order, with version and skill. One query, once: they never change, so `attempt` keeps them."""
    items = AttemptItem.objects.select_related("item_version__item__skill")
    prefetch_related_objects([attempt], Prefetch("items", queryset=items))
    return list(attempt.items.all())


def form_length(course: Course) -> int:
    """Questions of the longer form."""
    lengths = Instrument.objects.filter(course=course, is_active=True).annotate(length=Count("entries"))
    return max((form.length for form in lengths), default=0)


def lessons_begun_at(enrolment: Enrolment) -> datetime | None:
    """When the first lesson or check was finished."""
    states = ActivityState.objects.filter(enrolment=enrolment, activity__kind__in=[READ, "check"])
    first: datetime | None = states.aggregate(first=Min("finished_at"))["first"]
    return first


def is_superseded(attempt: Attempt) -> bool:
    """The answer of this moment, where `attempt.is_superseded` may be old or not be there."""
    return attempt.occasion == Occasion.BEFORE and Attempt.objects.superseded().filter(pk=attempt.pk).exists()


# Results --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Result:
    """One submitted attempt with the scoring that counts."""

    attempt: Attempt
    record: ScoringRecord

    @property
    def agreed(self) -> int:
        return self.record.agreed

    @property
    def items(self) -> int:
        return self.record.items

    @property
    def low(self) -> int:
        return self.record.agreed_low

    @property
    def high(self) -> int:
        return self.record.agreed_high


@dataclass(frozen=True)
class Comparison:
    """Both occasions side by side; either may be missing. `change` only when both are there."""

    before: Result | None
    after: Result | None
    change: scoring.Change | None

    @property
    def results(self) -> list[Result]:
        return [result for result in (self.before, self.after) if result is not None]

    @property
    def is_provisional(self) -> bool:
        return any(result.record.is_provisional for result in self.results)


def comparison(enrolment: Enrolment) -> Comparison:
    """The results of the learner's submitted attempts, with intervals; one query."""
    records = ScoringRecord.objects.in_force().filter(attempt__enrolment=enrolment, attempt__submitted_at__isnull=False)
    results = {
        record.attempt.occasion: Result(record.attempt, record) for record in records.select_related("attempt__instrument")
    }
    before, after = results.get(Occasion.BEFORE), results.get(Occasion.AFTER)
    change = scoring.estimate_change(before.agreed, before.items, after.agreed, after.items) if before and after else None
    return Comparison(before=before, after=after, change=change)
