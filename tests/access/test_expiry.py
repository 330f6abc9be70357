"""Seats end with their pool: by its date at once, by their state once the sweep has gone by."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from access.enums import SeatState
from access.models import Seat, SeatPool
from access.queries import free_seats, may_open, pools_of, seats_held, seats_that_end
from access.services import expire_seats, expiry
from access.services.expiry import expire_ended_seats
from accounts.models import Organisation
from tests.access.seat_acts import SeatsOfAnOrder

pytestmark = pytest.mark.django_db


@pytest.fixture
def seats():
    """Three seats that end in ten days: of somebody invited, of a member, and a free one."""
    return SeatsOfAnOrder(seats=3, ends_in=timedelta(days=10))


@pytest.fixture
def later():
    with time_machine.travel(timezone.now() + timedelta(days=11)):
        yield


def counts(seats):
    (pool,) = pools_of(seats.organisation)
    return (pool.free, pool.assigned, pool.activated, pool.withdrawn, pool.expired)


def test_nothing_expires_before_its_day(seats):
    assert expire_seats() == 0
    assert counts(seats) == (1, 1, 1, 0, 0)


@pytest.mark.parametrize("is_swept", [False, True])
def test_counts_and_pages_say_the_same_before_and_after_the_sweep(seats, is_swept, later):
    if is_swept:
        expire_ended_seats()
    assert counts(seats) == (0, 0, 0, 0, 3)
    assert free_seats(seats.organisation, seats.course) == 0
    assert not seats_held(seats.organisation).exists()
    assert seats_that_end(seats.member("bo")) == []
    assert not may_open(seats.users["bo"], seats.course)


def test_the_sweep_marks_the_seats_and_keeps_who_sat_on_them(seats, later):
    assert (expire_seats(), expire_seats()) == (3, 0)
    assert set(Seat.objects.values_list("state", flat=True)) == {SeatState.EXPIRED}
    assert set(Seat.objects.values_list("membership", flat=True)) == {*seats.ids.values(), None}


def test_what_was_refunded_stays_withdrawn(seats):
    seats.refund()
    with time_machine.travel(timezone.now() + timedelta(days=11)):
        assert expire_seats() == 0
        assert counts(seats) == (0, 0, 0, 3, 0)


def test_a_refund_after_the_end_changes_no_seat(seats, later):
    expire_seats()
    seats.refund()
    assert counts(seats) == (0, 0, 0, 0, 3)


def test_somebody_who_accepts_after_the_end_opens_nothing(seats, later):
    expire_seats()
    seats.accept("ann")
    assert not may_open(seats.users["ann"], seats.course)
    assert counts(seats) == (0, 0, 0, 0, 3)


def test_the_sweep_is_scheduled():
    assert "access.expire_seats" in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}


def test_the_console_shows_expired_seats_and_asks_nobody_to_buy_more(seats, member, sign_in, later):
    client = sign_in(member(seats.organisation, "owner").user)
    page = client.get(f"/org/{seats.organisation.slug}/seats/").content.decode()
    assert "3 have expired." in page
    assert "No one holds a seat yet." in page
    overview = client.get(f"/org/{seats.organisation.slug}/").content.decode()
    assert "seats for" not in overview


def test_a_pool_that_cannot_expire_keeps_no_other_from_it(seats, monkeypatch, caplog):
    other = SeatsOfAnOrder(seats=3, ends_in=timedelta(days=10), course=seats.course)
    poisoned, fine = (SeatPool.objects.get(organisation=order.organisation).pk for order in (seats, other))
    expire = expiry._expire_pool

    def fail_for_the_first(pk: int, now: datetime) -> int:
        if pk == poisoned:
            raise ZeroDivisionError
        return expire(pk, now)

    monkeypatch.setattr(expiry, "_expire_pool", fail_for_the_first)
    with time_machine.travel(timezone.now() + timedelta(days=11)):
        expire_ended_seats()
    expired = Seat.objects.filter(state=SeatState.EXPIRED)
    assert (expired.filter(pool=poisoned).count(), expired.filter(pool=fine).count()) == (0, 3)
    assert f"{poisoned} failed, the others go on" in caplog.text


def test_an_import_of_people_is_waited_for_without_an_error(seats, later, caplog):
    Organisation.objects.filter(pk=seats.organisation.pk).update(people_held_at=timezone.now())
    with caplog.at_level("INFO"):
        assert expire_seats() == 0
    (record,) = [record for record in caplog.records if record.name == "common.sweeps"]
    assert (record.levelname, record.exc_info) == ("INFO", None)
    Organisation.objects.filter(pk=seats.organisation.pk).update(people_held_at=None)
    assert expire_seats() == 3
