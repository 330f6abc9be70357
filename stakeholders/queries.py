"""What pages and other apps ask about what organisations imported. No query here returns a person by name."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Membership, Organisation, User
from accounts.personal_data import addresses_of_all
from common.spelling import plain
from courses.models import Course
from imports.models import StagedImport
from learning.models import Enrolment
from stakeholders.circles import circles_drawn, circles_of, members_out
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
A_MOMENT = timedelta(microseconds=1)


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
    """Whoever objects, with their circles (`circles.py`). Two queries where nobody ever did.

    Of accounts the circle is found first, and then under which names the data know all of it: whoever objects by themselves and
    whoever was drawn beside them is left out in one way.
    """
    objections = _standing_objections(organisation)
    kinds = circles_drawn(organisation)
    if not objections and not kinds:
        return Excluded()
    own = [one for one in objections if one.is_own]
    members = _members_out(organisation, own)
    of_circles = _named_by_members(organisation, members)
    # Whose account is erased, or whose membership is gone, is named by what the objection has kept.
    recorded = _named_by(organisation, [one for one in objections if not one.is_own])
    kept = _named_by(organisation, [one for one in own if one.user is None])
    found: set[str] = set()
    if recorded.person_ids or kinds - {CircleKind.MEMBERS}:
        people = _people_of(organisation)
        units = TenureRow.objects.filter(organisation=organisation).values_list("unit_id", flat=True)
        found |= circles_of(organisation, CircleKind.PEOPLE, people, recorded.person_ids)
        found |= circles_of(organisation, CircleKind.TENURE, set(units) - people, recorded.person_ids)
    stints = EmploymentStint.objects.filter(organisation=organisation, person_id__in=found).exclude(email="")
    person_ids = of_circles.person_ids | kept.person_ids | recorded.person_ids | found
    emails = of_circles.emails | kept.emails | recorded.emails | set(stints.values_list("email", flat=True))
    return Excluded(frozenset(person_ids), frozenset(emails))


def _members_out(organisation: Organisation, own: Sequence[Objection]) -> set[int]:
    users = [one.user for one in own if one.user]
    objecting = set(organisation.memberships.filter(user__in=users).values_list("pk", flat=True))
    erased = {one.circle for one in own if one.user is None}
    return members_out(organisation, objecting, erased)


def _named_by_members(organisation: Organisation, members: Collection[int]) -> Excluded:
    """By every ID and address under which the data name these memberships: their number, and each address of theirs."""
    if not members:
        return Excluded()
    memberships = Membership.objects.filter(organisation=organisation, pk__in=members).select_related("user")
    person_ids, emails = set(), set()
    for membership in memberships:
        person_ids |= {membership.person_id} - {""}
        emails |= {membership.email} - {""}
    emails |= addresses_of_all([membership.user for membership in memberships if membership.user])
    return _with_names_in_data(organisation, person_ids, emails)


def _with_names_in_data(organisation: Organisation, person_ids: set[str], emails: set[str]) -> Excluded:
    """An address leads to IDs and an ID to its addresses; from an ID to others who share an address nothing leads."""
    stints = EmploymentStint.objects.filter(organisation=organisation)
    person_ids = person_ids | set(stints.filter(email__in=emails).values_list("person_id", flat=True))
    emails = emails | set(stints.filter(person_id__in=person_ids).exclude(email="").values_list("email", flat=True))
    return Excluded(frozenset(person_ids), frozenset(emails))


def _standing_objections(organisation: Organisation) -> list[Objection]:
    """Those that people made by themselves from the day after on, and as long after they took them back: an answer that changes
    within the hour would tell who was at work in it (decision 0046)."""
    now = timezone.now()
    own = Q(is_own=True, counts_from__lte=now) & (Q(counts_until=None) | Q(counts_until__gt=now))
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
    return _with_names_in_data(organisation, person_ids, emails)


def _people_of(organisation: Organisation) -> set[str]:
    """IDs of everybody in the files: colleagues, those who look after customers and partners, and who completed."""
    found = set(EmploymentStint.objects.filter(organisation=organisation).values_list("person_id", flat=True))
    for model in (CustomerStint, PartnerStint, CustomerPeriod):
        rows = model._default_manager.filter(organisation=organisation).exclude(owner_person_id="")
        found |= set(rows.values_list("owner_person_id", flat=True))
    return found | set(Completion.objects.filter(organisation=organisation).values_list("person_id", flat=True)) - {""}


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
    from the next day on (`changes_on`: the first day there on which it holds from the morning on).
    """

    organisation: Organisation
    is_out: bool
    changes_on: date | None = None


def own_choices(user: User) -> list[OwnChoice]:
    """Of every organisation that somebody has joined, those they have left included: its data reach back."""
    joined = Organisation.objects.filter(memberships__user=user).order_by("name", "pk")
    objections: dict[int, list[Objection]] = {}
    for one in Objection.objects.filter(user=user, counts_from__isnull=False):
        objections.setdefault(one.organisation_id, []).append(one)
    return [_own_choice(organisation, objections.get(organisation.pk, [])) for organisation in joined]


def _own_choice(organisation: Organisation, objections: Sequence[Objection]) -> OwnChoice:
    now = timezone.now()
    is_out = any(one.withdrawn_at is None for one in objections)
    begun = (one for one in objections if one.counts_from and one.counts_from <= now)
    was_out = any(one.counts_until is None or one.counts_until > now for one in begun)
    if is_out == was_out:
        return OwnChoice(organisation, is_out)
    moments = [moment for one in objections for moment in (one.counts_from, one.counts_until) if moment and moment > now]
    return OwnChoice(organisation, is_out, organisation.day_of(max(moments) - A_MOMENT) + timedelta(days=1))


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
