"""What pages, reports and other apps ask about courses. Every read for an organisation starts from that organisation."""

import zoneinfo
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Case, Count, Exists, F, FilteredRelation, Max, OuterRef, Q, QuerySet, Subquery, When
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.enums import SeatState
from access.models import CourseSet, Seat, SeatPool
from access.queries import pools_in_force
from accounts.enums import MembershipState
from accounts.member_parts import Cell, Fact
from accounts.models import Membership, Organisation, User
from accounts.types import Visitor
from courses.content import LessonText, assessment_block_id, text_of
from courses.models import Course
from learning.models import ActivityState, Cohort, CohortMembership, CourseSubscriber, Enrolment, PlanFollowUp
from learning.standing import standing, states_of


def current_enrolment(user: Visitor, course: Course) -> Enrolment | None:
    """The enrolment that counts when somebody opens a course: the unfinished one of an organisation, else the latest used."""
    return standing(user, course).enrolment


def _enrolments() -> QuerySet[Enrolment]:
    return Enrolment.objects.select_related(
        "course__current_version", "last_lesson", "cohort", "organisation", "certificate"
    ).defer("course__current_version__content", "course__current_version__requirements")


def is_or_was_on(user: Visitor, course: Course) -> bool:
    """Whether somebody is or was on this course. No query for visitors."""
    return user.is_authenticated and Enrolment.objects.filter(user=user, course=course).exists()


def seats_begun(organisation: Organisation) -> QuerySet[Seat]:
    """Seats in use whose holders have opened a lesson for the organisation: of a course of the set, or any of the catalogue."""
    begun = Enrolment.objects.filter(user=OuterRef("membership__user"), organisation=organisation, started_at__isnull=False)
    of_set = begun.filter(course__sets=OuterRef("pool__course_set"))
    pools = SeatPool.objects.in_force().filter(organisation=organisation)
    seats = Seat.objects.filter(pool__in=pools, state=SeatState.ACTIVATED)
    return seats.filter(Exists(of_set) | Q(pool__course_set__is_catalogue=True) & Exists(begun))


def seats_begun_by_set(organisation: Organisation) -> dict[int, int]:
    """How many, by the course set's key. One query."""
    counted = seats_begun(organisation).order_by().values_list("pool__course_set").annotate(Count("pk"))
    return dict(counted)


def enrolments_of(user: User) -> QuerySet[Enrolment]:
    """Everything somebody is or was on, most recent first."""
    return _enrolments().filter(user=user).order_by(F("last_seen_at").desc(nulls_last=True), "-pk")


def furthest_percentage(
    users: Iterable[int], course_set: CourseSet, organisation: Organisation | None, *, since: datetime | None = None
) -> int:
    """The highest percentage that any of these users has reached in a course of the set. 0 when nobody has begun. One query."""
    reached = _reached(users, course_set, organisation, since)
    return reached.aggregate(furthest=Max("percentage"))["furthest"] or 0


def furthest_percentages(
    users: Iterable[int | None], course_set: CourseSet, organisation: Organisation, *, since: datetime | None = None
) -> dict[int | None, int]:
    """`furthest_percentage` of each who has begun, by user. One query."""
    reached = _reached([user for user in users if user], course_set, organisation, since)
    return dict(reached.values_list("user").annotate(furthest=Max("percentage")))


def _reached(
    users: Iterable[int], course_set: CourseSet, organisation: Organisation | None, since: datetime | None
) -> QuerySet[Enrolment]:
    """Enrolments for `organisation` or, where that is None, on their own; and any that was read in `since` then.

    Somebody who gets access twice goes on in the enrolment that they have, whoever gave it.
    """
    whose = Q(organisation=organisation)
    if since is not None:
        whose |= Q(last_seen_at__gte=since)
    enrolments = Enrolment.objects.filter(whose, user__in=list(users))
    return enrolments if course_set.is_catalogue else enrolments.filter(course__in=course_set.courses.all())


# What somebody may have taken of a course so that the organisation can still give their seat to somebody else.
RELEASABLE_UP_TO = 25


def taken_on_seat(seat: Seat) -> int:
    """How much its holder has taken of the course of a seat, in per cent. One query at most."""
    member = seat.membership
    if member is None or member.user_id is None:
        return 0
    return furthest_percentage([member.user_id], seat.pool.course_set, member.organisation, since=seat.assigned_at)


def can_release(seat: Seat) -> bool:
    """The one rule for taking a seat back, from wherever: its holder has not begun, or has taken a quarter at most."""
    return taken_on_seat(seat) <= RELEASABLE_UP_TO


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

    def open_checks(self, lesson: LessonText) -> list[str]:
        """Block ids of its knowledge checks that nobody has answered."""
        return [block.id for block in lesson.required_blocks if block.id not in self.finished]

    def minutes_of(self, lesson: LessonText) -> int:
        """How long what is left of a lesson takes: a minute for each open check where it was called finished."""
        return _minutes_left(lesson, self.finished)


def progress(enrolment: Enrolment) -> Progress:
    """One query beside the version's text, which is kept in the process."""
    return progress_from(enrolment, states_of(enrolment, []).finished)


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
        minutes_left=sum(_minutes_left(lesson, finished) for lesson in left),
        needs_after_assessment=text.has_assessment and not text.is_preview and _is_open(course, "after", finished),
        needs_before_assessment=text.has_assessment and _is_open(course, "before", finished),
    )


def _is_open(course: Course, occasion: str, finished: frozenset[str]) -> bool:
    return str(assessment_block_id(course, occasion)) not in finished


def _minutes_left(lesson: LessonText, finished: frozenset[str]) -> int:
    if lesson.id not in finished:
        return lesson.minutes
    return sum(block.id not in finished for block in lesson.required_blocks)


def _share(wanted: list[str], finished: frozenset[str]) -> Share:
    return Share(sum(activity in finished for activity in wanted), len(wanted))


def _next_lesson(enrolment: Enrolment, lessons: list[LessonText], left: list[LessonText]) -> LessonText | None:
    """Where they were if that is not finished, else the first open lesson after it, else the first open one."""
    last = str(enrolment.last_lesson.uuid) if enrolment.last_lesson else ""
    positions = {lesson.id: position for position, lesson in enumerate(lessons)}
    current = positions.get(last, -1)
    return next((lesson for lesson in left if positions[lesson.id] >= current), left[0] if left else None)


def words_in(user: User, course: Course) -> QuerySet[ActivityState]:
    """All that somebody wrote or did in a course, for whichever organisation, in the order in which they began it.

    With what they said later of their plans.
    """
    states = ActivityState.objects.filter(enrolment__user=user, enrolment__course=course).exclude(data={})
    return states.select_related("activity__lesson", "enrolment__organisation", "follow_up").order_by("pk")


def follow_ups_of(user: User) -> QuerySet[PlanFollowUp]:
    """Plans that somebody was asked about and that are still there, with what they said of them. One query."""
    asked = PlanFollowUp.objects.filter(state__enrolment__user=user).exclude(state__data={})
    return asked.select_related("state").order_by("pk")


def is_used(course: Course, block_id: str) -> bool:
    """Whether anybody has done or written something in this block."""
    return ActivityState.objects.filter(activity__course=course, activity__block_id=block_id).exists()


@dataclass(frozen=True)
class CohortProgress:
    """Numbers of a cohort.

    `invited`: have not accepted yet; `late`: the due date has passed and they have not finished; `seatless`: have no seat for
    its paid course.
    """

    people: int
    invited: int
    started: int
    finished: int
    late: int
    seatless: int = 0

    @property
    def not_started(self) -> int:
        return self.people - self.started

    @property
    def in_progress(self) -> int:
        return self.started - self.finished

    def of_status(self, status: str) -> int:
        """How many people `in_cohort` finds for a key of STATUSES; all for any other word."""
        numbers = {
            "waiting": self.invited,
            "idle": self.not_started,
            "started": self.in_progress,
            "finished": self.finished,
            "seatless": self.seatless,
        }
        return numbers.get(status, self.people)

    @property
    def words(self) -> str:
        """The state in one sentence, for a heading."""
        if not self.people:
            return _("No one has been added yet.")
        return words_of(self.started, self.people, self.finished, self.late)


def words_of(started: int, people: int, finished: int, late: int) -> str:
    """How many of these people have started, have finished and are overdue, in one sentence."""
    numbers = {"started": started, "people": people, "finished": finished, "late": late}
    sentences = [ngettext("%(started)s of %(people)s has started", "%(started)s of %(people)s have started", started)]
    if finished:
        sentences.append(ngettext("%(finished)s has finished", "%(finished)s have finished", finished))
    if late:
        sentences.append(ngettext("%(late)s is overdue", "%(late)s are overdue", late))
    return "; ".join(sentence % {name: f"{n:,}" for name, n in numbers.items()} for sentence in sentences) + "."


def today_in(organisation: Organisation) -> date:
    """The day that it is where the organisation is: what is due there is late there, wherever somebody looks from."""
    return _today(organisation.time_zone)


def _today(time_zone: str) -> date:
    return timezone.localdate(timezone=zoneinfo.ZoneInfo(time_zone))


def cohort_progress(cohort: Cohort) -> CohortProgress:
    """One query over the people of this cohort, and another where they need seats."""
    counted = cohort_people(cohort).aggregate(
        people=Count("pk"),
        invited=Count("pk", filter=STATUSES["waiting"]),
        started=Count("started_at"),
        finished=Count("finished_at"),
    )
    late = _late(cohort, counted["people"] - counted["finished"])
    return CohortProgress(**counted, late=late, seatless=0 if cohort.course.is_free else without_seat(cohort).count())


def without_seat(cohort: Cohort) -> QuerySet[Membership]:
    """People of a cohort who have no seat that opens its course today, nor are invited to one.

    Nobody for a free course, and nobody of an archived cohort: there is nothing to do about it.
    """
    if cohort.course.is_free or cohort.is_archived:
        return cohort_people(cohort).none()
    return cohort_people(cohort).filter(~has_seat(cohort))


def has_seat(cohort: Cohort) -> Exists:
    """Of people of a cohort: that they have a seat that opens its paid course today, or are invited to one."""
    return Exists(_held_for(cohort).filter(membership=OuterRef("pk")))


def _held_for(cohort: Cohort) -> QuerySet[Seat]:
    return Seat.objects.held().filter(pool__in=pools_in_force(cohort.organisation, cohort.course))


def seats_of_people(cohort: Cohort, people: Iterable[Membership]) -> dict[int, Seat]:
    """The seat for the cohort's course that each of these people has, by primary key of the person. One query."""
    held = _held_for(cohort).filter(membership__in=list(people)).select_related("pool__course_set").order_by("-pk")
    return {seat.membership_id: seat for seat in held if seat.membership_id}


def _late(cohort: Cohort, unfinished: int) -> int:
    if cohort.is_archived or cohort.due_on is None or not cohort.course.is_whole:  # nobody can finish a preview
        return 0
    return unfinished if cohort.due_on < today_in(cohort.organisation) else 0


def cohort_people(cohort: Cohort) -> QuerySet[Membership]:
    """Members of a cohort with `started_at` and `finished_at`: all that an employer sees of their learning."""
    here = Q(user__enrolments__organisation=cohort.organisation_id, user__enrolments__course=cohort.course_id)
    return (
        Membership.objects.filter(organisation=cohort.organisation_id, cohort_memberships__cohort=cohort)
        .exclude(state=MembershipState.LEFT)
        .select_related("team")
        # Joined once, by an index that has all three of its columns: a subquery for each person was n².
        .annotate(enrolment=FilteredRelation("user__enrolments", condition=here))
        .annotate(started_at=F("enrolment__started_at"), finished_at=F("enrolment__completed_at"))
        .order_by("last_name", "first_name", "email")
    )


def name_key(name: str) -> str:
    """What tells names of cohorts apart: neither case nor the spaces between words do."""
    return " ".join(name.split()).casefold()


def cohort_named(organisation: Organisation, name: str) -> Cohort | None:
    """The cohort that goes by this name. Of several, from times when case told them apart: the one that is written so."""
    wanted = name_key(name)
    # Compared here: what databases hold for the same letter in lower case differs.
    names = organisation.cohorts.order_by("pk").values_list("pk", "name")
    found = [(written != name, pk) for pk, written in names if name_key(written) == wanted]
    return organisation.cohorts.select_related("course").get(pk=min(found)[1]) if found else None


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
    """`cohort_people` of one status (a key of STATUSES, or "seatless") whose name or address has every word of `search`."""
    memberships = without_seat(cohort) if status == "seatless" else cohort_people(cohort)
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
    newest_first = memberships.order_by("-created_at", "-pk")
    return [_course_fact(member.cohort, enrolments.get(member.cohort.course_id)) for member in newest_first]


def course_cells(members: Sequence[Membership]) -> dict[int, Cell]:
    """How many of the courses that a member was given they have started and finished, and how many are overdue. One query."""
    enrolments = Enrolment.objects.filter(
        user=OuterRef("membership__user"), course=OuterRef("cohort__course"), organisation=OuterRef("cohort__organisation")
    )
    places = CohortMembership.objects.filter(membership__in=members).annotate(
        started_at=Subquery(enrolments.values("started_at")[:1]), finished_at=Subquery(enrolments.values("completed_at")[:1])
    )
    given: dict[int, dict[int, _Given]] = {}
    due_on = Case(When(cohort__archived_at=None, then=F("cohort__due_on")))
    for member, course, *rest in places.values_list(
        "membership", "cohort__course", "started_at", "finished_at", due_on, "cohort__organisation__time_zone"
    ):
        place, courses = _Given(*rest), given.setdefault(member, {})
        before = courses.get(course, place)
        # In two cohorts of a course, somebody is overdue once the earlier day has passed: so say its cohort and the overview.
        courses[course] = place._replace(due_on=min(filter(None, (before.due_on, place.due_on)), default=None))
    return {member: _course_cell(list(courses.values())) for member, courses in given.items()}


class _Given(NamedTuple):
    """A course that somebody was given, and how far they are."""

    started_at: datetime | None
    finished_at: datetime | None
    due_on: date | None
    time_zone: str  # of the organisation

    @property
    def is_late(self) -> bool:
        return self.finished_at is None and self.due_on is not None and self.due_on < _today(self.time_zone)


def _course_cell(courses: list[_Given]) -> Cell:
    total = len(courses)
    finished = sum(course.finished_at is not None for course in courses)
    started = sum(course.started_at is not None for course in courses)
    late = sum(course.is_late for course in courses)
    text = ngettext("%(finished)s of %(n)s finished", "%(finished)s of %(n)s finished", total)
    warning = ngettext("%(n)s overdue", "%(n)s overdue", late) % {"n": late} if late else ""
    return Cell(text % {"finished": finished, "n": total}, total, finished, started - finished, warning)


def seats_of_member(membership: Membership) -> list[Fact]:
    """Seats that somebody holds or is invited to, each with the page on which it can be taken back."""
    held = Seat.objects.held().filter(membership=membership, pool__organisation=membership.organisation_id)
    facts = []
    for seat in held.select_related("pool__course_set", "pool__organisation").order_by("pk"):
        in_use = seat.state == SeatState.ACTIVATED
        since = _("Since %(day)s") % {"day": date_format(timezone.localtime(seat.assigned_at))} if seat.assigned_at else ""
        until = _("until %(day)s") % {"day": date_format(timezone.localtime(seat.pool.ends_at))} if seat.pool.ends_at else ""
        facts.append(
            Fact(
                str(seat.pool.course_set),
                badge=_("In use") if in_use else _("Reserved"),
                tone="good" if in_use else "info",
                detail=", ".join(filter(None, [since, until])),
                act=_("Release this seat"),
                act_url=reverse("org:seat_free", args=[seat.pool.organisation.slug, seat.pool.uuid, seat.number]),
            )
        )
    return facts


def _course_fact(cohort: Cohort, enrolment: Enrolment | None) -> Fact:
    started_at, finished_at = (enrolment.started_at, enrolment.completed_at) if enrolment else (None, None)
    is_late = bool(_late(cohort, unfinished=0 if finished_at else 1))
    if finished_at:
        badge, tone = _("Finished"), "good"
    elif is_late:
        badge, tone = _("Overdue"), "danger"
    elif started_at:
        badge, tone = _("In progress"), "info"
    else:
        badge, tone = _("Not started"), ""
    details = [
        _("Started on %(day)s") % {"day": date_format(timezone.localtime(started_at))} if started_at else "",
        _("finished on %(day)s") % {"day": date_format(timezone.localtime(finished_at))} if finished_at else "",
        _("due on %(day)s") % {"day": date_format(cohort.due_on)} if cohort.due_on and not finished_at else "",
        _("cohort archived") if cohort.is_archived else "",
    ]
    detail = ", ".join(filter(None, details))
    return Fact(cohort.name, str(cohort.course), cohort.get_absolute_url(), badge, tone, detail[:1].upper() + detail[1:])


def count_waiting_subscribers(course_id: int) -> int:
    """How many want to hear when a course is complete and have not been told."""
    return CourseSubscriber.objects.filter(course=course_id, told_at=None).count()
