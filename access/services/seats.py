"""Seats: bought by an organisation, counted as rows, assigned under the lock of their pools."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import Case, Count, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from access.enums import HELD_STATES, GrantSource, SeatState
from access.errors import SeatsExhausted
from access.models import AccessGrant, CourseSet, Seat, SeatPool
from access.queries import courses_open_by_seats, pools_in_force
from access.services.allotment import Allotment, PoolSupply
from access.services.locks import lock_pools, lock_seats
from accounts.audit import record
from accounts.enums import AuditVerb, MembershipState
from accounts.models import Membership, Organisation
from accounts.types import Actor
from courses.models import Course

BATCH = 1000
# Each has a condition of its own in the statement, so that it takes the longer the more there are.
HOLDERS_AT_ONCE = 200
NEVER = datetime.max.replace(tzinfo=UTC)
Holding = tuple[Seat, Membership]
"""A seat and who sits on it."""


@transaction.atomic
def add_seats(
    *,
    organisation: Organisation,
    course_set: CourseSet,
    quantity: int,
    source_key: str,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> SeatPool:
    """A pool of `quantity` free seats; the same cause never makes a second one."""
    pool, created = SeatPool.objects.get_or_create(
        source_key=source_key,
        defaults={
            "organisation": organisation,
            "course_set": course_set,
            "quantity": quantity,
            "starts_at": starts_at or timezone.now(),
            "ends_at": ends_at,
        },
    )
    if created:
        Seat.objects.bulk_create((Seat(pool=pool, number=number) for number in range(1, quantity + 1)), batch_size=BATCH)
    return pool


@transaction.atomic
def assign_seats(*, organisation: Organisation, course: Course, memberships: Iterable[Membership]) -> int:
    """Assign a seat for `course` to each member of `organisation` without one; to all or, with `SeatsExhausted`, to nobody.

    Returns how many seats were newly assigned. Members who have joined get access at once, invited ones when they accept.
    """
    if course.is_free:
        return 0
    return assign_seats_to_locked(
        Membership.objects.lock(membership for membership in memberships if membership.organisation_id == organisation.pk),
        organisation,
        course,
    )


def assign_seats_to_locked(
    memberships: Iterable[Membership], organisation: Organisation, course: Course, *, until: datetime | None = None
) -> int:
    """`assign_seats` for members whom the caller has locked (`Membership.objects.lock`).

    Seats that end before `until` are assigned only when no others are left.
    """
    people = {membership.pk: membership for membership in memberships if membership.state != MembershipState.LEFT}
    pools = lock_pools(pools_in_force(organisation, course))
    held = Seat.objects.filter(pool__in=pools, state__in=HELD_STATES, membership__isnull=False)
    holders = set(held.values_list("membership_id", flat=True))
    waiting = [membership for pk, membership in people.items() if pk not in holders]
    needed = frozenset({course.pk})
    plan = SeatPlan(pools, [course], {needed: len(waiting)}, until=until)
    plan.refuse_shortage()
    return len(plan.assign([(membership, needed) for membership in waiting]))


class SeatPlan:
    """Who gets a seat of which pool, so that all get theirs if there is a way at all: what is checked, and what is done.

    `needs`: how many people need seats for which courses, by primary key. A seat that opens several courses serves all that
    somebody needs. Where there is a choice, it falls on pools that last until the given instant, and of them on those that
    end first. Whoever assigns has locked the pools (`lock_pools`).
    """

    def __init__(
        self,
        pools: Sequence[SeatPool],
        courses: Iterable[Course],
        needs: Mapping[frozenset[int], int],
        *,
        until: datetime | None = None,
    ) -> None:
        self.pools = {pool.pk: pool for pool in pools}
        self._courses = {course.pk: course for course in courses}
        opened = _courses_opened(pools, frozenset(self._courses))
        free = dict(
            Seat.objects.filter(pool__in=self.pools, state=SeatState.FREE)
            .values_list("pool")
            .annotate(n=Count("pk"))
            .order_by()
        )

        def preference(pool: SeatPool) -> tuple[bool, datetime, int, int]:
            ends_at = pool.ends_at or NEVER
            return until is not None and ends_at < until, ends_at, len(opened[pool.pk]), pool.pk

        supplies = [
            PoolSupply(pool.pk, opened[pool.pk].intersection(self._courses), free.get(pool.pk, 0))
            for pool in sorted(pools, key=preference)
        ]
        self._allotment = Allotment(needs, supplies)

    @property
    def missing(self) -> dict[Course, int]:
        """How many more seats would be enough, for which courses."""
        return {self._courses[pk]: n for pk, n in sorted(self._allotment.missing.items())}

    def refuse_shortage(self) -> None:
        """Raises `SeatsExhausted` where there is no way to serve all."""
        if self.missing:
            raise SeatsExhausted(*next(iter(self.missing.items())))

    def assign(self, people: Iterable[tuple[Membership, frozenset[int]]], *, opens: bool = True) -> list[Holding]:
        """Seats for some of those who were counted, each with the courses that they need. Returns who sits where.

        Without `opens` nobody has access yet: those who have joined get it with `open_held_seats`.
        """
        waiting: dict[int, list[Membership]] = {}
        for membership, courses in people:
            for pool in self._allotment.take(courses):
                waiting.setdefault(pool, []).append(membership)
        pairs: list[Holding] = []
        for pool, members in sorted(waiting.items()):
            free = Seat.objects.filter(pool=pool, state=SeatState.FREE).order_by("number")[: len(members)]
            pairs += zip(free, members, strict=True)
        for seat, _member in pairs:
            seat.pool = self.pools[seat.pool_id]
        _assign(pairs, opens=opens)
        return pairs


def _courses_opened(pools: Sequence[SeatPool], courses: frozenset[int]) -> dict[int, frozenset[int]]:
    """By pool, all courses of its set; of a set with everything, `courses`. One query."""
    by_set: dict[int, frozenset[int]] = {}
    sets = CourseSet.objects.filter(seat_pools__in=pools).distinct()
    for pk, is_catalogue, course in sets.values_list("pk", "is_catalogue", "courses"):
        by_set[pk] = by_set.get(pk, frozenset()).union(courses if is_catalogue else [course] if course else [])
    return {pool.pk: by_set[pool.course_set_id] for pool in pools}


def assign_lasting_seats(
    memberships: Iterable[Membership], organisation: Organisation, course: Course, *, until: datetime, opens: bool = True
) -> list[Holding]:
    """A second seat, as far as lasting ones are free, for those whose seats for `course` all end before `until`.

    Theirs stays with them to its end. The caller has locked the members. `opens`: see `SeatPlan.assign`.
    """
    people = {membership.pk: membership for membership in memberships if membership.state != MembershipState.LEFT}
    pools = lock_pools(pools_in_force(organisation, course))
    lasting = [pool for pool in pools if (pool.ends_at or NEVER) >= until]
    held = Seat.objects.filter(pool__in=pools, state__in=HELD_STATES)
    ids = list(people)
    holders: list[tuple[int | None, int]] = []
    for start in range(0, len(ids), BATCH):
        holders += held.filter(membership__in=ids[start : start + BATCH]).values_list("membership_id", "pool_id")
    lasting_ids = {pool.pk for pool in lasting}
    served = {member for member, pool in holders if pool in lasting_ids}
    ending = {member for member, _pool in holders} - served
    waiting = [membership for pk, membership in people.items() if pk in ending]
    if not waiting or not lasting:
        return []
    needed = frozenset({course.pk})
    waiting = waiting[: Seat.objects.filter(pool__in=lasting, state=SeatState.FREE).count()]
    plan = SeatPlan(lasting, [course], {needed: len(waiting)})
    return plan.assign([(membership, needed) for membership in waiting], opens=opens)


def assign_what_is_free(membership: Membership, courses: Collection[Course], *, until: datetime) -> list[Course]:
    """Seats for as many of `courses` as there are seats for, to a member whom the caller has locked. Returns the others."""
    organisation = membership.organisation
    pools = lock_pools(pools_in_force(organisation, *courses))
    has = courses_open_by_seats(organisation, [membership.email], courses).get(membership.email, frozenset())
    needed = frozenset(course.pk for course in courses) - has
    plan = SeatPlan(pools, courses, {needed: 1}, until=until)
    missing = list(plan.missing)
    if missing:
        needed -= {course.pk for course in missing}
        plan = SeatPlan(pools, courses, {needed: 1}, until=until)
    plan.assign([(membership, needed)])
    return missing


def _assign(pairs: Sequence[Holding], *, opens: bool) -> None:
    now = timezone.now()
    joined = [pair for pair in pairs if opens and pair[1].state == MembershipState.ACTIVE]
    invited = [pair for pair in pairs if not opens or pair[1].state != MembershipState.ACTIVE]
    _write_holders(joined, state=SeatState.ACTIVATED, assigned_at=now, activated_at=now, updated_at=now)
    _write_holders(invited, state=SeatState.ASSIGNED, assigned_at=now, updated_at=now)
    _grant_access(joined)


def _write_holders(pairs: Sequence[Holding], **shared: Any) -> None:
    """What all seats have in common is written as it is, a batch at a time; only who sits there differs."""
    holder = Seat._meta.get_field("membership")
    for start in range(0, len(pairs), HOLDERS_AT_ONCE):
        some = pairs[start : start + HOLDERS_AT_ONCE]
        members = Case(*(When(pk=seat.pk, then=Value(member.pk)) for seat, member in some), output_field=holder)
        Seat.objects.filter(pk__in=[seat.pk for seat, _member in some]).update(membership=members, **shared)


def grant_key(seat: Seat, membership_id: int) -> str:
    return f"seat:{seat.pk}:{membership_id}"


def _grant_access(pairs: Sequence[Holding]) -> None:
    """Access for those who sit on activated seats; somebody who gets the same seat back gets the same grant back."""
    AccessGrant.objects.bulk_create(
        [
            AccessGrant(
                user_id=membership.user_id,  # type: ignore[misc]  # active members have a user
                course_set_id=seat.pool.course_set_id,
                organisation_id=membership.organisation_id,
                source=GrantSource.SEAT,
                source_key=grant_key(seat, membership.pk),
                ends_at=seat.pool.ends_at,
            )
            for seat, membership in pairs
        ],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["user", "source_key"],
        update_fields=["revoked_at", "ends_at", "updated_at"],
    )


@transaction.atomic
def activate_seats(*, membership: Membership) -> int:
    """Turn the seats that waited for somebody's answer to the invitation into access."""
    seats = lock_seats(Seat.objects.filter(membership=membership).select_related("pool"))
    waiting = [(seat, membership) for seat in seats if seat.state == SeatState.ASSIGNED]
    open_held_seats(waiting)
    return len(waiting)


def open_held_seats(pairs: Sequence[Holding]) -> None:
    """Access for active members through the seats that they hold, all of them locked by the caller."""
    now = timezone.now()
    for start in range(0, len(pairs), BATCH):
        seats = Seat.objects.filter(pk__in=[seat.pk for seat, _member in pairs[start : start + BATCH]])
        seats.update(state=SeatState.ACTIVATED, activated_at=Coalesce("activated_at", now), updated_at=now)
    _grant_access(pairs)


@transaction.atomic
def free_seat(*, seat: Seat, actor: Actor) -> None:
    """Take a seat back: access through it ends, progress stays, the seat can be given to somebody else."""
    (pool,) = lock_pools(SeatPool.objects.filter(pk=seat.pool_id).select_related("organisation", "course_set"))
    (seat,) = lock_seats(Seat.objects.filter(pk=seat.pk))
    if seat.state not in HELD_STATES or seat.membership_id is None:
        return
    release_seats([seat])
    record(
        verb=AuditVerb.SEAT_FREED,
        summary=_("Released a seat for %(set)s") % {"set": pool.course_set},
        organisation=pool.organisation,
        actor=actor,
        target=seat,
        person=seat.membership,
        before={"state": SeatState(seat.state).value},
        after={"state": SeatState.FREE.value},
    )


def release_seats(seats: Collection[Seat]) -> None:
    """Free seats that the caller has locked; access through them ends."""
    now = timezone.now()
    keys = [grant_key(seat, seat.membership_id) for seat in seats if seat.membership_id]
    AccessGrant.objects.filter(source_key__in=keys, revoked_at=None).update(revoked_at=now)
    Seat.objects.filter(pk__in=[seat.pk for seat in seats]).update(
        state=SeatState.FREE, membership=None, assigned_at=None, activated_at=None, updated_at=now
    )


@transaction.atomic
def release_seats_of(*, membership: Membership) -> int:
    """Free every seat of somebody who has left the organisation."""
    held = [seat for seat in lock_seats(Seat.objects.filter(membership=membership)) if seat.state in HELD_STATES]
    release_seats(held)
    return len(held)
