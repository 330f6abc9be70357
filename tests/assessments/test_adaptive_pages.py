"""The pages of adaptive sittings, as browsers with and without JavaScript use them."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from assessments.models import Attempt, Response
from courses.models import Activity
from tests.assessments.calibrated import adaptive_instrument, calibrated_bank
from tests.assessments.factories import learner
from tests.assessments.test_views import text
from tests.courses.factories import published_course, uid
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
TEN = datetime(2027, 3, 1, 10, tzinfo=UTC)


@pytest.fixture
def enrolment():
    calibrated_bank()
    return learner(published_course([["l1"]]))


@pytest.fixture
def start_page(enrolment):
    """The page of an assessment of six questions in a lesson; settings by name."""

    def make(**settings):
        instrument = adaptive_instrument(**{"length": 6} | settings)
        Activity.objects.create(
            course=enrolment.course, block_id=uid("block"), kind="assessment", value={"assessment": instrument.key}
        )
        return reverse("assessments:in_lesson", args=[enrolment.uuid, uid("block")])

    return make


def begin(client, address):
    answer = client.post(address)
    return answer.headers["Location"], Attempt.objects.latest("pk")


def posted(attempt, chosen="b", **more):
    entry = attempt.items.order_by("-position").first()
    return {"position": entry.position, f"answer-{entry.item_version_id}": chosen, **more}


def test_from_the_start_page_to_the_result(start_page, enrolment, sign_in):
    client = sign_in(enrolment.user)
    address = start_page()
    words = text(client.get(address))
    assert ("6 questions" in words, "at the most" in words, "It ends with the last question." in words) == (True, False, True)
    assert "you cannot go back, and an answer is final once you go on" in words
    page, attempt = begin(client, address)
    for number in range(1, 7):
        shown = text(client.get(page))
        assert f"Question {number} of 6" in shown
        answer = client.post(page, posted(attempt))
    assert answer.headers["Location"] == reverse("assessments:sitting", args=[attempt.uuid])
    result = text(client.get(answer.headers["Location"]))
    found = attempt.scorings.get().detail["adaptive"]
    assert (
        f"Of 100 people like the 240 on whose answers these questions were calibrated, about {found['percent']} lie below you; "
        f"between {found['percent_low']} and {found['percent_high']} is likely." in result
    )
    assert "How many answers agreed is not told" in result
    assert "6 of 6" not in result
    assert client.get(page).headers["Location"] == reverse("assessments:sitting", args=[attempt.uuid])


def test_only_one_question_is_on_the_page_and_no_key(start_page, enrolment, sign_in):
    client = sign_in(enrolment.user)
    page, _attempt = begin(client, start_page())
    html = client.get(page).content.decode()
    assert len(set(re.findall(r'name="(answer-\d+)"', html))) == 1
    assert "Because b" not in html
    assert " checked" not in html


def test_going_back_shows_the_open_question_and_changes_nothing(start_page, enrolment, sign_in):
    client = sign_in(enrolment.user)
    page, attempt = begin(client, start_page())
    first = posted(attempt)
    client.post(page, first)
    stale = {**first, next(name for name in first if name.startswith("answer-")): "a"}
    answer = client.post(page, stale, follow=True)
    words = text(answer)
    assert "Question 1 was answered already, in another tab or on another device. That answer counts." in words
    assert "Question 2 of 6" in words
    assert Response.objects.get().chosen == ["b"]


def test_nothing_chosen_keeps_the_question_and_says_what_to_do(start_page, enrolment, sign_in):
    client = sign_in(enrolment.user)
    page, _attempt = begin(client, start_page())
    answer = client.post(page, {"position": 1})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Choose an answer first." in html
    assert 'tabindex="-1" autofocus' in html
    assert "Question 1 of 6" in html
    assert not Response.objects.exists()


def test_a_format_keeps_what_was_chosen_when_it_is_not_finished(start_page, enrolment, sign_in):
    client = sign_in(enrolment.user)
    page, attempt = begin(client, start_page())
    answer = client.post(page, posted(attempt, chosen="z"))
    assert answer.status_code == 422
    assert "This question has changed since you opened it" in text(answer)


def test_signing_in_again_brings_the_choice_back(start_page, enrolment, client, sign_in):
    browser = sign_in(enrolment.user)
    page, attempt = begin(browser, start_page())
    html = browser.get(page).content.decode()
    owner = re.search(r'name="kept-for" value="([^"]+)"', html)[1]
    browser.logout()
    browser.post(page, posted(attempt, **{"kept-for": owner}))
    assert not Response.objects.exists()
    browser.force_login(enrolment.user)
    words = browser.get(page).content.decode()
    assert "You were signed out. The answer you had chosen is filled in below" in words
    assert 'value="b" checked' in words


def test_the_clock_hands_in_the_answer_that_is_chosen(start_page, enrolment, sign_in):
    with time_machine.travel(TEN, tick=False):
        client = sign_in(enrolment.user)
        page, attempt = begin(client, start_page(time_limit=10))
        assert 'data-clock="600"' in client.get(page).content.decode()
    with time_machine.travel(TEN + timedelta(minutes=10, seconds=3), tick=False):
        answer = client.post(page, posted(attempt, action="time-up"), follow=True)
    attempt.refresh_from_db()
    assert (attempt.is_closed_by_time, attempt.scorings.get().items) == (True, 1)
    assert "Your time ran out" in text(answer)


def test_the_clock_ends_nothing_before_its_time(start_page, enrolment, sign_in):
    with time_machine.travel(TEN, tick=False):
        client = sign_in(enrolment.user)
        page, attempt = begin(client, start_page(time_limit=10))
        answer = client.post(page, {"position": 1, "action": "time-up"}, follow=True)
    attempt.refresh_from_db()
    assert attempt.submitted_at is None
    assert "You have more time. Your time ends at" in text(answer)


def test_where_the_limit_was_lifted_the_clock_says_so(start_page, enrolment, sign_in):
    client = sign_in(enrolment.user)
    page, attempt = begin(client, start_page(time_limit=10))
    Attempt.objects.filter(pk=attempt.pk).update(due_at=None)
    answer = client.post(page, {"position": 1, "action": "time-up"}, follow=True)
    assert "Your time is no longer limited." in text(answer)
    attempt.refresh_from_db()
    assert attempt.submitted_at is None


def test_coming_back_after_the_time_leads_to_the_result(start_page, enrolment, sign_in):
    with time_machine.travel(TEN, tick=False):
        client = sign_in(enrolment.user)
        page, attempt = begin(client, start_page(time_limit=10))
    with time_machine.travel(TEN + timedelta(minutes=11), tick=False):
        words = text(client.get(page, follow=True))
    assert "You answered no question, so there is nothing to tell." in words
    assert attempt.scorings.count() == 1


def test_nobody_else_finds_any_of_it(start_page, enrolment, sign_in):
    client = sign_in(enrolment.user)
    address = start_page()
    page, attempt = begin(client, address)
    other = sign_in(UserFactory())
    assert [other.get(one).status_code for one in (address, page)] == [404, 404]
    assert other.post(page, posted(attempt)).status_code == 404
    while attempt.submitted_at is None:
        client.post(page, posted(attempt))
        attempt.refresh_from_db()
    assert other.get(reverse("assessments:sitting", args=[attempt.uuid])).status_code == 404
    assert client.get(reverse("assessments:sitting", args=[attempt.uuid])).status_code == 200


def test_an_answer_takes_few_queries(start_page, enrolment, sign_in, django_assert_max_num_queries):
    client = sign_in(enrolment.user)
    page, attempt = begin(client, start_page())
    client.post(page, posted(attempt))
    with django_assert_max_num_queries(32):
        client.post(page, posted(attempt))


def test_enter_in_an_answer_waits_for_the_button(start_page, enrolment, sign_in):
    client = sign_in(enrolment.user)
    page, attempt = begin(client, start_page())
    client.get(page)
    pressed = client.post(page, posted(attempt, action="look"))
    assert (pressed.status_code, Response.objects.filter(attempt=attempt).count()) == (200, 0)
    assert "has not been sent. Press the button below it" in text(pressed)
    assert 'value="b" checked' in pressed.content.decode()
    assert pressed.content.decode().index('value="look"') < pressed.content.decode().index("Answer and go on")


def test_questions_are_at_the_most_so_many_only_where_it_may_end_earlier(start_page, enrolment, sign_in):
    client = sign_in(enrolment.user)
    words = text(client.get(start_page(error=0.4)))
    assert ("6 questions at the most" in words, "It ends when enough is known" in words) == (True, True)
