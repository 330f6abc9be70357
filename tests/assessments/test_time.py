"""The clock of a page and the time of the server: what was given counts, what was typed is kept, and nothing loops."""

import json
from datetime import date
from uuid import uuid4

import pytest
from django.urls import reverse

from assessments.models import Attempt, Response, ScoringRecord
from assessments.services import Settings, change_settings, give_extra_time, save_responses
from tests.assessments.factories import course_with_forms, item, learner, version_ids
from tests.assessments.test_settings import begun, later, page_of, with_settings
from tests.assessments.test_views import text
from tests.factories import MembershipFactory, OrganisationFactory

pytestmark = pytest.mark.django_db
RATINGS = ["a:5", "b:1", "c:3", "d:2"]


@pytest.fixture
def enrolment():
    course = course_with_forms()
    for form in "ab":
        item(course, f"{form}2", kind="best-worst", correct=RATINGS)
    return learner(course, OrganisationFactory())


def sat(enrolment, limit=30, **settings):
    with_settings(enrolment, time_limit=limit, **settings)
    return begun(enrolment)


def plain(attempt):
    """The first question with one answer."""
    return next(pk for pk in version_ids(attempt) if not attempt.items.get(item_version_id=pk).item.key.endswith("2"))


def rated(attempt):
    return attempt.items.get(item__key__endswith="2").item_version_id


def time_up(**answers):
    return {"action": "time-up"} | answers


def given(attempt, chosen="b"):
    return {f"answer-{plain(attempt)}": chosen, f"shown-{plain(attempt)}": ""}


def same(attempt):
    """One answer as best and as worst, which cannot be kept."""
    version = rated(attempt)
    return {f"answer-{version}-best": "best:a", f"answer-{version}-worst": "worst:a", f"shown-{version}": ""}


# More time --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["extra", "limit"])
def test_time_given_while_somebody_sits_is_not_taken_away_by_the_clock_of_their_page(enrolment, sign_in, how):
    attempt = sat(enrolment)
    if how == "extra":
        membership = MembershipFactory(organisation=enrolment.organisation, user=enrolment.user)
        give_extra_time(membership=membership, percent=100, actor=None)
    else:
        change_settings(course=enrolment.course, settings=Settings(time_limit=60))
    with later(minutes=30, seconds=1):
        client = sign_in(enrolment.user)
        answer = client.post(page_of(attempt), time_up(**given(attempt)), follow=True)
    html = answer.content.decode()
    assert 'data-clock="1799"' in html
    assert "You have more time. Your time ends at" in text(answer)
    assert list(Response.objects.values_list("chosen", flat=True)) == [["b"]]
    assert not ScoringRecord.objects.exists()
    with later(minutes=60):
        client.post(page_of(attempt), time_up())
    assert ScoringRecord.objects.get().agreed == 1


def test_where_the_limit_was_lifted_the_clock_ends_nothing(enrolment, sign_in):
    attempt = sat(enrolment)
    with_settings(enrolment)
    with later(minutes=31):
        client = sign_in(enrolment.user)
        assert client.get(reverse("assessments:time_left", args=[attempt.uuid])).json() == {"seconds": None, "words": ""}
        html = client.post(page_of(attempt), time_up(**given(attempt)), follow=True).content.decode()
    assert "Your time is no longer limited" in html
    assert "data-clock" not in html
    assert not ScoringRecord.objects.exists()


def test_what_cannot_be_kept_stays_on_the_page_while_there_is_time(enrolment, sign_in):
    attempt = sat(enrolment)
    change_settings(course=enrolment.course, settings=Settings(time_limit=60))
    with later(minutes=30):
        answer = sign_in(enrolment.user).post(page_of(attempt), time_up(**given(attempt), **same(attempt)))
    html = answer.content.decode()
    assert (answer.status_code, 'data-clock="1800"' in html) == (422, True)
    assert 'value="worst:a" checked' in html
    assert Response.objects.get().item_version_id == plain(attempt), "the other one is saved"


def test_the_clock_asks_and_autosave_tells_it(enrolment, sign_in, user):
    attempt = sat(enrolment)
    ask = reverse("assessments:time_left", args=[attempt.uuid])
    save = reverse("assessments:save_answer", args=[attempt.uuid, plain(attempt)])
    with later(minutes=20, seconds=0.5):
        client = sign_in(enrolment.user)
        told = client.get(ask).json()
        assert told["seconds"] == 600, "to the next second: no clock runs out before the time"
        assert told["words"].startswith("Your time ends at")
        saved = client.post(save, {f"answer-{plain(attempt)}": "b"})
        assert json.loads(saved["HX-Trigger"]) == {"timeleft": told}
        assert sign_in(user).get(ask).status_code == 404
    with later(minutes=31):
        assert client.get(ask).json()["seconds"] == 0


# No time -------------------------------------------------------------------------------------------------------------------


def test_an_answer_that_cannot_be_kept_does_not_hold_up_the_end(enrolment, sign_in):
    attempt = sat(enrolment)
    with later(minutes=30, seconds=1):
        answer = sign_in(enrolment.user).post(page_of(attempt), time_up(**given(attempt), **same(attempt)), follow=True)
    number = attempt.items.get(item_version_id=rated(attempt)).position
    assert answer.redirect_chain[0][0] == reverse("assessments:result", args=[enrolment.uuid])
    assert f"Your last change to question {number} could not be saved and does not count." in text(answer)
    assert (ScoringRecord.objects.get().agreed, Response.objects.count()) == (1, 1)


@pytest.mark.parametrize("action", ["time-up", "submit-open"])
def test_the_result_says_that_the_time_ran_out(enrolment, sign_in, action):
    attempt = sat(enrolment)
    with later(minutes=30, seconds=1):
        answer = sign_in(enrolment.user).post(page_of(attempt), {"action": action} | given(attempt), follow=True)
    assert Attempt.objects.get().is_closed_by_time
    assert "your time ran out" in answer.content.decode()


def test_the_time_of_another_day_is_said_with_its_day(enrolment, sign_in):
    with_settings(enrolment, closes_on=date(2027, 3, 15))
    attempt = begun(enrolment)
    with later():
        client = sign_in(enrolment.user)
        html = client.get(page_of(attempt)).content.decode()
        saved = client.post(page_of(attempt), {"action": "save"}, follow=True).content.decode()
    assert "Your time ends on 16 March 2027 at" in html
    assert "You can come back at any time" not in saved
    assert "Your answers have been saved. Your time ends on 16 March 2027" in saved


# Two tabs ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["save", "submit-open", "to"])
def test_an_old_tab_leaves_the_newer_answer_and_its_reader_is_told(enrolment, sign_in, action):
    with_settings(enrolment, presentation="single" if action == "to" else "page")
    attempt = begun(enrolment)
    version = plain(attempt)
    number = attempt.items.get(item_version_id=version).position
    save_responses(attempt=attempt, answers={version: "c"})
    sent = given(attempt) | ({"to": "review"} if action == "to" else {"action": action})
    answer = sign_in(enrolment.user).post(page_of(attempt), sent, follow=True)
    html = text(answer)
    assert "An answer was changed in another tab or on another device" in html
    assert f"differing={number}" in answer.redirect_chain[-1][0]
    assert Response.objects.get().chosen == ["c"]
    assert not ScoringRecord.objects.exists()


def test_an_old_tab_ends_with_the_newer_answer(enrolment, sign_in):
    attempt = sat(enrolment)
    with later(minutes=10):
        save_responses(attempt=attempt, answers={plain(attempt): "b"})
    with later(minutes=30, seconds=1):
        sign_in(enrolment.user).post(page_of(attempt), time_up(**given(attempt, "c")))
    assert ScoringRecord.objects.get().agreed == 1


# Without JavaScript ------------------------------------------------------------------------------------------------------


def test_without_javascript_nobody_is_told_that_answers_are_saved_as_they_are_given(enrolment, sign_in):
    with_settings(enrolment, time_limit=30)
    with later():
        client = sign_in(enrolment.user)
        start = client.get(reverse("assessments:start", args=[enrolment.uuid, "before"])).content.decode()
        pages = (start, client.get(page_of(begun(enrolment))).content.decode())
    assert '<span class="with-script">Every answer is saved as you give it.</span><noscript>' in start
    for page in pages:
        [words] = [part.split("</noscript>")[0] for part in page.split("<noscript>")[1:] if "your answers are" in part]
        assert "saved when you press a button" in words
        assert "Save before your time ends" in words


def test_visitors_who_ask_for_the_time_or_the_result_of_a_sitting_are_led_to_sign_in(client):
    for name in ("time_left", "sitting"):
        asked = reverse(f"assessments:{name}", args=[uuid4()])
        answer = client.get(asked)
        assert (answer.status_code, answer.url) == (302, f"{reverse('account_login')}?next={asked}")
