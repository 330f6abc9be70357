"""Every two acts on the same seats, one beside the other: no deadlock, no access without a seat, no seat without access."""

import itertools
from functools import partial

import pytest
from django.db import transaction

from access.errors import SeatsExhausted
from mail.errors import LinkNotOpen
from tests.access.seat_acts import SeatsOfAnOrder
from tests.courses.factories import published_course
from tests.services.threads import at_once, overlapping

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

ACTS = {
    "Ann accepts": lambda seats: seats.accept("ann"),
    "Ann leaves": lambda seats: seats.leave("ann"),
    "Bo leaves": lambda seats: seats.leave("bo"),
    "Ann's seat is freed": lambda seats: seats.free("ann"),
    "Bo's seat is freed": lambda seats: seats.free("bo"),
    "Ann is added": lambda seats: seats.add("ann"),
    "refund": SeatsOfAnOrder.refund,
    "restore": SeatsOfAnOrder.restore,
    "expire": SeatsOfAnOrder.sweep,
}
PAIRS = list(itertools.product(ACTS, ACTS))
# What somebody is told who comes second, and what the page then says.
REFUSALS = (SeatsExhausted, LinkNotOpen)


def act(seats, name):
    try:
        with transaction.atomic():
            ACTS[name](seats)
    except REFUSALS:
        pass


def before(*names, course=None):
    """Seats as they are before these acts: only what was refunded can be restored, only what has ended expires."""
    seats = SeatsOfAnOrder(course=course)
    if "restore" in names:
        seats.refund()
    if "expire" in names:
        seats.end()
    return seats


def check(seats):
    seats.check()
    # What came back while the sweep went by is found by the next one.
    seats.sweep()
    seats.check()
    seats.check_swept()


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_one_act_begun_before_the_other_is_committed(first, second):
    seats = before(first, second)
    overlapping(partial(act, seats, first), partial(act, seats, second))
    check(seats)


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(ACTS, 2)))
def test_two_acts_at_once(first, second):
    course = published_course(is_free=False)
    for _round in range(5):
        seats = before(first, second, course=course)
        at_once([partial(act, seats, first), partial(act, seats, second)])
        check(seats)
