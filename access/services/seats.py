"""Seats: bought by an organisation, counted as rows, assigned under the lock of their pools."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from access.enums import HELD_STATES, GrantSource, SeatState
from access.errors import SeatsExhausted
from access.models import AccessGrant, CourseSet, Seat, SeatPool
from access.queries import pools_in_force
from access.services.locks import lock_pools, lock_seats
from accounts.audit import record
from accounts.enums import AuditVerb, MembershipState
from accounts.models import Membership, Organisation
from accounts.types import Actor
from courses.models import Course

BATCH = 1000


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


def assign_seats_to_locked(memberships: Iterable[Membership], organisation: Organisation, course: Course) -> int:
    """`assign_seats` for members whom the caller has locked (`Membership.objects.lock`)."""
    people = [membership for membership in memberships if membership.state != MembershipState.LEFT]
    pools = lock_pools(pools_in_force(organisation, course))
    holders = set(
        Seat.objects.filter(pool__in=pools, state__in=HELD_STATES, membership__isnull=False).values_list(
            "membership_id", flat=True
        )
    )
    waiting = list({membership.pk: membership for membership in people if membership.pk not in holders}.values())
    free = list(
        Seat.objects.filter(pool__in=pools, state=SeatState.FREE)
        .select_related("pool")
        .order_by(F("pool__ends_at").asc(nulls_last=True), "pool_id", "number")[: len(waiting)]
    )
    if len(free) < len(waiting):
        raise SeatsExhausted(course, len(waiting) - len(free))
    _assign(list(zip(free, waiting, strict=True)))
    return len(waiting)


def _assign(pairs: list[tuple[Seat, Membership]]) -> None:
    now = timezone.now()
    for seat, membership in pairs:
        seat.membership, seat.assigned_at, seat.state, seat.updated_at = membership, now, SeatState.ASSIGNED, now
        if membership.state == MembershipState.ACTIVE:
            seat.state, seat.activated_at = SeatState.ACTIVATED, now
    Seat.objects.bulk_update(
        [seat for seat, _member in pairs],
        ["membership", "assigned_at", "activated_at", "state", "updated_at"],
        batch_size=BATCH // 10,
    )
    _grant_access([pair for pair in pairs if pair[0].state == SeatState.ACTIVATED])


def grant_key(seat: Seat, membership_id: int) -> str:
    return f"seat:{seat.pk}:{membership_id}"


def _grant_access(pairs: list[tuple[Seat, Membership]]) -> None:
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


def open_held_seats(pairs: list[tuple[Seat, Membership]]) -> None:
    """Access for active members through the seats that they hold, all of them locked by the caller."""
    now = timezone.now()
    for seat, _member in pairs:
        seat.state, seat.activated_at, seat.updated_at = SeatState.ACTIVATED, seat.activated_at or now, now
    Seat.objects.bulk_update([seat for seat, _member in pairs], ["state", "activated_at", "updated_at"], batch_size=BATCH // 10)
    _grant_access(pairs)


@transaction.atomic
def free_seat(*, seat: Seat, actor: Actor) -> None:
    """Take a seat back: access through it ends, progress stays, the seat can be given to somebody else."""
    (pool,) = lock_pools(SeatPool.objects.filter(pk=seat.pool_id).select_related("organisation", "course_set"))
    (seat,) = lock_seats(Seat.objects.filter(pk=seat.pk))
    if seat.state not in HELD_STATES or seat.membership_id is None:
        return
    _release(seat)
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


def _release(seat: Seat) -> None:
    now = timezone.now()
    if seat.membership_id:
        AccessGrant.objects.filter(source_key=grant_key(seat, seat.membership_id), revoked_at=None).update(revoked_at=now)
    Seat.objects.filter(pk=seat.pk).update(
        state=SeatState.FREE, membership=None, assigned_at=None, activated_at=None, updated_at=now
    )


@transaction.atomic
def release_seats_of(*, membership: Membership) -> int:
    """Free every seat of somebody who has left the organisation."""
    held = [seat for seat in lock_seats(Seat.objects.filter(membership=membership)) if seat.state in HELD_STATES]
    for seat in held:
        _release(seat)
    return len(held)
