"""The clock of a sitting says when five minutes and one are left, by what the server says last. Nobody waits five minutes here:
the page is told of an end two seconds beyond five minutes, as it is told with every answer that it saves.
"""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from assessments.models import Attempt, ScoringRecord
from assessments.services import Settings, change_settings, start_attempt
from tests.assessments.factories import course_with_forms, learner

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="session", autouse=True)
def _database_beside_a_loop():
    """Playwright runs a loop in this thread, which alone asks the database. Of the session, so that it comes before the tables
    are made: after other tests of the browser the loop runs already.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture
def attempt(transactional_db) -> Attempt:
    enrolment = learner(course_with_forms())
    change_settings(course=enrolment.course, settings=Settings(time_limit=30))
    return start_attempt(enrolment=enrolment, occasion="before")


def end_in(attempt: Attempt, seconds: float | None) -> None:
    end = None if seconds is None else timezone.now() + timedelta(seconds=seconds)
    Attempt.objects.filter(pk=attempt.pk).update(due_at=end)


@pytest.fixture
def opened(attempt, browser: Browser, live_server):
    """The page of the sitting, as its learner opens it with so many seconds left."""
    client = Client()
    client.force_login(attempt.user)
    context = browser.new_context(base_url=live_server.url)
    cookie = client.cookies["sessionid"]
    context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])

    def page_with(seconds: float) -> Page:
        end_in(attempt, seconds)
        page = context.new_page()
        page.goto(reverse("assessments:attempt", args=[attempt.uuid]))
        return page

    yield page_with
    context.close()


def tell(page: Page, seconds: int) -> None:
    """As every answer that is saved tells the page what is left."""
    detail = {"seconds": seconds, "words": "Your time ends soon"}
    page.evaluate("detail => document.dispatchEvent(new CustomEvent('timeleft', { detail }))", detail)


def test_five_minutes_and_one_are_said_once_each_and_the_end_hands_in(attempt, opened):
    page = opened(900)
    said, digits = page.locator("[data-clock-says]"), page.locator("[data-clock-digits]")
    expect(said).to_have_attribute("role", "status")
    expect(digits).to_have_text(re.compile(r"1[45]:\d\d"))
    expect(said).to_have_text("")
    end_in(attempt, 290)  # what the server answers when the page asks at five minutes
    tell(page, 302)
    expect(said).to_have_text("5 minutes left")
    expect(digits).to_have_text(re.compile(r"4:[345]\d"))
    end_in(attempt, -1)
    tell(page, 62)
    expect(said).to_have_text("1 minute left")
    tell(page, 1)
    page.wait_for_url("**/result/")
    expect(page.get_by_text("your time ran out", exact=False).first).to_be_visible()
    attempt.refresh_from_db()
    assert (attempt.is_closed_by_time, ScoringRecord.objects.count()) == (True, 1)


def test_whoever_has_more_time_by_then_goes_on_with_it(attempt, opened):
    """At five minutes, and at the end, the page asks: the server knows of more."""
    page = opened(900)
    digits = page.locator("[data-clock-digits]")
    end_in(attempt, 1800)
    tell(page, 302)
    expect(digits).to_have_text(re.compile(r"(29|30):\d\d"))
    with page.expect_response("**/time/") as asked:
        tell(page, 1)
    assert asked.value.json()["seconds"] > 1700
    expect(digits).to_have_text(re.compile(r"(29|30):\d\d"))
    expect(page).to_have_url(re.compile(str(attempt.uuid)))


def test_a_limit_that_is_lifted_takes_the_clock_away(attempt, opened):
    page = opened(900)
    end_in(attempt, None)
    tell(page, 302)
    expect(page.locator("[data-clock]")).to_be_hidden()
