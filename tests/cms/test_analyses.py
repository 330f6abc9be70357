"""The item analysis in the CMS: who may read it, and what it says with nobody, with a few and with many."""

import re

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.models import Item
from tests.assessments.factories import course_with_forms, item, options
from tests.assessments.sittings import forms, people, sit_many
from tests.assessments.test_views import text
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    return course_with_forms()


@pytest.fixture
def form(course):
    return forms(course)[0]


@pytest.fixture
def writes(author, sign_in):
    return sign_in(author)


def page_of(form, question=None):
    if question is None:
        return reverse("item_analysis_form", args=[form.pk])
    return reverse("item_analysis_question", args=[form.pk, Item.objects.get(key=question).pk])


def said(response):
    """The words of the page itself, without the frame of the CMS."""
    content = re.search(r'(?s)<div class="analysis">.*?</main>', response.content.decode())[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", content)).replace("&#x27;", "'")


def mixed(person, question):
    """Nobody ever chooses d; who agrees with one question tends to agree with others."""
    return "b" if (person + question * (person % 7)) % 5 < 3 - (person % 3 == 0) else "ac"[person % 2]


def test_authors_and_reviewers_read_it_and_nobody_else(form, author, reviewer, user, sign_in):
    addresses = [reverse("item_analysis"), page_of(form), page_of(form, "a1")]
    for person in (author, reviewer):
        assert [sign_in(person).get(address).status_code for address in addresses] == [200] * 3
    blind = UserFactory()
    blind.groups.add(Group.objects.create(name="Pages only"))
    blind.groups.first().permissions.add(Permission.objects.get(codename="access_admin"))
    # Wagtail sends those who are in the CMS back to its first page, and says why.
    assert [sign_in(blind).get(address).url for address in addresses] == [reverse("wagtailadmin_home")] * 3
    assert [sign_in(user).get(address).status_code for address in addresses] == [403] * 3


def test_a_question_of_another_form_is_not_found(form, writes):
    address = reverse("item_analysis_question", args=[form.pk, Item.objects.get(key="b1").pk])
    assert writes.get(address).status_code == 404


def test_nobody_yet(form, writes):
    assert "Form A" in text(writes.get(reverse("item_analysis")))
    page = text(writes.get(page_of(form)))
    assert "Nobody has submitted this form as their first sitting yet." in page
    assert "Curves are drawn from 50 first sittings on" in page


def test_three_people_are_counted_and_not_read(form, course, writes):
    sit_many(form, people(3, course), mixed)
    page, question = said(writes.get(page_of(form))), said(writes.get(page_of(form, "a1")))
    assert "3 first sittings so far. Figures of fewer than 10 would tell of single learners" in page
    assert "Shown from ten first sittings on, so that no learner's answer can be read." in question
    assert re.findall(r"\S+%", page + question) == ["95%", "100%"]
    assert "3 sittings, 100% of all in this course" in question


def test_twelve_people_are_provisional(form, course, writes):
    sit_many(form, people(12, course), mixed)
    question = text(writes.get(page_of(form, "a1")))
    assert "Provisional: 12 first sittings. Under 50" in question
    assert "Too few sittings for advice: it begins at 50." in question
    assert "Text d 0% (0 to 24%)" in question
    assert not re.search(r"sitting\d+@", question)


def test_sixty_people_bring_advice_and_curves(form, course, writes):
    sit_many(form, people(60, course), mixed)
    page, response = text(writes.get(page_of(form))), writes.get(page_of(form, "a1"))
    question = text(response)
    assert "60 first sittings: enough for the figures and advice below. The curves lean on a prior" in page
    assert "“Text d” was chosen by nobody in 60 sittings: replace the answer." in question
    assert "steepness" in question
    assert response.content.count(b"<polyline") == 2
    assert b"style=" not in re.search(rb'(?s)<div class="analysis">.*', response.content)[0].split(b"</section>")[0]


def test_levels_are_drawn_against_their_boundaries_without_any_sitting(form, course, writes):
    assert "Information where levels meet" not in text(writes.get(page_of(form)))
    levels = [option | {"level": level} for option, level in zip(options(), (1, 4, 2, 3), strict=True)]
    for key in ("a1", "a2", "a3"):
        item(course, key, options=levels)
    page = text(writes.get(page_of(form)))
    assert "Expected from the levels that the author gave the answers of 3 questions" in page
    assert re.search(r"1\|2 \d\.\d\d \d\.\d\d 2\|3 \d\.\d\d", page)


def test_queries_do_not_grow_with_sittings(form, course, writes):
    def queries(address):
        with CaptureQueriesContext(connection) as captured:
            assert writes.get(address).status_code == 200
        return len(captured)

    writes.get(page_of(form))
    few = [queries(page_of(form)), queries(page_of(form, "a1"))]
    sit_many(form, people(20, course), mixed)
    assert [queries(page_of(form)), queries(page_of(form, "a1"))] == few


def test_the_menu_leads_there_for_those_who_may(form, writes):
    assert b"Item analysis" in writes.get(reverse("wagtailadmin_home")).content
