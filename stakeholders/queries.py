"""What pages and other apps ask about what organisations imported. No query here returns a person by name."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Organisation
from courses.models import Course
from imports.models import StagedImport
from learning.models import Enrolment
from stakeholders.kinds import KINDS
from stakeholders.models import Completion, CustomerStint, EmploymentStint, TenureRow

COLUMNS_SEEN_IN = 50


def imports_of(organisation: Organisation) -> QuerySet[StagedImport]:
    """Files of our kinds, newest first."""
    return organisation.imports.filter(kind__in=[kind.name for kind in KINDS]).select_related("uploaded_by", "job")


@dataclass(frozen=True)
class DataOverview:
    """What data there are: people and customers (ids, not rows), and the columns one may compare by."""

    people: int
    customers: int
    people_columns: tuple[str, ...]
    customer_columns: tuple[str, ...]
    durations: int = 0
    """Rows of files that hold lengths of time and no dates."""

    @property
    def nothing(self) -> bool:
        return not self.people and not self.customers and not self.durations


def known_data(organisation: Organisation) -> DataOverview:
    people = EmploymentStint.objects.filter(organisation=organisation)
    customers = CustomerStint.objects.filter(organisation=organisation)
    return DataOverview(
        people.aggregate(n=Count("person_id", distinct=True))["n"],
        customers.aggregate(n=Count("customer_id", distinct=True))["n"],
        columns_of(people),
        columns_of(customers),
        TenureRow.objects.filter(organisation=organisation).count(),
    )


def columns_of(rows: QuerySet[Any]) -> tuple[str, ...]:
    """Names of the organisation's own columns in the latest rows."""
    latest = rows.order_by("-pk").values_list("covariates", flat=True)[:COLUMNS_SEEN_IN]
    return tuple(sorted({name for covariates in latest for name in covariates}))


def has_tenure_figures(organisation: Organisation) -> bool:
    return TenureRow.objects.filter(organisation=organisation).exists()


def knows_exit_kinds(organisation: Organisation) -> bool:
    """Whether any exit of a colleague has a kind."""
    return EmploymentStint.objects.filter(organisation=organisation, exit_date__isnull=False).exclude(exit_kind="").exists()


# Courses -----------------------------------------------------------------------------------------------------------------

ELSEWHERE = "elsewhere"
"""The training whose completion dates stand in the people file, which has no name there."""


class CourseNames:
    """What courses are called: in Accord by key and title, in files as they like; the same name is the same course."""

    def __init__(self, organisation: Organisation) -> None:
        taken = Enrolment.objects.filter(organisation=organisation, completed_at__isnull=False)
        self.titles = dict(Course.objects.filter(pk__in=taken.values("course")).values_list("key", "title"))
        self._keys = {plain(name): key for key, title in self.titles.items() for name in (title, key)}

    def key(self, name: str) -> str:
        """The key of a course of Accord, else the name without regard to case and spaces."""
        return self._keys.get(plain(name), plain(name))


def plain(name: str) -> str:
    return " ".join(name.casefold().split())


def known_courses(organisation: Organisation) -> dict[str, str]:
    """The courses of which completions are known, and what to call each."""
    names = CourseNames(organisation)
    known = dict(names.titles)
    in_files = (
        Completion.objects.filter(organisation=organisation).order_by("course").values_list("course", flat=True).distinct()
    )
    for name in in_files:
        known.setdefault(names.key(name), name)
    people = EmploymentStint.objects.filter(organisation=organisation, completion_date__isnull=False)
    if people.exists():
        known.setdefault(ELSEWHERE, _("Training elsewhere, from the people file"))
    return known
