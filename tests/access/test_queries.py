"""Which courses somebody may open, asked for many at once."""

import pytest
from django.utils import timezone

from access.models import CourseSet
from access.queries import SetSeats, may_open, openable, seats_by_course_set
from access.services import add_seats, assign_seats, grant_access, revoke_access
from tests.factories import CourseFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_what_may_be_opened_of_many_is_what_may_be_opened_of_each(user, django_assert_num_queries):
    open_now, ended, of_others, _of_nobody = courses = [CourseFactory() for _course in range(4)]
    grant_access(user=user, course_set=open_now.own_set, source="order", source_key="order:1")
    grant_access(user=user, course_set=ended.own_set, source="order", source_key="order:2")
    revoke_access(source_key="order:2")
    grant_access(user=UserFactory(), course_set=of_others.own_set, source="order", source_key="order:3")
    with django_assert_num_queries(1):
        opened = openable(user)
    assert [course in opened for course in courses] == [True, False, False, False]
    assert [may_open(user, course) for course in courses] == [True, False, False, False]


def test_the_catalogue_opens_everything_to_whoever_has_it_as_long_as_they_have_it(user):
    course = CourseFactory()
    everything, _new = CourseSet.objects.get_or_create(is_catalogue=True, defaults={"slug": "all", "title": "All"})
    grant_access(user=user, course_set=everything, source="order", source_key="order:1")
    assert course in openable(user)
    assert course not in openable(UserFactory())
    user.access_grants.update(ends_at=timezone.now())
    assert course not in openable(user)


@pytest.mark.parametrize(("user", "state", "counted"), [({}, "active", (0, 1)), ({"user": None}, "invited", (1, 0))])
def test_seats_of_which_as_many_are_free_as_are_given_out_are_counted(organisation, user, state, counted):
    course = CourseFactory()
    add_seats(organisation=organisation, course_set=course.own_set, quantity=2, source_key="order:1")
    names = {"email": "new@example.com", "first_name": "New", "last_name": "Colleague"}
    person = MembershipFactory(organisation=organisation, state=state, **user, **names)
    assign_seats(organisation=organisation, course=course, memberships=[person])
    assert seats_by_course_set(organisation) == [SetSeats(course.own_set.pk, str(course.own_set), 2, *counted, free=1)]
