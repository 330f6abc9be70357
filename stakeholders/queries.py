"""What pages and other apps ask about what organisations imported. No query here returns a person by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Membership, Organisation, User
from accounts.personal_data import addresses_of_all
from courses.models import Course
from imports.models import StagedImport
from learning.models import Enrolment
from stakeholders.circles import circles_of
from stakeholders.enums import CircleKind
from stakeholders.kinds import KINDS
from stakeholders.models import (
    Completion,
    CustomerPeriod,
    CustomerStint,
    EmploymentStint,
    Objection,
    PartnerStint,
    TenureRow,
)

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
    durations: int
    """Rows of files that hold lengths of time and no dates."""

    @property
    def nothing(self) -> bool:
        return not (self.people or self.customers or self.partners or self.durations)

    @property
    def counted(self) -> str:
        """ "240 people, 600 customers and 1 partner", of which there are any."""
        groups = [
            (self.people, ngettext("%(n)s person", "%(n)s people", self.people)),
            (self.customers, ngettext("%(n)s customer", "%(n)s customers", self.customers)),
            (self.partners, ngettext("%(n)s partner", "%(n)s partners", self.partners)),
            (
                self.durations,
                ngettext("%(n)s length of tenure without dates", "%(n)s lengths of tenure without dates", self.durations),
            ),
        ]
        return get_text_list([text % {"n": f"{n:,}"} for n, text in groups if n], _("and"))

    @property
    def kinds(self) -> str:
        """ "employees and customers", of which there are any: for those who may not know how many."""
        groups = [
            (self.people, _("employees")),
            (self.customers, _("customers")),
            (self.partners, _("partners")),
            (self.durations, _("lengths of tenure without dates")),
        ]
        return get_text_list([text for n, text in groups if n], _("and"))


def known_data(organisation: Organisation) -> DataOverview:
    """What the files hold, those who object among it: as the page on the data."""
    people, customers, partners = (
        model._default_manager.filter(organisation=organisation).aggregate(n=Count(name, distinct=True))["n"]
        for model, name in ((EmploymentStint, "person_id"), (CustomerStint, "customer_id"), (PartnerStint, "partner_id"))
    )
    return DataOverview(people, customers, partners, TenureRow.objects.filter(organisation=organisation).count())


def columns_of(rows: QuerySet[Any]) -> tuple[str, ...]:
    """Names of the organisation's own columns in the latest rows."""
    latest = rows.order_by("-pk").values_list("covariates", flat=True)[:COLUMNS_SEEN_IN]
    return tuple(sorted({name for covariates in latest for name in covariates}))


def has_tenure_figures(organisation: Organisation) -> bool:
    return TenureRow.objects.filter(organisation=organisation).exists()


def knows_exit_kinds(organisation: Organisation) -> bool:
    """Whether any exit of a colleague has a kind."""
    return EmploymentStint.objects.filter(organisation=organisation, exit_date__isnull=False).exclude(exit_kind="").exists()


# Objections --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Excluded:
    """Who is left out of outcomes, those who object and their circles: every row with one of these IDs, and completions
    elsewhere with one of these addresses.

    Customers are left out with the colleague who looks after them.
    """

    person_ids: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()

    def has(self, person_id: str, email: str = "") -> bool:
        return person_id in self.person_ids or email in self.emails


def digest_of(organisation: Organisation, email: str) -> str:
    """By which the address of an erased account is known again, in this organisation alone."""
    return sha256(f"{organisation.uuid}:{email.lower()}".encode()).hexdigest()


def excluded_from(organisation: Organisation) -> Excluded:
    """Whoever objects, with their circles (`circles.py`). One query where nobody does."""
    objections = _standing_objections(organisation)
    if not objections:
        return Excluded()
    own = _named_by(organisation, [one for one in objections if one.is_own])
    recorded = _named_by(organisation, [one for one in objections if not one.is_own])
    person_ids = own.person_ids | recorded.person_ids
    stints = list(EmploymentStint.objects.filter(organisation=organisation).values_list("person_id", "email"))
    members = _members_of(organisation, stints)
    people = members | _people_of(organisation, stints)
    tenure = set(TenureRow.objects.filter(organisation=organisation).values_list("unit_id", flat=True)) - people
    same = _same_person(stints)
    found = circles_of(organisation, CircleKind.MEMBERS, members, own.person_ids, same)
    found |= circles_of(organisation, CircleKind.PEOPLE, people, person_ids - members | recorded.person_ids, same)
    found |= circles_of(organisation, CircleKind.TENURE, tenure, person_ids, same)
    emails = {email for person_id, email in stints if email and person_id in found}
    return Excluded(person_ids | found, own.emails | recorded.emails | emails)


def who_objects(organisation: Organisation) -> Excluded:
    """Those who object, without their circles."""
    return _named_by(organisation, _standing_objections(organisation))


def _standing_objections(organisation: Organisation) -> list[Objection]:
    """Those that people made by themselves from the day after on, and as long after they took them back: an answer that changes
    within the hour would tell who was at work in it (decision 0046)."""
    began = organisation.midnight
    own = Q(is_own=True, created_at__lt=began) & (Q(withdrawn_at=None) | Q(withdrawn_at__gte=began))
    standing = Objection.objects.filter(own | Q(is_own=False, withdrawn_at=None), organisation=organisation)
    return list(standing.select_related("user").defer("recorded_by"))


def _named_by(organisation: Organisation, objections: Sequence[Objection]) -> Excluded:
    """By every ID and address under which the data name them."""
    if not objections:
        return Excluded()
    person_ids = {objection.person_id for objection in objections if objection.person_id}
    emails = {objection.email for objection in objections if objection.email}
    users = [objection.user for objection in objections if objection.user]
    emails |= addresses_of_all(users)
    emails |= _known_by_digest(organisation, {digest for objection in objections for digest in objection.digests})
    members = Membership.objects.filter(organisation=organisation)
    of_account = members.filter(Q(user__in=users) | Q(email__in=emails) | Q(person_id__in=person_ids))
    for person_id, email in of_account.values_list("person_id", "email"):
        person_ids |= {person_id} - {""}
        emails |= {email} - {""}
    stints = EmploymentStint.objects.filter(organisation=organisation)
    person_ids |= set(stints.filter(email__in=emails).values_list("person_id", flat=True))
    emails |= set(stints.filter(person_id__in=person_ids).exclude(email="").values_list("email", flat=True))
    return Excluded(frozenset(person_ids), frozenset(emails))


Stints = Sequence[tuple[str, str]]
"""The ID and the address, blank for none, of each stint."""


def _members_of(organisation: Organisation, stints: Stints) -> set[str]:
    """IDs in the data of those who have, or had, a membership."""
    found, addresses = set(), set()
    for person_id, email, own in organisation.memberships.values_list("person_id", "email", "user__email"):
        found.add(person_id)
        addresses |= {email, own}
    return {person_id for person_id, email in stints if email and email in addresses} | found - {""}


def _people_of(organisation: Organisation, stints: Stints) -> set[str]:
    """IDs of everybody in the files: colleagues, those who look after customers and partners, and who completed."""
    found = {person_id for person_id, _email in stints}
    for model in (CustomerStint, PartnerStint, CustomerPeriod):
        rows = model._default_manager.filter(organisation=organisation).exclude(owner_person_id="")
        found |= set(rows.values_list("owner_person_id", flat=True))
    return found | set(Completion.objects.filter(organisation=organisation).values_list("person_id", flat=True)) - {""}


def _same_person(stints: Stints) -> dict[str, str]:
    """Of IDs that share an address, or are linked by others that do, one for all of them."""
    same: dict[str, str] = {}

    def of(person_id: str) -> str:
        while same.get(person_id, person_id) != person_id:
            person_id = same[person_id]
        return person_id

    first: dict[str, str] = {}
    for person_id, email in stints:
        if email:
            one, other = sorted((of(person_id), of(first.setdefault(email, person_id))))
            if one != other:
                same[other] = one
    return {person_id: of(person_id) for person_id, _email in stints if person_id in same}


def _known_by_digest(organisation: Organisation, digests: set[str]) -> set[str]:
    """Addresses in files of people whose accounts are erased."""
    if not digests:
        return set()
    in_files: set[str] = set()
    for model in (EmploymentStint, Completion):
        rows = model._default_manager.filter(organisation=organisation).exclude(email="")
        in_files |= set(rows.values_list("email", flat=True).iterator())
    return {email for email in in_files if digest_of(organisation, email) in digests}


def objections_of(organisation: Organisation) -> QuerySet[Objection]:
    """Those that were recorded for somebody, newest first. Who objected by themselves is shown to nobody."""
    return Objection.objects.filter(organisation=organisation, is_own=False).select_related("recorded_by")


@dataclass(frozen=True)
class OwnChoice:
    """An organisation that may have somebody among its people, and whether they have left themselves out of its data, or will
    from the next day on (`changes_on`)."""

    organisation: Organisation
    is_out: bool
    changes_on: date | None = None


def own_choices(user: User) -> list[OwnChoice]:
    """Of every organisation that somebody has joined, those they have left included: its data reach back."""
    joined = Organisation.objects.filter(memberships__user=user).order_by("name", "pk")
    objections: dict[int, list[Objection]] = {}
    for one in Objection.objects.filter(user=user):
        objections.setdefault(one.organisation_id, []).append(one)
    return [_own_choice(organisation, objections.get(organisation.pk, [])) for organisation in joined]


def _own_choice(organisation: Organisation, objections: Sequence[Objection]) -> OwnChoice:
    began = organisation.midnight
    is_out = any(one.withdrawn_at is None for one in objections)
    was_out = any(one.created_at < began and (one.withdrawn_at is None or one.withdrawn_at >= began) for one in objections)
    return OwnChoice(organisation, is_out, None if is_out == was_out else organisation.today + timedelta(days=1))


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
