"""Every two acts on the same seats, one beside the other: no deadlock, no access without a seat, no seat without access."""

import itertools
from functools import partial

import pytest
from django.db import transaction

from access.errors import SeatsExhausted
from learning.models import Enrolment
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
    "Ann is removed": lambda seats: seats.remove("ann"),
    "Bo comes back": lambda seats: seats.come_back("bo"),
    "refund": SeatsOfAnOrder.refund,
    "restore": SeatsOfAnOrder.restore,
    "expire": SeatsOfAnOrder.sweep,
}
PAIRS = list(itertools.product(ACTS, ACTS))
# Those of which every ordered pair, an act with itself too, has to be here whatever else is.
SIX = ("Ann accepts", "Ann leaves", "Ann's seat is freed", "refund", "restore", "expire")
# What somebody is told who comes second, and what the page then says.
REFUSALS = (SeatsExhausted, LinkNotOpen)


def act(seats, name):
    try:
        with transaction.atomic():
            ACTS[name](seats)
    except REFUSALS:
        pass


def before(*names, course=None):
    """Seats as they are before these acts: what is not refunded by the first of them must be so to be restored, only who has
    left comes back, only what has ended expires.
    """
    seats = SeatsOfAnOrder(course=course)
    if "Bo comes back" in names and names[0] != "Bo leaves":
        seats.leave("bo")
    if "restore" in names and names[0] != "refund":
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


def test_every_ordered_pair_of_the_six_acts_is_run():
    assert set(itertools.product(SIX, SIX)) <= set(PAIRS)


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


@pytest.mark.parametrize("first", ["accepts", "is removed"])
def test_somebody_who_accepts_while_they_are_removed_follows_no_cohort(first):
    """Whoever commits first, the other one sees it: no enrolment is left in a cohort that its person is not in."""
    seats = SeatsOfAnOrder()
    acts = [partial(act, seats, "Ann accepts"), partial(act, seats, "Ann is removed")]
    overlapping(*(acts if first == "accepts" else acts[::-1]))
    enrolments = Enrolment.objects.filter(user=seats.users["ann"])
    assert not seats.cohort.memberships.filter(membership=seats.ids["ann"]).exists()
    assert list(enrolments.values_list("cohort", flat=True)) == ([None] if first == "accepts" else [])


@pytest.mark.parametrize("first", ["is added", "is removed"])
def test_somebody_added_while_they_are_removed_is_in_the_cohort_or_not(first):
    seats = SeatsOfAnOrder()
    acts = [partial(seats.add, "bo"), partial(seats.remove, "bo")]
    overlapping(*(acts if first == "is added" else acts[::-1]))
    is_in = seats.cohort.memberships.filter(membership=seats.ids["bo"]).exists()
    assert is_in == (first == "is removed")
    assert list(Enrolment.objects.values_list("cohort", flat=True)) == [seats.cohort.pk if is_in else None]
