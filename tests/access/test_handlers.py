"""What access does when something happens to a course or to a membership."""

import pytest

from access import services
from access.models import CourseSet, Seat
from accounts.services.people import mark_as_left
from courses.models import Course
from courses.services import ensure_course
from tests.courses.factories import published_course
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db


def test_a_course_that_is_renamed_leaves_the_catalogue_its_name():
    course = Course.objects.create(key="k", slug="everything", title="Everything")
    CourseSet.objects.create(slug="everything", title="All courses", is_catalogue=True)
    ensure_course(key="k", slug="listening", title="Listening")
    assert list(CourseSet.objects.order_by("slug").values_list("slug", "title", "is_catalogue")) == [
        ("everything", "All courses", True),
        ("listening", "Listening", False),
    ]
    assert CourseSet.objects.get(slug="listening").courses.get() == course


def test_the_seat_of_somebody_who_never_joined_is_free_when_they_leave(organisation, user):
    course = published_course(is_free=False)
    services.add_seats(organisation=organisation, course_set=course.sets.get(), quantity=1, source_key="order:1")
    invited = MembershipFactory(
        organisation=organisation, user=None, email="new@example.com", state="invited", first_name="New", last_name="Colleague"
    )
    services.assign_seats(organisation=organisation, course=course, memberships=[invited])
    assert Seat.objects.get().state == "assigned"
    mark_as_left(membership=invited, actor=user)
    assert list(Seat.objects.values_list("state", "membership", "assigned_at")) == [("free", None, None)]
