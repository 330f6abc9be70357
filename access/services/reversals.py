"""Seats that a refund takes away, and gives back should the refund itself fail. Progress is never touched."""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from access.enums import CURRENT_STATES, SeatState
from access.models import AccessGrant, Seat
from access.services.locks import lock_pool_of, lock_seats
from access.services.seats import grant_key, open_held_seats
from accounts.enums import MembershipState

BATCH = 500


@transaction.atomic
def withdraw_seats(*, source_key: str) -> int:
    """Revoke every seat of a pool and the access that came from it. Returns how many seats were withdrawn."""
    pool = lock_pool_of(source_key)
    if pool is None:
        return 0
    seats = [seat for seat in lock_seats(pool.seats.all()) if seat.state in CURRENT_STATES]
    now = timezone.now()
    for grants in _grants_of(seats):
        grants.filter(revoked_at=None).update(revoked_at=now)
    return pool.seats.filter(state__in=CURRENT_STATES).update(state=SeatState.REVOKED, updated_at=now)


@transaction.atomic
def restore_seats(*, source_key: str) -> int:
    """Undo `withdraw_seats`. What comes back is as its holder is now: open for members, waiting for those invited, and free
    where they have left.
    """
    pool = lock_pool_of(source_key)
    if pool is None:
        return 0
    lock_seats(pool.seats.all())
    revoked = pool.seats.filter(state=SeatState.REVOKED)
    # Read once the seats are locked: whoever joins or leaves from here on waits for them, and finds them as they are left here.
    of_members = revoked.filter(membership__state=MembershipState.ACTIVE).select_related("pool", "membership")
    members = [(seat, seat.membership) for seat in of_members if seat.membership]
    n_free = _free(revoked.filter(Q(membership__isnull=True) | Q(membership__state=MembershipState.LEFT)))
    open_held_seats(members)
    n_waiting = revoked.update(state=SeatState.ASSIGNED, activated_at=None, updated_at=timezone.now())
    return n_free + len(members) + n_waiting


def _free(seats: QuerySet[Seat]) -> int:
    free = {"state": SeatState.FREE, "membership": None, "assigned_at": None, "activated_at": None}
    # By primary key: a statement that asks for the memberships cannot take them away.
    return Seat.objects.filter(pk__in=list(seats.values_list("pk", flat=True))).update(updated_at=timezone.now(), **free)


def _grants_of(seats: list[Seat]) -> list[QuerySet[AccessGrant]]:
    keys = [grant_key(seat, seat.membership_id) for seat in seats if seat.membership_id]
    return [AccessGrant.objects.filter(source_key__in=keys[start : start + BATCH]) for start in range(0, len(keys), BATCH)]
