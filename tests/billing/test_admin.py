"""Operators read orders and change none of them; prices are added by who may, and kept."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from accounts.models import AuditEvent, User
from billing.models import Order, Price, WebhookEvent
from billing.services import price_for
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(sign_in):
    return sign_in(User.objects.create_superuser("operator@example.com", "x" * 12))


@pytest.mark.parametrize("model", ["order", "refundrequest", "webhookevent"])
def test_operators_read_and_cannot_add(operator, order_for, user, model):
    order_for(user)
    WebhookEvent.objects.create(gateway="test", event_id="1", kind="checkout.pay", payload={})
    assert operator.get(reverse(f"admin:billing_{model}_changelist")).status_code == 200
    assert operator.get(reverse(f"admin:billing_{model}_add")).status_code == 403


def test_operators_cannot_change_or_delete_an_order(operator, order_for, user):
    order = order_for(user)
    assert operator.post(reverse("admin:billing_order_change", args=[order.pk]), {"state": "paid"}).status_code == 403
    assert operator.post(reverse("admin:billing_order_delete", args=[order.pk]), {"post": "yes"}).status_code == 403
    assert Order.objects.get().state == "open"


def test_operators_find_the_orders_that_need_them(operator, order_for, user):
    order = order_for(user)
    address = reverse("admin:billing_order_changelist") + "?attention=yes"
    assert str(order.uuid) not in operator.get(address).content.decode()
    Order.objects.update(attention="Paid 1 EUR, ordered 14900 EUR. Nothing was granted.")
    assert str(order.uuid) in operator.get(address).content.decode()


def test_what_an_operator_has_looked_at_leaves_the_list(operator, order_for, user):
    order = order_for(user)
    Order.objects.update(state="paid", attention="Dispute lost: €149 went back to the buyer.")
    address = reverse("admin:billing_order_changelist")
    answer = operator.post(address, {"action": "review", "_selected_action": [order.pk]}, follow=True)
    assert "1 order was marked." in answer.content.decode()
    assert Order.objects.get().attention == ""
    assert AuditEvent.objects.filter(verb="order.reviewed", actor__email="operator@example.com").count() == 1


# Prices ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def add_price(course_set):
    def add(client, **changes):
        fields = {"course_set": course_set.pk, "kind": "person", "currency": "EUR", "price": "199", "from_quantity": "1"}
        return client.post(reverse("admin:billing_price_add"), fields | changes, follow=True)

    return add


def test_a_price_is_added_and_the_one_before_stays_as_history(operator, add_price, order_for, user, course_set):
    before = order_for(user)
    assert add_price(operator, price="199.50").status_code == 200
    rows = list(Price.objects.filter(kind="person").order_by("pk").values_list("amount", "set_by__email"))
    assert rows == [(14_900, None), (19_950, "operator@example.com")]
    assert price_for(course_set, "person", "EUR").amount == 19_950
    before.refresh_from_db()
    assert (before.total, before.lines.get().unit_amount) == (14_900, 14_900)
    event = AuditEvent.objects.get(verb="price.set")
    assert (event.before, event.after["amount"], event.actor.email) == ({"amount": 14_900}, 19_950, "operator@example.com")
    listed = operator.get(reverse("admin:billing_price_changelist")).content.decode()
    assert "€199.50" in listed
    assert "€149" in listed


def test_a_price_of_a_currency_without_cents(operator, add_price, course_set):
    add_price(operator, currency="JPY", price="24000")
    assert price_for(course_set, "person", "JPY").amount == 24_000


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"price": "149"}, "This is already the current price."),
        ({"price": "0", "currency": "USD"}, "There is no such price to take off sale."),
        ({"price": "1000000"}, "Enter a price within the limit for one payment, or 0 to take it off sale."),
        ({"price": "1.005"}, "EUR prices have at most two decimals."),
        ({"currency": "JPY", "price": "1.5"}, "JPY prices have no decimals."),
        ({"from_quantity": "10"}, "A single-person price applies from quantity 1. Volume prices are for seats only."),
        ({"kind": "seat", "from_quantity": "0"}, "Volume prices are for seats"),
        ({"price": ""}, "This field is required."),
        ({"price": "1e9999999"}, "Ensure that there are no more than 12 digits in total."),
    ],
)
def test_a_price_that_makes_no_sense_is_refused_with_words(operator, add_price, changes, words):
    assert words in add_price(operator, **changes).content.decode()
    assert Price.objects.count() == 2


def test_a_price_of_nothing_takes_it_off_sale(operator, add_price, course_set):
    assert add_price(operator, price="0").status_code == 200
    assert price_for(course_set, "person", "EUR") is None
    assert AuditEvent.objects.get(verb="price.set").summary.endswith("no longer sold from 1 on.")
    assert "no longer sold" in operator.get(reverse("admin:billing_price_changelist")).content.decode()


def test_prices_are_neither_changed_nor_deleted(operator, course_set):
    price = Price.objects.first()
    assert operator.post(reverse("admin:billing_price_change", args=[price.pk]), {"amount": 1}).status_code == 403
    assert operator.post(reverse("admin:billing_price_delete", args=[price.pk]), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize(("rights", "count"), [(["view_price"], 2), (["view_price", "add_price"], 3)])
def test_prices_are_set_by_who_may(sign_in, add_price, rights, count):
    clerk = UserFactory(is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=rights))
    add_price(sign_in(clerk))
    assert Price.objects.count() == count


def test_a_price_is_shown_with_all_that_was_kept_of_it(operator, course_set):
    page = operator.get(reverse("admin:billing_price_change", args=[Price.objects.first().pk])).content.decode()
    for name in ("course_set", "amount", "valid_from", "set_by"):
        assert f"field-{name}" in page
