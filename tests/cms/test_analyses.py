"""The item analysis in the CMS: who may read it, and what it says with nobody, with a few and with many."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assessments.analysis.figures import figures_of_form
from assessments.analysis.loading import stamp_of
from assessments.analysis.sittings import sittings_of
from assessments.models import Attempt, Item, SkillCheck
from assessments.scoring.blueprint import Blueprint, Cell
from assessments.services import (
    Plan,
    save_check,
    save_responses,
    start_attempt,
    start_check,
    submit_attempt,
    submit_check,
    upsert_drawn_instrument,
)
from tests.assessments.factories import SKILLS, course_with_forms, item, learner, options, version_ids
from tests.assessments.sittings import forms, people, sit_many
from tests.assessments.test_drawing import PLAN, bank
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


def drawn_course():
    """Its two forms are drawn from a bank of eight questions."""
    course = course_with_forms()
    bank()
    for key in ("drawn-a", "drawn-b"):
        upsert_drawn_instrument(course=course, key=key, title=f"Drawn {key[-1]}", plan=PLAN)
    course.instruments.exclude(key__startswith="drawn").update(is_active=False)
    return course


def public_check():
    """Two questions, of a bank of eight."""
    bank()
    return upsert_drawn_instrument(course=None, key="check", title="Check", plan=Plan(Blueprint((Cell(SKILLS[0], 2),))))


def answered(attempt):
    save_responses(attempt=attempt, answers={pk: ["b" if (pk + attempt.pk) % 3 else "c"] for pk in version_ids(attempt)})
    return attempt


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


# Small sittings, and forms that are drawn -------------------------------------------------------------------------------------


def figures_without_interval(words):
    """Figures that stand by themselves, among those that say how sure they are."""
    sure = re.sub(r"−?[\d.]+%? \(−?[\d.]+%? to −?[\d.]+%?\)", "", words)
    return re.findall(r"−?\d+\.\d\d|\d+%", re.sub(r"(95|27|100)%", "", sure))


@pytest.mark.parametrize("count", [10, 13, 36])
def test_no_figure_of_a_small_sitting_stands_without_its_interval(form, course, writes, count):
    """Of 13 the top and bottom 27% are four people each, and "75%" was one of them not."""
    sit_many(form, people(count, course), mixed)
    page, question = said(writes.get(page_of(form))), said(writes.get(page_of(form, "a1")))
    assert re.search(r"Mean \d\.\d\d \(\d\.\d\d to \d\.\d\d\)", page)
    assert re.search(r"Effective weight \d+% \(\d+ to \d+%\)", question)
    assert re.search(r"Discriminative efficiency −?\d+% \(−?\d+ to \d+%\)", question)
    assert figures_without_interval(page) == []
    assert figures_without_interval(question) == []


def test_top_and_bottom_are_shown_from_ten_people_in_each(form, course, writes):
    def cells(client):
        row = re.search(r'(?s)<tr><th scope="row">Text b</th>(.*?)</tr>', client.get(page_of(form, "a1")).content.decode())[1]
        return re.findall(r"<td[^>]*>(.*?)</td>", row)

    sit_many(form, people(36, course), mixed)
    assert [len(cell) > 1 for cell in cells(writes)[2:4]] == [True, True]
    Attempt.objects.all()[0].delete()
    Attempt.objects.all()[0].delete()
    assert cells(writes)[2:4] == ["–", "–"]


def test_a_drawn_form_of_a_course_shows_the_questions_that_were_drawn(writes):
    course = drawn_course()
    form = course.instruments.get(key="drawn-a")
    assert "No question has been drawn yet." in said(writes.get(page_of(form)))
    for _person in range(24):
        submit_attempt(attempt=answered(start_attempt(enrolment=learner(course), occasion="before")))
    page = said(writes.get(page_of(form)))
    assert "This form has no questions" not in page
    assert "A drawn form asks everybody other questions" in page
    drawn = Item.objects.filter(presentations__attempt__instrument=form).distinct()
    assert len(re.findall(r"What about (?:low|high)-\d", page)) == drawn.count() > 3
    question = said(writes.get(page_of(form, drawn.order_by("key")[0].key)))
    assert "Asked" in question
    assert writes.get(page_of(form, "a1")).status_code == 404


def test_the_skill_check_has_an_item_analysis_of_its_sittings(writes):
    form = public_check()
    for number in range(30):
        check, _token = start_check(user=None)
        save_check(check=check, answers={pk: ["b" if number % 3 else "c"] for pk, _order in check.questions})
        if number < 26:
            submit_check(check=check)
    SkillCheck.objects.filter(submitted_at=None).update(created_at=timezone.now() - timedelta(days=2))
    assert "for everybody, without an account 30 26" in said(writes.get(reverse("item_analysis")))
    page = said(writes.get(page_of(form)))
    assert "Begun 30" in page
    assert "Submitted 26" in page
    assert "This form has no questions" not in page
    assert "deleted after 14 days" in page
    asked = figures_of_form(form).questions
    assert sum(question.analysis.agreed.total for question in asked) == 26 * 2
    assert {question.asked for question in asked} != {0}
    key = Item.objects.get(pk=max(asked, key=lambda one: one.asked).item).key
    assert "of all skill checks" in said(writes.get(page_of(form, key)))


def test_figures_of_a_drawn_form_are_counted_anew_when_somebody_sits_it():
    form = public_check()
    before = stamp_of(form)
    check, _token = start_check(user=None)
    assert stamp_of(form) != before
    submit_check(check=check)
    assert stamp_of(form) != before
    assert sittings_of(form) == 1
