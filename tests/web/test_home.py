"""Public pages."""

import re

import pytest
from django.urls import reverse

from learning.models import Enrolment
from tests.courses.factories import published_course
from tests.factories import UserFactory
from tests.web.learner import enrolled, rich_course

pytestmark = pytest.mark.django_db


def primary_act(html: str) -> tuple[str, str]:
    """Address and words of the large button."""
    address, words = re.search(r'<a class="button button--primary button--large" href="([^"]+)">([^<]+)</a>', html).groups()
    return address, words


def test_the_free_course_is_one_click_away(client):
    published_course([["a"]], is_free=False)
    free = published_course([["b"]])
    html = client.get("/").content.decode()
    assert primary_act(html) == (reverse("courses:course", args=[free.slug]), "Start the free course")


def test_without_a_free_course_one_can_still_begin(client):
    assert primary_act(client.get("/").content.decode()) == (reverse("account_signup"), "Start free")


def test_visitors_answer_a_question_of_the_free_course_on_the_first_page(client):
    course = rich_course()
    html = client.get("/").content.decode()
    address = re.search(r'hx-post="([^"]+)"', html).group(1)
    assert "What does she know?" in html
    answer = client.post(address, {"chosen": "b"}, headers={"HX-Request": "true"}).content.decode()
    assert ("That is right." in answer, "<html" in answer) == (True, False)
    # It can be answered again where it is, and nothing is kept of a visitor.
    assert re.search(r'hx-post="([^"]+)"', answer).group(1) == address
    assert not Enrolment.objects.exists()
    # The same question stands on the page of the course, for whoever has not begun.
    assert "What does she know?" in client.get(course.get_absolute_url()).content.decode()


def test_a_course_without_a_sample_has_no_question_to_try(client):
    course = rich_course(is_sample=False)
    for address in ("/", course.get_absolute_url()):
        assert "hx-post" not in client.get(address).content.decode()


def test_whoever_is_on_the_course_is_not_asked_to_try_it(user, sign_in):
    course = rich_course()
    enrolled(user, course)
    assert "What does she know?" not in sign_in(user).get(course.get_absolute_url()).content.decode()


def test_somebody_signed_in_is_led_to_their_learning(user, sign_in):
    rich_course()
    html = sign_in(user).get("/").content.decode()
    assert primary_act(html) == (reverse("learn"), "Go to My learning")
    assert "What does she know?" not in html


def test_the_first_page_shows_how_an_expectation_is_corrected(client):
    html = client.get("/").content.decode()
    before, after = re.search(r"What you wrote</p><p>(.*?)</p>.*?In their words</p><p>(.*?)</p>", html, re.S).groups()
    assert "<del>" in before
    assert "<ins>" in after
    assert re.sub("<[^>]+>", "", after).startswith("You want to hear by noon the day before")


def test_the_sample_report_says_that_it_is_fictional(client):
    html = client.get(reverse("for_organisations")).content.decode()
    assert "Northwind Care is fictional, and so are these people" in html


def test_the_picture_and_its_table_say_the_same(client):
    html = client.get(reverse("for_organisations")).content.decode()
    assert ">not yet completed</text>" in html
    cell = '<td class="number whole">([^<]+)</td>'
    assert re.findall(f'<th scope="row" class="whole">12 months</th>{cell}{cell}', html) == [("79%", "71%")]


@pytest.mark.parametrize("number", [1, 3])
def test_the_home_page_costs_three_queries(client, django_assert_num_queries, number):
    for n in range(number):
        published_course([[f"lesson-{n}"]], is_free=False)
    with django_assert_num_queries(3):  # courses, prices, whether there is a skill check
        client.get("/")


def test_a_question_on_the_home_page_costs_one_query(client, django_assert_num_queries):
    rich_course()
    client.get("/")
    with django_assert_num_queries(3):  # courses, none of them for sale; the question; whether there is a skill check
        client.get("/")


@pytest.mark.parametrize("name", ["home", "for_organisations", "privacy", "terms"])
def test_public_pages_stand_alone(client, name):
    """Title, description, icon, a way past the navigation, and nothing from another site."""
    html = client.get(reverse(name)).content.decode()
    assert re.search(r"<title>[^<]{5,}</title>", html)
    assert re.search(r'<meta name="description" content="[^"]{20,}">', html)
    assert '<a class="skip-link" href="#main">' in html
    assert re.findall(r'(?:src|href)="(https?:)?//', html) == []


def test_visitors_see_the_ways_in(client):
    html = client.get("/").content.decode()
    header = re.search(r"<nav class=\"site-nav\".*?</nav>", html, re.S).group(0)
    assert re.findall(r">([^<>]+)</a>", header) == ["Courses", "For organisations", "Sign in", "Start free"]


def test_learners_see_their_learning_and_no_console(user, sign_in):
    html = sign_in(user).get("/").content.decode()
    header = re.search(r"<nav class=\"site-nav\".*?</nav>", html, re.S).group(0)
    assert re.findall(r">([^<>]+)</a>", header) == ["My learning", "Courses"]
    assert "/org/" not in html


def test_those_with_a_role_see_their_console(organisation, member, sign_in):
    html = sign_in(member(organisation, "admin").user).get("/").content.decode()
    assert f'href="{organisation.get_absolute_url()}"' in html


def test_the_demonstration_says_so(client, settings):
    assert "Northwind Care is fictional, no money changes hands" not in client.get("/privacy/").content.decode()
    settings.ACCORD_DEMO = True
    html = client.get("/privacy/").content.decode()
    assert "Northwind Care is fictional, no money changes hands and no e-mail leaves this machine." in html
    assert f'href="{reverse("demo_mailbox")}"' in html


def test_names_are_escaped_in_the_menu(sign_in):
    person = UserFactory(first_name="<b>Ada", last_name="Okafor")
    assert "<b>Ada" not in sign_in(person).get("/").content.decode()
