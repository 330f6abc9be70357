"""A Stripe to talk to, and something to buy."""

import uuid

import pytest

from access.models import CourseSet
from billing.services import open_checkout, set_price, start_order
from tests.billing.fake_stripe import SECRET_KEY, WEBHOOK_SECRET, running_fake
from tests.factories import CourseFactory


@pytest.fixture
def stripe(settings):
    """The fake, and settings that talk to it."""
    with running_fake() as (fake, address):
        settings.PAYMENT_GATEWAY = "stripe"
        settings.STRIPE_SECRET_KEY = SECRET_KEY
        settings.STRIPE_WEBHOOK_SECRET = WEBHOOK_SECRET
        settings.STRIPE_API_BASE = address
        yield fake


@pytest.fixture
def course(db):
    """A listed paid course: €149 for a person, €99 for a seat."""
    course = CourseFactory(is_listed=True, title="Negotiate mutual value", minutes=90)
    course_set = course.own_set
    CourseSet.objects.filter(pk=course_set.pk).update(title=course.title)
    set_price(course_set=course_set, kind="person", currency="EUR", amount=14_900)
    set_price(course_set=course_set, kind="seat", currency="EUR", amount=9_900)
    return course


@pytest.fixture
def course_set(course):
    return course.own_set


@pytest.fixture
def order_for(course_set):
    """An order with its checkout: `order_for(user)`, `order_for(user, organisation, quantity=3)`."""

    def make(buyer, organisation=None, quantity=1):
        order = start_order(
            buyer=buyer,
            organisation=organisation,
            course_set=course_set,
            quantity=quantity,
            currency="EUR",
            shown_total=(9_900 if organisation else 14_900) * quantity,
            request_key=uuid.uuid4(),
        )
        open_checkout(order)
        return order

    return make
