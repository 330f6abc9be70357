"""Withdrawing from an order: who may ask until when, and what an answer does."""

import datetime
import re

import pytest
import time_machine
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from access.models import CourseSet
from access.queries import may_open
from access.services import assign_seats, free_seat
from accounts.models import AuditEvent, User
from accounts.personal_data import privacy_parts
from billing.errors import GatewayUnavailable, OwnRefund, RefundAlreadyRequested, RefundNotPossible, RefundRejected
from billing.gateways.stripe import StripeGateway
from billing.models import Order, RefundRequest
from billing.queries import count_orders_needing_attention, returned_by_bank, withdrawal_of
from billing.services import accept_refund, decline_refund, mark_reviewed, request_refund, set_price, settle
from billing.services.returns import NOT_SENT
from cms.site import FINANCE, ensure_site
from learning.models import Enrolment
from learning.services import enrol
from mail.models import MailDelivery
from mail.services.delivering import render
from tests.courses.factories import published_course
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
NOON = datetime.datetime(2031, 3, 3, 12, tzinfo=datetime.UTC)


@pytest.fixture
def operator(db):
    return User.objects.create_superuser("operator@example.com", "x" * 12)


@pytest.fixture
def course(db):
    course = published_course(is_free=False)
    CourseSet.objects.filter(own_course=course).update(title="Negotiate mutual value")
    for kind, amount in (("person", 14_900), ("seat", 9_900)):
        set_price(course_set=course.own_set, kind=kind, currency="EUR", amount=amount)
    return course


@pytest.fixture
def paid(stripe, order_for):
    def pay(*args, **options):
        order = order_for(*args, **options)
        stripe.pay(order.gateway_reference)
        return settle(order)

    return pay


def templates():
    return list(MailDelivery.objects.order_by("pk").values_list("template", flat=True))


def verbs(order):
    events = AuditEvent.objects.filter(target_id=str(order.uuid), verb__startswith="refund.").order_by("pk")
    return [event.verb for event in events]


def advance(user, course, percentage, organisation=None):
    enrolment = enrol(user=user, course=course, organisation=organisation)
    Enrolment.objects.filter(pk=enrolment.pk).update(percentage=percentage)


# Asking ---------------------------------------------------------------------------------------------------------------


def test_asking_is_written_down_once_and_confirmed_once(paid, user):
    order = paid(user)
    request = request_refund(order=order, asked_by=user, reason="Too long")
    with pytest.raises(RefundAlreadyRequested):
        request_refund(order=order, asked_by=user, reason="Too short")
    request.refresh_from_db()
    assert (request.state, request.reason, request.asked_by) == ("waiting", "Too long", user)
    assert templates() == ["receipt", "refund_requested"]
    assert verbs(order) == ["refund.requested"]
    assert "Too long" not in str(list(AuditEvent.objects.values_list("summary", "before", "after")))


@pytest.mark.parametrize(("days", "is_open"), [(0, True), (14, True), (15, False)])
def test_it_may_be_asked_for_until_the_end_of_the_fourteenth_day(paid, user, days, is_open):
    with time_machine.travel(NOON, tick=False) as now:
        order = paid(user)
        now.shift(datetime.timedelta(days=days))
        assert withdrawal_of(order).last_day == datetime.date(2031, 3, 17)
        assert withdrawal_of(order).is_open is is_open
        if not is_open:
            with pytest.raises(RefundNotPossible, match="The 14 days for a refund ended on"):
                request_refund(order=order, asked_by=user)
            assert not RefundRequest.objects.exists()


@pytest.mark.parametrize(
    ("organisation_zone", "buyer_zone", "last_day"),
    [(None, "", 17), (None, "Pacific/Auckland", 18), ("America/New_York", "Pacific/Auckland", 17), ("Asia/Tokyo", "", 18)],
)
def test_the_last_day_is_the_same_for_every_reader(paid, user, organisation, organisation_zone, buyer_zone, last_day):
    """Paid at half past three in the afternoon, UTC: past midnight in Auckland and in Tokyo."""
    User.objects.filter(pk=user.pk).update(time_zone=buyer_zone)
    if organisation_zone:
        type(organisation).objects.filter(pk=organisation.pk).update(time_zone=organisation_zone)
    with time_machine.travel(NOON + datetime.timedelta(hours=3, minutes=30), tick=False) as now:
        order = Order.objects.get(pk=paid(user, organisation if organisation_zone else None).pk)
        now.shift(datetime.timedelta(days=14))
        for reader in ("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"):
            with timezone.override(reader):
                withdrawal = withdrawal_of(order)
            assert (withdrawal.last_day, withdrawal.is_over) == (datetime.date(2031, 3, last_day), False)
        now.shift(datetime.timedelta(days=1))
        with timezone.override("Pacific/Pago_Pago"):
            assert withdrawal_of(order).is_over is True


@pytest.mark.parametrize(("percentage", "is_open"), [(0, True), (25, True), (26, False), (100, False)])
def test_it_may_be_asked_for_up_to_a_quarter_of_the_course(paid, user, course, percentage, is_open):
    order = paid(user)
    advance(user, course, percentage)
    assert withdrawal_of(order).is_open is is_open
    if not is_open:
        with pytest.raises(RefundNotPossible, match="More than 25% of the course"):
            request_refund(order=order, asked_by=user)


@pytest.mark.parametrize(("read", "is_far"), [(datetime.timedelta(hours=1), True), (-datetime.timedelta(hours=1), False)])
def test_what_is_read_after_paying_counts_in_whichever_enrolment_it_is_read(paid, user, organisation, course, read, is_far):
    """Somebody whose organisation took a seat back goes on where they were, now at their own expense."""
    order = paid(user)
    advance(user, course, 100, organisation)
    Enrolment.objects.update(last_seen_at=order.paid_at + read)
    assert withdrawal_of(order).is_far is is_far


def test_of_an_organisation_everybody_counts_who_was_on_one_of_the_seats(paid, user, organisation, course, member):
    other, order = paid(user, organisation, quantity=1), paid(user, organisation, quantity=2)
    ada = member(organisation)
    pool = organisation.seat_pools.get(source_key=f"order:{order.uuid}")
    other_pool = organisation.seat_pools.get(source_key=f"order:{other.uuid}")
    first = member(organisation)
    assign_seats(organisation=organisation, course=course, memberships=[first])
    assert other_pool.seats.filter(membership=first).exists()
    assign_seats(organisation=organisation, course=course, memberships=[ada])
    advance(ada.user, course, 60, organisation)
    free_seat(seat=pool.seats.get(membership=ada), actor=user)
    assert (withdrawal_of(order).is_far, withdrawal_of(other).is_far) == (True, False)


def test_what_somebody_did_for_themselves_does_not_count_for_an_organisation(paid, user, organisation, course, member):
    order, ada = paid(user, organisation), member(organisation)
    assign_seats(organisation=organisation, course=course, memberships=[ada])
    advance(ada.user, course, 60)
    assert withdrawal_of(order).is_open is True


@pytest.mark.parametrize(
    "acts", [[], ["start_transfer"], ["pay", "refund"], ["pay", "dispute"], ["pay", "dispute", "lose_dispute"]]
)
def test_there_is_nothing_to_ask_for_where_no_money_can_come_back(stripe, user, order_for, acts):
    order = order_for(user)
    for act in acts:
        getattr(stripe, act)(order.gateway_reference)
    order = settle(order)
    assert withdrawal_of(order) is None
    with pytest.raises(RefundNotPossible):
        request_refund(order=order, asked_by=user)


# Answering ------------------------------------------------------------------------------------------------------------


def test_accepting_refunds_what_is_left_and_ends_access(stripe, paid, user, course, operator):
    order = paid(user)
    stripe.refund(order.gateway_reference, 4_900)
    request = request_refund(order=settle(order), asked_by=user)
    order = accept_refund(request=request, actor=operator)
    request.refresh_from_db()
    assert (order.state, order.refunded_amount, may_open(user, course)) == ("refunded", 14_900, False)
    assert (request.state, request.decided_by) == ("accepted", operator)
    assert [refund["amount"] for refund in stripe.refunds.values()] == [4_900, 10_000]
    assert templates() == ["receipt", "order_refunded", "refund_requested", "order_refunded"]
    assert verbs(order) == ["refund.requested", "refund.accepted"]


def test_accepting_twice_sends_the_money_once(stripe, paid, user, operator):
    request = request_refund(order=paid(user), asked_by=user)
    for _ in "12":
        accept_refund(request=request, actor=operator)
    assert len(stripe.refunds) == 1
    assert verbs(request.order) == ["refund.requested", "refund.accepted"]


def test_a_gateway_that_is_down_is_asked_before_anything_is_written(stripe, paid, user, operator):
    request = request_refund(order=paid(user), asked_by=user)
    stripe.is_down = True
    with pytest.raises(GatewayUnavailable):
        accept_refund(request=request, actor=operator)
    request.refresh_from_db()
    assert request.state == "waiting"


def test_an_answer_that_was_lost_on_the_way_sends_the_money_once(stripe, paid, user, operator):
    """The gateway pays and cannot be heard any more: whoever accepts again repeats the same refund."""
    request = request_refund(order=paid(user), asked_by=user)
    stripe.lose_after_refund = True
    with pytest.raises(GatewayUnavailable):
        accept_refund(request=request, actor=operator)
    stripe.lose_after_refund = stripe.is_down = False
    request.refresh_from_db()
    assert (request.state, len(stripe.refunds)) == ("accepted", 1)
    assert accept_refund(request=request, actor=operator).state == "refunded"
    assert len(stripe.refunds) == 1


def test_what_the_gateway_refuses_waits_again(stripe, paid, user, operator):
    request = request_refund(order=paid(user), asked_by=user)
    stripe.refuses_refunds = True
    with pytest.raises(RefundRejected):
        accept_refund(request=request, actor=operator)
    request.refresh_from_db()
    assert (request.state, request.decided_by, request.decided_at) == ("waiting", None, None)
    assert verbs(request.order) == ["refund.requested", "refund.accepted", "refund.rejected"]


def test_a_refund_that_was_accepted_and_never_sent_calls_for_attention_until_it_is(stripe, paid, user, operator, monkeypatch):
    """The process is killed after the decision, and before the gateway hears of it."""
    request = request_refund(order=paid(user), asked_by=user)

    def killed(*args):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(StripeGateway, "refund", killed)
        with pytest.raises(SystemExit):
            accept_refund(request=request, actor=operator)
    request.refresh_from_db()
    assert (request.state, stripe.refunds, count_orders_needing_attention()) == ("accepted", {}, 1)
    assert settle(request.order).attention == NOT_SENT
    order = accept_refund(request=request, actor=operator)
    assert (order.state, order.attention, len(stripe.refunds)) == ("refunded", "", 1)


def test_a_refund_that_the_gateway_refused_calls_for_no_attention(stripe, paid, user, operator):
    request = request_refund(order=paid(user), asked_by=user)
    stripe.refuses_refunds = True
    with pytest.raises(RefundRejected):
        accept_refund(request=request, actor=operator)
    assert Order.objects.get().attention == ""


def test_a_refund_that_the_gateway_refused_leaves_what_else_calls_for_attention(stripe, paid, user, operator, monkeypatch):
    """The payment is disputed at that moment, and a refund of another order was accepted and never sent."""
    order, other = paid(user), paid(UserFactory())
    Order.objects.filter(pk=other.pk).update(attention=NOT_SENT)

    def disputed(*args):
        stripe.dispute(order.gateway_reference)
        raise RefundRejected

    monkeypatch.setattr(StripeGateway, "refund", disputed)
    with pytest.raises(RefundRejected):
        accept_refund(request=request_refund(order=order, asked_by=user), actor=operator)
    order.refresh_from_db()
    other.refresh_from_db()
    assert (order.attention.startswith("Dispute"), other.attention) == (True, NOT_SENT)


def test_a_disputed_payment_is_not_refunded_beside_it(stripe, paid, user, operator):
    request = request_refund(order=paid(user), asked_by=user)
    stripe.dispute(request.order.gateway_reference)
    with pytest.raises(RefundNotPossible, match="disputed"):
        accept_refund(request=request, actor=operator)
    request.refresh_from_db()
    assert (request.state, stripe.refunds) == ("waiting", {})


def test_a_refund_that_came_back_can_be_sent_again(stripe, paid, user, course, operator):
    request = request_refund(order=paid(user), asked_by=user)
    order = accept_refund(request=request, actor=operator)
    stripe.fail_refund(order.gateway_reference)
    assert settle(order).state == "paid"
    assert accept_refund(request=request, actor=operator).state == "refunded"
    assert [refund["status"] for refund in stripe.refunds.values()] == ["failed", "succeeded"]
    assert may_open(user, course) is False


def test_a_refund_made_elsewhere_answers_the_request(stripe, paid, user, operator):
    order = paid(user)
    request = request_refund(order=order, asked_by=user)
    stripe.refund(order.gateway_reference)
    settle(order)
    request.refresh_from_db()
    assert (request.state, request.decided_by) == ("accepted", None)
    with pytest.raises(RefundNotPossible, match="answered already"):
        decline_refund(request=request, actor=operator, answer="No")


def test_declining_sends_the_words_to_the_buyer(paid, user, course, operator, django_capture_on_commit_callbacks):
    request = request_refund(order=paid(user), asked_by=user)
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        decline_refund(request=request, actor=operator, answer=" You have the certificate & the book. ")
    request.refresh_from_db()
    assert (request.state, request.answer) == ("declined", "You have the certificate & the book.")
    (message,) = [message for message in mail.outbox if "declined" in message.subject]
    assert (message.to, message.subject) == ([user.email], "Your request for a refund of €149 was declined")
    assert "You have the certificate & the book." in message.body
    assert may_open(user, course) is True
    assert verbs(request.order) == ["refund.requested", "refund.declined"]
    with pytest.raises(RefundNotPossible, match="declined already"):
        accept_refund(request=request, actor=operator)


def test_the_buyer_reads_the_whole_answer(paid, user, operator):
    request = request_refund(order=paid(user), asked_by=user)
    answer = "More than a quarter of the course has been taken. " * 5 + "\n\nOur terms: https://accord.example.org/terms/"
    decline_refund(request=request, actor=operator, answer=answer)
    message = render(MailDelivery.objects.get(template="refund_declined"))
    assert answer in message.body
    assert answer.replace("\n", "<br>") in message.alternatives[0].content


def test_declining_without_words_is_refused(paid, user, operator):
    request = request_refund(order=paid(user), asked_by=user)
    with pytest.raises(RefundNotPossible, match="Write why"):
        decline_refund(request=request, actor=operator, answer="  ")
    request.refresh_from_db()
    assert request.state == "waiting"


# On the pages ---------------------------------------------------------------------------------------------------------


def page(answer):
    return answer.content.decode()


def test_the_buyer_asks_on_the_order_and_reads_how_it_stands(paid, user, sign_in, operator):
    order, client = paid(user), sign_in(user)
    url = reverse("billing:refund", args=[order.uuid])
    text = page(client.get(order.get_absolute_url()))
    assert url in text
    assert "You can ask for a refund until" in text
    assert "Refund terms" in text
    assert "Ask for a refund of €149" in page(client.get(url))
    after = page(client.post(url, {"reason": "Too <long>"}, follow=True))
    assert "Your request has been sent." in after
    assert "A refund was requested on" in after
    assert url not in after
    assert client.get(url).url == order.get_absolute_url()
    request = RefundRequest.objects.get()
    assert request.reason == "Too <long>"
    decline_refund(request=request, actor=operator, answer="Because <b>")
    assert "Because &lt;b&gt;" in page(client.get(order.get_absolute_url()))


def test_a_reason_that_is_too_long_is_counted_and_kept(paid, user, sign_in):
    order, client = paid(user), sign_in(user)
    url = reverse("billing:refund", args=[order.uuid])
    textarea = page(client.get(url)).split("<textarea")[1].split(">")[0]
    assert ("maxlength" in textarea, 'dir="auto"' in textarea) == (False, True)
    long = "I expected more.\r\n" + "x" * 1990
    answer = page(client.post(url, {"reason": long}))
    assert "Your text has 2,007 characters; the limit is 2,000. Shorten it: all of it is still here." in answer
    assert "x" * 1990 in answer
    assert not RefundRequest.objects.exists()
    client.post(url, {"reason": "a\r\n" + "x" * 1998})
    assert len(RefundRequest.objects.get().reason) == 2000


def test_a_late_buyer_reads_until_when_it_was_possible(paid, user, sign_in):
    with time_machine.travel(NOON, tick=False) as now:
        order = paid(user)
        url = reverse("billing:refund", args=[order.uuid])
        now.shift(datetime.timedelta(days=15))
        client = sign_in(user)
        text = page(client.get(order.get_absolute_url()))
        assert "A refund could be requested until 17 March 2031." in text
        assert url not in text
        assert "The 14 days for a refund ended on 17 March 2031." in page(client.post(url, follow=True))
    assert not RefundRequest.objects.exists()


def test_a_second_tab_is_told_that_it_was_asked_already_and_shown_its_words(paid, user, sign_in, operator):
    order, client = paid(user), sign_in(user)
    url = reverse("billing:refund", args=[order.uuid])
    assert "has been sent" in page(client.post(url, {"reason": "Too long"}, follow=True))
    decline_refund(request=RefundRequest.objects.get(), actor=operator, answer="No")
    answer = client.post(url, {"reason": "It repeats <itself>"})
    assert answer.status_code == 409
    text = page(answer)
    assert "You have already asked for a refund of this order." in text
    assert "It repeats &lt;itself&gt;" in text
    assert ("has been sent" in text, "Ask for a refund of €149" in text) == (False, False)
    assert list(RefundRequest.objects.values_list("reason", "state")) == [("Too long", "declined")]


@pytest.mark.parametrize("reason", ["Too long", ""])
def test_a_second_request_that_says_nothing_new_leads_to_the_answer(paid, user, sign_in, reason):
    order, client = paid(user), sign_in(user)
    url = reverse("billing:refund", args=[order.uuid])
    client.post(url, {"reason": "Too long"}, follow=True)
    text = page(client.post(url, {"reason": reason}, follow=True))
    assert "You have already asked for a refund of this order." in text
    assert "A refund was requested on" in text
    assert "Your request has been sent." not in text


@pytest.fixture
def returned(stripe, paid, user, operator):
    """An order whose refund the buyer's bank has sent back."""
    order = accept_refund(request=request_refund(order=paid(user), asked_by=user), actor=operator)
    stripe.fail_refund(order.gateway_reference)
    return settle(order)


def test_a_buyer_whose_bank_returned_the_refund_reads_that_it_comes_another_way(returned, user, sign_in, operator, stripe):
    client = sign_in(user)
    text = page(client.get(returned.get_absolute_url()))
    assert "Your bank returned our refund of €149." in text
    assert "We will contact you to pay it another way." in text
    assert "Paid. Thank you." not in text
    mark_reviewed(order=returned, actor=operator)
    text = page(client.get(returned.get_absolute_url()))
    assert ("Your bank returned our refund of €149." in text, "We will contact you" in text) == (True, False)
    accept_refund(request=RefundRequest.objects.get(), actor=operator)
    text = page(client.get(returned.get_absolute_url()))
    assert ("Refunded." in text, "Your bank returned" in text) == (True, False)


@pytest.mark.parametrize(
    ("acts", "owed"),
    [
        (["refund_part", "fail_refund"], 4_900),
        (["refund_part", "fail_refund", "refund_part", "fail_refund"], 9_800),
        (["refund_part", "fail_refund", "refund", "fail_refund"], 14_900),
        (["refund_part", "fail_refund", "refund_part"], 0),
        (["refund_part"], 0),
        (["refund"], 0),
    ],
)
def test_what_the_bank_returned_counts_until_another_refund_is_made(stripe, paid, user, acts, owed):
    order = paid(user)
    for act in acts:
        getattr(stripe, act)(order.gateway_reference)
        order = settle(order)
    assert returned_by_bank(order, order.refunds.all()) == owed


def test_words_of_a_buyer_who_is_too_late_are_shown_again(paid, user, sign_in):
    with time_machine.travel(NOON, tick=False) as now:
        order = paid(user)
        now.shift(datetime.timedelta(days=15))
        answer = sign_in(user).post(reverse("billing:refund", args=[order.uuid]), {"reason": "I was ill"})
        assert answer.status_code == 409
        assert "The 14 days for a refund ended on 17 March 2031." in page(answer)
        assert "I was ill" in page(answer)


def sent_while_signed_out(client, url, reason):
    owner = re.search(r'name="kept-for" value="([^"]+)"', page(client.get(url)))[1]
    client.logout()
    answer = client.post(url, {"reason": reason, "kept-for": owner})
    assert answer.url == f"{reverse('account_login')}?next={url}"


def test_a_reason_that_is_sent_while_signed_out_waits_for_its_author(paid, user, sign_in):
    url = reverse("billing:refund", args=[paid(user).uuid])
    client = sign_in(user)
    sent_while_signed_out(client, url, "Too <long>")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    text = page(client.get(url))
    assert "You were signed out." in text
    assert "Too &lt;long&gt;" in text
    assert not RefundRequest.objects.exists()
    assert "Too &lt;long&gt;" not in page(client.get(url))


def test_a_reason_that_waited_is_shown_although_somebody_has_asked_meanwhile(paid, user, sign_in):
    order = paid(user)
    url = reverse("billing:refund", args=[order.uuid])
    client = sign_in(user)
    sent_while_signed_out(client, url, "Too long")
    request_refund(order=order, asked_by=user, reason="Another tab")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(url)
    assert answer.status_code == 409
    assert "You have already asked for a refund of this order." in page(answer)
    assert "Too long" in page(answer)


@pytest.mark.parametrize(("roles", "status"), [(["billing"], 302), (["owner"], 302), (["manager"], 404), ([], 404)])
def test_for_an_organisation_asks_whoever_may_buy_for_it(paid, user, organisation, member, sign_in, roles, status):
    order = paid(user, organisation, quantity=2)
    client = sign_in(member(organisation, *roles).user)
    assert client.post(reverse("billing:refund", args=[order.uuid])).status_code == status
    assert RefundRequest.objects.exists() is (status == 302)


def test_nobody_asks_for_the_money_of_somebody_else(paid, user, sign_in):
    url = reverse("billing:refund", args=[paid(user).uuid])
    assert sign_in(UserFactory()).post(url).status_code == 404
    assert not RefundRequest.objects.exists()


def test_the_terms_say_the_same_as_the_rule(client):
    text = page(client.get(reverse("terms")))
    assert "You can ask for a refund within 14 days of paying, if you have taken no more than 25% of the course" in text
    assert "“Ask for a refund”" in text
    for promise in ("without giving a reason", "working days", "withdraw from a purchase"):
        assert promise not in text


# In /admin/ -----------------------------------------------------------------------------------------------------------


def act(client, name, request, **more):
    url = reverse("admin:billing_refundrequest_changelist")
    return page(client.post(url, {"action": name, "_selected_action": [request.pk], **more}, follow=True))


def test_operators_accept_in_the_list(paid, user, sign_in, operator, stripe):
    request = request_refund(order=paid(user), asked_by=user, reason="Too long")
    client = sign_in(operator)
    listed = page(client.get(reverse("admin:billing_refundrequest_changelist")))
    assert "Too long" in listed
    assert "€149" in listed
    assert "refunded." in act(client, "accept", request)
    assert Order.objects.get().state == "refunded"


def test_operators_decline_in_the_list_with_words(paid, user, sign_in, operator):
    request = request_refund(order=paid(user), asked_by=user)
    client = sign_in(operator)
    assert "Write why" in act(client, "decline", request)
    assert "the buyer has been told" in act(client, "decline", request, answer="You have finished it.")
    request.refresh_from_db()
    assert (request.state, request.answer, request.decided_by) == ("declined", "You have finished it.", operator)


def test_a_gateway_that_is_down_is_said_in_the_list(paid, user, sign_in, operator, stripe):
    request = request_refund(order=paid(user), asked_by=user)
    stripe.is_down = True
    assert "the payment provider is not responding" in act(sign_in(operator), "accept", request)


@pytest.mark.parametrize("name", ["accept", "decline"])
def test_staff_who_may_only_look_cannot_answer(paid, user, sign_in, name):
    request = request_refund(order=paid(user), asked_by=user)
    viewer = UserFactory(is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_refundrequest"))
    act(sign_in(viewer), name, request, answer="No")
    request.refresh_from_db()
    assert request.state == "waiting"


@pytest.mark.parametrize("name", ["accept", "decline"])
def test_the_finance_group_answers(paid, user, sign_in, name):
    ensure_site()
    request = request_refund(order=paid(user), asked_by=user)
    clerk = UserFactory(is_staff=True)
    clerk.groups.add(Group.objects.get(name=FINANCE))
    act(sign_in(clerk), name, request, answer="No")
    request.refresh_from_db()
    assert request.state == {"accept": "accepted", "decline": "declined"}[name]


@pytest.mark.parametrize("name", ["accept", "decline"])
@pytest.mark.parametrize("is_buyer", [True, False])
def test_nobody_answers_their_own_request(paid, user, organisation, sign_in, stripe, name, is_buyer):
    """Finance is a group of people who buy, too."""
    ensure_site()
    clerk = UserFactory(is_staff=True)
    clerk.groups.add(Group.objects.get(name=FINANCE))
    buyer, asked_by = (clerk, user) if is_buyer else (user, clerk)
    request = request_refund(order=paid(buyer), asked_by=asked_by)
    client = sign_in(clerk)
    listed = page(client.get(reverse("admin:billing_refundrequest_changelist")))
    assert f"These are your own orders, so someone else must decide: {request.order}." in listed
    assert "Someone else must decide. Nothing was changed." in act(client, name, request, answer="No")
    request.refresh_from_db()
    assert (request.state, stripe.refunds) == ("waiting", {})


def test_an_operator_decides_no_refund_of_their_own_either(paid, operator):
    request = request_refund(order=paid(operator), asked_by=operator)
    with pytest.raises(OwnRefund):
        accept_refund(request=request, actor=operator)
    with pytest.raises(OwnRefund):
        decline_refund(request=request, actor=operator, answer="No")


# What is held of somebody -----------------------------------------------------------------------------------------------


def test_what_was_written_is_given_to_its_author_and_erased_with_their_account(paid, user, operator, sign_in):
    order, other = paid(user), UserFactory()
    request = request_refund(order=order, asked_by=user, reason="Too long")
    request_refund(order=paid(other), asked_by=other, reason="Too short")
    decline_refund(request=request, actor=operator, answer="You have finished it.")
    part = privacy_parts["requests for refunds"]
    [held] = part.export(user)
    assert (held["order"], held["reason"], held["state"], held["answer"]) == (
        str(order.uuid),
        "Too long",
        "declined",
        "You have finished it.",
    )
    assert [part.erase(user) for _time in "12"] == [1, 0]
    [held] = part.export(user)
    assert (held["reason"], held["state"], held["answer"]) == ("", "declined", "")
    assert RefundRequest.objects.get(asked_by=other).reason == "Too short"
    text = page(sign_in(user).get(order.get_absolute_url()))
    assert ("was declined on" in text, "<blockquote>" in text) == (True, False)
