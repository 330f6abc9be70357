"""Grants and seats: when they open a course, when they end, and that a repeated cause changes nothing."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from access import queries, services
from access.errors import SeatsExhausted
from access.models import Seat, SeatPool
from tests.courses.factories import published_course
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db


def seats_of(organisation, course, quantity, **fields) -> SeatPool:
    return services.add_seats(
        organisation=organisation, course_set=course.sets.get(), quantity=quantity, source_key="order:1", **fields
    )


def test_access_begins_and_ends(user):
    course = published_course(is_free=False)
    course_set = course.sets.get()
    now = timezone.now()
    services.grant_access(
        user=user,
        course_set=course_set,
        source="order",
        source_key="order:1",
        starts_at=now + timedelta(days=1),
        ends_at=now + timedelta(days=3),
    )
    assert queries.may_open(user, course) is False
    with time_machine.travel(now + timedelta(days=2)):
        assert queries.may_open(user, course) is True
    with time_machine.travel(now + timedelta(days=3, seconds=1)):
        assert queries.may_open(user, course) is False


def test_revoked_access_is_not_revived_by_a_repeated_grant(user):
    course = published_course(is_free=False)
    grant = {"user": user, "course_set": course.sets.get(), "source": "order", "source_key": "order:1"}
    services.grant_access(**grant)
    assert services.revoke_access(source_key="order:1") == 1
    assert services.revoke_access(source_key="order:1") == 0
    services.grant_access(**grant)
    assert queries.may_open(user, course) is False


def test_a_holder_takes_no_second_seat(organisation):
    course = published_course(is_free=False)
    seats_of(organisation, course, 2)
    person = MembershipFactory(organisation=organisation)
    give = {"organisation": organisation, "course": course, "memberships": [person, person]}
    assert (services.assign_seats(**give), services.assign_seats(**give)) == (1, 0)


def test_seats_of_a_pool_that_has_ended_are_not_given(organisation):
    course = published_course(is_free=False)
    now = datetime(2026, 5, 1, tzinfo=UTC)
    seats_of(organisation, course, 1, starts_at=now - timedelta(days=9), ends_at=now)
    with time_machine.travel(now), pytest.raises(SeatsExhausted):
        services.assign_seats(
            organisation=organisation, course=course, memberships=[MembershipFactory(organisation=organisation)]
        )


def test_buying_the_same_order_twice_adds_seats_once(organisation):
    course = published_course(is_free=False)
    assert seats_of(organisation, course, 50) == seats_of(organisation, course, 50)
    assert Seat.objects.count() == 50
