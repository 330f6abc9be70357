"""The mean change of groups of learners, for their organisation: told of ten people or more, and never so that two tell of few.

An organisation sees nothing of a single learner. What it is told is kept, and told again only when ten others are in it
(docs/decisions/0055-what-answers-tell-authors-and-employers.md).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import fmean
from typing import Any

from celery import shared_task
from django.core.cache import cache
from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from kombu.exceptions import OperationalError

from accounts.models import Organisation
from assessments.enums import OF_COURSE, Occasion
from assessments.models import Attempt, ChangeRelease, ChangeReleasePerson, Instrument, ScoringRecord
from assessments.queries import FORMS_NEEDED
from assessments.scoring import mean_change
from assessments.scoring.releases import FEWEST, Told, is_due, may_tell
from courses.models import Course
from learning.models import Cohort, CohortMembership, Enrolment

LIVE_SITTINGS = 400
FRESH = timedelta(minutes=1)
KEPT = timedelta(days=7)


@dataclass(frozen=True)
class MeanChange:
    """Shares of answers that agree with the key, with both orders of the forms weighing the same; `low` to `high`: of the
    change, with 95% confidence. `began` sat the first assessment, `finished` both.
    """

    began: int
    finished: int
    before: float
    after: float
    mean: float
    low: float
    high: float
    is_provisional: bool
    told_at: datetime


@dataclass(frozen=True)
class GroupRow:
    """A cohort, or everybody on a course where `cohort` is None. `change`: None as long as nothing is told.

    `reason`: why not: "few" (fewer than ten have both results), "elsewhere" (so many count in another cohort that fewer than
    ten are left), "cohorts" (nearly all are in cohorts of which nothing is told yet), "order" (nearly all met the same form
    first), "close" (it would tell of a few people beside another group).
    """

    course: Course
    cohort: Cohort | None
    began: int
    change: MeanChange | None
    reason: str = ""


@dataclass
class _Sat:
    """One enrolment: share and form by occasion; whether any of it is keyed by an author alone."""

    course: int
    shares: dict[str, float] = field(default_factory=dict)
    forms: dict[str, int] = field(default_factory=dict)
    is_provisional: bool = False

    @property
    def has_both(self) -> bool:
        return len(self.shares) == len(OF_COURSE)


@dataclass
class _Group:
    course: int
    cohort: int | None
    enrolments: set[int] = field(default_factory=set)
    is_archived: bool = False
    waited_for: set[int] = field(default_factory=set)
    """Of everyone: those in a cohort that may be told of by itself one day."""


def changes_of(organisation: Organisation) -> tuple[list[GroupRow], bool]:
    """What an organisation is told of its cohorts and courses, and whether it is being counted anew.

    Few sittings are looked at as somebody asks, many by a worker, at most once a minute.
    """
    sittings = Attempt.objects.filter(enrolment__organisation=organisation, counts_in_groups=True, submitted_at__isnull=False)
    if sittings.count() <= LIVE_SITTINGS:
        return release_changes_of(organisation), False
    is_due_now = cache.add(f"changes-{organisation.pk}", 1, FRESH.seconds)
    if is_due_now:
        with suppress(OperationalError):  # without a broker the page shows what it has; the next visitor asks again
            release_changes.delay(organisation.pk)
    began, reasons = cache.get(_state_key(organisation), ({}, {}))
    return _rows(organisation, list(ChangeRelease.objects.filter(organisation=organisation)), began, reasons), is_due_now


def _state_key(organisation: Organisation) -> str:
    return f"changes-of-{organisation.pk}"


@shared_task(name="assessments.release_changes")
def release_changes(organisation_id: int) -> None:
    release_changes_of(Organisation.objects.get(pk=organisation_id))


@transaction.atomic
def release_changes_of(organisation: Organisation) -> list[GroupRow]:
    """Tell what may be told now, cohorts first. Repeating it changes nothing until ten others have both results."""
    # Two at once would each find that the other has told nothing yet.
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    sat = _sat(organisation)
    releases = _told(organisation)
    reasons: dict[tuple[int, int | None], str] = {}
    began: dict[tuple[int, int | None], int] = {}
    known: dict[int, list[_Known]] = defaultdict(list)
    for release in releases:
        known[release.course_id].append(_Known(release))
    for group in _groups(organisation):
        name = group.course, group.cohort
        began[name] = sum(1 for pk in group.enrolments if pk in sat and Occasion.BEFORE in sat[pk].shares)
        made = _release(organisation, group, sat, known[group.course], reasons, began[name])
        if made is not None:
            releases.insert(0, made)
            known[group.course].insert(0, _Known(made))
    cache.set(_state_key(organisation), (began, reasons), KEPT.total_seconds())
    return _rows(organisation, releases, began, reasons)


class _Known:
    """A mean that was told, and of whom."""

    def __init__(self, release: ChangeRelease) -> None:
        self.release = release
        people = frozenset(counted.enrolment_id for counted in release.counted.all())
        self.told = Told(people, release.people - len(people))


def _release(
    organisation: Organisation,
    group: _Group,
    sat: dict[int, _Sat],
    known: list[_Known],
    reasons: dict[tuple[int, int | None], str],
    began: int,
) -> ChangeRelease | None:
    name = group.course, group.cohort
    finished = frozenset(pk for pk in group.enrolments if pk in sat and sat[pk].has_both)
    people = _who_counts(group, finished, sat, known)
    newest = next((one.told for one in known if one.release.cohort_id == group.cohort), None)
    if len(people) < FEWEST:
        reasons[name] = "few" if len(finished) < FEWEST else "elsewhere" if group.cohort else "cohorts"
        return None
    if not is_due(newest, people):
        return None
    same = next((one.release for one in known if not one.told.distance(people)), None)
    if same is None and not may_tell(people, [one.told for one in known]):
        reasons[name] = "close"
        return None
    # Of the same people the same: scored again meanwhile, a second mean would tell whom that moved.
    content = same.content | {"began": max(began, len(people))} if same else _content([sat[pk] for pk in people], began)
    if content is None:
        reasons[name] = "order"
        return None
    release = ChangeRelease.objects.create(
        organisation=organisation, course_id=group.course, cohort_id=group.cohort, people=len(people), content=content
    )
    ChangeReleasePerson.objects.bulk_create(ChangeReleasePerson(release=release, enrolment_id=pk) for pk in sorted(people))
    return release


def _who_counts(group: _Group, finished: frozenset[int], sat: dict[int, _Sat], known: list[_Known]) -> frozenset[int]:
    """Whoever the group was told of before, and those who have both results since and are told of nowhere else.

    Everybody counts in one cohort, the first that is told of with them in it, and stays in it: cohorts that overlap, or from
    which people are taken, would together tell of one. Everyone on a course are those, and the others whom no cohort waits for.
    """
    everywhere = {pk for one in known for pk in one.told.people}
    new = finished - everywhere
    if group.cohort is None:
        own, new = everywhere, new - group.waited_for
    else:
        own = {pk for one in known if one.release.cohort_id == group.cohort for pk in one.told.people}
    return new | {pk for pk in own if pk in sat and sat[pk].has_both}


def _content(people: Iterable[_Sat], began: int) -> dict[str, Any] | None:
    """None where fewer than two met one of the forms first: then nobody can tell the change from the forms."""
    by_first: dict[int, list[_Sat]] = defaultdict(list)
    for sat in people:
        by_first[sat.forms[Occasion.BEFORE]].append(sat)
    if len(by_first) != FORMS_NEEDED or min(map(len, by_first.values())) < 2:
        return None
    orders = [
        [(sat.shares[Occasion.BEFORE], sat.shares[Occasion.AFTER]) for sat in by_first[form]] for form in sorted(by_first)
    ]
    finished = sum(map(len, orders))
    change = mean_change(orders[0], orders[1], began=max(began, finished))
    return {
        "began": max(began, finished),
        "finished": finished,
        "before": fmean(fmean(before for before, _after in order) for order in orders),
        "after": fmean(fmean(after for _before, after in order) for order in orders),
        "mean": change.mean,
        "low": change.low,
        "high": change.high,
        "is_provisional": any(sat.is_provisional for group in by_first.values() for sat in group),
    }


# What there is ------------------------------------------------------------------------------------------------------------


def _sat(organisation: Organisation) -> dict[int, _Sat]:
    """By enrolment: results in force of sittings whose learners were told that they count, on today's two forms. One query."""
    records = ScoringRecord.objects.in_force().filter(
        attempt__enrolment__organisation=organisation,
        attempt__counts_in_groups=True,
        attempt__occasion__in=OF_COURSE,
        attempt__submitted_at__isnull=False,
        attempt__instrument__is_active=True,
        items__gt=0,
    )
    columns = records.values_list(
        "attempt__enrolment",
        "attempt__enrolment__course",
        "attempt__occasion",
        "attempt__instrument",
        "agreed",
        "items",
        "is_provisional",
    )
    found: dict[int, _Sat] = {}
    for enrolment, course, occasion, form, agreed, items, is_provisional in columns.iterator():
        sat = found.setdefault(enrolment, _Sat(course))
        sat.shares[occasion] = agreed / items
        sat.forms[occasion] = form
        sat.is_provisional |= is_provisional
    return found


def _groups(organisation: Organisation) -> Iterator[_Group]:
    """Cohorts of courses that have an assessment, oldest first, then everybody on each course. Three queries."""
    courses = _assessed(organisation)
    enrolments = Enrolment.objects.filter(organisation=organisation, course__in=courses).values_list("pk", "user", "course")
    of_member = {(user, course): pk for pk, user, course in enrolments}
    groups: dict[int, _Group] = {}
    places = CohortMembership.objects.filter(cohort__organisation=organisation, cohort__course__in=courses)
    columns = places.order_by("cohort").values_list("cohort", "cohort__course", "cohort__archived_at", "membership__user")
    for cohort, course, archived_at, user in columns:
        group = groups.setdefault(cohort, _Group(course, cohort, is_archived=archived_at is not None))
        if (user, course) in of_member:
            group.enrolments.add(of_member[user, course])
    yield from groups.values()
    for course in sorted(courses):
        waiting = [one for one in groups.values() if one.course == course and not one.is_archived]
        yield _Group(
            course,
            None,
            {pk for (_user, taken), pk in of_member.items() if taken == course},
            waited_for={pk for one in waiting if len(one.enrolments) >= FEWEST for pk in one.enrolments},
        )


def _assessed(organisation: Organisation) -> set[int]:
    """Courses with two forms that somebody takes for the organisation."""
    forms = Instrument.objects.filter(is_active=True, course__enrolments__organisation=organisation)
    counted = forms.values("course").annotate(forms=Count("pk", distinct=True)).filter(forms=FORMS_NEEDED)
    return set(counted.values_list("course", flat=True))


def _told(organisation: Organisation) -> list[ChangeRelease]:
    """Newest first, with who was in each. Two queries."""
    return list(ChangeRelease.objects.filter(organisation=organisation).prefetch_related("counted").order_by("-pk"))


def _rows(
    organisation: Organisation,
    releases: list[ChangeRelease],
    began: dict[tuple[int, int | None], int],
    reasons: dict[tuple[int, int | None], str],
) -> list[GroupRow]:
    """By course, everybody first, then the cohorts, newest first. Archived cohorts only where something is told of them."""
    courses = Course.objects.in_bulk(_assessed(organisation))
    newest: dict[tuple[int, int | None], ChangeRelease] = {}
    for release in releases:
        newest.setdefault((release.course_id, release.cohort_id), release)
    by_course: dict[int, list[Cohort | None]] = {pk: [None] for pk in courses}
    for cohort in Cohort.objects.filter(organisation=organisation, course__in=courses).order_by("-created_at", "-pk"):
        cohort.organisation = organisation
        by_course[cohort.course_id].append(cohort)
    rows = []
    for course in sorted(courses.values(), key=lambda course: (course.title.casefold(), course.pk)):
        for member in by_course[course.pk]:
            name = course.pk, member.pk if member else None
            found = newest.get(name)
            if member is not None and member.is_archived and found is None:
                continue
            change = _change(found) if found else None
            rows.append(GroupRow(course, member, began.get(name, 0), change, "" if change else reasons.get(name, "few")))
    return rows


def _change(release: ChangeRelease) -> MeanChange:
    return MeanChange(**release.content, told_at=release.created_at or timezone.now())
