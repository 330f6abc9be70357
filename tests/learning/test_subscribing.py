"""Who wants to hear when a course is complete: joins, leaves, confirms, is told once, is forgotten."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.personal_data import erase, export_of
from courses.services import publish_version
from learning.models import CourseSubscriber
from learning.services import subscribing
from learning.services.subscribing import forget_subscribers, subscribe, tell_complete
from mail.models import MailDelivery, MailLink
from mail.services.upkeep import forget_old_mail
from tests.courses.factories import content, published_course
from tests.factories import UserFactory

ANN = "ann@example.org"


@pytest.fixture
def preview(db):
    return published_course([["l1"], ["l2"]], title="Weave baskets", modules_planned=3)


def complete(course):
    publish_version(course=course, content=content([["l1"], ["l2"], ["l3"]], title="Weave baskets"))
    course.refresh_from_db()


def address(course) -> str:
    return reverse("tell_me", args=[course.slug])


def link_in(mail) -> str:
    return re.search(r"http\S*(/tell-me/\S+)", mail.body)[1]


def confirmed(client, course, mailoutbox, email=ANN) -> str:
    client.post(address(course), {"email": email})
    link = link_in(mailoutbox[-1])
    client.post(link, {"action": "tell"})
    return link


# The page of the course


def test_a_course_that_is_not_complete_says_so_and_is_free(client, preview):
    page = client.get(preview.get_absolute_url()).content.decode()
    assert "A free preview: 2 of 3 modules" in page
    assert "Start the preview" in page
    assert address(preview) in page
    assert "After the complete course you can" in page


def test_a_preview_is_not_the_free_course_and_says_so_in_the_catalogue(client, preview):
    assert "Start the free course" not in client.get("/").content.decode()
    assert "Free preview" in client.get("/courses/").content.decode()
    complete_one = published_course([["m1"]], title="A complete one")
    assert f'href="{complete_one.get_absolute_url()}">Start the free course' in client.get("/").content.decode()


def test_a_complete_course_offers_nothing_to_wait_for(client, preview, user, sign_in):
    complete(preview)
    assert "preview" not in client.get(preview.get_absolute_url()).content.decode()
    assert client.get(address(preview)).status_code == 404
    assert sign_in(user).post(address(preview), {"action": "tell"}).status_code == 404


# By one click


def test_one_click_joins_and_one_leaves(sign_in, user, preview):
    client = sign_in(user)
    for _twice in range(2):
        page = client.post(address(preview), {"action": "tell"}, follow=True).content.decode()
    assert "We will tell you when it is complete." in page
    assert CourseSubscriber.objects.get().user == user
    page = client.post(address(preview), {"action": "stop"}, follow=True).content.decode()
    assert "Tell me when it is complete" in page
    assert CourseSubscriber.objects.count() == 0


# By an address


def test_nothing_lasting_is_written_before_an_address_is_confirmed(client, preview, mailoutbox):
    page = client.post(address(preview), {"email": "Ann@Example.org"})
    assert ANN in page.content.decode()
    assert (CourseSubscriber.objects.count(), MailLink.objects.count()) == (0, 0)
    assert mailoutbox[0].to == [ANN]
    assert "ann" not in link_in(mailoutbox[0]).lower().split("/tell-me/")[1].removeprefix("confirm/")[:20]
    link = link_in(mailoutbox[0])
    assert "Yes, tell me" in client.get(link).content.decode()
    assert CourseSubscriber.objects.count() == 0
    with time_machine.travel(timezone.now() + timedelta(days=4)):
        forget_old_mail()
    assert MailDelivery.objects.count() == 0


def test_an_address_is_confirmed_by_its_link_and_leaves_by_the_same(client, preview, mailoutbox):
    link = confirmed(client, preview, mailoutbox)
    client.post(link, {"action": "tell"})
    assert CourseSubscriber.objects.get().email == ANN
    with time_machine.travel(timezone.now() + timedelta(days=100)):
        assert "You are on the list" in client.get(link).content.decode()
        assert "You are off the list" in client.post(link, {"action": "stop"}).content.decode()
        assert client.post(link, {"action": "tell"}).status_code == 410
    assert CourseSubscriber.objects.count() == 0


@pytest.mark.parametrize("spoil", ["old", "cut", "made up", "complete"])
def test_a_link_that_is_old_or_not_ours_confirms_nothing(client, preview, mailoutbox, spoil):
    client.post(address(preview), {"email": ANN})
    link = link_in(mailoutbox[0])
    if spoil == "complete":
        complete(preview)
    later = timedelta(days=4 if spoil == "old" else 0)
    spoilt = {"cut": link[:-9] + "/", "made up": "/tell-me/confirm/abc/"}.get(spoil, link)
    with time_machine.travel(timezone.now() + later):
        answer = client.post(spoilt, {"action": "tell"})
    assert (answer.status_code, CourseSubscriber.objects.count()) == (410, 0)


def test_a_wrong_address_is_shown_again_with_what_to_do(client, preview, mailoutbox):
    answer = client.post(address(preview), {"email": "ann at example"})
    page = answer.content.decode()
    assert (answer.status_code, len(mailoutbox)) == (400, 0)
    assert "This is not an e-mail address." in page
    assert 'value="ann at example"' in page


def test_known_and_unknown_addresses_get_the_same_answer(client, preview, mailoutbox):
    UserFactory(email=ANN)
    confirmed(client, preview, mailoutbox)
    pages = [client.post(address(preview), {"email": email}).content.decode() for email in (ANN, "bob@example.org")]
    pages = [re.sub(r"X-CSRFToken[^}]*", "", page) for page in pages]
    assert pages[0].replace(ANN, "x") == pages[1].replace("bob@example.org", "x")
    assert [mail.to[0] for mail in mailoutbox[1:]] == [ANN, "bob@example.org"]


def test_nobody_floods_an_address(client, preview, mailoutbox):
    answers = [client.post(address(preview), {"email": ANN}).status_code for _time in range(4)]
    assert (answers, len(mailoutbox)) == ([200, 200, 200, 429], 3)


def test_a_draft_course_has_no_list(client, preview):
    type(preview).objects.filter(pk=preview.pk).update(is_listed=False)
    assert client.post(address(preview), {"email": ANN}).status_code == 404


# Told once


def test_everybody_is_told_once_when_the_course_is_complete(client, preview, mailoutbox, django_capture_on_commit_callbacks):
    user = UserFactory(email="cleo@example.org")
    subscribe(user=user, course=preview)
    confirmed(client, preview, mailoutbox)
    confirmed(client, preview, mailoutbox, email="cleo@example.org")
    closed = UserFactory(is_active=False)
    CourseSubscriber.objects.create(course=preview, user=closed)
    everybody = list(CourseSubscriber.objects.values_list("pk", flat=True))
    del mailoutbox[:]

    assert tell_complete(subscribers=everybody) == subscribing.Told(waiting=4)
    complete(preview)
    with django_capture_on_commit_callbacks(execute=True):
        assert tell_complete(subscribers=everybody) == subscribing.Told(told=2, before=2)
        assert tell_complete(subscribers=everybody) == subscribing.Told(before=4)
    assert sorted(mail.to[0] for mail in mailoutbox) == [ANN, "cleo@example.org"]
    assert "Weave baskets" in mailoutbox[0].subject
    assert preview.get_absolute_url() in mailoutbox[0].body
    assert mailoutbox[0].extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_who_leaves_before_the_mail_goes_out_gets_none(preview, user, mailoutbox, django_capture_on_commit_callbacks):
    row = subscribe(user=user, course=preview)
    complete(preview)
    with django_capture_on_commit_callbacks() as callbacks:
        tell_complete(subscribers=[row.pk])
    subscribing.unsubscribe(user=user, course=preview)
    for callback in callbacks:
        callback()
    assert (len(mailoutbox), MailDelivery.objects.get().state) == (0, "cancelled")


def test_the_button_of_a_mail_program_takes_off_the_list(client, preview, user, mailoutbox, django_capture_on_commit_callbacks):
    row = subscribe(user=user, course=preview)
    complete(preview)
    with django_capture_on_commit_callbacks(execute=True):
        tell_complete(subscribers=[row.pk])
    link = mailoutbox[0].extra_headers["List-Unsubscribe"].strip("<>")
    path = "/l/" + link.split("/l/")[1]
    assert "Take you off the list?" in client.get(path).content.decode()
    for _twice in range(2):
        assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert CourseSubscriber.objects.count() == 0
    assert "You are off the list" in client.get(path).content.decode()


# Seen by operators, counted for authors


@pytest.fixture
def operator(db, sign_in):
    return sign_in(UserFactory(email="operator@example.com", is_staff=True, is_superuser=True))


def act(client, name, *rows):
    data = {"action": name, "_selected_action": [row.pk for row in rows]}
    return client.post(reverse("admin:learning_coursesubscriber_changelist"), data, follow=True).content.decode()


def test_operators_see_the_list_and_tell_it(operator, preview, user):
    row = subscribe(user=user, course=preview)
    listed = operator.get(reverse("admin:learning_coursesubscriber_changelist")).content.decode()
    assert user.email in listed
    assert "1 person was not told" in act(operator, "tell", row)
    complete(preview)
    assert "1 e-mail was queued." in act(operator, "tell", row)
    assert "0 e-mails were queued. Told before" in act(operator, "tell", row)
    assert MailDelivery.objects.filter(template="course_complete").count() == 1
    assert "1 person was taken off the list." in act(operator, "forget", row)


def test_the_list_is_for_operators_alone(client, sign_in, user, preview):
    for visitor in (client, sign_in(user)):
        assert visitor.get(reverse("admin:learning_coursesubscriber_changelist")).status_code in (302, 403, 404)


# Forgotten


def test_told_people_are_forgotten_after_a_month_and_waiting_ones_after_two_years(preview):
    now = timezone.now()
    for number, (created, told) in enumerate([(40, 31), (40, 29), (731, None), (729, None)]):
        row = CourseSubscriber.objects.create(course=preview, email=f"a{number}@example.org")
        told_at = now - timedelta(days=told) if told else None
        CourseSubscriber.objects.filter(pk=row.pk).update(created_at=now - timedelta(days=created), told_at=told_at)
    forget_subscribers()
    assert sorted(CourseSubscriber.objects.values_list("email", flat=True)) == ["a1@example.org", "a3@example.org"]


def test_the_wish_is_exported_and_erased_with_its_owner(preview, user):
    subscribe(user=user, course=preview)
    CourseSubscriber.objects.create(course=preview, email=user.email.lower())
    assert [row["course"] for row in export_of(user)["courses they want to hear of"]] == ["Weave baskets"]
    assert erase(user)["courses they want to hear of"] == 2
    assert CourseSubscriber.objects.count() == 0
