"""The figures of a form from its sittings: which count, in which wording, when a worker counts, and in how many queries."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assessments.analysis import keeping
from assessments.analysis.figures import content_of, figures_of_form, read_figures
from assessments.analysis.keeping import keep_form_figures, shown_figures
from assessments.models import Attempt, FormStudy
from assessments.scoring.item_analysis import Share
from assessments.services import upsert_instrument
from tests.assessments.factories import course_with_forms, item
from tests.assessments.sittings import forms, people, sit_many

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    return course_with_forms()


def half(person, question):
    """Every other person agrees."""
    return "b" if person % 2 else "c"


def test_nobody_yet(course):
    figures = figures_of_form(forms(course)[0])
    assert (figures.begun, figures.submitted, figures.first, figures.curves.reason) == (0, 0, 0, "few")
    assert [question.analysis.agreed for question in figures.questions] == [Share(0, 0)] * 4


def test_only_first_sittings_make_classical_figures_and_all_make_before_and_after(course):
    form_a, form_b = forms(course)
    first, second = people(12, course), people(14, course)
    sit_many(form_a, first, half)
    sit_many(form_b, second, half)
    sit_many(form_a, second, lambda person, question: "b", occasion="after")
    figures = figures_of_form(form_a)
    question = figures.questions[0]
    assert (figures.begun, figures.submitted, figures.first, figures.of_course) == (26, 26, 12, 40)
    assert question.analysis.agreed == Share(6, 12)
    assert (question.before, question.after, question.asked) == (Share(6, 12), Share(14, 14), 26)


def test_todays_key_counts_and_an_earlier_wording_stands_beside_it(course):
    form = forms(course)[0]
    sit_many(form, people(12, course), half)
    item(course, "a1", correct=["c"])
    item(course, "a2", prompt="Asked in other words?")
    sit_many(form, people(10, course), half)
    first, second, third, _fourth = figures_of_form(form).questions
    assert (first.analysis.agreed, second.analysis.agreed, third.analysis.agreed) == (
        Share(11, 22),
        Share(5, 10),
        Share(11, 22),
    )
    assert [(v.number, v.is_current, v.has_same_words, v.agreed) for v in second.versions] == [
        (2, True, True, Share(5, 10)),
        (1, False, False, Share(6, 12)),
    ]
    assert [(v.number, v.has_same_words) for v in first.versions] == [(2, True), (1, True)]


def test_where_people_stopped_is_told_from_ten_on_and_not_of_those_who_just_began(course):
    form = forms(course)[0]
    begun = sit_many(form, people(11, course), lambda person, question: None if question > 1 else "b", is_submitted=False)
    assert figures_of_form(form).stopped == 0
    days_ago = timezone.now() - timedelta(days=2)
    Attempt.objects.filter(pk__in=[attempt.pk for attempt in begun[:9]]).update(created_at=days_ago)
    figures = figures_of_form(form)
    assert (figures.stopped, figures.stopped_at_once, figures.questions[1].stopped) == (9, None, None)
    Attempt.objects.filter(pk__in=[attempt.pk for attempt in begun]).update(created_at=days_ago)
    figures = figures_of_form(form)
    assert (figures.stopped, figures.stopped_at_once) == (11, 0)
    assert [question.stopped for question in figures.questions] == [0, 11, 0, 0]


def test_time_is_known_only_where_answers_came_one_by_one(course):
    form = forms(course)[0]
    sit_many(form, people(12, course), half)
    assert figures_of_form(form).questions[1].seconds is None
    sit_many(form, people(10, course), half, seconds=30)
    first, second, *_others = figures_of_form(form).questions
    assert (first.seconds, second.seconds.median, second.seconds.n) == (None, 30.0, 10)


def test_kept_figures_read_as_they_were(course):
    form = forms(course)[0]
    sit_many(form, people(60, course), lambda person, question: "b" if (person * (question + 3)) % 5 > 1 else "cd"[person % 2])
    figures = figures_of_form(form)
    assert any(figures.curves.items)
    assert read_figures(content_of(figures)) == figures


def test_many_sittings_are_counted_by_a_worker_once_for_the_same_answers(course, monkeypatch):
    form = forms(course)[0]
    sit_many(form, people(12, course), half)
    asked = []
    monkeypatch.setattr(keeping, "LIVE_SITTINGS", 10)
    monkeypatch.setattr(keep_form_figures, "delay", asked.append)
    assert (shown_figures(form).figures, asked) == (None, [form.pk])
    keep_form_figures(form.pk)
    shown = shown_figures(form)
    assert (shown.figures.first, shown.is_old, asked) == (12, False, [form.pk])
    sit_many(form, people(10, course), half)
    FormStudy.objects.update(made_at=timezone.now() - timedelta(minutes=5))
    shown = shown_figures(form)
    assert (shown.figures.first, shown.is_old, asked) == (12, True, [form.pk] * 2)
    keep_form_figures(form.pk)
    made_at = FormStudy.objects.get().made_at
    keep_form_figures(form.pk)
    assert (shown_figures(form).figures.first, FormStudy.objects.get().made_at) == (22, made_at)


def test_figures_kept_in_another_shape_are_counted_anew(course, monkeypatch):
    form = forms(course)[0]
    sit_many(form, people(12, course), half)
    keep_form_figures(form.pk)
    FormStudy.objects.update(content={"from": "an earlier release"})
    monkeypatch.setattr(keeping, "LIVE_SITTINGS", 10)
    monkeypatch.setattr(keep_form_figures, "delay", lambda pk: None)
    assert shown_figures(form).figures is None
    keep_form_figures(form.pk)
    assert shown_figures(form).figures.first == 12


def test_queries_do_not_grow_with_questions_or_sittings(course):
    form = forms(course)[0]

    def queries(sittings):
        sit_many(form, people(sittings, course), half)
        with CaptureQueriesContext(connection) as captured:
            figures_of_form(form)
        return len(captured)

    few = queries(3)
    keys = [item(course, f"a{number}").key for number in range(1, 9)]
    upsert_instrument(course=course, key="form-a", title="Form A", item_keys=keys)
    assert few == queries(12) == 6
