"""Fit and differences between groups: found where they were simulated, asked of a worker, told in words."""

import numpy as np
import pytest
from django.urls import reverse

from assessments.analysis.fit import fit_lines, fit_notes, kept_fit
from assessments.errors import StudyNotPossible
from assessments.jobs import STUDY_JOB, start_study
from assessments.models import FormStudy
from assessments.services.studying import study_fit
from jobs.enums import JobState
from jobs.models import Job
from jobs.services import Progress, perform
from tests.assessments.factories import course_with_forms
from tests.assessments.sittings import forms, people, sit_many
from tests.assessments.test_views import text
from tests.factories import OrganisationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def form():
    return forms(course_with_forms(length=6))[0]


def simulated(persons, shifted, seed=5):
    """(persons, 6): the fifth question does not follow the level at all; the first is harder for those of `shifted`."""
    rng = np.random.default_rng(seed)
    levels = rng.normal(size=(persons, 1))
    places = np.tile(np.linspace(-1, 1, 6), (persons, 1))
    places[shifted, 0] += 1.5
    return rng.random((persons, 6)) < 1 / (1 + np.exp(-1.5 * (levels - places)))


@pytest.mark.slow
def test_a_worker_finds_the_question_that_is_harder_for_one_group(form, reviewer):
    shifted = np.arange(640) >= 320
    right = simulated(640, shifted)
    alone = people(320, form.course)
    sit_many(form, alone, lambda person, question: "b" if right[person, question] else "c")
    employed = people(320, form.course, OrganisationFactory())
    sit_many(form, employed, lambda person, question: "b" if right[320 + person, question] else "c")
    job = start_study(form=form, requested_by=reviewer, result_url="/x/")
    perform(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.DONE, "")
    study = kept_fit(form)
    assert study.content["persons"] == 640
    [by_organisation, by_occasion] = study.content["groupings"]
    assert (by_organisation["sizes"], by_occasion["sizes"], by_occasion["items"]) == ([320, 320], [640, 0], None)
    first, *others = fit_lines(study)
    assert first[2].startswith("Harder for those who learn for an organisation, at the same level")
    # The levels of the groups are found from all questions, so that one large difference makes the others seem easier.
    assert not [found for _item, _fit, found in others if found.startswith("Harder")]
    assert len(study.digest) == 64


def content(**changes):
    fit = {"statistic": 9.5, "freedom": 4.0, "p": 0.4}
    dif = {"harder": -0.7, "p": 0.0004, "category": "C"}
    grouping = {"name": "occasion", "sizes": [300, 260], "items": [dif, dif | {"category": "A"}, dif | {"p": 0.3}, None]}
    small = {"name": "organisation", "sizes": [555, 5], "items": None}
    fits = [fit, fit | {"p": 0.01}, None, fit | {"p": None}]
    return {"by": "mirt", "persons": 560, "items": [1, 2, 3, 4], "fits": fits, "groupings": [small, grouping]} | changes


def test_words_name_only_what_is_neither_chance_nor_small():
    lines = list(fit_lines(FormStudy(content=content())))
    assert [found for _item, _fit, found in lines] == [
        "Easier after the course than before it, at the same level (0.70 standard deviations, p below 0.001).",
        *["No difference was found."] * 3,
    ]
    assert [told for _item, told, _found in lines] == [
        "Nothing speaks against it (S-X² 9.50, df 4, p 0.400).",
        "No: the answers stray from it (S-X² 9.50, df 4, p 0.010). Look at the dots.",
        "–",
        "–",
    ]


def test_notes_say_which_groups_are_too_small_and_what_nobody_records():
    first, second, _p, _balance, last = fit_notes(FormStudy(content=content()))
    assert (
        first == "On their own: 555; for an organisation: fewer than 10. Not compared: that takes 500, with 200 in each group."
    )
    assert second == "First sittings before the course: 300; after it: 260."
    assert last.startswith("Accord records nothing of sex, age, origin or language")


def test_nothing_is_worked_out_of_too_few(form, reviewer):
    sit_many(form, people(12, form.course), lambda person, question: "bc"[(person + question) % 2])
    job = start_study(form=form, requested_by=reviewer, result_url="/x/")
    with pytest.raises(StudyNotPossible, match=r"^12 first sittings .* from 500 on\.$"):
        study_fit(form, Progress(job))
    assert kept_fit(form) is None


def test_whoever_lost_the_question_bank_gets_nothing(form, reviewer):
    job = start_study(form=form, requested_by=reviewer, result_url="/x/")
    reviewer.groups.clear()
    perform(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert "may no longer see the question bank" in job.error


def test_asking_twice_is_one_job(form, reviewer, sign_in):
    client = sign_in(reviewer)
    address = reverse("item_analysis_fit", args=[form.pk])
    first, second = client.post(address), client.post(address)
    assert first.url == second.url
    assert Job.objects.filter(kind=STUDY_JOB).count() == 1
    assert client.get(address).status_code == 405


def test_only_those_who_see_the_bank_may_ask(form, user, sign_in):
    sign_in(user).post(reverse("item_analysis_fit", args=[form.pk]))
    assert not Job.objects.exists()


def test_the_page_shows_what_was_found_and_that_it_is_old(form, author, sign_in):
    items = [entry.item_id for entry in form.entries.all()][:4]
    FormStudy.objects.create(
        instrument=form, kind="fit", content=content(items=items), stamp="x", digest="0" * 64, made_at="2026-11-30T10:00Z"
    )
    page = text(sign_in(author).get(reverse("item_analysis_form", args=[form.pk])))
    assert "Easier after the course than before it" in page
    assert "Answers, keys or wordings have changed since." in page
