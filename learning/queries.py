"""What pages, reports and other apps ask about courses. Every read for an organisation starts from that organisation."""

import zoneinfo
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Count, Exists, F, IntegerField, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.models import CourseSet
from accounts.enums import MembershipState
from accounts.member_parts import Fact
from accounts.models import Membership, Organisation, User
from accounts.types import Visitor
from courses.content import LessonText, assessment_block_id, text_of
from courses.models import Course
from learning.models import ActivityState, Certificate, Cohort, CohortMembership, Enrolment

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    CountedCohort = WithAnnotations[Cohort, "CohortCounts"]


def current_enrolment(user: Visitor, course: Course) -> Enrolment | None:
    """The enrolment that counts when somebody opens a course: the unfinished one of an organisation, else the latest used."""
    if not user.is_authenticated:
        return None
    enrolments = Enrolment.objects.filter(user=user, course=course).select_related("last_lesson", "organisation")
    # One row, or one for each organisation: sorted here, because the database would need longer to read the question.
    enrolment = min(enrolments, key=_first_due, default=None)
    if enrolment is not None:
        enrolment.course = course
    return enrolment


def _first_due(enrolment: Enrolment) -> tuple[int, float, int]:
    rank = 2 if enrolment.completed_at else 0 if enrolment.organisation_id else 1
    return rank, -enrolment.last_seen_at.timestamp() if enrolment.last_seen_at else 0, -enrolment.pk


def _enrolments() -> QuerySet[Enrolment]:
    return Enrolment.objects.select_related(
        "course__current_version", "last_lesson", "cohort", "organisation", "certificate"
    ).defer("course__current_version__content", "course__current_version__requirements")


def is_or_was_on(user: Visitor, course: Course) -> bool:
    """Whether somebody is or was on this course. No query for visitors."""
    return user.is_authenticated and Enrolment.objects.filter(user=user, course=course).exists()


def enrolments_of(user: User) -> QuerySet[Enrolment]:
    """Everything somebody is or was on, most recent first."""
    return _enrolments().filter(user=user).order_by(F("last_seen_at").desc(nulls_last=True), "-pk")


def furthest_percentage(users: Iterable[int], course_set: CourseSet, organisation: Organisation | None) -> int:
    """The highest percentage that any of these users has reached in a course of the set, for `organisation` or on their own.

    0 when nobody has begun. One query.
    """
    enrolments = Enrolment.objects.filter(user__in=list(users), organisation=organisation)
    if not course_set.is_catalogue:
        enrolments = enrolments.filter(course__in=course_set.courses.all())
    return enrolments.aggregate(furthest=Max("percentage"))["furthest"] or 0


def certificate_of(enrolment: Enrolment) -> Certificate:
    """The certificate of a completed enrolment; raises `Certificate.DoesNotExist` for others."""
    return Certificate.objects.get(enrolment=enrolment)


@dataclass(frozen=True)
class Share:
    """`done` of `total` things."""

    done: int
    total: int

    @property
    def is_finished(self) -> bool:
        return self.done >= self.total


@dataclass(frozen=True)
class Progress:
    """How far one enrolment is in the newest text of its course.

    `finished`: block ids as text. `lessons`, `modules`: share of the requirements per lesson id, of the lessons per module id.
    """

    finished: frozenset[str]
    lessons: dict[str, Share]
    modules: dict[str, Share]
    percentage: int
    next_lesson: LessonText | None
    minutes_left: int
    needs_after_assessment: bool
    needs_before_assessment: bool


def progress(enrolment: Enrolment) -> Progress:
    """One query beside the version's text, which is kept in the process."""
    finished = frozenset(
        str(block_id)
        for block_id in ActivityState.objects.filter(enrolment=enrolment, finished_at__isnull=False).values_list(
            "activity__block_id", flat=True
        )
    )
    return progress_from(enrolment, finished)


def progress_of_many(enrolments: list[Enrolment]) -> dict[int, Progress]:
    """Progress by enrolment id, in one query for all of them."""
    finished: dict[int, set[str]] = {}
    rows = ActivityState.objects.filter(enrolment__in=enrolments, finished_at__isnull=False)
    for enrolment_id, block_id in rows.values_list("enrolment_id", "activity__block_id"):
        finished.setdefault(enrolment_id, set()).add(str(block_id))
    return {enrolment.pk: progress_from(enrolment, frozenset(finished.get(enrolment.pk, ()))) for enrolment in enrolments}


def progress_from(enrolment: Enrolment, finished: frozenset[str]) -> Progress:
    course = enrolment.course
    text = text_of(course.current_version or enrolment.version)
    lessons = {
        lesson.id: _share([lesson.id, *(block.id for block in lesson.required_blocks)], finished) for lesson in text.lessons
    }
    modules = {
        module.id: Share(sum(lessons[lesson.id].is_finished for lesson in module.lessons), len(module.lessons))
        for module in text.modules
    }
    left = [lesson for lesson in text.lessons if not lessons[lesson.id].is_finished]
    return Progress(
        finished=finished,
        lessons=lessons,
        modules=modules,
        percentage=enrolment.percentage,
        next_lesson=_next_lesson(enrolment, text.lessons, left),
        minutes_left=sum(lesson.minutes for lesson in left),
        needs_after_assessment=text.has_assessment and str(assessment_block_id(course, "after")) not in finished,
        needs_before_assessment=text.has_assessment and str(assessment_block_id(course, "before")) not in finished,
    )


def _share(wanted: list[str], finished: frozenset[str]) -> Share:
    return Share(sum(activity in finished for activity in wanted), len(wanted))


def _next_lesson(enrolment: Enrolment, lessons: list[LessonText], left: list[LessonText]) -> LessonText | None:
    """Where they were if that is not finished, else the first open lesson after it, else the first open one."""
    last = str(enrolment.last_lesson.uuid) if enrolment.last_lesson else ""
    positions = {lesson.id: position for position, lesson in enumerate(lessons)}
    current = positions.get(last, -1)
    return next((lesson for lesson in left if positions[lesson.id] >= current), left[0] if left else None)


def states_of(enrolment: Enrolment, block_ids: list[str]) -> dict[str, ActivityState]:
    """What the learner did or wrote in these blocks, by block id. One query, none for no blocks."""
    if not block_ids:
        return {}
    rows = ActivityState.objects.filter(enrolment=enrolment, activity__block_id__in=block_ids).select_related("activity")
    return {str(row.activity.block_id): row for row in rows}


class CohortCounts(TypedDict):
    """What `cohorts_of` counts."""

    people: int
    invited: int
    started: int
    finished: int


@dataclass(frozen=True)
class CohortProgress:
    """Numbers of a cohort. `invited`: have not accepted yet; `late`: the due date has passed and they have not finished."""

    people: int
    invited: int
    started: int
    finished: int
    late: int

    @property
    def words(self) -> str:
        """The state in one sentence, for a heading."""
        if not self.people:
            return _("No one has been added yet.")
        numbers = {"started": self.started, "people": self.people, "finished": self.finished, "late": self.late}
        started = ngettext("%(started)s of %(people)s has started", "%(started)s of %(people)s have started", self.started)
        finished = ngettext("%(finished)s has finished", "%(finished)s have finished", self.finished) if self.finished else ""
        late = ngettext("%(late)s is overdue", "%(late)s are overdue", self.late) if self.late else ""
        return "; ".join(part % numbers for part in (started, finished, late) if part) + "."


def sum_of(parts: Iterable[CohortProgress]) -> CohortProgress:
    """Several cohorts together; somebody in two of them counts twice, once for each."""
    rows = list(parts)
    return CohortProgress(*(sum(getattr(row, number.name) for row in rows) for number in fields(CohortProgress)))


def cohort_progress(cohort: Cohort) -> CohortProgress:
    row = cohorts_of(cohort.organisation).get(pk=cohort.pk)
    return progress_of_cohort(row)


@dataclass(frozen=True)
class CohortRow:
    """A cohort with its numbers, for lists."""

    cohort: Cohort
    progress: CohortProgress


def cohort_rows(organisation: Organisation) -> list[CohortRow]:
    """All cohorts of an organisation, newest first. One query."""
    return [CohortRow(cohort, progress_of_cohort(cohort)) for cohort in cohorts_of(organisation)]


def progress_of_cohort(row: "CountedCohort") -> CohortProgress:
    """The numbers of a row of `cohorts_of`."""
    is_over = row.due_on is not None and row.due_on < timezone.localdate()
    return CohortProgress(
        people=row.people,
        invited=row.invited,
        started=row.started,
        finished=row.finished,
        late=row.people - row.finished if is_over else 0,
    )


def cohorts_of(organisation: Organisation) -> QuerySet["CountedCohort"]:
    """Cohorts of an organisation with `people`, `invited`, `started` and `finished`, counted in the same query."""
    members = CohortMembership.objects.filter(cohort=OuterRef("pk")).exclude(membership__state=MembershipState.LEFT)
    return organisation.cohorts.select_related("course").annotate(
        people=_count(members),
        invited=_count(members.filter(membership__state=MembershipState.INVITED)),
        started=_count(_learning(members, "started_at")),
        finished=_count(_learning(members, "completed_at")),
    )


def _learning(members: QuerySet[CohortMembership], instant: str) -> QuerySet[CohortMembership]:
    """Members whose enrolment for this organisation has that instant; one filter, so that it is one enrolment."""
    enrolment = "membership__user__enrolments"
    return members.filter(
        **{
            f"{enrolment}__organisation": OuterRef("organisation"),
            f"{enrolment}__course": OuterRef("course"),
            f"{enrolment}__{instant}__isnull": False,
        }
    )


def _count(members: QuerySet[CohortMembership]) -> Coalesce:
    counted = members.order_by().values("cohort").annotate(n=Count("pk", distinct=True)).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def cohort_people(cohort: Cohort) -> QuerySet[Membership]:
    """Members of a cohort with `started_at` and `finished_at`: all that an employer sees of their learning."""
    enrolments = Enrolment.objects.filter(
        user=OuterRef("user"), organisation=cohort.organisation_id, course=cohort.course_id
    ).order_by()
    return (
        Membership.objects.filter(organisation=cohort.organisation_id, cohort_memberships__cohort=cohort)
        .exclude(state=MembershipState.LEFT)
        .select_related("team")
        .annotate(
            started_at=Subquery(enrolments.values("started_at")[:1]),
            finished_at=Subquery(enrolments.values("completed_at")[:1]),
        )
        .order_by("last_name", "first_name", "email")
    )


def people_outside(cohort: Cohort) -> QuerySet[Membership]:
    """Members of the organisation who could still be added."""
    added = CohortMembership.objects.filter(cohort=cohort, membership=OuterRef("pk"))
    return cohort.organisation.memberships.current().filter(~Exists(added)).select_related("team")


@dataclass(frozen=True)
class Completion:
    email: str
    person_id: str
    course: str
    completed_on: date


def completions(organisation: Organisation) -> Iterator[Completion]:
    """Who completed which course for this organisation, and on which day there; past members too."""
    zone = zoneinfo.ZoneInfo(organisation.time_zone)
    rows = (
        Enrolment.objects.filter(
            organisation=organisation, completed_at__isnull=False, user__memberships__organisation=organisation
        )
        .order_by("completed_at", "pk")
        .values_list("user__memberships__email", "user__memberships__person_id", "course__key", "completed_at")
    )
    for email, person_id, key, completed_at in rows.iterator():
        if completed_at:
            yield Completion(email, person_id, key, completed_at.astimezone(zone).date())


STATUSES = {
    "waiting": Q(state=MembershipState.INVITED),
    "idle": Q(started_at__isnull=True),
    "started": Q(started_at__isnull=False, finished_at__isnull=True),
    "finished": Q(finished_at__isnull=False),
}


def in_cohort(cohort: Cohort, *, status: str = "", search: str = "") -> QuerySet[Membership]:
    """`cohort_people` of one status (a key of STATUSES) whose name or address has every word of `search`."""
    memberships = cohort_people(cohort)
    if status in STATUSES:
        memberships = memberships.filter(STATUSES[status])
    for word in search.split()[:5]:
        memberships = memberships.filter(
            Q(email__icontains=word) | Q(first_name__icontains=word) | Q(last_name__icontains=word)
        )
    return memberships


def courses_of_member(membership: Membership) -> list[Fact]:
    """Cohorts and whether they have started and finished: no answers, no levels."""
    enrolments = {}
    if membership.user_id:
        enrolments = {
            enrolment.course_id: enrolment
            for enrolment in Enrolment.objects.filter(user=membership.user_id, organisation=membership.organisation_id)
        }
    memberships = membership.cohort_memberships.select_related("cohort__course", "cohort__organisation")
    return [
        Fact(str(member.cohort), _progress_in_words(member.cohort.course, enrolments), member.cohort.get_absolute_url())
        for member in memberships
    ]


def _progress_in_words(course: Course, enrolments: dict[int, Enrolment]) -> str:
    enrolment = enrolments.get(course.pk)
    if enrolment is None or enrolment.started_at is None:
        state = _("not started")
    elif enrolment.completed_at:
        state = _("finished")
    else:
        state = _("in progress")
    return f"{course}: {state}"
