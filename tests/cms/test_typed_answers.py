"""The page on which an author reads what learners typed, and says what of it is right."""

import pytest
from django.urls import reverse

from assessments.models import Item
from assessments.services.typed_answers import typed_answers
from tests.assessments.factories import course_with_forms, item
from tests.assessments.test_typed_answers import SAID, asked, sit
from tests.assessments.test_typed_formats import WORDINGS
from tests.assessments.test_views import text
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    course = course_with_forms(3)
    item(course, "a1", kind="text", options=WORDINGS, correct=["w1", "w2"])
    return course


def address():
    return reverse("typed_answers", args=[asked().pk])


@pytest.fixture
def operates(sign_in):
    return sign_in(UserFactory(is_staff=True, is_superuser=True))


def test_who_may_reword_questions_settles(course, reviewer, sign_in):
    sit(course, SAID * 2)
    client = sign_in(reviewer)
    response = client.get(address())
    assert "on Friday 8" in text(response)
    assert "<i>later</i>" not in response.content.decode()
    listed = [typed.text for typed in typed_answers(asked()).unknown]
    sent = {"wording": listed, "verdict-0": "right", "verdict-1": "", "verdict-2": "wrong", "verdict-9": "right"}
    said = text(client.post(address(), sent, follow=True))
    assert "2 wordings are part of the key now." in said
    assert "on Friday – right" in said
    assert "until an operator scores them again." in said
    assert "Score again" not in said.split("until an operator")[1]


def test_an_operator_finds_the_way_to_scoring_again(course, operates):
    sit(course, SAID * 2)
    assert reverse("rescoring_course", args=[course.pk]) in operates.get(address()).content.decode()


def test_who_may_only_read_questions_reads_and_changes_nothing(course, author, sign_in):
    sit(course, SAID * 2)
    client, before = sign_in(author), asked().current_version_id
    assert "on Friday 8" in text(client.get(address()))
    assert "It counts as" not in text(client.get(address()))
    client.post(address(), {"wording": ["on Friday"], "verdict-0": "right"})
    assert asked().current_version_id == before


def test_nobody_else_reads_it(course, sign_in):
    sit(course, SAID * 2)
    assert "on Friday" not in text(sign_in(UserFactory()).get(address(), follow=True))


def test_of_another_format_there_is_no_page(course, operates):
    other = Item.objects.get(key="a2")
    assert operates.get(reverse("typed_answers", args=[other.pk])).status_code == 404


def test_the_question_leads_there(course, author, reviewer, sign_in):
    client = sign_in(reviewer)
    edit = reverse("wagtailsnippets_assessments_item:edit", args=[asked().pk])
    assert address() in client.get(edit, follow=True).content.decode()
    inspect = reverse("wagtailsnippets_assessments_item:inspect", args=[asked().pk])
    assert address() in sign_in(author).get(inspect).content.decode()
    other = reverse("wagtailsnippets_assessments_item:edit", args=[Item.objects.get(key="a2").pk])
    assert "typed-answers" not in client.get(other, follow=True).content.decode()
