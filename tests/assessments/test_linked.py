"""Change of one person on one scale, once both forms of a course are linked by those who met them first."""

import re
from math import hypot

import numpy as np
import pytest
from django.urls import reverse

from assessments.models import CalibratedItem, Item
from assessments.scoring.irt import ItemParameters, LognormalPrior, calibrate, collapse, wle
from assessments.scoring.linked import linked_change
from assessments.services import start_attempt, submit_attempt
from tests.assessments.calibrated import calibrate_as
from tests.assessments.factories import SKILLS, course_with_forms, finish_lessons, give, item, learner

pytestmark = pytest.mark.django_db

ITEMS = [ItemParameters(1.2, (b,)) for b in np.linspace(-1.5, 1.5, 12)]


# The number ---------------------------------------------------------------------------------------------------------------


def test_the_index_is_the_change_over_the_errors_of_both_sittings():
    before = dict(zip(range(6), [True, True, False, False, True, False], strict=True))
    after = dict(zip(range(6, 12), [True, True, True, True, True, False], strict=True))
    codes = np.full((2, 12), -1, dtype=np.int8)
    codes[0, :6], codes[1, 6:] = list(before.values()), list(after.values())
    levels = wle("2pl", ITEMS, codes)

    found = linked_change(ITEMS, before, after)

    assert found.change == pytest.approx(levels.level[1] - levels.level[0])
    assert found.error == pytest.approx(hypot(*levels.error))
    assert found.index == pytest.approx(found.change / found.error)


@pytest.mark.parametrize(("n_before", "n_after"), [(3, 12), (12, 3), (0, 0)])
def test_of_under_four_answers_nothing_is_said(n_before, n_after):
    assert linked_change(ITEMS, dict.fromkeys(range(n_before), True), dict.fromkeys(range(n_after), True)) is None


def test_all_right_and_all_wrong_have_an_end_and_a_wide_error():
    found = linked_change(ITEMS, dict.fromkeys(range(6), False), dict.fromkeys(range(6, 12), True))
    assert np.isfinite([found.change, found.error, found.index]).all()
    assert found.error > 1


def test_a_harder_form_is_no_change_for_the_worse():
    """The same person, half right on an easy and on a hard form, has gone up."""
    easy, hard = [ItemParameters(1.5, (-2.0,))] * 12, [ItemParameters(1.5, (2.0,))] * 12
    half = [place % 2 == 0 for place in range(12)]
    found = linked_change(easy + hard, dict(enumerate(half)), dict(enumerate(half, start=12)))
    assert found.direction == "up"
    assert found.change == pytest.approx(4, abs=0.1)


@pytest.mark.parametrize(("change", "least", "most"), [(0.0, 0.0, 0.065), (1.5, 0.3, 0.6)])
def test_it_is_right_as_often_as_its_page_says(change, least, most):
    """Forms of 20 questions, each met first by 200 people drawn by lot, calibrated together; then 600 others sit both.

    With no change about 4 in 100 are told of one. One of 1.5 standard deviations is told to about 4 in 10, and hardly ever the
    wrong way round.
    """
    told = np.concatenate([_told(np.random.default_rng(seed), change) for seed in range(3)])
    assert least <= (told != "unknown").mean() <= most
    if change:
        assert (told == "down").sum() <= 1


def _told(rng, change, length=20, first=200, people=200):
    a, b = rng.lognormal(0, 0.3, 2 * length), rng.normal(size=2 * length)
    forms = np.arange(length), np.arange(length, 2 * length)

    def answers(levels, form):
        codes = np.full((len(levels), 2 * length), -1, dtype=np.int8)
        codes[:, form] = rng.random((len(levels), length)) < 1 / (1 + np.exp(-a[form] * (levels[:, None] - b[form])))
        return codes

    sittings = np.concatenate([answers(rng.normal(size=first), form) for form in forms])
    items = list(calibrate(collapse(sittings), "2pl", prior=LognormalPrior()).items)
    said = []
    for mine, other in (forms, forms[::-1]):
        levels = rng.normal(size=people // 2)
        for before, after in zip(answers(levels, mine), answers(levels + change, other), strict=True):
            given = [{place: bool(row[place]) for place in np.flatnonzero(row >= 0)} for row in (before, after)]
            said.append(linked_change(items, *given).direction)
    return np.array(said)


# The page -----------------------------------------------------------------------------------------------------------------

LENGTH = 11  # ten questions of the first skill and one of the second


@pytest.fixture
def course():
    return course_with_forms(length=LENGTH)


@pytest.fixture
def enrolment(course):
    return learner(course)


def sit(enrolment, occasion, n_right, n_given=LENGTH):
    attempt = start_attempt(enrolment=enrolment, occasion=occasion)
    give(attempt, [["b"] if place < n_right else ["a"] for place in range(n_given)])
    submit_attempt(attempt=attempt)
    return attempt


def sit_both(enrolment, before, after, **given):
    sit(enrolment, "before", before, **given)
    finish_lessons(enrolment)
    sit(enrolment, "after", after, **given)


def calibrated(course, skill=SKILLS[0], **given):
    items = list(Item.objects.filter(course=course, use="form", skill__slug=skill).order_by("key"))
    kept = calibrate_as(items, skill=skill, **given)
    CalibratedItem.objects.filter(calibration=kept).update(a=1.5, b=0.0)
    return kept


def page(enrolment, sign_in):
    html = sign_in(enrolment.user).get(reverse("assessments:result", args=[enrolment.uuid])).content.decode()
    section = re.search(r'<section aria-labelledby="change">(.*?)</section>', html, re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", section[1]).split()) if section else ""


BETTER = "Yes: you did better after the course than before"
OF_ALL = "Change in the share of answers that agree with the author"


def test_without_a_calibration_the_page_says_what_it_said(course, enrolment, sign_in):
    sit_both(enrolment, 2, 9)
    words = page(enrolment, sign_in)
    assert OF_ALL in words
    assert "one may be harder than the other" in words
    assert "Reliable change index" not in words


def test_of_linked_forms_the_page_tells_the_change_on_one_scale(course, enrolment, sign_in):
    calibrated(course)
    calibrated(course, SKILLS[1])
    sit_both(enrolment, 1, 9)
    words = page(enrolment, sign_in)
    assert words.startswith(f"Has anything changed? {SKILLS[0]} {BETTER}")
    found = linked_change(
        [ItemParameters(1.5, (0.0,))] * 20,
        {place: place < 1 for place in range(10)},
        {place: place < 19 for place in range(10, 20)},
    )
    assert f"Change: +{found.change:.2f}, likely between +" in words
    assert f"Reliable change index: +{found.index:.2f}; it takes ±1.96" in words
    assert "This rests on 10 of your answers before and 10 after, and on the first answers of 240 learners" in words
    assert "This is a change, not the effect of the course" in words


def test_the_skill_of_which_too_little_was_asked_is_told_with_all_questions(course, enrolment, sign_in):
    calibrated(course)
    sit_both(enrolment, 1, 9)
    words = page(enrolment, sign_in)
    assert BETTER in words
    assert "All questions together, also those that are not on this scale yet: Yes: you agree with the author more" in words
    assert OF_ALL in words


def test_what_chance_could_explain_is_no_change(course, enrolment, sign_in):
    calibrated(course)
    sit_both(enrolment, 4, 6)
    assert "That cannot be told: chance in so few answers could explain the difference." in page(enrolment, sign_in)


def test_who_does_worse_reads_so(course, enrolment, sign_in):
    calibrated(course)
    sit_both(enrolment, 9, 1)
    words = page(enrolment, sign_in)
    assert "Yes: you did less well after the course than before" in words
    assert "Change: −" in words


def test_on_few_first_answers_nothing_is_linked(course, enrolment, sign_in):
    calibrated(course, answers=199)
    sit_both(enrolment, 1, 9)
    assert "Reliable change index" not in page(enrolment, sign_in)


def test_questions_left_open_are_not_counted_as_wrong(course, enrolment, sign_in):
    calibrated(course)
    sit_both(enrolment, 5, 5, n_given=5)
    assert "This rests on 5 of your answers before and 5 after" in page(enrolment, sign_in)


def test_a_question_that_was_reworded_since_is_left_out(course, enrolment, sign_in):
    sit_both(enrolment, 1, 9)
    item(course, "a1", situation="Another situation.", skill_slug=SKILLS[0])
    calibrated(course)
    words = page(enrolment, sign_in)
    counts = re.search(r"rests on (\d+) of your answers before and (\d+) after", words)
    assert sorted(map(int, counts.groups())) == [9, 10]


def test_the_newest_calibration_counts(course, enrolment, sign_in):
    calibrated(course)
    newest = calibrated(course, answers=500)
    assert newest.persons == 500
    sit_both(enrolment, 1, 9)
    assert "the first answers of 500 learners" in page(enrolment, sign_in)


def test_before_the_second_sitting_there_is_no_change(course, enrolment, sign_in):
    calibrated(course)
    sit(enrolment, "before", 9)
    assert page(enrolment, sign_in) == ""
