"""Reads of the item bank and of what one learner answered. Every function starts from an enrolment or an attempt."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef, Prefetch, Q, QuerySet, Subquery, prefetch_related_objects
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from access.queries import may_open
from accounts.enums import MembershipState
from accounts.member_parts import Fact
from accounts.models import Membership, User
from assessments import scoring
from assessments.enums import OF_COURSE, Delivery, ItemState, ItemUse, Occasion
from assessments.formats.written import terms_of
from assessments.models import (
    AnswerFile,
    Attempt,
    AttemptItem,
    CheckAnswer,
    ExtraTime,
    Instrument,
    Item,
    ItemVersion,
    Response,
    ScoringRecord,
    SkillCheck,
)
from assessments.scoring.placement import FEWEST_ITEMS
from assessments.windows import Terms, due_at, window_of
from common.statements import parameter, partial, places
from courses.activity_types import EnrolmentRef
from courses.content import assessment_block_id
from courses.enums import READ
from courses.models import Course
from learning.models import ActivityState, Enrolment
from learning.rules import requirements_in_force
from skills.placed import Placed

FORMS_NEEDED = 2

ItemKey = TypeVar("ItemKey", UUID, str)


_CHECKS = """
SELECT version.*, item.uuid AS item_uuid, item.kind AS item_kind, answer.id AS answer_id, answer.chosen AS answer_chosen,
    answer.is_correct AS answer_is_correct, answer.enrolment_id AS answer_enrolment_id,
    answer.item_version_id AS answer_version_id
FROM assessments_item AS item
JOIN assessments_itemversion AS version ON version.id = item.current_version_id
LEFT JOIN assessments_checkanswer AS answer ON answer.id = (
    SELECT MAX(given.id) FROM assessments_checkanswer AS given
    JOIN assessments_itemversion AS asked ON asked.id = given.item_version_id
    WHERE given.enrolment_id = %s AND asked.item_id = item.id)
WHERE item.use = %s AND item.uuid IN ({items})"""


def checks_for(
    item_uuids: Iterable[ItemKey], enrolment: EnrolmentRef | None = None
) -> dict[ItemKey, tuple[ItemVersion, CheckAnswer | None]]:
    """Current version and the learner's latest answer of each check, under the keys that were asked for; one query, or two
    where a question has changed since it was answered.

    Checks that do not exist are left out. An answer may have been given to an earlier version of its item.
    """
    wanted = {str(item_uuid): item_uuid for item_uuid in item_uuids}
    if not wanted:
        return {}
    ids: list[Any] = [parameter(Item._meta.get_field("uuid"), item_uuid) for item_uuid in wanted]
    statement = _CHECKS.format(items=places(ids))
    rows: Iterable[Any] = ItemVersion.objects.raw(statement, [enrolment.pk if enrolment else None, ItemUse.CHECK, *ids])
    versions = list(rows)
    for version in versions:
        version.item = partial(Item, id=version.item_id, uuid=UUID(str(version.item_uuid)), kind=version.item_kind)
    answers = {version.pk: _answer_beside(version) for version in versions if version.answer_id}
    _add_what_was_asked(answers, versions)
    return {wanted[str(version.item.uuid)]: (version, answers.get(version.pk)) for version in versions}


def _answer_beside(version: Any) -> CheckAnswer:
    """The answer that was read in the row of a version. It may have been given to an earlier one."""
    chosen = version.answer_chosen
    return partial(
        CheckAnswer,
        id=version.answer_id,
        enrolment_id=version.answer_enrolment_id,
        item_version_id=version.answer_version_id,
        chosen=json.loads(chosen) if isinstance(chosen, str) else chosen,
        is_correct=bool(version.answer_is_correct),
    )


def _add_what_was_asked(answers: Mapping[int, CheckAnswer], versions: Sequence[ItemVersion]) -> None:
    earlier = [answer.item_version_id for pk, answer in answers.items() if answer.item_version_id != pk]
    known = {version.pk: version for version in versions} | (ItemVersion.objects.in_bulk(earlier) if earlier else {})
    for answer in answers.values():
        answer.item_version = known[answer.item_version_id]


def answers_in(user: User, course: Course) -> list[CheckAnswer]:
    """The latest answer somebody gave to each check of a course, also to those that have left it; with what was asked then."""
    answers = CheckAnswer.objects.filter(enrolment__user=user, enrolment__course=course)
    answers = answers.select_related("item_version__item", "enrolment__organisation").order_by("pk")
    return list({(answer.enrolment_id, answer.item_version.item_id): answer for answer in answers}.values())


def attempts_in(user: User, course: Course) -> QuerySet[Attempt]:
    """The assessments that somebody began in a course, in their order."""
    attempts = Attempt.objects.filter(user=user, enrolment__course=course)
    return attempts.select_related("enrolment__organisation").order_by("pk")


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
    """The rule of `docs/decisions`: before, until the first required activity is finished; after, once all others are.

    A preview has none after it: there is no "after" before all of the course is there.
    """
    forms = list(Instrument.objects.filter(course=enrolment.course_id, is_active=True))
    if len(forms) != FORMS_NEEDED:
        return Opening(_("This course has no assessment. You can take its lessons without one."))
    if not may_open(enrolment.user, enrolment.course):
        return Opening(_("Your access to this course has ended, so you cannot start its assessment."))
    by_progress = _opening_before(enrolment) if occasion == Occasion.BEFORE else _opening_after(enrolment)
    return by_progress if by_progress.reason else opening_by_day(forms, enrolment)


def opening_by_day(forms: Iterable[Terms], enrolment: Enrolment) -> Opening:
    """Whether today is one of the days of its forms."""
    now = timezone.now()
    for window in (window_of(form, enrolment) for form in forms):
        if window.opens_on and window.is_before(now):
            return Opening(_("This assessment opens on %(day)s.") % {"day": window.said(window.opens_on)})
        if window.closes_on and window.is_over(now):
            return Opening(_("This assessment closed after %(day)s.") % {"day": window.said(window.closes_on)})
    return Opening()


def extra_percent(enrolment: Enrolment) -> int:
    """How much longer this learner may take in this course."""
    if enrolment.organisation_id:
        given = ExtraTime.objects.filter(membership__organisation=enrolment.organisation_id, membership__user=enrolment.user_id)
    else:
        given = ExtraTime.objects.filter(user=enrolment.user_id)
    return given.values_list("percent", flat=True).first() or 0


def extra_percents(user: User) -> dict[int, int]:
    """How much longer somebody may take what organisations give them, by organisation. One query."""
    given = ExtraTime.objects.filter(membership__user=user)
    return dict(given.values_list("membership__organisation", "percent"))


def extra_time_of_member(membership: Membership) -> Iterable[Fact]:
    """Where it is set, once any assessment has a time limit. How much it is stands only there. One query."""
    if membership.state != MembershipState.LEFT and Instrument.objects.filter(is_active=True, time_limit__gt=0).exists():
        address = reverse("org:extra_time", args=[membership.organisation.slug, membership.uuid])
        yield Fact(_("Assessments with a time limit"), act=_("Extra time"), act_url=address)


def end_of_sitting(form: Terms, enrolment: Enrolment, *, began_at: datetime) -> datetime | None:
    """When a sitting that began then ends for this learner; None where nothing ends it. No query where there is no limit."""
    extra = extra_percent(enrolment) if form.time_limit else 0
    return due_at(form, enrolment, began_at=began_at, extra=extra)


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
    if not enrolment.course.is_whole:
        return Opening(_("This assessment opens once all modules of the course are here and you have finished them."))
    states = ActivityState.objects.filter(enrolment=enrolment, finished_at__isnull=False)
    finished = {str(block_id) for block_id in states.values_list("activity__block_id", flat=True)}
    _version, counted = requirements_in_force(enrolment.version, enrolment.course.current_version, finished)
    after_block = str(assessment_block_id(enrolment.course, Occasion.AFTER))
    if counted - finished - {after_block}:
        return Opening(_("This assessment opens once you have finished the lessons and their knowledge checks."))
    return Opening()


def attempt_of(enrolment: Enrolment, occasion: str) -> Attempt | None:
    """The attempt at this occasion with `item_count` and `is_superseded`."""
    attempts = Attempt.objects.with_superseded().filter(enrolment=enrolment, occasion=occasion).select_related("instrument")
    return attempts.annotate(item_count=Count("items")).first()


def open_attempt(enrolment: Enrolment) -> Attempt | None:
    """An attempt of the course that waits to be finished."""
    return Attempt.objects.unfinished().filter(enrolment=enrolment, occasion__in=OF_COURSE).first()


@dataclass(frozen=True)
class UnderWay:
    """An attempt that waits to be finished, and how far it is; `number`: of the first question without an answer."""

    attempt: Attempt
    answered: int
    questions: int
    number: int

    @property
    def address(self) -> str:
        return reverse("assessments:attempt", args=[self.attempt.uuid]) + f"#question-{self.number}"

    @property
    def is_before(self) -> bool:
        return self.attempt.occasion == Occasion.BEFORE


def under_way(enrolments: Iterable[Enrolment]) -> dict[int, UnderWay]:
    """Attempts of courses that wait to be finished, by enrolment id. One query."""
    given = Response.objects.filter(attempt=OuterRef("attempt"), item_version=OuterRef("item_version"))
    given = given.filter(is_complete=True).exclude(chosen=[])
    waiting = Attempt.objects.unfinished().filter(enrolment__in=list(enrolments), occasion__in=OF_COURSE)
    entries = AttemptItem.objects.filter(attempt__in=waiting).annotate(is_answered=Exists(given)).select_related("attempt")
    found = {}
    for _attempt, group in groupby(entries.order_by("attempt", "position"), key=lambda entry: entry.attempt_id):
        asked = list(group)
        number = next((entry.position for entry in asked if not entry.is_answered), asked[0].position)
        answered = sum(entry.is_answered for entry in asked)
        found[asked[0].attempt.enrolment_id] = UnderWay(asked[0].attempt, answered, len(asked), number)
    return found


def presented_items(attempt: Attempt) -> list[AttemptItem]:
    """Items of an attempt in order, with version and skill. One query, once: they never change, so `attempt` keeps them."""
    items = AttemptItem.objects.select_related("item_version__item__skill")
    prefetch_related_objects([attempt], Prefetch("items", queryset=items))
    return list(attempt.items.all())


@dataclass(frozen=True)
class Answer:
    """What one attempt answered to one question, as its format writes it; nothing where it was left open."""

    version: ItemVersion
    chosen: list[str]


def answers_of(attempt: Attempt) -> list[Answer]:
    """The answers as they are now, in the order of the questions, with version, item and skill. One query."""
    given = Response.objects.filter(attempt=OuterRef("attempt"), item_version=OuterRef("item_version"))
    entries = attempt.items.select_related("item_version__item__skill").annotate(chosen=Subquery(given.values("chosen")))
    return [Answer(entry.item_version, entry.chosen or []) for entry in entries.order_by("position")]


def complete_answers(attempts: Iterable[Attempt]) -> dict[int, list[Response]]:
    """By id of the attempt those of its answers that are finished, with version and item. One query."""
    found: dict[int, list[Response]] = {attempt.pk: [] for attempt in attempts}
    given = Response.objects.filter(attempt__in=list(found), is_complete=True).exclude(chosen=[])
    for response in given.select_related("item_version__item"):
        found[response.attempt_id].append(response)
    return found


def files_of(attempt: Attempt) -> dict[int, AnswerFile]:
    """Files that answer questions of an attempt, by id of the version. One query, none where no question takes a file."""
    if not any(entry.item_version.takes_file for entry in presented_items(attempt)):
        return {}
    files = AnswerFile.objects.filter(response__attempt=attempt).select_related("response")
    return {file.response.item_version_id: file for file in files}


def any_form(course: Course) -> Instrument | None:
    """All forms in use have the same settings."""
    return Instrument.objects.filter(course=course, is_active=True).order_by("key").first()


def has_public_instrument() -> bool:
    """Whether there is a skill check for everybody."""
    return Instrument.objects.filter(delivery=Delivery.CHECK, is_active=True).exists()


def form_length(course: Course) -> int:
    """Questions of the longer form, without those that are retired."""
    asked = Count("entries", filter=~Q(entries__item__state=ItemState.RETIRED))
    lengths = Instrument.objects.filter(course=course, is_active=True).annotate(length=asked)
    return max((form.blueprint_length or form.length for form in lengths), default=0)


@dataclass(frozen=True)
class FormSize:
    """What an assessment of a course asks: `texts` of its questions are answered in one's own words. `limit`: in minutes."""

    questions: int
    texts: int
    limit: int | None = None


def sizes_of_forms(courses: Iterable[Course]) -> dict[tuple[int, str], FormSize]:
    """By course and occasion. Two queries, none without any course."""
    keys = [course.pk for course in courses]
    if not keys:
        return {}
    asked = Count("entries", filter=~Q(entries__item__state=ItemState.RETIRED))
    lengths: dict[int | None, int] = {}
    limits: dict[int | None, int | None] = {}
    for form in Instrument.objects.filter(course__in=keys, is_active=True).annotate(length=asked):
        lengths[form.course_id] = max(lengths.get(form.course_id, 0), form.blueprint_length or form.length)
        limits[form.course_id] = form.time_limit
    texts = Counter(Item.objects.of_texts().filter(course__in=keys).values_list("course", "occasion"))
    return {
        (key, occasion): FormSize(lengths[key] + texts[key, occasion], texts[key, occasion], limits[key])
        for key in keys
        if key in lengths
        for occasion in OF_COURSE
    }


def texts_of(course: Course, occasion: str) -> int:
    """How many questions of this occasion are answered in one's own words, beside its form."""
    return Item.objects.to_be_written(course.pk).filter(occasion=occasion).count()


def means_of(course: Course, occasion: str) -> set[str]:
    """How those questions are answered: in words, by files, by recordings. One query."""
    keys = Item.objects.to_be_written(course.pk).filter(occasion=occasion).values_list("current_version__correct", flat=True)
    return {terms_of(key).by for key in keys}


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
    def credit(self) -> dict[str, float] | None:
        """Total, items, low and high, counting answers that agree in part; None where no question has parts."""
        credit: dict[str, float] | None = self.record.detail.get("credit")
        return credit

    @property
    def has_texts(self) -> bool:
        """Whether something was to be answered in one's own words, which no number here counts."""
        return bool(self.record.detail.get("texts"))

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

    @property
    def names_skills(self) -> bool:
        """Whether a result says something of a skill."""
        parts = [part for result in self.results for part in result.record.detail["skills"].values()]
        return any("placement" in part or "award" in part for part in parts)


def comparison(enrolment: Enrolment) -> Comparison:
    """The results of the learner's submitted attempts, with intervals; one query."""
    records = ScoringRecord.objects.in_force().filter(
        attempt__enrolment=enrolment, attempt__occasion__in=OF_COURSE, attempt__submitted_at__isnull=False
    )
    results = {
        record.attempt.occasion: Result(record.attempt, record) for record in records.select_related("attempt__instrument")
    }
    before, after = results.get(Occasion.BEFORE), results.get(Occasion.AFTER)
    change = scoring.estimate_change(before.agreed, before.items, after.agreed, after.items) if before and after else None
    return Comparison(before=before, after=after, change=change)


def placed_of(placement: dict[str, Any]) -> Placed | None:
    """The placement of a scoring record; None where it rests on too few answers to tell a level.

    At the ends of the scale its mean may lie outside of a band that is cut there.
    """
    low, high = placement["band_low"], placement["band_high"]
    place = min(max(placement["estimate"], low), high)
    placed = Placed(place, low, high, placement["level"], placement["low"], placement["high"])
    return placed if placement["items"] >= FEWEST_ITEMS and placed.tells_a_level else None


def keys_of(results: Iterable[Result]) -> dict[int, ItemVersion]:
    """By id of a version that was asked the one whose key counted, where that is another. One query, none without any."""
    used = {int(asked): key for result in results for asked, key in result.record.keyed_by.items()}
    versions = ItemVersion.objects.in_bulk(list(used.values())) if used else {}
    return {asked: versions[key] for asked, key in used.items()}


def met_in_skill_check(user_id: int) -> set[int]:
    """Items that somebody was asked in the skill check that they kept. One query, two where there is one."""
    kept = SkillCheck.objects.filter(user=user_id).values_list("questions", flat=True)
    versions = [version for questions in kept for version, _order in questions]
    return set(ItemVersion.objects.filter(pk__in=versions).values_list("item_id", flat=True)) if versions else set()


def first_sittings() -> QuerySet[Attempt]:
    """Of each learner in each course the first attempt, where it is submitted: no form was met before it."""
    earlier = Attempt.objects.filter(
        user=OuterRef("user"), enrolment__course=OuterRef("enrolment__course"), pk__lt=OuterRef("pk")
    )
    return Attempt.objects.filter(~Exists(earlier), submitted_at__isnull=False)
