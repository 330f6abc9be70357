"""Operators read money and change none of it."""

import pytest
from django.urls import reverse

from accounts.models import User
from billing.models import Order, WebhookEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(sign_in):
    return sign_in(User.objects.create_superuser("operator@example.com", "x" * 12))


@pytest.mark.parametrize("model", ["order", "price", "webhookevent"])
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
