"""Where the rows of a file place people, and the seats that takes."""

from collections import Counter
from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.enums import HELD_STATES, SeatState
from access.models import Seat
from access.queries import pools_in_force
from accounts.models import Organisation
from common.cells import CellError
from courses.models import Course
from imports.kinds import FileCheck
from learning.models import Cohort, CohortMembership


@dataclass(frozen=True)
class Target:
    """Where a row places its person. The cohort may not exist yet."""

    cohort_name: str
    course: Course
    cohort: Cohort | None = None


@dataclass(frozen=True)
class Line:
    """A row that could be read."""

    number: int
    person: dict[str, str]
    target: Target | None
    written: str = ""  # the address as it stands in the file

    @property
    def email(self) -> str:
        return self.person["email"]

    @property
    def cohort_name(self) -> str:
        return self.target.cohort_name if self.target else ""


def known_cohort_members(lines: list[Line]) -> set[tuple[str, str]]:
    """(address, name of the cohort) of those who are in their cohort already. One query, none without cohorts."""
    cohorts = {line.target.cohort.pk for line in lines if line.target and line.target.cohort}
    if not cohorts:
        return set()
    members = CohortMembership.objects.filter(cohort__in=cohorts, membership__email__in={line.email for line in lines})
    return set(members.values_list("membership__email", "cohort__name"))


class Targets:
    """Turns what rows and options say about cohort and course into a `Target`; each pair is looked up once."""

    def __init__(self, organisation: Organisation, options: dict[str, Any]) -> None:
        self.organisation = organisation
        self.default_cohort, self.default_course = options.get("cohort", ""), options.get("course", "")
        self._known: dict[tuple[str, str], Target | None] = {}
        self._course_of: dict[str, Course] = {}

    def of(self, cohort_name: str, course_name: str) -> Target | None:
        key = (cohort_name or self.default_cohort, course_name or self.default_course)
        if key not in self._known:
            self._known[key] = self._find(*key)
        return self._known[key]

    def _find(self, cohort_name: str, course_name: str) -> Target | None:
        if not cohort_name and not course_name:
            return None
        course = self._course(course_name) if course_name else None
        cohort_name = cohort_name or (course.title if course else "")
        cohort = Cohort.objects.filter(organisation=self.organisation, name=cohort_name).select_related("course").first()
        taken = cohort.course if cohort else self._course_of.get(cohort_name)
        if taken and course and taken != course:
            raise CellError(
                _("the cohort “%(cohort)s” takes “%(course)s”. Choose another name for the cohort, or that course.")
                % {"cohort": cohort_name, "course": taken}
            )
        course = course or taken
        if course is None:
            raise CellError(
                _("there is no cohort “%(cohort)s” yet. Name the course it takes, and it will be created.")
                % {"cohort": cohort_name}
            )
        self._course_of[cohort_name] = course
        return Target(cohort_name, course, cohort)

    def _course(self, name: str) -> Course:
        course = Course.objects.filter(Q(slug__iexact=name) | Q(key__iexact=name) | Q(title__iexact=name)).first()
        if course is None:
            offered = ", ".join(Course.objects.filter(is_listed=True).values_list("slug", flat=True)[:10])
            raise CellError(
                _("there is no course “%(course)s”. The courses are: %(offered)s.") % {"course": name, "offered": offered}
            )
        if course.current_version_id is None:
            raise CellError(_("the course “%(course)s” has not been published yet. Choose another.") % {"course": course})
        return course


class SeatNeed:
    """How many seats of paid courses the file takes, against how many are free."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        self.waiting: Counter[Course] = Counter()

    def count(self, lines: list[Line], counted: Container[tuple[str, str]]) -> None:
        """`counted`: (address, slug of the course) of earlier rows; somebody in two cohorts of a course takes one seat."""
        wanted: dict[Course, set[str]] = {}
        for line in lines:
            if line.target and not line.target.course.is_free and (line.email, line.target.course.slug) not in counted:
                wanted.setdefault(line.target.course, set()).add(line.email)
        for course, emails in wanted.items():
            holders = Seat.objects.filter(
                pool__in=pools_in_force(self.organisation, course), state__in=HELD_STATES, membership__email__in=emails
            ).values_list("membership__email", flat=True)
            self.waiting[course] += len(emails.difference(holders))

    def complain(self, check: FileCheck) -> None:
        for course, needed in self.waiting.items():
            pools = pools_in_force(self.organisation, course)
            missing = needed - Seat.objects.filter(pool__in=pools, state=SeatState.FREE).count()
            if missing > 0:
                message = ngettext(
                    "One seat is missing for “%(course)s”: the file needs %(needed)s. Buy it under Seats, then check "
                    "the file again.",
                    "%(missing)s seats are missing for “%(course)s”: the file needs %(needed)s. Buy them under Seats, then "
                    "check the file again.",
                    missing,
                )
                check.problems.add(
                    0,
                    message % {"missing": missing, "course": course, "needed": needed},
                    column="course",
                    value=course.slug,
                )
