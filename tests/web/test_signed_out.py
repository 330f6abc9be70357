"""What is sent from a lesson after the session, or the access, has ended: nothing is lost."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from access import services as access_services
from assessments.models import CheckAnswer
from common.kept_forms import LIMIT
from learning.models import ActivityState, Enrolment
from tests.courses.factories import uid
from tests.factories import UserFactory
from tests.web.learner import address, enrolled, rich_course

pytestmark = pytest.mark.django_db

CHECK = ("checks", uid("c1"))
ENTRY = ("entries", uid("r1"))
HTMX = {"HX-Request": "true"}
JSON = {"HX-Request": "true", "Accept": "application/json"}


@pytest.fixture(params=[True, False], ids=["sample", "ordinary"])
def course(request):
    return rich_course(is_sample=request.param)


@pytest.fixture
def learner(user, course, sign_in):
    enrolled(user, course)
    return sign_in(user)


def html(response) -> str:
    return response.content.decode()


def token_on(page) -> str:
    return html(page).split('name="kept-for" value="')[1].split('"')[0]


def come_back(client: Client, user):
    """Sign in again, as the page of signing in asks, and go on to where it was to lead."""
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")


def test_a_script_whose_session_has_ended_is_told_so_and_nothing_is_answered(client, learner):
    token = token_on(learner.get(address()))
    response = client.post(address("l1", *CHECK), {"chosen": "b", "kept-for": token}, headers=HTMX)
    assert (response.status_code, response.content) == (401, b"")
    assert not CheckAnswer.objects.exists()


def test_an_answer_sent_after_the_session_ended_is_there_after_signing_in_again(user, client, learner):
    token, there = token_on(learner.get(address())), address("l1", *CHECK)
    response = client.post(there, {"chosen": "b", "kept-for": token})
    assert response["Location"] == f"/accounts/login/?next={there}"
    assert "You have been signed out. Sign in again: what you sent is kept." in html(client.get(response["Location"]))
    come_back(client, user)
    assert client.get(there)["Location"] == f"{address()}#b-{uid('c1')}"
    assert CheckAnswer.objects.get().chosen == ["b"]
    page = html(client.get(address()))
    assert "You were signed out before your answer arrived. It has been saved now." in page
    assert "Yes. Ask them." in page
    client.get(there)
    assert CheckAnswer.objects.count() == 1


def test_an_answer_is_never_saved_for_somebody_else_who_signs_in(client, course, learner):
    client.post(address("l1", *CHECK), {"chosen": "b", "kept-for": token_on(learner.get(address()))})
    other = UserFactory()
    enrolled(other, course)
    come_back(client, other)
    client.get(address("l1", *CHECK))
    assert not CheckAnswer.objects.exists()


def test_what_is_too_long_to_be_kept_is_said_to_be_lost_before_it_is(client, learner):
    token = token_on(learner.get(address("l2")))
    client.post(address("l2", *ENTRY), {"text": "x" * LIMIT, "kept-for": token})
    assert "what you sent could not be kept. Go back in your browser to copy it" in html(client.get("/accounts/login/"))


def test_visitors_of_a_sample_answer_without_an_account(client):
    rich_course()
    page = html(client.get(address()))
    assert "kept-for" not in page
    assert "Yes. Ask them." in html(client.post(address("l1", *CHECK), {"chosen": "b"}, headers=HTMX))


def test_an_answer_that_arrives_after_access_has_ended_is_not_called_saved(learner):
    token = token_on(learner.get(address()))
    access_services.revoke_access(source_key="course:rich")
    sent = {"chosen": "b", "kept-for": token}
    response = learner.post(address("l1", *CHECK), sent, headers=HTMX)
    assert response.status_code == 403
    assert response.json()["words"].endswith("What you just sent was not saved.")
    plain = learner.post(address("l1", *CHECK), sent, follow=True)
    assert plain.redirect_chain == [("/courses/rich/", 302)]
    assert "What you just sent was not saved." in html(plain)
    assert not CheckAnswer.objects.exists()


def test_words_that_arrive_after_access_has_ended_are_saved_where_their_writer_finds_them(learner):
    token, there = token_on(learner.get(address("l2"))), address("l2", *ENTRY)
    access_services.revoke_access(source_key="course:rich")
    sent = {"text": "Not in\nvain", "kept-for": token, "revision": "0"}
    script = learner.post(there, sent, headers=JSON)
    assert (script.status_code, "What you wrote" in script.json()["words"]) == (200, True)
    plain = learner.post(there, sent | {"text": "Nor this", "revision": "1"}, follow=True)
    assert plain.redirect_chain == [("/courses/rich/what-you-wrote/", 302)]
    assert "Nor this" in html(plain)
    assert ActivityState.objects.get(revision__gt=0).data["text"] == "Nor this"


def test_words_for_a_part_that_an_author_has_removed_are_given_back(learner):
    token = token_on(learner.get(address("l2")))
    response = learner.post(address("l2", "entries", uid("gone")), {"text": "For nobody?", "kept-for": token})
    assert (response.status_code, "<p>For nobody?</p>" in html(response)) == (403, True)
    assert "has been removed by its author" in html(response)


def test_finishing_survives_a_session_that_has_ended(user, client, learner):
    token, there = token_on(learner.get(address("l2"))), address("l2", "finish")
    response = client.post(there, {"kept-for": token})
    assert response["Location"] == f"/accounts/login/?next={there}"
    come_back(client, user)
    response = client.get(there, follow=True)
    assert response.redirect_chain == [(address("l3"), 302)]
    assert "You were signed out before “Lesson l2” was finished. It is finished now." in html(response)
    assert Enrolment.objects.get().percentage == 25
    assert client.get(there)["Location"] == address("l2")


def test_a_part_of_a_page_is_never_filled_with_another_page(client, learner):
    """Whatever sends elsewhere: signed out, withdrawn, moved."""
    answer = client.get(reverse("billing:orders"), headers=HTMX)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["HX-Redirect"] == "/accounts/login/?next=/billing/orders/"
    moved = learner.get(reverse("courses:lesson", args=["rich", "module-2", "l1"]), headers=HTMX)
    assert moved["HX-Redirect"] == address()


@pytest.mark.parametrize(
    ("referer", "onwards"),
    [
        ("http://testserver/agreements/?page=2", "/agreements/?page=2"),
        ("https://evil.example/agreements/", "/learn/"),
        ("http://testserver.evil.example/", "/learn/"),
        ("", "/learn/"),
    ],
)
def test_a_button_pressed_signed_out_says_so_and_leads_back_to_its_page(client, referer, onwards):
    """Its own address takes no GET: whoever signed in would find an error there."""
    button = reverse("practice:send", args=[uid("any")])
    response = client.post(button, headers={"Referer": referer})
    assert parse_qs(urlsplit(response["Location"]).query)["next"] == [onwards]
    assert "You have been signed out, so nothing was done." in html(client.get(response["Location"]))


def test_every_form_that_a_script_sends_in_parts_can_be_sent_again_over_a_sign_in():
    folder = settings.BASE_DIR / "templates"
    # Whoever rates a colleague or a question by a link, or takes the skill check, has no account to be signed out of.
    without = {"feedback/rate.html", "panels/question.html", "assessments/skill_check_questions.html"}
    owner = "{% kept_form_owner %}"
    names = {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*.html")}
    sending = {name: text for name, text in names.items() if "hx-post=" in text and "<form" in text}
    assert sending.keys() >= without
    parts = [name for name, text in names.items() if owner in text and "<form" not in text]
    asked = [text for name, text in sending.items() if name not in without]
    assert len(asked) == 5
    assert all(owner in text or any(f'include "{part}"' in text for part in parts) for text in asked)


def test_going_back_in_history_is_answered_as_a_page(client):
    headers = HTMX | {"HX-History-Restore-Request": "true"}
    assert client.get(reverse("billing:orders"), headers=headers).status_code == 302
