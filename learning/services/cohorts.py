"""Cohorts: people of one organisation who take one course together. Set-based, because a cohort may be 50,000 people."""

import zoneinfo
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.enums import GrantSource
from access.models import AccessGrant, CourseSet
from access.services.grants import free_grant_key
from access.services.seats import assign_lasting_seats, assign_seats_to_locked, assign_what_is_free
from accounts.audit import record
from accounts.enums import AuditVerb, MembershipState
from accounts.models import Membership, Organisation, refuse_if_held
from accounts.types import Actor
from courses.models import Course
from learning.errors import CohortArchived, CohortNameTaken, CourseClosed
from learning.models import Cohort, CohortMembership, Enrolment
from learning.queries import cohort_named
from learning.services.enrolment import version_to_start

BATCH = 1000
SEAT_LASTS = timedelta(days=30)


@transaction.atomic
def create_cohort(
    *,
    organisation: Organisation,
    name: str,
    course: Course,
    actor: Actor,
    starts_on: date | None = None,
    due_on: date | None = None,
    sends_reminders: bool = True,
    is_obligatory: bool = False,
) -> Cohort:
    """A cohort of that name; asking again for the same name and course returns it, another course is refused.

    `CourseClosed` where its author lets nobody in.
    """
    version_to_start(course)
    # Whoever makes one of the same name in another case at this moment waits, and finds this one.
    Organisation.objects.lock(organisation.pk)
    name = " ".join(name.split())
    if cohort := cohort_named(organisation, name):
        if cohort.course_id != course.pk:
            raise CohortNameTaken(cohort)
        return cohort
    if not course.is_listed:
        raise CourseClosed(course)
    cohort = Cohort.objects.create(
        organisation=organisation,
        name=name,
        course=course,
        starts_on=starts_on,
        due_on=due_on,
        sends_reminders=sends_reminders,
        is_obligatory=is_obligatory,
    )
    record(
        verb=AuditVerb.COHORT_CREATED,
        summary=_("Created the cohort “%(name)s” for %(course)s") % {"name": name[:80], "course": course.title[:120]},
        organisation=organisation,
        actor=actor,
        target=cohort,
        after={"course": course.key, "starts_on": str(starts_on or ""), "due_on": str(due_on or "")},
    )
    return cohort


def lock_cohorts(cohorts: Iterable[Cohort]) -> list[Cohort]:
    """The cohorts as they are now, by primary key, locked to the end of the transaction. Raises `PeopleHeld`."""
    rows = Cohort.objects.select_for_update(of=("self",), no_key=True).select_related("course", "organisation")
    locked = list(rows.filter(pk__in={cohort.pk for cohort in cohorts}).order_by("pk"))
    for cohort in locked:
        refuse_if_held(cohort.organisation_id, cohort.organisation.people_held_at)
    return locked


def lock_current_cohort(cohort: Cohort) -> Cohort:
    """For acts on its people: `CohortArchived` where it is."""
    (cohort,) = lock_cohorts([cohort])
    if cohort.is_archived:
        raise CohortArchived(cohort)
    return cohort


@transaction.atomic
def add_to_cohort(*, cohort: Cohort, memberships: Iterable[Membership], actor: Actor = None) -> int:
    """Add members of the cohort's organisation; returns how many are new to it.

    Paid courses take a seat for each (`SeatsExhausted` adds nobody). Whoever is new here and holds a seat that ends too soon
    (`seats_needed_until`) gets a lasting one as well, where one is free. Members who have joined are enrolled at once, invited
    ones when they accept. Repeating it changes nothing. `CohortArchived` where it is, `CourseClosed` for somebody new in a
    course that is not open.
    """
    people = list(memberships)
    cohort = lock_current_cohort(cohort)
    own = [membership for membership in people if membership.organisation_id == cohort.organisation_id]
    members = [membership for membership in Membership.objects.lock(own) if membership.state != MembershipState.LEFT]
    until = seats_needed_until(cohort)
    new = place_in_cohort(cohort, members)
    if not cohort.course.is_free:
        assign_seats_to_locked(members, cohort.organisation, cohort.course, until=until)
    if not cohort.course.is_free:
        assign_lasting_seats(new, cohort.organisation, cohort.course, until=until)
    enrol_members(cohort, [membership for membership in members if membership.state == MembershipState.ACTIVE])
    record_added(cohort, len(new), actor=actor, person=people[0] if len(people) == 1 else None)
    return len(new)


def place_in_cohort(cohort: Cohort, members: Iterable[Membership]) -> list[Membership]:
    """Places without seats or enrolments, for members whom the caller has locked after the cohort. Returns who is new.

    `CourseClosed` where somebody is and the course lets nobody in.
    """
    people = {membership.pk: membership for membership in members}
    ids = list(people)
    known: set[int] = set()
    for start in range(0, len(ids), BATCH):
        places = cohort.memberships.filter(membership__in=ids[start : start + BATCH])
        known.update(places.values_list("membership_id", flat=True))
    new = [membership for pk, membership in people.items() if pk not in known]
    if new and not cohort.course.is_listed:
        raise CourseClosed(cohort.course)
    CohortMembership.objects.bulk_create(
        (CohortMembership(cohort=cohort, membership=membership) for membership in new), batch_size=BATCH
    )
    return new


def record_added(cohort: Cohort, added: int, *, actor: Actor, person: Membership | None = None) -> None:
    """One event for one act, however many people it added."""
    if not added:
        return
    record(
        verb=AuditVerb.COHORT_PEOPLE_ADDED,
        summary=ngettext("Added %(n)s person to “%(cohort)s”", "Added %(n)s people to “%(cohort)s”", added)
        % {"n": f"{added:,}", "cohort": cohort.name[:200]},
        organisation=cohort.organisation,
        actor=actor,
        target=cohort,
        person=person,
        after={"placed": added},
    )


def seats_needed_until(cohort: Cohort) -> datetime:
    """How long a seat should last for this cohort: to the end of its due date or, without one, for a month."""
    if cohort.due_on is None:
        return timezone.now() + SEAT_LASTS
    zone = zoneinfo.ZoneInfo(cohort.organisation.time_zone)
    return datetime.combine(cohort.due_on + timedelta(days=1), time.min, tzinfo=zone)


def enrol_members(cohort: Cohort, members: list[Membership]) -> None:
    """Enrolments, and for a free course the access, of active members; those who have them keep them."""
    version = version_to_start(cohort.course)
    course, organisation = cohort.course, cohort.organisation
    Enrolment.objects.bulk_create(
        (
            Enrolment(
                user_id=member.user_id,  # type: ignore[misc]  # active members have a user
                course=course,
                organisation=organisation,
                cohort=cohort,
                version=version,
            )
            for member in members
        ),
        batch_size=BATCH,
        ignore_conflicts=True,
    )
    _point_to_cohort(cohort, [member.user_id for member in members])
    if course.is_free:
        _grant_free(course, members)


def _point_to_cohort(cohort: Cohort, user_ids: list[int | None]) -> None:
    """An unfinished enrolment follows its newest cohort: that is the due date that counts."""
    unfinished = Enrolment.objects.filter(course=cohort.course_id, organisation=cohort.organisation_id, completed_at=None)
    older = unfinished.exclude(cohort=cohort)
    ids: list[int] = []
    for start in range(0, len(user_ids), BATCH):
        ids += older.filter(user__in=user_ids[start : start + BATCH]).values_list("pk", flat=True)
    ids.sort()
    for start in range(0, len(ids), BATCH):
        # By primary key, as whoever settles the enrolments of a course locks them.
        locked = unfinished.filter(pk__in=ids[start : start + BATCH]).select_for_update(no_key=True).order_by("pk")
        Enrolment.objects.filter(pk__in=list(locked.values_list("pk", flat=True))).update(
            cohort=cohort, updated_at=timezone.now()
        )


def _grant_free(course: Course, members: list[Membership]) -> None:
    """Without organisation: what is free for everybody stays open to somebody who leaves."""
    course_set = CourseSet.objects.get(own_course=course)
    AccessGrant.objects.bulk_create(
        (
            AccessGrant(
                user_id=member.user_id,  # type: ignore[misc]  # active members have a user
                course_set=course_set,
                source=GrantSource.FREE,
                source_key=free_grant_key(course),
            )
            for member in members
        ),
        batch_size=BATCH,
        ignore_conflicts=True,
    )


@transaction.atomic
def enrol_in_cohorts(*, membership: Membership) -> None:
    """Somebody accepted an invitation: the cohorts that they were added to enrol them. Safe to repeat."""
    cohorts = Cohort.objects.filter(memberships__membership=membership, organisation=membership.organisation_id)
    for cohort in cohorts.select_related("course__current_version", "organisation"):
        enrol_members(cohort, [membership])


@transaction.atomic
def assign_cohort_seats(*, membership: Membership) -> list[Course]:
    """Seats for the paid courses of somebody's cohorts, whom the caller has locked. Returns those for which none is free."""
    cohorts = Cohort.objects.current().filter(memberships__membership=membership, organisation=membership.organisation_id)
    paid = list(cohorts.filter(course__is_free=False).select_related("course", "organisation"))
    if not paid:
        return []
    until = max(seats_needed_until(cohort) for cohort in paid)
    return assign_what_is_free(membership, {cohort.course for cohort in paid}, until=until)


@transaction.atomic
def change_cohort(
    *,
    cohort: Cohort,
    name: str,
    starts_on: date | None,
    due_on: date | None,
    actor: Actor,
    sends_reminders: bool | None = None,
    is_obligatory: bool | None = None,
) -> Cohort:
    """Rename a cohort, move its dates, or change how its people are reminded; None leaves that as it is.

    Raises `CohortNameTaken`.
    """
    name = " ".join(name.split())
    Organisation.objects.lock(cohort.organisation_id)
    (cohort,) = lock_cohorts([cohort])
    if name != cohort.name and (other := cohort_named(cohort.organisation, name)) and other != cohort:
        raise CohortNameTaken(other)
    wanted: dict[str, Any] = {"name": name, "starts_on": starts_on, "due_on": due_on}
    reminding = {"sends_reminders": sends_reminders, "is_obligatory": is_obligatory}
    wanted |= {field: value for field, value in reminding.items() if value is not None}
    changed = [field for field, value in wanted.items() if getattr(cohort, field) != value]
    if not changed:
        return cohort
    before = {field: _kept(getattr(cohort, field)) for field in changed}
    for field in changed:
        setattr(cohort, field, wanted[field])
    cohort.save(update_fields=[*changed, "updated_at"])
    record(
        verb=AuditVerb.COHORT_CHANGED,
        summary=_("Changed the cohort “%(name)s”") % {"name": name[:200]},
        organisation=cohort.organisation,
        actor=actor,
        target=cohort,
        before=before,
        after={field: _kept(wanted[field]) for field in changed},
    )
    return cohort


@transaction.atomic
def archive_cohort(*, cohort: Cohort, actor: Actor) -> Cohort:
    """Out of lists, choices and reminders. Its people keep their access, seats and progress. Safe to repeat."""
    return _set_archived(cohort, actor, timezone.now(), _("Archived the cohort “%(name)s”"))


@transaction.atomic
def restore_cohort(*, cohort: Cohort, actor: Actor) -> Cohort:
    """Undo `archive_cohort`. Safe to repeat."""
    return _set_archived(cohort, actor, None, _("Restored the cohort “%(name)s” from the archive"))


def _set_archived(cohort: Cohort, actor: Actor, archived_at: datetime | None, summary: str) -> Cohort:
    (cohort,) = lock_cohorts([cohort])
    was_archived, is_archived = cohort.is_archived, archived_at is not None
    if was_archived == is_archived:
        return cohort
    cohort.archived_at = archived_at
    cohort.save(update_fields=["archived_at", "updated_at"])
    record(
        verb=AuditVerb.COHORT_CHANGED,
        summary=summary % {"name": cohort.name[:200]},
        organisation=cohort.organisation,
        actor=actor,
        target=cohort,
        before={"archived": was_archived},
        after={"archived": is_archived},
    )
    return cohort


def _kept(value: Any) -> Any:
    """A value as the audit log keeps it."""
    return value if isinstance(value, bool) else str(value or "")


@transaction.atomic
def remove_from_cohort(*, cohort: Cohort, membership: Membership, actor: Actor) -> bool:
    """Undo `add_to_cohort`. Progress, access and a seat stay, the due date goes. False when they were not in it."""
    (cohort,) = lock_cohorts([cohort])
    # Somebody who accepts their invitation at this moment is enrolled before or not at all.
    Membership.objects.lock([membership])
    deleted, _rows = CohortMembership.objects.filter(cohort=cohort, membership=membership).delete()
    if not deleted:
        return False
    if membership.user_id:
        Enrolment.objects.filter(user=membership.user_id, cohort=cohort).update(cohort=None, updated_at=timezone.now())
    record(
        verb=AuditVerb.COHORT_PERSON_REMOVED,
        summary=_("Removed one person from “%(cohort)s”") % {"cohort": cohort.name[:200]},
        organisation=cohort.organisation,
        actor=actor,
        target=cohort,
        person=membership,
    )
    return True
