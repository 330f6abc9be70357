"""Which courses somebody may open, asked for many at once."""

import pytest
from django.utils import timezone

from access.models import CourseSet
from access.queries import may_open, openable
from access.services import grant_access, revoke_access
from tests.factories import CourseFactory, UserFactory

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
