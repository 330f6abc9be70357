"""Seats from the pools of an organisation: which is taken, who gets a second one, and what freeing leaves alone."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from access.enums import SeatState
from access.errors import SeatsExhausted
from access.models import CourseSet, Seat
from access.queries import may_open
from access.services import add_seats, assign_seats, expire_seats, free_seat, restore_seats, withdraw_seats
from access.services.seats import SeatPlan, assign_seats_to_locked
from accounts.enums import MembershipState
from accounts.models import AuditEvent, Membership
from accounts.services.people import add_person, mark_as_left, reinstate
from learning.services import add_to_cohort, create_cohort
from tests.courses.factories import published_course
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db
SOON, LATER = timedelta(days=1), timedelta(days=400)


@pytest.fixture
def course():
    return published_course(is_free=False)


@pytest.fixture
def other():
    return published_course([["n1"]], key="negotiate", title="Negotiate", is_free=False)


@pytest.fixture
def pool_of(organisation):
    """Makes pools of a set; `name` tells them apart."""

    def make(course_set, quantity, name, ends_in=None):
        ends_at = timezone.now() + ends_in if ends_in else None
        return add_seats(
            organisation=organisation, course_set=course_set, quantity=quantity, source_key=f"order:{name}", ends_at=ends_at
        )

    return make


def holders(pool):
    return set(pool.seats.exclude(membership=None).values_list("membership", flat=True))


# Which pool -------------------------------------------------------------------------------------------------------------


def test_the_pool_that_ends_first_is_used_first(organisation, course, pool_of):
    for_ever, later, sooner = (
        pool_of(course.own_set, 2, name, ends_in) for name, ends_in in (("ever", None), ("later", LATER), ("sooner", LATER / 2))
    )
    people = MembershipFactory.create_batch(5, organisation=organisation)
    assert assign_seats(organisation=organisation, course=course, memberships=people) == 5
    assert [len(holders(pool)) for pool in (sooner, later, for_ever)] == [2, 2, 1]


def test_of_pools_that_end_together_the_one_that_opens_less_is_used(organisation, course, other, pool_of):
    both = CourseSet.objects.create(slug="both", title="Both")
    both.courses.set([course, other])
    wide, narrow = pool_of(both, 1, "wide"), pool_of(course.own_set, 1, "narrow")
    person = MembershipFactory(organisation=organisation)
    assign_seats(organisation=organisation, course=course, memberships=[person])
    assert (holders(wide), holders(narrow)) == (set(), {person.pk})


def test_the_catalogue_opens_every_course(organisation, course, other, pool_of):
    catalogue, _created = CourseSet.objects.get_or_create(is_catalogue=True, defaults={"slug": "all", "title": "All"})
    pool = pool_of(catalogue, 1, "all")
    person = MembershipFactory(organisation=organisation)
    plan = SeatPlan([pool], [course, other], {frozenset({course.pk, other.pk}): 1})
    ((_seat, member),) = plan.assign([(person, frozenset({course.pk, other.pk}))])
    assert member == person
    assert holders(pool) == {person.pk}


def test_seats_that_end_too_soon_are_used_last(organisation, course, pool_of):
    ending, lasting = pool_of(course.own_set, 2, "ending", SOON), pool_of(course.own_set, 2, "lasting", LATER)
    people = MembershipFactory.create_batch(3, organisation=organisation)
    assign_seats_to_locked(people, organisation, course, until=timezone.now() + timedelta(days=30))
    assert (len(holders(lasting)), len(holders(ending))) == (2, 1)


# Seats that end before the cohort does ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("due_in", "gets"), [(None, 1), (60, 1), (0, 0)])
def test_whoever_is_new_in_a_cohort_gets_a_seat_that_lasts(organisation, course, pool_of, due_in, gets):
    ending = pool_of(course.own_set, 1, "ending", timedelta(days=10))
    person = MembershipFactory(organisation=organisation)
    assign_seats(organisation=organisation, course=course, memberships=[person])
    lasting = pool_of(course.own_set, 1, "lasting", LATER)
    due_on = None if due_in is None else timezone.localdate() + timedelta(days=due_in)
    cohort = create_cohort(organisation=organisation, name="Spring", course=course, actor=None, due_on=due_on)
    add_to_cohort(cohort=cohort, memberships=[person])
    assert (len(holders(ending)), len(holders(lasting))) == (1, gets)
    assert person.user.access_grants.in_force(timezone.now() + timedelta(days=60)).count() == gets


def test_without_a_lasting_seat_they_keep_what_they_have(organisation, course, pool_of):
    pool_of(course.own_set, 1, "ending", SOON)
    person = MembershipFactory(organisation=organisation)
    assign_seats(organisation=organisation, course=course, memberships=[person])
    cohort = create_cohort(organisation=organisation, name="Spring", course=course, actor=None)
    assert add_to_cohort(cohort=cohort, memberships=[person]) == 1
    assert Seat.objects.get().membership == person


def test_those_without_a_seat_come_before_those_whose_seat_ends(organisation, course, pool_of):
    pool_of(course.own_set, 1, "ending", SOON)
    has, has_not = MembershipFactory.create_batch(2, organisation=organisation)
    assign_seats(organisation=organisation, course=course, memberships=[has])
    lasting = pool_of(course.own_set, 1, "lasting")
    cohort = create_cohort(organisation=organisation, name="Spring", course=course, actor=None)
    add_to_cohort(cohort=cohort, memberships=[has, has_not])
    assert holders(lasting) == {has_not.pk}


# Leaving and coming back ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [MembershipState.ACTIVE, MembershipState.INVITED])
def test_nobody_who_has_left_is_given_a_seat(organisation, course, pool_of, state):
    """Not even where the list of people was read before they left."""
    pool = pool_of(course.own_set, 2, "one")
    gone, here = MembershipFactory(organisation=organisation), MembershipFactory(organisation=organisation, state=state)
    Membership.objects.filter(pk=gone.pk).update(state=MembershipState.LEFT)
    assert assign_seats(organisation=organisation, course=course, memberships=[gone, here]) == 1
    assert holders(pool) == {here.pk}
    assert may_open(gone.user, course) is False


def test_a_seat_that_a_leaver_would_take_is_not_missing(organisation, course, pool_of):
    pool_of(course.own_set, 1, "one")
    gone, here = (
        MembershipFactory(organisation=organisation, state=MembershipState.LEFT),
        MembershipFactory(organisation=organisation),
    )
    assert assign_seats(organisation=organisation, course=course, memberships=[gone, here]) == 1


@pytest.fixture
def in_cohorts(organisation, course, other, pool_of):
    """A member in a cohort of each course, with a seat for each."""
    pool_of(course.own_set, 1, "one"), pool_of(other.own_set, 1, "two")
    person = MembershipFactory(organisation=organisation)
    for taken in (course, other):
        cohort = create_cohort(organisation=organisation, name=taken.title, course=taken, actor=None)
        add_to_cohort(cohort=cohort, memberships=[person])
    return person


def test_whoever_is_reinstated_gets_the_seats_of_their_cohorts_again(course, other, in_cohorts):
    mark_as_left(membership=in_cohorts, actor=None)
    assert not Seat.objects.exclude(membership=None).exists()
    assert reinstate(membership=in_cohorts, actor=None) == []
    assert set(Seat.objects.values_list("state", "membership")) == {("activated", in_cohorts.pk)}
    assert may_open(in_cohorts.user, course)
    assert may_open(in_cohorts.user, other)


def test_somebody_who_had_not_joined_is_reinstated_with_a_seat_that_waits(organisation, course, pool_of):
    pool_of(course.own_set, 1, "one")
    person = Membership.objects.create(organisation=organisation, email="ann@example.org")
    cohort = create_cohort(organisation=organisation, name="Spring", course=course, actor=None)
    add_to_cohort(cohort=cohort, memberships=[person])
    mark_as_left(membership=person, actor=None)
    reinstate(membership=person, actor=None)
    assert (Seat.objects.get().state, Seat.objects.get().membership) == ("assigned", person)


def test_the_console_says_for_which_course_no_seat_is_left(organisation, course, other, in_cohorts, member, sign_in):
    mark_as_left(membership=in_cohorts, actor=None)
    assign_seats(organisation=organisation, course=other, memberships=[MembershipFactory(organisation=organisation)])
    client = sign_in(member(organisation, "admin").user)
    address = reverse("org:person_reinstate", args=[organisation.slug, in_cohorts.uuid])
    page = client.post(address, follow=True).content.decode()
    assert "No seat is available for “Negotiate”, so they cannot open it." in page
    assert page.count("No seat is available") == 1
    assert (may_open(in_cohorts.user, course), may_open(in_cohorts.user, other)) == (True, False)


def test_whoever_is_added_again_gets_the_seats_of_their_cohorts_too(organisation, course, other, in_cohorts):
    mark_as_left(membership=in_cohorts, actor=None)
    assign_seats(organisation=organisation, course=other, memberships=[MembershipFactory(organisation=organisation)])
    remarks = []
    add_person(organisation=organisation, actor=None, email=in_cohorts.email, remarks=remarks)
    seat = Seat.objects.get(membership=in_cohorts)
    assert (seat.state, seat.pool.course_set) == ("assigned", course.own_set)
    assert [remark.split(",")[0] for remark in remarks] == ["No seat is available for “Negotiate”"]


# What is left alone -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [SeatState.FREE, SeatState.REVOKED, SeatState.EXPIRED])
def test_only_a_seat_that_somebody_holds_is_freed(organisation, course, pool_of, state):
    pool_of(course.own_set, 1, "one")
    person = MembershipFactory(organisation=organisation)
    membership = None if state == SeatState.FREE else person
    Seat.objects.update(state=state, membership=membership)
    free_seat(seat=Seat.objects.get(), actor=None)
    seat = Seat.objects.get()
    assert (seat.state, seat.membership) == (state, membership)
    assert not AuditEvent.objects.filter(verb="seat.freed").exists()


def test_access_that_had_ended_keeps_the_day_on_which_it_did(organisation, course, pool_of):
    pool_of(course.own_set, 1, "one")
    person = MembershipFactory(organisation=organisation)
    assign_seats(organisation=organisation, course=course, memberships=[person])
    ended = timezone.now() - LATER
    person.user.access_grants.update(revoked_at=ended)
    free_seat(seat=Seat.objects.get(), actor=None)
    assert (Seat.objects.get().state, person.user.access_grants.get().revoked_at) == ("free", ended)


def test_withdrawn_seats_of_a_pool_stay_withdrawn_when_the_others_expire(organisation, course, pool_of):
    pool = pool_of(course.own_set, 2, "one", ends_in=-SOON)
    Seat.objects.filter(number=1).update(state=SeatState.REVOKED)
    assert expire_seats() == 1
    assert list(pool.seats.order_by("number").values_list("state", flat=True)) == [SeatState.REVOKED, SeatState.EXPIRED]


# Thousands --------------------------------------------------------------------------------------------------------------


def test_what_many_seats_share_is_written_once_a_batch(organisation, course, pool_of):
    """A condition for every seat and every field holds the one write lock of SQLite for many times as long."""
    pool_of(course.own_set, 450, "many")
    Membership.objects.bulk_create(Membership(organisation=organisation, email=f"n{n}@example.com") for n in range(400))
    joined = MembershipFactory.create_batch(50, organisation=organisation)

    def written(act):
        with CaptureQueriesContext(connection) as captured:
            act()
        updates = [query["sql"] for query in captured if query["sql"].startswith('UPDATE "access_seat"')]
        return [len(re.findall(r"\bWHEN\b", sql)) for sql in updates]

    people = list(organisation.memberships.all())
    assert written(lambda: assign_seats(organisation=organisation, course=course, memberships=people)) == [50, 200, 200]
    assert {(seat.state, seat.membership.state) for seat in Seat.objects.select_related("membership")} == {
        ("activated", "active"),
        ("assigned", "invited"),
    }
    withdraw_seats(source_key="order:many")
    opened = Seat.objects.filter(membership__in=joined).values_list("activated_at", flat=True)
    before = set(opened)
    assert sum(written(lambda: restore_seats(source_key="order:many"))) == 0
    assert set(opened) == before
    assert Seat.objects.filter(state="activated").count() == 50


def test_too_few_seats_name_the_course_and_how_many(organisation, course, other, pool_of):
    pool = pool_of(course.own_set, 1, "one")
    plan = SeatPlan([pool], [course, other], {frozenset({course.pk, other.pk}): 2})
    assert plan.missing == {course: 1, other: 2}
    with pytest.raises(SeatsExhausted):
        plan.refuse_shortage()
