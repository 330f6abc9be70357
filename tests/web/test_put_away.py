"""A course may be left, and put away once its access has ended; nothing of it is lost."""

import re

import pytest
from django.urls import reverse

from access.services import grant_access, revoke_access
from learning.models import Enrolment
from learning.services import enrol, open_lesson, start_free
from tests.courses.factories import published_course
from tests.factories import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db


def learn(client) -> str:
    page = client.get(reverse("learn")).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def put_away(client, enrolment: Enrolment, **fields):
    return client.post(reverse("put_away", args=[enrolment.uuid]), fields, follow=True)


@pytest.fixture
def enrolment(user):
    return start_free(user=user, course=published_course())


@pytest.fixture
def client(user, sign_in):
    return sign_in(user)


def test_a_course_that_was_left_is_out_of_the_way_and_comes_back(client, enrolment):
    assert "Leave this course" in learn(client)
    put_away(client, enrolment)
    page = learn(client)
    assert ("In progress" in page, "Next:" in page, "Put away" in page) == (False, False, True)
    put_away(client, enrolment, take_up="1")
    page = learn(client)
    assert ("In progress" in page, "Put away" in page) == (True, False)


def test_putting_away_twice_keeps_the_first_day(client, enrolment):
    put_away(client, enrolment)
    first = Enrolment.objects.get().put_away_at
    put_away(client, enrolment)
    assert Enrolment.objects.get().put_away_at == first


def test_opening_a_lesson_takes_a_course_up_again(client, enrolment):
    put_away(client, enrolment)
    enrolment.refresh_from_db()
    open_lesson(enrolment=enrolment, lesson=enrolment.course.lessons.first())
    assert Enrolment.objects.get().put_away_at is None


def test_a_course_whose_access_ended_is_not_in_progress_and_can_be_put_away(user, client):
    course = published_course(is_free=False)
    grant_access(user=user, course_set=course.own_set, source="order", source_key="order:1")
    enrolment = enrol(user=user, course=course)
    revoke_access(source_key="order:1")
    page = learn(client)
    assert ("In progress" in page, "Access ended" in page) == (False, True)
    put_away(client, enrolment)
    assert "Access ended" not in learn(client)


def test_what_an_organisation_gives_stays_until_it_ends(user, client):
    organisation, course = OrganisationFactory(), published_course(is_free=False)
    grant_access(user=user, course_set=course.own_set, source="seat", source_key="seat:1", organisation=organisation)
    enrolment = enrol(user=user, course=course, organisation=organisation)
    assert "Leave this course" not in learn(client)
    assert f"{organisation} has given you “{course}”" in put_away(client, enrolment).content.decode()
    assert Enrolment.objects.get().put_away_at is None
    revoke_access(source_key="seat:1")
    put_away(client, enrolment)
    assert Enrolment.objects.get().put_away_at is not None


def test_nobody_puts_away_what_is_somebody_elses(enrolment, sign_in):
    address = reverse("put_away", args=[enrolment.uuid])
    assert sign_in(UserFactory()).post(address).status_code == 404
    assert Enrolment.objects.get().put_away_at is None
