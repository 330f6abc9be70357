"""Catalogue, course page, start, my learning, my levels."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from access import services as access_services
from access.models import AccessGrant
from billing.models import Order
from billing.services import set_price, start_order
from courses import services as course_services
from learning import services
from learning.models import Cohort, Enrolment
from skills.placed import Placed
from skills.queries import skill
from skills.services import record_evidence
from tests.courses.factories import published_course, uid
from tests.factories import MembershipFactory, UserFactory
from tests.web.learner import address, enrolled, rich_course

pytestmark = pytest.mark.django_db
NEGOTIATE = [{"slug": "negotiate", "level": 2}]


def html(response) -> str:
    return response.content.decode()


@pytest.fixture
def shelf():
    """Three courses: free and short, paid and of another skill, not listed."""
    rich_course()
    paid = published_course([["n1"]], key="paid", is_free=False, title="Negotiate value", skills=NEGOTIATE, minutes=120)
    set_price(course_set=paid.sets.get(), kind="person", currency="EUR", amount=4900)
    course_services.unpublish(course=published_course([["x1"]], key="gone", title="Gone"))
    return paid


def titles(client, **query) -> list[str]:
    return [card.course.title for card in client.get("/courses/", query).context["cards"]]


# Catalogue ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["Course of tests", "Negotiate value"]),
        ({"skill": "negotiate"}, ["Negotiate value"]),
        ({"length": "short"}, ["Course of tests"]),
        ({"length": "long"}, ["Negotiate value"]),
        ({"price": "free"}, ["Course of tests"]),
        ({"price": "paid"}, ["Negotiate value"]),
        ({"q": "VALUE negotiate"}, ["Negotiate value"]),
        ({"q": "gone", "exact": "1"}, []),
        ({"skill": "nonsense", "level": "x", "length": "y"}, ["Course of tests", "Negotiate value"]),
    ],
)
def test_the_catalogue_is_filtered(client, shelf, query, found):
    assert titles(client, **query) == found


def test_the_catalogue_shows_prices_skills_and_what_is_free(client, shelf):
    page = html(client.get("/courses/"))
    assert "€49" in page
    assert "Discover expectations" in page
    assert "Free" in page


def test_the_catalogue_says_when_nothing_fits(client, shelf):
    assert "Nothing found for “juggling”." in html(client.get("/courses/", {"q": "juggling"}))


def test_an_empty_catalogue_says_so(client):
    assert "No courses have been published yet." in html(client.get("/courses/"))


@pytest.mark.parametrize("count", [1, 3])
def test_the_catalogue_takes_the_same_queries_for_any_number_of_courses(client, count, django_assert_num_queries):
    for number in range(count):
        published_course([[f"l{number}"]], is_free=False)
    client.get("/courses/")
    with django_assert_num_queries(3):
        client.get("/courses/")


# Course page ----------------------------------------------------------------------------------------------------------


def test_the_course_page_is_honest_beforehand(client, shelf):
    page = html(client.get("/courses/rich/"))
    for words in (
        "Ask what people expect",
        "Anybody.",
        "What it works towards: Behaviour 3.",
        "How to complete this course",
        "each of the 3 lessons",
        "Answer one knowledge check.",
        "One lesson is open to everyone as a sample.",
        "Only you can see your answers, reflections and results.",
        "Start this course",
    ):
        assert words in page
    assert f'href="{address("l1")}"' in page
    assert f'href="{address("l2")}"' not in page


def test_a_paid_course_is_bought(client, shelf):
    page = html(client.get("/courses/paid/"))
    assert f'href="{reverse("billing:buy", args=["paid"])}"' in page
    assert "Buy for €49" in page
    assert "Start this course" not in page


@pytest.mark.parametrize("had_access", [False, True])
def test_a_course_whose_payment_is_under_way_is_not_offered_again(user, sign_in, shelf, had_access, django_assert_num_queries):
    if had_access:
        access_services.grant_access(user=user, course_set=shelf.own_set, source="gift", source_key="gift")
        services.enrol(user=user, course=shelf)
        access_services.revoke_access(source_key="gift")
    client = sign_in(user)
    with CaptureQueriesContext(connection) as before:
        page = html(client.get("/courses/paid/"))
    assert ("Buy for €49" in page, "Payment under way" in page) == (True, False)
    order = start_order(buyer=user, course_set=shelf.own_set, currency="EUR", shown_total=4_900, request_key=uuid4())
    Order.objects.update(state="processing")
    with django_assert_num_queries(len(before)):
        page = html(client.get("/courses/paid/"))
    assert ("Buy for €49" in page, "Payment under way" in page) == (False, True)
    assert f'href="{order.get_absolute_url()}"' in page
    assert "Buy for €49" in html(sign_in(UserFactory()).get("/courses/paid/"))


def test_payments_under_way_take_one_query_of_the_course_page_and_none_for_visitors(user, client, sign_in, shelf):
    def asked_about_orders(browser):
        with CaptureQueriesContext(connection) as queries:
            browser.get("/courses/paid/")
        return sum("billing_order" in query["sql"] for query in queries)

    assert (asked_about_orders(client), asked_about_orders(sign_in(user))) == (0, 1)


def test_the_course_page_shows_a_learner_where_they_are(user, sign_in, shelf):
    enrolment = enrolled(user, course=Enrolment.course.field.related_model.objects.get(key="rich"))
    services.finish_activity(enrolment=enrolment, block_id=uid("l1"))
    page = html(sign_in(user).get("/courses/rich/"))
    assert "Continue where you left off" in page
    assert '<progress max="100" value="25"' in page


# Start ----------------------------------------------------------------------------------------------------------------


def test_a_visitor_signs_up_and_the_course_starts(client, shelf, user):
    response = client.post("/courses/rich/start/")
    assert (response.status_code, response["Location"]) == (302, "/accounts/signup/?next=%2Fcourses%2Frich%2Fstart%2F")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/courses/rich/start/")["Location"] == address("l1")
    assert Enrolment.objects.get().user == user


def test_a_link_alone_starts_nothing(sign_in, user, shelf):
    assert sign_in(user).get("/courses/rich/start/")["Location"] == "/courses/rich/"
    assert Enrolment.objects.count() == 0


def test_starting_asks_first_where_one_stands(sign_in, user):
    rich_course(has_assessment=True)
    response = sign_in(user).post("/courses/rich/start/")
    assert response["Location"] == reverse("assessments:start", args=[Enrolment.objects.get().uuid, "before"])


def test_starting_a_paid_course_for_nothing_says_why_not(sign_in, user, shelf):
    response = sign_in(user).post("/courses/paid/start/", follow=True)
    assert "opens once you have bought the course" in html(response)
    assert (Enrolment.objects.count(), AccessGrant.objects.count()) == (0, 0)


def test_a_bought_course_is_started(sign_in, user, shelf):
    access_services.grant_access(user=user, course_set=shelf.sets.get(), source="order", source_key="order:1")
    assert sign_in(user).post("/courses/paid/start/")["Location"] == "/courses/paid/module-1/n1/"


# My learning ----------------------------------------------------------------------------------------------------------


def test_my_learning_needs_sign_in(client):
    assert client.get("/learn/")["Location"] == "/accounts/login/?next=/learn/"
    assert client.get("/skills/")["Location"] == "/accounts/login/?next=/skills/"


def test_my_learning_suggests_a_course_to_newcomers(sign_in, user, shelf):
    assert "Next: start “Course of tests”" in html(sign_in(user).get("/learn/"))


def test_my_learning_begins_with_the_next_thing_and_its_length(sign_in, user):
    enrolment = enrolled(user, rich_course())
    services.finish_activity(enrolment=enrolment, block_id=uid("l1"))
    services.finish_activity(enrolment=enrolment, block_id=uid("c1"))
    page = html(sign_in(user).get("/learn/"))
    assert "Next: Lesson l2, 5 min." in page
    assert "about 10 min left" in page


def test_what_is_due_comes_first(sign_in, organisation):
    first, other = rich_course(), published_course([["n1"]], title="Other")
    membership = MembershipFactory(organisation=organisation)
    enrolled(membership.user, first)
    cohort = services.create_cohort(organisation=organisation, name="Spring", course=other, actor=None, due_on=date(2027, 6, 1))
    services.add_to_cohort(cohort=cohort, memberships=[membership])
    with time_machine.travel("2027-05-01T12:00:00Z"):
        client = sign_in(membership.user)
        page = client.get("/learn/")
    assert page.context["acts"].first.course == other
    assert "due on 1 June 2027" in html(page)
    assert f"for {organisation.name}" in html(page)
    Cohort.objects.update(due_on=date(2027, 4, 30))
    with time_machine.travel("2027-05-01T12:00:00Z"):
        assert "was due on 30 April 2027" in html(client.get("/learn/"))


def test_a_finished_course_shows_its_certificate(sign_in, user):
    enrolment = enrolled(user, published_course([["l1"]]))
    services.finish_activity(enrolment=enrolment, block_id=uid("l1"))
    page = html(sign_in(user).get("/learn/"))
    assert f'href="{enrolment.certificate.get_absolute_url()}"' in page


def test_an_assessment_that_is_left_is_next(sign_in, user):
    course = published_course([["l1"]], has_assessment=True)
    enrolment = enrolled(user, course)
    services.finish_activity(enrolment=enrolment, block_id=uid("l1"))
    response = sign_in(user).get("/learn/")
    assert response.context["acts"].first.address == reverse("assessments:start", args=[enrolment.uuid, "after"])


def test_my_learning_shows_nothing_of_others(sign_in, user):
    enrolled(UserFactory(), rich_course())
    response = sign_in(user).get("/learn/")
    assert (response.context["in_progress"], response.context["due"], response.context["done"]) == ([], [], [])


@pytest.mark.parametrize("count", [1, 3])
def test_my_learning_takes_the_same_queries_for_any_number_of_courses(sign_in, user, count, django_assert_num_queries):
    for number in range(count):
        enrolled(user, published_course([[f"l{number}"]]))
    client = sign_in(user)
    client.get("/learn/")
    with django_assert_num_queries(18):
        client.get("/learn/")


def assessed(user, slug: str, day: int, share: float, **more) -> None:
    record_evidence(
        user=user,
        skill=skill(slug),
        kind="assessment",
        source=f"attempt:{slug}:{day}",
        label="An assessment",
        occurred_at=datetime(2026, 3, day, tzinfo=UTC),
        share=share,
        share_low=share - 0.25,
        share_high=share + 0.25,
        items=12,
        **more,
    )


def test_my_learning_shows_skills_side_by_side_and_no_level_that_was_not_awarded(sign_in, user):
    rich_course()
    client = sign_in(user)
    assert "Your skills" not in html(client.get("/learn/"))
    assessed(user, "negotiate", 1, 0.25)
    assessed(user, "negotiate", 20, 0.5)
    assessed(UserFactory(), "discover-expectations", 1, 0.75)
    response = client.get("/learn/")
    assert [proficiency.skill.name for proficiency in response.context["proficiencies"]] == ["Negotiate"]
    page = html(response)
    assert "50% of your answers agree with the recommended ones, likely 25% to 75%; at first 25%." in page
    assert page.count('class="level__band--before"') == 1
    assert 'class="level"' not in page


def test_my_learning_shows_a_level_that_was_awarded(sign_in, user):
    rich_course()
    assessed(user, "negotiate", 1, 0.5, level=3, is_provisional=False)
    page = html(sign_in(user).get("/learn/"))
    assert "Level 3 of 5, awarded." in page
    assert 'class="level level--small"' in page


@pytest.mark.parametrize("count", [1, 3])
def test_my_learning_takes_the_same_queries_for_any_evidence(sign_in, user, count, django_assert_num_queries):
    rich_course()
    for number in range(count):
        assessed(user, "negotiate", number + 1, 0.5)
        assessed(user, "discover-expectations", number + 1, 0.5)
    client = sign_in(user)
    client.get("/learn/")
    with django_assert_num_queries(17):
        client.get("/learn/")


def test_my_learning_shows_where_the_newest_assessment_places_them_beside_the_first(sign_in, user):
    rich_course()
    assessed(user, "negotiate", 1, 0.25, placed=Placed(2.1, 1.3, 2.9, 2, 1, 3))
    assessed(user, "negotiate", 20, 0.5, placed=Placed(3.3, 2.6, 4.1, 3, 3, 4))
    page = html(sign_in(user).get("/learn/"))
    assert "Your answers look most like level 3; level 3 or 4 is likely." in page
    assert (page.count('class="level__band"'), page.count('class="level__band--before"')) == (1, 1)
    assert f'href="{reverse("skill", args=["negotiate"])}"' in page
