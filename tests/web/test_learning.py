"""My learning lists what somebody may learn, whether or not they have begun."""

import uuid

import pytest
from django.urls import reverse

from access.services import grant_access, revoke_access
from billing.gateways import gateway_named
from billing.models import TestCheckout
from billing.services import open_checkout, set_price, settle, start_order
from learning.services import enrol
from tests.courses.factories import published_course

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(db):
    course = published_course(is_free=False)
    set_price(course_set=course.own_set, kind="person", currency="EUR", amount=14_900)
    return course


def learn(client) -> str:
    return client.get(reverse("learn")).content.decode()


def test_a_course_stands_on_my_learning_from_the_moment_it_is_paid(user, sign_in, course):
    client = sign_in(user)
    assert "Not started yet" not in learn(client)
    order = start_order(buyer=user, course_set=course.own_set, currency="EUR", shown_total=14_900, request_key=uuid.uuid4())
    open_checkout(order)
    TestCheckout.objects.update(state="paid")
    settle(order, gateway=gateway_named("test"))
    text = learn(client)
    assert "Not started yet" in text
    assert f"Next: start “{course.title}”" in text
    assert course.get_absolute_url() in text


def test_what_has_begun_stands_with_its_progress_and_what_was_taken_back_is_gone(user, sign_in, course):
    client = sign_in(user)
    grant_access(user=user, course_set=course.own_set, source="order", source_key="order:1")
    assert "Not started yet" in learn(client)
    enrol(user=user, course=course)
    assert "Not started yet" not in learn(client)
    assert "In progress" in learn(client)
    other = published_course([["m1"]], is_free=False)
    grant_access(user=user, course_set=other.own_set, source="order", source_key="order:2")
    assert "Not started yet" in learn(client)
    revoke_access(source_key="order:2")
    assert "Not started yet" not in learn(client)


@pytest.mark.parametrize("count", [1, 3])
def test_courses_that_have_not_begun_cost_the_same_however_many(user, sign_in, django_assert_num_queries, count):
    client = sign_in(user)
    for number in range(count):
        course = published_course([[f"lesson-{number}"]], is_free=False)
        grant_access(user=user, course_set=course.own_set, source="order", source_key=f"order:{number}")
    learn(client)
    with django_assert_num_queries(7):
        assert learn(client).count("open for you, about") == count


def test_the_menu_of_the_account_leads_to_the_orders(user, sign_in):
    assert f'href="{reverse("billing:orders")}"' in learn(sign_in(user))
