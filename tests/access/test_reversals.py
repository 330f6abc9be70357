"""Refunds that fail: seats come back as their holders are by then."""

import pytest

from access.models import Seat
from access.queries import may_open
from tests.access.seat_acts import SeatsOfAnOrder

pytestmark = pytest.mark.django_db


@pytest.fixture
def seats():
    return SeatsOfAnOrder()


def states_by_holder():
    return dict(Seat.objects.values_list("membership__email", "state"))


def test_somebody_who_joined_while_the_order_was_refunded_has_access_once_it_is_paid_again(seats):
    seats.refund()
    seats.accept("ann")
    assert not may_open(seats.users["ann"], seats.course)
    seats.restore()
    assert may_open(seats.users["ann"], seats.course)
    assert states_by_holder() == {user.email: "activated" for user in seats.users.values()}


def test_somebody_who_came_back_while_the_order_was_refunded_has_access_once_it_is_paid_again(seats):
    seats.refund()
    seats.leave("bo")
    seats.come_back("bo")
    seats.restore()
    assert may_open(seats.users["bo"], seats.course)


def test_somebody_who_left_while_the_order_was_refunded_gets_no_seat_back(seats):
    seats.refund()
    seats.leave("bo")
    seats.restore()
    assert not may_open(seats.users["bo"], seats.course)
    assert states_by_holder() == {seats.users["ann"].email: "assigned", None: "free"}
