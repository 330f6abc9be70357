"""Seats that the people of a file need: counted alike when it is checked and when it is applied, so that the check holds."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import chain, islice

from django.utils.translation import ngettext

from access.queries import courses_open_by_seats, pools_in_force
from access.services.locks import lock_pools
from access.services.seats import Holding, SeatPlan
from accounts.models import Membership, Organisation
from courses.models import Course
from imports.kinds import FileCheck
from learning.models import Cohort
from learning.services.cohorts import seats_needed_until

COUNTED_AT_ONCE = 1000


class SeatNeeds:
    """How many people need seats for which paid courses together; who holds a seat for one of them already needs no other."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        self.courses: dict[int, Course] = {}
        self.people: Counter[frozenset[int]] = Counter()

    def add(
        self, wanted: Mapping[str, Collection[Course]], earlier: Mapping[str, Collection[int]]
    ) -> dict[str, frozenset[int]]:
        """Count people by address; returns for which courses each needs a seat. Two queries, however many people.

        `earlier`: keys of the courses for which somebody of them has been counted before, with rows further up in the file.
        """
        self.courses |= {course.pk: course for courses in wanted.values() for course in courses}
        opened = courses_open_by_seats(self.organisation, wanted, self.courses.values())
        needed = {}
        for email, courses in wanted.items():
            before = self.courses.keys() & earlier.get(email, ())
            has = opened.get(email, frozenset())
            needed[email] = frozenset(before | {course.pk for course in courses}) - has
            if before:
                self.people[frozenset(before) - has] -= 1
            self.people[needed[email]] += 1
        return needed

    def plan(self, *, until: datetime | None = None) -> SeatPlan:
        pools = list(pools_in_force(self.organisation, *self.courses.values()))
        return SeatPlan(pools, self.courses.values(), self.people, until=until)

    def report_shortage(self, check: FileCheck) -> None:
        is_sound = not check.problems
        for course, missing in self.plan().missing.items():
            message = ngettext(
                "You are one seat short for “%(course)s”: the file needs %(needed)s. Buy it under Seats, then check the "
                "file again.",
                "You are %(missing)s seats short for “%(course)s”: the file needs %(needed)s. Buy them under Seats, "
                "then check the file again.",
                missing,
            )
            needed = sum(people for courses, people in self.people.items() if course.pk in courses)
            check.problems.add(
                0,
                message % {"missing": f"{missing:,}", "course": course, "needed": f"{needed:,}"},
                column="course",
                value=course.slug,
            )
            check.is_mended_elsewhere = is_sound


class SeatHandout:
    """Seats for all people of a file at once, so that a seat that opens several courses goes where it serves most."""

    def __init__(self, organisation: Organisation, cohorts: Collection[Cohort]) -> None:
        """Locks the pools of all courses of these cohorts, which are paid."""
        self.cohorts = cohorts
        self.needs = SeatNeeds(organisation)
        self.paid = {cohort.course for cohort in cohorts}
        lock_pools(pools_in_force(organisation, *self.paid))
        self.needed: dict[str, frozenset[int]] = {}

    def begin(self, wanted: Iterable[Iterable[tuple[str, Course]]]) -> None:
        """`wanted`: address and course of all rows, batch by batch. Raises `SeatsExhausted` unless there are seats for all."""
        courses: dict[str, list[Course]] = {}
        for email, course in chain.from_iterable(wanted):
            if course in self.paid:
                courses.setdefault(email, []).append(course)
        waiting = iter(courses.items())
        while some := dict(islice(waiting, COUNTED_AT_ONCE)):
            self.needed |= self.needs.add(some, {})
        until = max(seats_needed_until(cohort) for cohort in self.cohorts)
        self.plan = self.needs.plan(until=until)
        self.plan.refuse_shortage()

    def assign(self, members: Iterable[Membership]) -> list[Holding]:
        """Seats without access yet. Somebody who is in several rows gets theirs with the first."""
        people = [(member, self.needed.pop(member.email, frozenset())) for member in members]
        return self.plan.assign([(member, needed) for member, needed in people if needed], opens=False)
