"""Reads of assessments that are taken by themselves: where somebody may take which, how often, and what they have taken."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.queries import may_open
from accounts.enums import MembershipState
from accounts.models import Membership, User
from assessments.enums import CountingRule, Delivery
from assessments.models import AssignedInstrument, Attempt, AttemptItem, Instrument
from assessments.queries import Opening, extra_percents, opening_by_day
from assessments.windows import Window, minutes_with_extra
from courses.activity_types import EnrolmentRef
from courses.models import Activity
from learning.models import Cohort, Enrolment

LESSON_KIND = "assessment"


@dataclass(frozen=True)
class Place:
    """Where somebody takes an instrument by itself: what was assigned, or the block of a lesson; with what they have taken."""

    enrolment: Enrolment
    instrument: Instrument
    assigned: AssignedInstrument | None = None
    block_id: UUID | None = None
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def terms(self) -> Instrument | AssignedInstrument:
        return self.assigned or self.instrument


def assigned_to(user: User) -> Iterable[AssignedInstrument]:
    """What cohorts of somebody were given, in organisations that they are active in. One query."""
    current = AssignedInstrument.objects.current().filter(
        cohort__archived_at=None,
        cohort__memberships__membership__user=user,
        cohort__memberships__membership__state=MembershipState.ACTIVE,
    )
    with_enrolment = current.filter(
        Exists(Enrolment.objects.filter(user=user, course=OuterRef("cohort__course"), organisation=OuterRef("organisation")))
    )
    return with_enrolment.select_related("organisation", "instrument").order_by("closes_on", "pk")


@dataclass(frozen=True)
class Given:
    """What an organisation gave somebody, and how far they are with it. `extra`: per cent that they may take longer.

    `is_offered`: whether they still have it; of what was withdrawn, or given to a cohort that they have left, whoever has
    begun may finish, and results stay.
    """

    assigned: AssignedInstrument
    under_way: Attempt | None = None
    submitted: Sequence[Attempt] = ()
    is_offered: bool = True
    extra: int = 0

    @property
    def instrument(self) -> Instrument:
        return self.assigned.instrument

    @property
    def last(self) -> Attempt | None:
        return self.submitted[-1] if self.submitted else None

    @property
    def is_running(self) -> bool:
        """Whether a sitting was begun that can be gone on with."""
        return self.under_way is not None and not self.under_way.is_due(timezone.now())

    @property
    def address(self) -> str:
        if self.under_way is not None:
            return reverse("assessments:attempt", args=[self.under_way.uuid])
        return self.page

    @property
    def page(self) -> str:
        """Of the assessment; where they do not have it any more, of what they took of it."""
        if not self.is_offered and self.last is not None:
            return reverse("assessments:sitting", args=[self.last.uuid])
        return reverse("assessments:assigned", args=[self.assigned.uuid]) if self.is_offered else self.address

    @property
    def limit(self) -> int | None:
        """Minutes, with their extra time."""
        return minutes_with_extra(self.assigned.time_limit, self.extra) if self.assigned.time_limit else None

    @property
    def window(self) -> Window:
        zone = ZoneInfo(self.assigned.organisation.time_zone)
        return Window(self.assigned.opens_on, self.assigned.closes_on, zone)

    @property
    def is_done(self) -> bool:
        return self.last is not None

    @property
    def can_be_taken(self) -> bool:
        """Whether a sitting can be gone on with now, or begun: the first, or another where there may be several."""
        now = timezone.now()
        if self.under_way is not None:
            return self.is_running
        is_open = self.is_offered and not self.window.is_before(now) and not self.window.is_over(now)
        return is_open and self.instrument.is_active and _opening_of_another(self.instrument, self.submitted).is_open

    @property
    def waits(self) -> bool:
        """Whether it was begun and can be gone on with, or can be taken now and was not yet."""
        return self.is_running or (self.last is None and self.can_be_taken)


def given_to(user: User) -> list[Given]:
    """What they have been given, and what they have begun or taken of what they were. Two to four queries, however many."""
    assigned = list(assigned_to(user))
    own: dict[int, list[Attempt]] = {}
    for attempt in Attempt.objects.filter(user=user, assigned__isnull=False).order_by("number"):
        own.setdefault(attempt.assigned_id or 0, []).append(attempt)
    current = {one.pk for one in assigned}
    past = own.keys() - current
    if past:
        earlier = AssignedInstrument.objects.filter(pk__in=past).select_related("organisation", "instrument")
        assigned += earlier.order_by("closes_on", "pk")
    extra = extra_percents(user) if any(one.time_limit for one in assigned) else {}
    return [
        _given(one, own.get(one.pk, []), is_offered=one.pk in current, extra=extra.get(one.organisation_id, 0))
        for one in assigned
    ]


def sittings_in_lessons(user: User) -> list[Attempt]:
    """Begun in lessons and not submitted, those used last first. One query."""
    attempts = Attempt.objects.filter(user=user, submitted_at=None, block_id__isnull=False, instrument__delivery=Delivery.ALONE)
    now = timezone.now()
    return [one for one in attempts.select_related("instrument", "enrolment__course").order_by("-pk") if not one.is_due(now)]


def _given(assigned: AssignedInstrument, attempts: Sequence[Attempt], *, is_offered: bool, extra: int) -> Given:
    under_way = next((attempt for attempt in attempts if attempt.submitted_at is None), None)
    submitted = [attempt for attempt in attempts if attempt.submitted_at is not None]
    return Given(assigned, under_way, submitted, is_offered, extra)


def place_of_assigned(user: User, uuid: UUID) -> Place:
    """Raises Http404 where it is not theirs: whoever was taken out of the cohort keeps the results of what they took."""
    given = AssignedInstrument.objects.filter(
        uuid=uuid,
        cohort__memberships__membership__user=user,
        cohort__memberships__membership__state=MembershipState.ACTIVE,
    )
    assigned = given.select_related("cohort__course", "organisation", "instrument").first()
    if assigned is None:
        raise Http404
    enrolments = Enrolment.objects.filter(user=user, course=assigned.cohort.course_id, organisation=assigned.organisation_id)
    enrolment = enrolments.select_related("course", "organisation").first()
    if enrolment is None:
        raise Http404
    attempts = attempts_alone(enrolment, assigned.instrument, assigned, None)
    return Place(enrolment, assigned.instrument, assigned, None, attempts)


def place_in_lesson(user: User, enrolment_uuid: UUID, block_id: UUID) -> Place:
    """Raises Http404 where the course has no such block, or its assessment is none."""
    enrolments = Enrolment.objects.select_related("course", "organisation")
    enrolment = enrolments.filter(uuid=enrolment_uuid, user=user).first()
    activity = (
        Activity.objects.filter(course=enrolment.course_id, block_id=block_id, kind=LESSON_KIND).first() if enrolment else None
    )
    key = activity.value.get("assessment", "") if activity else ""
    instrument = Instrument.objects.filter(delivery=Delivery.ALONE, key=key).first()
    if enrolment is None or instrument is None:
        raise Http404
    return Place(enrolment, instrument, None, block_id, attempts_alone(enrolment, instrument, None, block_id))


def attempts_alone(
    enrolment: Enrolment, instrument: Instrument, assigned: AssignedInstrument | None, block_id: UUID | None
) -> list[Attempt]:
    """The sittings of one learner with what was assigned to them, or with the block of a lesson, in their order. One query."""
    attempts = Attempt.objects.filter(enrolment=enrolment, instrument=instrument, assigned=assigned, block_id=block_id)
    return list(attempts.select_related("instrument", "assigned").order_by("number"))


def counting_attempt(attempts: Sequence[Attempt], rule: str) -> Attempt | None:
    """Of several sittings the one that counts, of those that are submitted."""
    submitted = [attempt for attempt in attempts if attempt.submitted_at is not None]
    if not submitted:
        return None
    return submitted[0] if rule == CountingRule.FIRST else submitted[-1]


def opening_alone(
    enrolment: Enrolment, instrument: Instrument, assigned: AssignedInstrument | None, earlier: Sequence[Attempt]
) -> Opening:
    """Whether another sitting may be begun now. `earlier`: those that were, all of them submitted."""
    if not instrument.is_active:
        return Opening(_("This assessment is not offered any more."))
    if assigned is None and not may_open(enrolment.user, enrolment.course):
        return Opening(_("Your access to this course has ended, so you cannot start its assessment."))
    if assigned is not None and (assigned.withdrawn_at or assigned.cohort.is_archived):
        return Opening(_("Your organisation has withdrawn this assessment."))
    another = _opening_of_another(instrument, earlier)
    return another if not another.is_open else opening_by_day([assigned or instrument], enrolment)


def _opening_of_another(instrument: Instrument, earlier: Sequence[Attempt]) -> Opening:
    """Whether the instrument lets somebody begin who has taken it so often. No query."""
    if len(earlier) >= instrument.attempts_allowed:
        words = ngettext(
            "You have taken this assessment. It can be taken once.",
            "You have taken this assessment %(n)s times, as often as it can be taken.",
            instrument.attempts_allowed,
        )
        return Opening(words % {"n": instrument.attempts_allowed})
    ended_at = earlier[-1].submitted_at if earlier else None
    again_at = ended_at + timedelta(days=instrument.wait_days) if ended_at else None
    if again_at is not None and again_at > timezone.now():
        moment = date_format(timezone.localtime(again_at), "DATETIME_FORMAT")
        return Opening(_("You can take this assessment again from %(moment)s on.") % {"moment": moment})
    return Opening()


@dataclass(frozen=True)
class LessonRow:
    """An assessment as a lesson shows it. `taken`: attempts that are submitted."""

    instrument: Instrument
    under_way: Attempt | None
    taken: int

    @property
    def can_take_again(self) -> bool:
        return self.taken < self.instrument.attempts_allowed


def in_blocks(keys: Mapping[str, str], enrolment: EnrolmentRef | None) -> dict[str, LessonRow]:
    """By id of a block, `keys` being those of their assessments. Two queries, one for visitors, none without any block."""
    if not keys:
        return {}
    offered = Instrument.objects.filter(delivery=Delivery.ALONE, is_active=True, key__in=set(keys.values()))
    by_key = {instrument.key: instrument for instrument in offered}
    own: dict[str, list[Attempt]] = {}
    if enrolment is not None and by_key:
        attempts = Attempt.objects.filter(enrolment=enrolment.pk, block_id__in=list(keys)).order_by("number")
        for attempt in attempts:
            own.setdefault(str(attempt.block_id), []).append(attempt)
    return {block: _lesson_row(by_key[key], own.get(block, [])) for block, key in keys.items() if key in by_key}


def _lesson_row(instrument: Instrument, attempts: Sequence[Attempt]) -> LessonRow:
    own = [attempt for attempt in attempts if attempt.instrument_id == instrument.pk]
    under_way = next((attempt for attempt in own if attempt.submitted_at is None), None)
    return LessonRow(instrument, under_way, sum(attempt.submitted_at is not None for attempt in own))


# For whoever gives assessments to others -----------------------------------------------------------------------------------


def assessments_to_give(cohort: Cohort) -> QuerySet[Instrument]:
    """Those that a cohort does not have."""
    given = AssignedInstrument.objects.current().filter(cohort=cohort)
    offered = Instrument.objects.filter(delivery=Delivery.ALONE, is_active=True)
    return offered.exclude(pk__in=given.values("instrument")).order_by("title")


def cohort_sittings(assigned: AssignedInstrument) -> QuerySet[Membership]:
    """People of the cohort with `began_at` and `submitted_at`, of their first attempt: all that employers see of one."""
    own = Attempt.objects.filter(assigned=assigned, user=OuterRef("user")).order_by("number")
    return (
        Membership.objects.filter(organisation=assigned.organisation_id, cohort_memberships__cohort=assigned.cohort_id)
        .exclude(state=MembershipState.LEFT)
        .select_related("team")
        .annotate(began_at=Subquery(own.values("created_at")[:1]), submitted_at=Subquery(own.values("submitted_at")[:1]))
        .order_by("last_name", "first_name", "email")
    )


@dataclass(frozen=True)
class Counts:
    people: int
    began: int
    finished: int

    @property
    def under_way(self) -> int:
        return self.began - self.finished

    @property
    def words(self) -> str:
        return _("%(finished)s of %(people)s have finished; %(under_way)s are taking it") % {
            "finished": f"{self.finished:,}",
            "people": f"{self.people:,}",
            "under_way": f"{self.under_way:,}",
        }


def counts_of(assigned: AssignedInstrument) -> Counts:
    """One query."""
    people = cohort_sittings(assigned).order_by()
    found = people.aggregate(people=Count("pk"), began=Count("began_at"), finished=Count("submitted_at"))
    return Counts(found["people"], found["began"], found["finished"])


@dataclass(frozen=True)
class Exposure:
    """How often questions were asked: in so many `sittings`, `most` of which met the question that is asked most."""

    sittings: int
    most: int
    items: int


def exposure_of(instrument: Instrument) -> Exposure:
    """Two queries."""
    asked = AttemptItem.objects.filter(attempt__instrument=instrument)
    counts = list(asked.values("item").annotate(times=Count("pk")).values_list("times", flat=True))
    return Exposure(Attempt.objects.filter(instrument=instrument).count(), max(counts, default=0), len(counts))


def assessments_to_choose() -> QuerySet[Instrument]:
    """For authors: all that a lesson leads to, or once led to."""
    return Instrument.objects.filter(delivery=Delivery.ALONE).order_by("title")
