"""Seats of pools that have ended. The grants that came from them carry the same date and end by it."""

from datetime import datetime

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from access.enums import CURRENT_STATES, SeatState
from access.models import SeatPool
from access.services.locks import lock_pools, lock_seats
from common.sweeps import each


def expire_seats() -> int:
    """Set the seats of every pool that has ended to expired, a transaction for each pool. Returns how many seats expired.

    Who sat on a seat stays on record. What was withdrawn stays withdrawn.
    """
    now = timezone.now()
    ended = SeatPool.objects.ended(now).filter(seats__state__in=CURRENT_STATES).order_by("pk").distinct()
    return each(list(ended.values_list("pk", flat=True)), lambda pk: _expire_pool(pk, now), name="Pools that have ended")


@transaction.atomic
def _expire_pool(pk: int, now: datetime) -> int:
    # Asked again under the lock: the end of a pool may have been moved.
    return sum(_expire_seats_of(pool, now) for pool in lock_pools(SeatPool.objects.ended(now).filter(pk=pk)))


def _expire_seats_of(pool: SeatPool, now: datetime) -> int:
    lock_seats(pool.seats.all())
    return pool.seats.filter(state__in=CURRENT_STATES).update(state=SeatState.EXPIRED, updated_at=now)


@shared_task(name="access.expire_seats")
def expire_ended_seats() -> None:
    """The sweep of the scheduler. Until it comes by, pages and counts leave ended pools out by their date."""
    expire_seats()
