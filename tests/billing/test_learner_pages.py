"""A learner buys a course for themselves, on the pages, through the test gateway."""

import re
import uuid

import pytest
from django.core import mail
from django.urls import reverse

from access.models import CourseSet
from access.queries import may_open
from access.services import grant_access
from accounts.models import AuditEvent
from billing.gateways import gateway_named
from billing.models import Order, TestCheckout
from billing.services import request_refund, set_price, start_order
from mail.models import MailDelivery
from tests.factories import CourseFactory, UserFactory

pytestmark = pytest.mark.django_db
NOTICE = "Test gateway: no real payments"


@pytest.fixture
def client(sign_in, user):
    return sign_in(user)


@pytest.fixture
def buy_url(course):
    return reverse("billing:buy", args=[course.slug])


def hidden(answer):
    """What the Buy button of a page would send."""
    return dict(re.findall(r'<input type="hidden" name="(currency|total|key)" value="([^"]*)"', answer.content.decode()))


@pytest.fixture
def press(client, django_capture_on_commit_callbacks):
    """Press a button of the test gateway's page and follow it back."""

    def press(checkout, button):
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(reverse("billing:test_checkout", args=[checkout.uuid]), {"button": button}, follow=True)

    return press


@pytest.fixture
def ordered(client, buy_url):
    """An order placed on the page, and the test gateway's checkout of it."""
    client.post(buy_url, hidden(client.get(buy_url)))
    order = Order.objects.get()
    return order, TestCheckout.objects.get(order_uuid=order.uuid)


def test_the_page_says_what_it_costs_who_gets_it_and_that_no_money_moves(client, user, buy_url):
    text = client.get(buy_url).content.decode()
    refund = "You can ask for a refund within 14 days of paying, if you have taken no more than 25% of the course."
    for words in ("Buy for €149", user.email, "No tax is added", NOTICE, "1 h 30 min", refund):
        assert words in text


def test_buying_leads_to_the_gateway_and_back_to_an_open_course(client, user, course, buy_url, press):
    answer = client.post(buy_url, hidden(client.get(buy_url)))
    checkout = TestCheckout.objects.get()
    assert answer.url == reverse("billing:test_checkout", args=[checkout.uuid])
    page = client.get(answer.url).content.decode()
    assert NOTICE in page
    assert "Pay €149" in page

    back = press(checkout, "pay")
    order = Order.objects.get()
    assert back.redirect_chain == [(f"/billing/orders/{order.uuid}/?returned=1", 302)]
    assert "Paid. Thank you." in back.content.decode()
    assert course.get_absolute_url() in back.content.decode()
    assert (order.state, may_open(user, course)) == ("paid", True)
    (message,) = mail.outbox
    assert (message.to, message.subject) == ([user.email], "Test payment (no money taken)")
    assert f"/billing/orders/{order.uuid}/" in message.body
    assert "Test gateway: no real payment was taken." in message.body


@pytest.mark.parametrize(
    ("button", "state", "words"),
    [
        ("decline", "failed", "The payment was declined."),
        ("cancel", "cancelled", "This order was cancelled."),
    ],
)
def test_what_did_not_come_to_payment_says_so_and_what_to_do(client, user, course, ordered, press, button, state, words):
    order, checkout = ordered
    text = press(checkout, button).content.decode()
    order.refresh_from_db()
    assert order.state == state
    assert words in text
    assert reverse("billing:buy", args=[course.slug]) in text
    assert may_open(user, course) is False


def test_a_refund_ends_access(client, user, course, ordered, press):
    order, checkout = ordered
    press(checkout, "pay")
    press(checkout, "refund")
    assert "Refunded." in client.get(order.get_absolute_url()).content.decode()
    assert may_open(user, course) is False
    assert [message.subject for message in mail.outbox] == ["Test payment (no money taken)", "Your refund of €149"]


def test_a_receipt_that_never_arrived_is_shown_to_the_buyer_and_sent_to_the_address_of_now(
    client, user, ordered, press, sign_in
):
    order, checkout = ordered
    press(checkout, "pay")
    resend = reverse("billing:resend_mail", args=[order.uuid])
    assert "could not be delivered" not in client.get(order.get_absolute_url()).content.decode()
    client.post(resend)
    assert len(mail.outbox) == 1
    MailDelivery.objects.update(state="bounced")
    user.email = "moved@example.org"
    user.save()
    page = client.get(order.get_absolute_url()).content.decode()
    assert ("could not be delivered" in page, "Receipt sent to" in page) == (True, False)
    assert (client.get(resend).status_code, sign_in(UserFactory()).post(resend).status_code) == (405, 404)
    for _twice in range(2):
        client.post(resend)
    assert [(message.to, message.subject) for message in mail.outbox[1:]] == [
        (["moved@example.org"], "Test payment (no money taken)")
    ]
    assert "Receipt sent to moved@example.org." in client.get(order.get_absolute_url()).content.decode()
    assert AuditEvent.objects.filter(verb="mail.resent", actor=user).count() == 1


def test_a_receipt_that_never_arrived_is_offered_again_though_another_mail_has_followed(client, user, ordered, press):
    order, checkout = ordered
    press(checkout, "pay")
    MailDelivery.objects.update(state="bounced")
    request_refund(order=order, asked_by=user)
    resend = reverse("billing:resend_mail", args=[order.uuid])
    text = client.get(order.get_absolute_url()).content.decode()
    assert (resend in text, "Receipt sent to" in text, "We are sending a receipt" in text) == (True, False, False)
    for _twice in range(2):
        client.post(resend)
    assert list(MailDelivery.objects.order_by("pk").values_list("template", flat=True)) == [
        "receipt",
        "refund_requested",
        "receipt",
    ]
    MailDelivery.objects.filter(state="queued").update(state="sent")
    text = client.get(order.get_absolute_url()).content.decode()
    assert (resend in text, "Receipt sent to" in text) == (False, True)


def test_what_the_page_says_of_the_receipt_is_not_said_of_another_mail(client, user, ordered, press):
    order, checkout = ordered
    press(checkout, "pay")
    request_refund(order=order, asked_by=user)
    MailDelivery.objects.filter(template="refund_requested").update(state="queued")
    assert f"Receipt sent to {user.email}." in client.get(order.get_absolute_url()).content.decode()
    MailDelivery.objects.filter(template="refund_requested").update(state="failed")
    text = client.get(order.get_absolute_url()).content.decode()
    assert (f"Receipt sent to {user.email}." in text, "could not be delivered" in text) == (True, True)


def test_a_payment_under_way_says_so_and_offers_neither_paying_nor_cancelling(client, course, ordered, press, buy_url):
    order, checkout = ordered
    page = press(checkout, "pay_later").content.decode()
    for text in (page, client.get(order.get_absolute_url()).content.decode()):
        assert "Your payment is under way." in text
        assert "This can take several working days." in text
        assert reverse("billing:pay", args=[order.uuid]) not in text
        assert reverse("billing:cancel", args=[order.uuid]) not in text
        assert "You have not been charged" not in text
    shop = client.get(buy_url).content.decode()
    assert "Your payment for this course is under way." in shop
    assert order.get_absolute_url() in shop
    assert "Buy for" not in shop
    assert "Payment under way" in client.get(reverse("billing:orders")).content.decode()
    assert client.post(reverse("billing:pay", args=[order.uuid])).url == order.get_absolute_url()
    told = client.post(reverse("billing:cancel", args=[order.uuid]), follow=True).content.decode()
    assert "can no longer be cancelled" in told
    press(checkout, "transfer_arrives")
    assert "Paid. Thank you." in client.get(order.get_absolute_url()).content.decode()


def test_a_transfer_that_fails_is_told_and_can_be_bought_again(client, ordered, press, buy_url):
    order, checkout = ordered
    press(checkout, "pay_later")
    press(checkout, "transfer_fails")
    text = client.get(order.get_absolute_url()).content.decode()
    assert "The payment was declined." in text
    assert buy_url in text
    assert "Buy for €149" in client.get(buy_url).content.decode()
    assert [message.subject for message in mail.outbox] == ["Your payment of €149 was declined"]


def test_a_refund_of_a_part_is_on_the_order_the_list_and_the_receipt(client, user, course, ordered, press):
    order, checkout = ordered
    press(checkout, "pay")
    press(checkout, "refund_half")
    shown = client.get(order.get_absolute_url()).content.decode()
    receipt = client.get(reverse("billing:receipt", args=[order.uuid])).content.decode()
    for text in (shown, receipt):
        assert re.search(r"Refunded</th>.*?−€74.50", text)
        assert re.search(r"Net paid</th>\s*<td></td><td></td>\s*<td class=\"number\"><strong>€74.50", text)
        assert "Refund of €74.50 on" in text
    assert "€74.50 of €149 has gone back to the buyer." in receipt
    assert "€74.50 returned" in client.get(reverse("billing:orders")).content.decode()
    assert mail.outbox[-1].subject == "Your refund of €74.50"
    assert "You keep your access to the course." in mail.outbox[-1].body
    assert may_open(user, course) is True


def test_the_receipt_says_which_part_the_bank_returned(client, ordered, press):
    order, checkout = ordered
    for button in ("pay", "refund_half", "dispute", "lose_dispute"):
        press(checkout, button)
    receipt = client.get(reverse("billing:receipt", args=[order.uuid])).content.decode()
    assert "Charged back: the bank returned €74.50 of €149 to the buyer after a dispute." in receipt
    assert "returned this payment" not in receipt


def test_a_refund_that_comes_back_is_told_and_opens_the_course_again(client, user, course, ordered, press):
    order, checkout = ordered
    for button in ("pay", "refund", "refund_returns"):
        press(checkout, button)
    text = client.get(order.get_absolute_url()).content.decode()
    assert "Your bank returned our refund of €149." in text
    assert "Returned by the bank" in text
    subjects = ["Test payment (no money taken)", "Your refund of €149", "Your refund of €149 did not arrive"]
    assert [message.subject for message in mail.outbox] == subjects
    assert "open again" in mail.outbox[-1].body
    assert may_open(user, course) is True


def test_a_dispute_is_told_from_its_opening_to_its_end(client, user, course, ordered, press):
    order, checkout = ordered
    press(checkout, "pay")
    press(checkout, "dispute")
    text = client.get(order.get_absolute_url()).content.decode()
    assert "This payment is disputed." in text
    assert "Your access stays open until the bank decides." in text
    assert may_open(user, course) is True
    press(checkout, "lose_dispute")
    text = client.get(order.get_absolute_url()).content.decode()
    assert "This payment was charged back." in text
    assert "your bank returned €149 to you" in text
    assert may_open(user, course) is False
    assert mail.outbox[-1].subject == "Your bank has taken back €149"
    receipt = client.get(reverse("billing:receipt", args=[order.uuid])).content.decode()
    assert "the bank returned this payment to the buyer after a dispute" in receipt
    press(checkout, "win_dispute")
    text = client.get(order.get_absolute_url()).content.decode()
    assert "Paid. Thank you." in text
    assert may_open(user, course) is True
    assert mail.outbox[-1].subject == "Your access has been restored"
    assert "was decided in our favour, so your payment remains with us." in mail.outbox[-1].body
    assert "Won by the seller" in text


def test_a_used_payment_page_does_nothing_more(client, ordered, press):
    order, checkout = ordered
    press(checkout, "cancel")
    assert "already been used or is closed" in press(checkout, "pay").content.decode()
    order.refresh_from_db()
    assert order.state == "cancelled"


def test_a_button_the_payment_page_does_not_have_is_not_found(client, ordered):
    url = reverse("billing:test_checkout", args=[ordered[1].uuid])
    assert client.post(url, {"button": "steal"}).status_code == 404


def test_a_double_click_makes_one_order(client, buy_url):
    form = hidden(client.get(buy_url))
    first, second = client.post(buy_url, form), client.post(buy_url, form)
    assert first.url == second.url
    assert Order.objects.count() == 1


def test_a_price_that_changed_is_shown_and_asked_again(client, course_set, buy_url):
    form = hidden(client.get(buy_url))
    set_price(course_set=course_set, kind="person", currency="EUR", amount=19_900)
    answer = client.post(buy_url, form)
    assert answer.status_code == 409
    assert "The price has changed from €149 to €199" in answer.content.decode()
    assert not Order.objects.exists()
    client.post(buy_url, hidden(answer))
    assert Order.objects.get().total == 19_900


@pytest.mark.parametrize("broken", [{"key": "x"}, {"total": "-1"}, {"currency": "euro"}, {"currency": ""}])
def test_an_incomplete_order_is_refused_with_words(client, buy_url, broken):
    answer = client.post(buy_url, hidden(client.get(buy_url)) | broken)
    assert answer.status_code == 409
    assert "Nothing was bought" in answer.content.decode()
    assert not Order.objects.exists()


def test_who_has_the_course_is_told_so(client, user, course_set, buy_url):
    form = hidden(client.get(buy_url))
    grant_access(user=user, course_set=course_set, source="gift", source_key="gift:1")
    assert "You already have access to this course." in client.get(buy_url).content.decode()
    assert client.post(buy_url, form).status_code == 409
    assert not Order.objects.exists()


def test_a_free_course_is_not_bought(client):
    course = CourseFactory(is_listed=True, is_free=True)
    assert client.get(reverse("billing:buy", args=[course.slug])).url == course.get_absolute_url()


def test_a_course_without_price_cannot_be_bought(client):
    course = CourseFactory(is_listed=True)
    answer = client.get(reverse("billing:buy", args=[course.slug]))
    assert "not sold to individuals" in answer.content.decode()
    assert hidden(answer) == {}


def test_an_unpublished_course_is_not_found(client):
    assert client.get(reverse("billing:buy", args=[CourseFactory().slug])).status_code == 404


def test_the_price_is_shown_in_the_browsers_currency_where_there_is_one(client, course_set, buy_url):
    set_price(course_set=course_set, kind="person", currency="GBP", amount=12_900)
    british = {"Accept-Language": "en-GB,en"}
    assert "Buy for £129" in client.get(buy_url, headers=british).content.decode()
    assert "Buy for €149" in client.get(buy_url + "?currency=EUR", headers=british).content.decode()
    assert "Buy for €149" in client.get(buy_url, headers={"Accept-Language": "en-US"}).content.decode()


def test_where_nothing_can_be_bought_the_page_says_so(client, settings, buy_url):
    form = hidden(client.get(buy_url))
    settings.PAYMENT_TEST_GATEWAY = False
    answer = client.get(buy_url)
    assert "Payments are not set up on this site" in answer.content.decode()
    assert hidden(answer) == {}
    assert client.post(buy_url, form).status_code == 409
    assert not Order.objects.exists()


def test_the_order_page_keeps_looking_only_while_a_payment_is_awaited(client, ordered):
    order, _checkout = ordered
    url = reverse("billing:order", args=[order.uuid])
    assert 'hx-trigger="load delay:4s"' in client.get(url + "?returned=1").content.decode()
    waiting = client.get(url).content.decode()
    assert "hx-trigger" not in waiting
    assert "This order is awaiting payment." in waiting
    assert "You left before paying." in client.get(url + "?left=1").content.decode()


def test_the_order_page_asks_the_gateway_and_not_the_address(client, user, course, ordered):
    order, _checkout = ordered
    url = reverse("billing:order", args=[order.uuid])
    client.get(url + "?returned=1&state=paid")
    assert may_open(user, course) is False
    TestCheckout.objects.update(state="paid")
    Order.objects.update(checked_at=None)
    fragment = client.get(url + "?returned=1", headers={"HX-Request": "true"}).content.decode()
    assert "Paid. Thank you." in fragment
    assert "<html" not in fragment
    assert may_open(user, course) is True


def test_the_order_page_of_a_paid_order_asks_the_gateway_where_a_payment_page_leads_back(client, ordered):
    order, checkout = ordered
    url = reverse("billing:order", args=[order.uuid]) + "?returned=1"
    TestCheckout.objects.update(state="paid")
    assert "Paid. Thank you." in client.get(url).content.decode()
    gateway_named("test").refund(f"test-{checkout.uuid}", order.total, "given-back-elsewhere")
    Order.objects.update(checked_at=None)
    assert "Refunded." in client.get(url).content.decode()


def test_a_waiting_order_can_be_paid_or_cancelled(client, ordered):
    order, checkout = ordered
    answer = client.post(reverse("billing:pay", args=[order.uuid]))
    assert answer.url == reverse("billing:test_checkout", args=[checkout.uuid])
    answer = client.post(reverse("billing:cancel", args=[order.uuid]), follow=True)
    assert "This order was cancelled." in answer.content.decode()


def test_a_gateway_that_does_not_answer_loses_no_order(client, stripe, buy_url):
    stripe.is_down = True
    answer = client.post(buy_url, hidden(client.get(buy_url)), follow=True)
    order = Order.objects.get()
    assert answer.redirect_chain[-1][0] == order.get_absolute_url()
    assert "The payment provider is not responding. Your order has been saved" in answer.content.decode()
    stripe.is_down = False
    answer = client.post(reverse("billing:pay", args=[order.uuid]))
    assert answer.url == "https://checkout.stripe.com/c/pay/cs_test_000001"


def test_a_flagged_order_asks_for_patience_and_not_for_money(client, stripe, buy_url):
    client.post(buy_url, hidden(client.get(buy_url)))
    order = Order.objects.get()
    stripe.pay(order.gateway_reference, amount=1)
    text = client.get(reverse("billing:order", args=[order.uuid]) + "?returned=1").content.decode()
    assert "Please do not pay again." in text
    assert "hx-trigger" not in text


def test_the_receipt_has_number_lines_and_total_and_says_that_no_money_moved(client, user, ordered, press):
    order, checkout = ordered
    url = reverse("billing:receipt", args=[order.uuid])
    assert client.get(url).status_code == 404
    press(checkout, "pay")
    order.refresh_from_db()
    text = client.get(url).content.decode()
    for words in (f"Receipt {order.receipt_number}", "Negotiate mutual value", "€149", user.email, "no real payment"):
        assert words in text


def test_the_receipt_is_on_its_way_and_later_was_sent(client, user, ordered, press):
    order, checkout = ordered
    press(checkout, "pay")
    address = reverse("billing:order", args=[order.uuid])
    assert f"We are sending a receipt to {user.email}." in client.get(address + "?returned=1").content.decode()
    later = client.get(address).content.decode()
    assert f"Receipt sent to {user.email}." in later
    assert "We are sending" not in later


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_orders_takes_the_same_queries_however_long(client, user, course_set, django_assert_num_queries, count):
    for number in range(count):
        order = start_order(buyer=user, course_set=course_set, currency="EUR", shown_total=14_900, request_key=uuid.uuid4())
        Order.objects.filter(pk=order.pk).update(state="paid", receipt_number=f"2026-00000{number}")
    client.get(reverse("billing:orders"))
    with django_assert_num_queries(6):
        text = client.get(reverse("billing:orders")).content.decode()
    assert text.count('scope="row"') == count


def test_an_empty_list_of_orders_leads_to_the_courses(client):
    assert reverse("courses:catalogue") in client.get(reverse("billing:orders")).content.decode()


PAGES = [
    ("get", "billing:order"),
    ("get", "billing:receipt"),
    ("post", "billing:pay"),
    ("post", "billing:cancel"),
]


@pytest.mark.parametrize(("method", "name"), PAGES)
def test_nobody_sees_the_order_of_somebody_else(sign_in, ordered, press, method, name):
    order, checkout = ordered
    press(checkout, "pay")
    stranger = sign_in(UserFactory())
    assert getattr(stranger, method)(reverse(name, args=[order.uuid])).status_code == 404
    assert stranger.get(reverse("billing:test_checkout", args=[checkout.uuid])).status_code == 404
    assert str(order.uuid) not in stranger.get(reverse("billing:orders")).content.decode()


@pytest.mark.parametrize(("method", "name"), PAGES)
def test_visitors_are_asked_to_sign_in(ordered, method, name):
    from django.test import Client

    order, checkout = ordered
    for address in (reverse(name, args=[order.uuid]), reverse("billing:test_checkout", args=[checkout.uuid])):
        answer = getattr(Client(), method)(address)
        assert (answer.status_code, answer.url.split("?")[0]) == (302, reverse("account_login"))


def test_a_visitor_who_buys_is_led_to_sign_up_and_back(course):
    from django.test import Client

    buy = reverse("billing:buy", args=[course.slug])
    assert Client().get(buy).url == f"{reverse('account_signup')}?next={buy}"


def test_the_test_gateways_pages_are_gone_where_it_may_not_be_used(client, settings, ordered):
    settings.PAYMENT_TEST_GATEWAY = False
    assert client.get(reverse("billing:test_checkout", args=[ordered[1].uuid])).status_code == 404


def test_a_bundle_is_open_when_each_of_its_courses_is(user, course, course_set):
    from access.queries import has_everything_of

    other = CourseFactory(is_listed=True)
    bundle = CourseSet.objects.create(slug="both", title="Both")
    bundle.courses.set([course, other])
    grant_access(user=user, course_set=course_set, source="gift", source_key="gift:1")
    assert has_everything_of(user, bundle) is False
    grant_access(user=user, course_set=other.own_set, source="gift", source_key="gift:2")
    assert has_everything_of(user, bundle) is True
