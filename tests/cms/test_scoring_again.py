"""Scoring a course again from the CMS: by operators, after they have seen who would move."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.jobs import PLAN_JOB, RESCORE_JOB
from assessments.models import ScoringRecord
from assessments.services import rescore
from jobs.enums import JobState
from jobs.models import Job
from jobs.services import perform
from tests.assessments.factories import course_with_forms, item
from tests.assessments.sittings import forms, people, sit_many
from tests.assessments.test_views import text
from tests.courses.factories import published_course
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    """Of which the best answer to one question has changed since twelve people sat it."""
    course = course_with_forms()
    sit_many(forms(course)[0], people(12, course), lambda person, question: "b")
    item(course, "a1", correct=["c"])
    return course


@pytest.fixture
def operates(sign_in):
    return sign_in(UserFactory(is_staff=True, is_superuser=True))


def address(course, name="rescoring_course"):
    return reverse(name, args=[course.pk])


def look(client, course):
    client.post(address(course, "rescoring_look"))
    perform(Job.objects.filter(kind=PLAN_JOB).latest("pk").pk)


def test_only_operators(course, author, reviewer, sign_in):
    for person in (author, reviewer):
        client, home = sign_in(person), reverse("wagtailadmin_home")
        assert [client.get(page).url for page in (reverse("rescoring"), address(course))] == [home] * 2
        assert [client.post(address(course, name)).url for name in ("rescoring_look", "rescoring_score")] == [home] * 2
    assert not Job.objects.exists()


def test_a_look_says_who_would_move_and_changes_nothing(course, operates):
    assert "Nobody has looked yet." in text(operates.get(address(course)))
    look(operates, course)
    page = text(operates.get(address(course)))
    assert "Questions keyed otherwise than before a1 Attempts scored again 12 of 12 learners" in page
    assert "Score these attempts again" in page
    assert ScoringRecord.objects.count() == 12


def test_nothing_is_scored_before_somebody_has_looked_lately(course, operates):
    assert "look first who would move" in text(operates.post(address(course, "rescoring_score"), follow=True))
    look(operates, course)
    Job.objects.update(finished_at=timezone.now() - timedelta(days=2))
    assert "Score these attempts again" not in text(operates.get(address(course)))
    operates.post(address(course, "rescoring_score"))
    assert not Job.objects.filter(kind=RESCORE_JOB).exists()


def test_a_look_is_over_once_another_key_changes(course, operates):
    """Nobody has read who would move by the keys that have changed since."""
    look(operates, course)
    item(course, "a2", correct=["c"])
    page = text(operates.get(address(course)))
    assert ("A question has been changed since somebody looked." in page, "Score these attempts again" in page) == (True, False)
    assert "until a question changes" in text(operates.post(address(course, "rescoring_score"), follow=True))
    assert not Job.objects.filter(kind=RESCORE_JOB).exists()
    look(operates, course)
    page = text(operates.get(address(course)))
    assert "Questions keyed otherwise than before a1, a2" in page
    assert "Score these attempts again" in page


def test_a_key_that_changes_before_the_worker_begins_is_not_scored_by(course, operates):
    look(operates, course)
    operates.post(address(course, "rescoring_score"))
    item(course, "a2", correct=["c"])
    job = Job.objects.get(kind=RESCORE_JOB)
    perform(job.pk)
    job.refresh_from_db()
    assert (job.result["rescored"], ScoringRecord.objects.count()) == (0, 12)
    assert job.result["message"].startswith("Nothing was scored again: a question has been changed")
    assert "Score these attempts again" not in text(operates.get(address(course)))


def test_a_question_of_another_course_leaves_a_look_as_it_is(course, operates):
    look(operates, course)
    item(published_course([["x1"]], slug="another"), "a1", correct=["c"])
    assert "Score these attempts again" in text(operates.get(address(course)))


def test_scoring_again_is_one_job_and_leaves_nobody_to_move(course, operates):
    look(operates, course)
    operates.post(address(course, "rescoring_score"))
    assert "is being scored again already" in text(operates.post(address(course, "rescoring_score"), follow=True))
    job = Job.objects.get(kind=RESCORE_JOB)
    perform(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["rescored"], ScoringRecord.objects.count()) == (JobState.DONE, 12, 24)
    page = text(operates.get(address(course)))
    assert "Done: 12 attempts were scored again, on" in page
    assert "Attempts scored again 12" not in page
    assert "Score these attempts again" not in page
    assert "look first who would move" in text(operates.post(address(course, "rescoring_score"), follow=True))
    look(operates, course)
    assert "Nobody would move: every attempt is scored by the keys of today." in text(operates.get(address(course)))


def test_a_look_is_over_wherever_the_course_was_scored_again(course, operates):
    """From the command line, or by work that was stopped half-way: what was seen is no longer so."""
    look(operates, course)
    rescore(course=course)
    page = text(operates.get(address(course)))
    assert "Done: 12 attempts were scored again, on" in page
    assert "Score these attempts again" not in page


def test_work_under_way_says_so_and_shows_nothing_of_before(course, operates):
    look(operates, course)
    operates.post(address(course, "rescoring_score"))
    rescore(course=course)
    page = text(operates.get(address(course)))
    assert "This course is being scored again now." in page
    assert "Done:" not in page
    assert "Score these attempts again" not in page


def test_the_list_counts_submitted_attempts(course, operates):
    assert f"{course.title} 12" in text(operates.get(reverse("rescoring")))
