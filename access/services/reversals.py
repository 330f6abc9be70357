"""Seats that a refund takes away, and gives back should the refund itself fail. Progress is never touched."""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from access.enums import SeatState
from access.models import AccessGrant, Seat, SeatPool
from access.services.seats import grant_key
from accounts.enums import MembershipState

BATCH = 500


@transaction.atomic
def withdraw_seats(*, source_key: str) -> int:
    """Revoke every seat of a pool and the access that came from it. Returns how many seats were withdrawn."""
    pool = SeatPool.objects.select_for_update(no_key=True).filter(source_key=source_key).first()
    if pool is None:
        return 0
    seats = pool.seats.exclude(state__in=[SeatState.REVOKED, SeatState.EXPIRED])
    now = timezone.now()
    for grants in _grants_of(seats.filter(membership__isnull=False)):
        grants.filter(revoked_at=None).update(revoked_at=now)
    return seats.update(state=SeatState.REVOKED, updated_at=now)


@transaction.atomic
def restore_seats(*, source_key: str) -> int:
    """Undo `withdraw_seats`; the seat of somebody who has left since comes back free."""
    pool = SeatPool.objects.select_for_update(no_key=True).filter(source_key=source_key).first()
    if pool is None:
        return 0
    revoked = pool.seats.filter(state=SeatState.REVOKED)
    nobodys = Q(membership__isnull=True) | Q(membership__state=MembershipState.LEFT)
    free = {"state": SeatState.FREE, "membership": None, "assigned_at": None, "activated_at": None}
    count = Seat.objects.filter(pk__in=list(revoked.filter(nobodys).values_list("pk", flat=True))).update(**free)
    for grants in _grants_of(revoked.filter(activated_at__isnull=False)):
        grants.update(revoked_at=None)
    count += revoked.filter(activated_at__isnull=False).update(state=SeatState.ACTIVATED)
    return count + revoked.update(state=SeatState.ASSIGNED)


def _grants_of(seats: QuerySet[Seat]) -> list[QuerySet[AccessGrant]]:
    keys = [grant_key(seat, seat.membership_id) for seat in seats if seat.membership_id]
    return [AccessGrant.objects.filter(source_key__in=keys[start : start + BATCH]) for start in range(0, len(keys), BATCH)]
