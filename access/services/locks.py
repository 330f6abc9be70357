"""Locks on pools and seats, held to the end of the transaction; docs/architecture.md has the one order of all.

The pool is locked by whoever counts its free seats or changes all of them, the seat by whoever changes who sits on it. So
somebody who joins waits for the act that touches their own seat, never for those who hand out other seats of the pool.
"""

from django.db.models import QuerySet

from access.models import Seat, SeatPool
from accounts.models import refuse_if_held


def lock_pools(pools: QuerySet[SeatPool]) -> list[SeatPool]:
    """By primary key, and before any seat of them. Raises `PeopleHeld`."""
    locked = list(pools.select_related("organisation").select_for_update(of=("self",), no_key=True).order_by("pk"))
    for pool in locked:
        refuse_if_held(pool.organisation_id, pool.organisation.people_held_at)
    return locked


def lock_pool_of(source_key: str) -> SeatPool | None:
    """The pool that an order or another cause made, if it did."""
    return next(iter(lock_pools(SeatPool.objects.filter(source_key=source_key))), None)


def lock_seats(seats: QuerySet[Seat]) -> list[Seat]:
    """By primary key, and as they are once nobody else holds them.

    `seats` must not depend on what another transaction may be changing: lock every seat of somebody or of a pool, then look
    at its state. What is read of memberships together with the seats may be older than the lock: read it afterwards.
    """
    return list(seats.select_for_update(of=("self",), no_key=True).order_by("pk"))
