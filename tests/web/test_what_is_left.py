"""What a learner still has to do is said the same everywhere, and leads to where it is done."""

import re

import pytest
from django.urls import reverse

from assessments.models import Response
from assessments.services import save_response, start_attempt
from learning.models import Enrolment
from learning.services import finish_activity
from tests.assessments.factories import course_with_forms as assessed_course
from tests.courses.factories import uid
from tests.web.learner import address, enrolled, rich_course

pytestmark = pytest.mark.django_db
CHECK = ("checks", uid("c1"))
HTMX = {"HX-Request": "true"}


def html(response) -> str:
    return response.content.decode()


def words(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html(response)))


def finish(enrolment: Enrolment, *lessons: str) -> None:
    for lesson in lessons:
        finish_activity(enrolment=enrolment, block_id=uid(lesson))


@pytest.fixture
def enrolment(user):
    return enrolled(user, rich_course(has_assessment=True))


@pytest.fixture
def learner(user, enrolment, sign_in):
    return sign_in(user)


def test_a_lesson_with_an_open_check_is_not_called_finished(learner, enrolment):
    finish(enrolment, "l1")
    page = words(learner.get(address("l1")))
    assert "· one check open" in page
    assert "· finished" not in page
    assert "One knowledge check in this lesson is still open." in page


def test_going_on_leads_to_the_open_check_and_says_how_long_that_takes(learner, enrolment):
    finish(enrolment, "l1", "l2", "l3")
    page = html(learner.get(reverse("learn")))
    assert f'href="{address("l1")}#b-{uid("c1")}"' in page
    assert "Next: Lesson l1, 1 min." in page
    assert f"{address('l1')}#b-{uid('c1')}" in html(learner.get("/courses/rich/"))


def test_what_is_left_counts_the_assessment_that_is_required(learner, enrolment):
    finish(enrolment, "l1", "l2", "l3")
    assert "about 16 min left" in words(learner.get(reverse("learn")))
    assert "About 16 min left, with the assessment after the course." in words(learner.get("/courses/rich/"))


def test_the_last_open_check_leads_to_the_assessment(learner, enrolment):
    finish(enrolment, "l1", "l2", "l3")
    fragment = learner.post(address("l1", *CHECK), {"chosen": "a"}, headers=HTMX)
    assert "You have finished every lesson. The last step is the assessment after the course." in words(fragment)
    assert f'href="{reverse("assessments:start", args=[enrolment.uuid, "after"])}"' in html(fragment)
    assert "· finished" in words(learner.get(address("l1")))


def test_without_scripts_the_last_open_check_says_what_is_left_too(learner, enrolment):
    finish(enrolment, "l1", "l2", "l3")
    page = learner.post(address("l1", *CHECK), {"chosen": "a"}, follow=True)
    message = html(page).split('id="messages"')[1].split("<article")[0]
    assert "The last step is the assessment after the course." in message


def test_finishing_the_last_lesson_leads_to_what_is_open_elsewhere(learner, enrolment):
    finish(enrolment, "l1", "l2")
    response = learner.post(address("l3", "finish"))
    assert response["Location"] == f"{address('l1')}#b-{uid('c1')}"
    assert "That was the last lesson. “Lesson l1” is not finished yet." in words(learner.get(address("l1")))
    assert "Still open: Lesson l1" in words(learner.get(address("l3")))


def test_somebody_new_is_asked_where_they_stand_before_the_first_lesson(learner, enrolment):
    page = html(learner.get(reverse("learn")))
    assert "Next: Find your starting point, 15 min." in page
    card = page.split('class="card card--next"')[1].split("</div>")[0]
    assert f'href="{reverse("assessments:start", args=[enrolment.uuid, "before"])}">Start<' in card
    assert f'href="{address("l1")}">Skip it and start with the first lesson<' in card
    finish(enrolment, "l1")
    assert "Find your starting point" not in html(learner.get(reverse("learn")))


@pytest.fixture
def attempt(user):
    return start_attempt(enrolment=enrolled(user, assessed_course()), occasion="before")


def test_an_assessment_that_was_begun_goes_on_at_its_first_open_question(user, attempt, sign_in):
    client, asked = sign_in(user), list(attempt.items.order_by("position"))
    version = asked[0].item_version
    save_response(attempt=attempt, item_version_id=version.pk, chosen=[version.options[0]["id"]])
    there = f"{reverse('assessments:attempt', args=[attempt.uuid])}#question-{asked[1].position}"
    page = html(client.get(reverse("learn")))
    assert f"The assessment you have begun (1 of {len(asked)} answered)" in page
    assert f'href="{there}"' in page
    assert f'href="{there}">First: continue the assessment (1 of {len(asked)})<' in html(
        client.get(attempt.enrolment.course.get_absolute_url())
    )
    start = client.get(reverse("assessments:start", args=[attempt.enrolment.uuid, "before"]))
    assert (f'href="{there}"' in html(start), f"1 of {len(asked)} answered" in html(start)) == (True, True)


def test_an_answer_that_was_taken_back_is_open_again(user, attempt, sign_in):
    version = attempt.items.first().item_version
    save_response(attempt=attempt, item_version_id=version.pk, chosen=[version.options[0]["id"]])
    save_response(attempt=attempt, item_version_id=version.pk, chosen=[])
    assert Response.objects.get().chosen == []
    count = attempt.items.count()
    assert f"(0 of {count} answered)" in html(sign_in(user).get(reverse("learn")))
