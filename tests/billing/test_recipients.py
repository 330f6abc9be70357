"""Who is told what becomes of an order, and of a dispute about it."""

import datetime

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services import people
from billing.models import Order
from billing.services import settle
from billing.services.webhooks import settle_disputed_orders, settle_open_orders
from cms.site import FINANCE, ensure_site
from mail.models import MailDelivery
from mail.services.delivering import render
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
NOON = datetime.datetime(2031, 3, 3, 12, tzinfo=datetime.UTC)


@pytest.fixture
def buyer(organisation, member):
    return member(organisation, "billing").user


@pytest.fixture
def order(stripe, order_for, organisation, buyer):
    order = order_for(buyer, organisation, quantity=2)
    stripe.pay(order.gateway_reference)
    return order


def told(template):
    return sorted(MailDelivery.objects.filter(template=template).values_list("recipient", flat=True))


def leave(user, organisation):
    people.mark_as_left(membership=organisation.memberships.get(user=user), actor=None)


def test_a_buyer_who_buys_for_the_organisation_is_told_alone(order, buyer, organisation, member):
    member(organisation, "owner")
    settle(order)
    assert told("receipt") == [buyer.email]
    text = render(MailDelivery.objects.get()).body
    assert f"You are receiving this because you placed this order with {buyer.email}." in text


@pytest.mark.parametrize("end", ["left", "lost the role", "closed"])
def test_once_the_buyer_is_gone_owners_and_billing_are_told(stripe, order, buyer, organisation, member, end):
    owner, billing = member(organisation, "owner").user, member(organisation, "billing").user
    for role in ("admin", "lnd_partner"):
        member(organisation, role)
    User.objects.filter(pk=member(organisation, "owner").user_id).update(is_active=False)
    leave(member(organisation, "billing").user, organisation)
    settle(order)
    if end == "left":
        leave(buyer, organisation)
    elif end == "closed":
        User.objects.filter(pk=buyer.pk).update(is_active=False)
    else:
        organisation.memberships.get(user=buyer).roles.all().delete()
    stripe.refund(order.gateway_reference)
    settle(order)
    assert told("receipt") == [buyer.email]
    assert told("order_refunded") == sorted([owner.email, billing.email])
    message = render(MailDelivery.objects.filter(template="order_refunded").first())
    because = f"because you manage the orders of {organisation.name}."
    assert (because in message.body, because in message.alternatives[0][0]) == (True, True)


def test_without_owner_and_billing_administrators_are_told(stripe, order, buyer, organisation, member):
    admin = member(organisation, "admin").user
    leave(buyer, organisation)
    settle(order)
    assert told("receipt") == [admin.email]


def test_where_nobody_is_left_nobody_is_told_and_the_log_says_so(order, buyer, organisation, caplog):
    leave(buyer, organisation)
    settle(order)
    assert told("receipt") == []
    assert f"Nobody is left who could be told about order {order.uuid}" in caplog.text


def test_the_page_names_those_who_are_told(order, buyer, organisation, member, sign_in):
    owner = member(organisation, "owner").user
    settle(order)
    leave(buyer, organisation)
    MailDelivery.objects.update(state="bounced")
    client = sign_in(owner)
    page = client.get(order.get_absolute_url()).content.decode()
    assert f"It will go to {owner.email} when you send it again." in page
    page = client.post(reverse("billing:resend_mail", args=[order.uuid]), follow=True).content.decode()
    assert f"The e-mail is on its way to {owner.email}." in page
    assert told("receipt") == sorted([buyer.email, owner.email])


def test_what_somebody_bought_for_themselves_is_told_to_them(stripe, order_for, user):
    order = order_for(user)
    stripe.pay(order.gateway_reference)
    settle(order)
    assert told("receipt") == [user.email]


# Disputes -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def operators():
    """Those who are told of disputes; beside them, staff of other kinds and one who is gone."""
    ensure_site()
    superuser, clerk, gone = (UserFactory(is_staff=True) for _n in range(3))
    User.objects.filter(pk=superuser.pk).update(is_superuser=True)
    for user in (clerk, gone):
        user.groups.add(Group.objects.get(name=FINANCE))
    User.objects.filter(pk=gone.pk).update(is_active=False)
    UserFactory(is_staff=True)
    return sorted([superuser.email, clerk.email])


def test_operators_are_told_once_that_a_dispute_was_opened(stripe, order, operators):
    settle(order)
    with time_machine.travel(NOON, tick=False):
        stripe.dispute(order.gateway_reference)
    for _time in range(3):
        settle(order)
    assert told("dispute_opened") == operators
    message = render(MailDelivery.objects.filter(template="dispute_opened").first())
    assert message.subject == "A payment of €198 is disputed"
    for text in (message.body, message.alternatives[0][0]):
        assert "Answer in the dashboard of the payment provider by 2031-03-10." in text
        assert reverse("admin:billing_order_change", args=[order.pk]) in text
    stripe.win_dispute(order.gateway_reference)
    settle(order)
    assert told("dispute_opened") == operators


def test_open_disputes_are_asked_about_once_a_day(stripe, order, organisation):
    settle(order)
    stripe.dispute(order.gateway_reference)
    settle(order)
    stripe.win_dispute(order.gateway_reference)  # and the message is lost
    for hours, disputed in ((1, 19_800), (25, 0)):
        with time_machine.travel(timezone.now() + datetime.timedelta(hours=hours), tick=False):
            settle_open_orders()
        assert Order.objects.get(pk=order.pk).disputed_amount == disputed
    with time_machine.travel(timezone.now() + datetime.timedelta(days=9), tick=False):
        assert settle_disputed_orders() == 0


def test_a_dispute_that_stays_open_has_its_turn_again_the_next_day(stripe, order):
    settle(order)
    stripe.dispute(order.gateway_reference)
    settle(order)
    asked = []
    for hours in (25, 26, 50):
        with time_machine.travel(timezone.now() + datetime.timedelta(hours=hours), tick=False):
            asked.append(settle_disputed_orders())
    assert asked == [1, 0, 1]
