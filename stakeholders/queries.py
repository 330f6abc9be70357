"""What pages and other apps ask about what organisations imported. No query here returns a person by name."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Organisation
from courses.models import Course
from imports.models import StagedImport
from learning.models import Enrolment
from stakeholders.kinds import KINDS
from stakeholders.models import Completion, CustomerStint, EmploymentStint, PartnerStint

COLUMNS_SEEN_IN = 50


def imports_of(organisation: Organisation) -> QuerySet[StagedImport]:
    """Files of our kinds, newest first."""
    return organisation.imports.filter(kind__in=[kind.name for kind in KINDS]).select_related("uploaded_by", "job")


@dataclass(frozen=True)
class DataOverview:
    """What data there are: people, customers and partners (ids, not rows)."""

    people: int
    customers: int
    partners: int

    @property
    def nothing(self) -> bool:
        return not (self.people or self.customers or self.partners)

    @property
    def counted(self) -> str:
        """ "240 people, 600 customers and 1 partner", of which there are any."""
        groups = [
            (self.people, ngettext("%(n)s person", "%(n)s people", self.people)),
            (self.customers, ngettext("%(n)s customer", "%(n)s customers", self.customers)),
            (self.partners, ngettext("%(n)s partner", "%(n)s partners", self.partners)),
        ]
        return get_text_list([text % {"n": f"{n:,}"} for n, text in groups if n], _("and"))


def known_data(organisation: Organisation) -> DataOverview:
    return DataOverview(
        *(
            model._default_manager.filter(organisation=organisation).aggregate(n=Count(name, distinct=True))["n"]
            for model, name in ((EmploymentStint, "person_id"), (CustomerStint, "customer_id"), (PartnerStint, "partner_id"))
        )
    )


def columns_of(rows: QuerySet[Any]) -> tuple[str, ...]:
    """Names of the organisation's own columns in the latest rows."""
    latest = rows.order_by("-pk").values_list("covariates", flat=True)[:COLUMNS_SEEN_IN]
    return tuple(sorted({name for covariates in latest for name in covariates}))


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
