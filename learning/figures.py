"""How an organisation is doing: what the first page of its console, and its list of cohorts, show at once.

Counted in one pass over those who are members today. Up to `LIVE_PLACES` places in cohorts that is done as somebody looks;
larger organisations read what was counted a moment ago, so that their pages do not grow with their people.
"""

import zoneinfo
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import Any, NamedTuple

from celery import shared_task
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_date
from kombu.exceptions import OperationalError

from access.models import Seat, SeatPool
from accounts.enums import MembershipState
from accounts.models import Membership, Organisation, Team
from learning.models import Cohort, CohortMembership, Enrolment, KeptFigures
from learning.queries import CohortProgress, cohort_progress, today_in

LIVE_PLACES = 2000
FRESH = timedelta(minutes=1)
WEEKS = 12
WEEK = timedelta(weeks=1)


@dataclass(frozen=True)
class PeopleCounts:
    """People of an organisation, each once however many cohorts they are in; archived ones do not count.

    `joined` of `people` have accepted their invitation. Of those `in_cohorts`, `started` have begun at least one of their
    courses, `finished` have finished all of them, and `late` have one that is past its due date and not finished.
    """

    people: int = 0
    joined: int = 0
    in_cohorts: int = 0
    started: int = 0
    finished: int = 0
    late: int = 0


@dataclass(frozen=True)
class Week:
    """Courses that were started and finished in the seven days from `starts_on`, in cohorts archived since too."""

    starts_on: date
    started: int
    finished: int


@dataclass(frozen=True)
class Figures:
    """`before` is what `now` would have said seven days ago about those who are members today.

    `invited` have not answered yet. `weeks`: the last twelve, oldest first, the last one ending today. `cohorts`: the numbers
    of each cohort by primary key.
    """

    counted_at: datetime
    now: PeopleCounts
    before: PeopleCounts
    invited: int
    weeks: list[Week]
    cohorts: dict[int, CohortProgress]
    is_kept: bool = False

    @property
    def is_old(self) -> bool:
        """Whether newer ones are due: nobody has looked for a while, or no worker was there to count."""
        return self.is_kept and timezone.now() - self.counted_at > FRESH

    @property
    def places(self) -> int:
        """People in cohorts, each as often as they are in one."""
        return sum(progress.people for progress in self.cohorts.values())


class _Group(NamedTuple):
    """A cohort."""

    pk: int
    course: int
    is_free: bool
    due_on: date | None
    archived_at: datetime | None


class _Place(NamedTuple):
    """One person in one cohort."""

    membership: int
    course: int
    added_at: datetime
    due_on: date | None
    started_at: datetime | None
    finished_at: datetime | None


def cohorts_of(organisation: Organisation) -> list[Cohort]:
    """Current and archived ones with their courses, newest first, to be counted and listed from one reading."""
    cohorts = list(organisation.cohorts.select_related("course").order_by("-created_at", "-pk"))
    for cohort in cohorts:
        cohort.organisation = organisation
    return cohorts


def figures_of(organisation: Organisation, cohorts: Iterable[Cohort] | None = None) -> Figures:
    """Counted now, or for a large organisation when somebody last looked: from a minute on, they are then counted anew.

    `cohorts`: those of `cohorts_of`, where they have been read already.
    """
    kept = KeptFigures.objects.filter(organisation=organisation).first()
    if kept is None:
        figures = count_figures(organisation, cohorts=cohorts)
        if figures.places > LIVE_PLACES:
            _keep_later(organisation)
        return figures
    figures = _read(kept)
    if figures.is_old:
        _keep_later(organisation)
    return figures


def _keep_later(organisation: Organisation) -> None:
    with suppress(OperationalError):  # without a broker the page shows what it has; the next visitor asks again
        keep_figures.delay(organisation.pk)


def progress_of(cohort: Cohort, figures: Figures) -> CohortProgress:
    """The numbers of a cohort in a list; one that was made since the figures were counted is asked for by itself."""
    return figures.cohorts.get(cohort.pk) or cohort_progress(cohort)


def progress_to_show(cohort: Cohort) -> tuple[CohortProgress, Figures | None]:
    """The numbers of a cohort on its own page: counted now or, of one known to be large, kept; then the figures they are from.

    As with `figures_of`, those older than a minute are counted anew when somebody looks.
    """
    kept = KeptFigures.objects.filter(organisation=cohort.organisation_id).first()
    figures = _read(kept) if kept else None
    progress = figures.cohorts.get(cohort.pk) if figures else None
    if figures is None or progress is None or progress.people <= LIVE_PLACES:
        return cohort_progress(cohort), None
    if figures.is_old:
        _keep_later(cohort.organisation)
    return progress, figures


@transaction.atomic
def forget_progress(cohort: Cohort) -> None:
    """Somebody has just changed this cohort and looks at it now: until all is counted again, it is counted by itself."""
    for kept in KeptFigures.objects.select_for_update(no_key=True).filter(organisation=cohort.organisation_id):
        if kept.content["cohorts"].pop(str(cohort.pk), None):
            kept.save(update_fields=["content"])


@dataclass(frozen=True)
class CohortRow:
    """A cohort with its numbers, for lists."""

    cohort: Cohort
    progress: CohortProgress


COHORT_STATES: dict[str, Callable[[CohortProgress], bool]] = {
    "late": lambda progress: progress.late > 0,
    "open": lambda progress: progress.finished < progress.people,
    "finished": lambda progress: 0 < progress.people == progress.finished,
    "empty": lambda progress: not progress.people,
}
COHORT_SORTS: dict[str, Callable[[CohortRow], Any]] = {
    "name": lambda row: row.cohort.name.casefold(),
    "course": lambda row: (row.cohort.course.title.casefold(), row.cohort.name.casefold()),
    "people": lambda row: row.progress.people,
    "started": lambda row: row.progress.started,
    "finished": lambda row: row.progress.finished,
    "due": lambda row: row.cohort.due_on or date.max,
}


def cohort_rows(
    organisation: Organisation,
    figures: Figures,
    *,
    cohorts: Iterable[Cohort] | None = None,
    archived: bool = False,
    search: str = "",
    course: str = "",
    state: str = "",
    sort: str = "",
) -> list[CohortRow]:
    """Current or archived cohorts with their numbers: most people overdue first, then by what is due next, then the newest.

    `search`: words of the name; `course`: its slug; `state`: a key of COHORT_STATES; `sort`: a key of COHORT_SORTS, with a
    minus before it in falling order. What is unknown is passed over. `cohorts`: as `figures_of`. One query at most, and one for
    each cohort not yet counted.
    """
    words = search.casefold().split()[:5]
    rows = [
        CohortRow(cohort, progress_of(cohort, figures))
        for cohort in (cohorts_of(organisation) if cohorts is None else cohorts)
        if cohort.is_archived == archived
        and (not course or cohort.course.slug == course)
        and all(word in cohort.name.casefold() for word in words)
    ]
    if state in COHORT_STATES:
        rows = [row for row in rows if COHORT_STATES[state](row.progress)]
    key = COHORT_SORTS.get(sort.removeprefix("-"))
    if key:
        return sorted(rows, key=key, reverse=sort.startswith("-"))
    today = today_in(organisation)
    return sorted(rows, key=lambda row: (-row.progress.late, *_next_due(row.cohort, today)))


def _next_due(cohort: Cohort, today: date) -> tuple[bool, date]:
    is_ahead = cohort.due_on is not None and cohort.due_on >= today
    return not is_ahead, cohort.due_on if is_ahead and cohort.due_on else date.max


@shared_task(name="learning.keep_figures")
def keep_figures(organisation_id: int) -> None:
    """Count again, unless somebody else just has; an organisation that has become small is counted live from then on."""
    organisation = Organisation.objects.get(pk=organisation_id)
    kept = KeptFigures.objects.filter(organisation=organisation)
    if kept.filter(counted_at__gt=timezone.now() - FRESH / 2).exists():
        return
    figures = count_figures(organisation)
    if figures.places <= LIVE_PLACES:
        kept.delete()
        return
    KeptFigures.objects.update_or_create(
        organisation=organisation, defaults={"content": content_of(figures), "counted_at": figures.counted_at}
    )


def content_of(figures: Figures) -> dict[str, Any]:
    """As they are kept."""
    return {
        "now": asdict(figures.now),
        "before": asdict(figures.before),
        "invited": figures.invited,
        "weeks": [[week.starts_on.isoformat(), week.started, week.finished] for week in figures.weeks],
        "cohorts": {str(pk): asdict(progress) for pk, progress in figures.cohorts.items()},
    }


def _read(kept: KeptFigures) -> Figures:
    content = kept.content
    return Figures(
        counted_at=kept.counted_at,
        now=PeopleCounts(**content["now"]),
        before=PeopleCounts(**content["before"]),
        invited=content["invited"],
        weeks=[Week(parse_date(day) or date.min, started, finished) for day, started, finished in content["weeks"]],
        cohorts={int(pk): CohortProgress(**numbers) for pk, numbers in content["cohorts"].items()},
        is_kept=True,
    )


def count_figures(
    organisation: Organisation, teams: Iterable[Team] | None = None, cohorts: Iterable[Cohort] | None = None
) -> Figures:
    """Of all, or of the people of some teams. Four queries (three with `cohorts`), one more where a course is paid, and a small
    row for each place.
    """
    counted_at = timezone.now()
    zone = zoneinfo.ZoneInfo(organisation.time_zone)
    today = counted_at.astimezone(zone).date()
    current = Membership.objects.filter(organisation=organisation).exclude(state=MembershipState.LEFT)
    members = list(
        (current if teams is None else current.filter(team__in=teams))
        .order_by()
        .values_list("pk", "user_id", "state", "created_at", "joined_at")
    )
    states = {pk: state for pk, _user, state, _created, _joined in members}
    people = [(created, joined) for _pk, _user, _state, created, joined in members]
    groups = _groups(organisation, cohorts)
    by_cohort = _places(organisation, {pk: user for pk, user, _state, _created, _joined in members}, groups)
    archived = {group.pk for group in groups if group.archived_at}
    places = [place for pk, rows in by_cohort.items() if pk not in archived for place in rows]
    seats = _seat_holders(organisation, groups)
    return Figures(
        counted_at=counted_at,
        now=_count_people(people, places, counted_at, today),
        before=_count_people(people, places, counted_at - WEEK, today - WEEK),
        invited=sum(state == MembershipState.INVITED for state in states.values()),
        weeks=_count_weeks(chain.from_iterable(by_cohort.values()), today, zone),
        cohorts={pk: _progress(rows, states, today, seats.get(pk)) for pk, rows in by_cohort.items()},
    )


def _groups(organisation: Organisation, cohorts: Iterable[Cohort] | None) -> list[_Group]:
    if cohorts is None:
        fields = ("pk", "course", "course__is_free", "due_on", "archived_at")
        return [_Group(*row) for row in organisation.cohorts.order_by().values_list(*fields)]
    return [_Group(one.pk, one.course_id, one.course.is_free, one.due_on, one.archived_at) for one in cohorts]


def _seat_holders(organisation: Organisation, cohorts: Collection[_Group]) -> dict[int, set[int]]:
    """Who has a seat for the course of each cohort that takes a paid one: memberships by the cohort's primary key."""
    paid = {cohort.pk: cohort.course for cohort in cohorts if not cohort.is_free and not cohort.archived_at}
    if not paid:
        return {}
    of_course: dict[int | None, set[int]] = defaultdict(set)
    held = Seat.objects.held().filter(pool__in=SeatPool.objects.in_force().filter(organisation=organisation)).order_by()
    sets = held.values_list("membership", "pool__course_set__courses", "pool__course_set__is_catalogue")
    for membership, course, is_catalogue in sets.iterator():
        of_course[None if is_catalogue else course].add(membership)
    return {pk: of_course[course] | of_course[None] for pk, course in paid.items()}


def _places(organisation: Organisation, users: dict[int, int | None], cohorts: Collection[_Group]) -> dict[int, list[_Place]]:
    """The places of each cohort, by its primary key; `users` are the members who count, and their accounts."""
    groups = {cohort.pk: cohort for cohort in cohorts}
    enrolments = Enrolment.objects.filter(organisation=organisation).order_by()
    learned = {
        (user, course): (started, finished)
        for user, course, started, finished in enrolments.values_list("user", "course", "started_at", "completed_at").iterator()
    }
    places: dict[int, list[_Place]] = {pk: [] for pk in groups}
    rows = CohortMembership.objects.filter(cohort__organisation=organisation).order_by()
    for cohort, membership, added_at in rows.values_list("cohort", "membership", "created_at").iterator():
        if membership in users and cohort in groups:
            course, due_on = groups[cohort].course, None if groups[cohort].archived_at else groups[cohort].due_on
            started, finished = learned.get((users[membership] or 0, course), (None, None))
            places[cohort].append(_Place(membership, course, added_at, due_on, started, finished))
    return places


def _has(instant: datetime | None, at: datetime) -> bool:
    return instant is not None and instant <= at


def _count_people(
    people: list[tuple[datetime, datetime | None]], places: Iterable[_Place], at: datetime, day: date
) -> PeopleCounts:
    """As it was `at` that instant, which fell on that `day`."""
    started, unfinished, late, seen = set(), set(), set(), set()
    for place in places:
        if place.added_at > at:
            continue
        seen.add(place.membership)
        if _has(place.started_at, at):
            started.add(place.membership)
        if not _has(place.finished_at, at):
            unfinished.add(place.membership)
            if place.due_on is not None and place.due_on < day:
                late.add(place.membership)
    return PeopleCounts(
        people=sum(created <= at for created, _joined in people),
        joined=sum(_has(joined, at) for _created, joined in people),
        in_cohorts=len(seen),
        started=len(started),
        finished=len(seen - unfinished),
        late=len(late),
    )


def _count_weeks(places: Iterable[_Place], today: date, zone: zoneinfo.ZoneInfo) -> list[Week]:
    first = today + timedelta(days=1) - WEEKS * WEEK
    began = datetime.combine(first, time.min, zone)
    started: Counter[int] = Counter()
    finished: Counter[int] = Counter()
    # A course counts once for a person who is in two cohorts of it: both read the same enrolment.
    learned = {(place.membership, place.course): (place.started_at, place.finished_at) for place in places}
    for start, finish in learned.values():
        for instant, counter in ((start, started), (finish, finished)):
            if instant is not None and instant >= began:
                counter[(instant.astimezone(zone).date() - first) // WEEK] += 1
    return [Week(first + number * WEEK, started[number], finished[number]) for number in range(WEEKS)]


def _progress(places: list[_Place], states: dict[int, str], today: date, holders: set[int] | None) -> CohortProgress:
    """`holders`: who has a seat, where one is needed."""
    finished = sum(place.finished_at is not None for place in places)
    is_over = bool(places) and places[0].due_on is not None and places[0].due_on < today
    return CohortProgress(
        people=len(places),
        invited=sum(states[place.membership] == MembershipState.INVITED for place in places),
        started=sum(place.started_at is not None for place in places),
        finished=finished,
        late=len(places) - finished if is_over else 0,
        seatless=0 if holders is None else sum(place.membership not in holders for place in places),
    )
