"""Whoever asked for a job can have it stopped."""

import pytest
from django.urls import reverse

from accounts.jobs import RESEND_JOB
from assessments.jobs import RESCORE_JOB
from jobs import services
from jobs.enums import JobState
from jobs.models import Job
from jobs.services import JobKind, JobStopped, Progress, job_kinds, perform, stop_job
from learning.jobs import REMIND_JOB
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
STOPPED = "You stopped this before it finished. Nothing was changed."


def counting(progress: Progress) -> dict:
    """Works on, and is asked to stop when a third of it is done."""
    done = progress.parameters["done"]
    for step in range(9):
        done.append(step)
        if step == 3:
            stop_job(progress.job)
        progress.report(step, 9)
    return {"message": "All of it."}


@pytest.fixture
def kind(monkeypatch):
    monkeypatch.setitem(job_kinds._entries, "counting", JobKind("counting", counting))


@pytest.fixture
def job(user, kind):
    return Job.objects.create(kind="counting", title="Counting", requested_by=user)


def test_a_job_stops_where_it_next_reports(job, monkeypatch):
    done: list[int] = []
    monkeypatch.setattr(Progress, "parameters", {"done": done})
    perform(job.pk)
    job.refresh_from_db()
    assert (done, job.state, job.error, job.result) == ([0, 1, 2, 3], JobState.FAILED, STOPPED, {})


def test_work_in_parts_says_that_what_was_done_stays(job, monkeypatch):
    monkeypatch.setitem(job_kinds._entries, "counting", JobKind("counting", counting, in_parts=True))
    monkeypatch.setattr(Progress, "parameters", {"done": []})
    perform(job.pk)
    job.refresh_from_db()
    assert job.error == "You stopped this before it finished. Work completed before then is kept."


def test_work_in_parts_that_fails_says_that_what_was_done_stays(job, monkeypatch, settings):
    def failing(progress):
        raise ValueError

    settings.CELERY_TASK_EAGER_PROPAGATES = False
    monkeypatch.setitem(job_kinds._entries, "counting", JobKind("counting", failing, in_parts=True))
    perform(job.pk)
    job.refresh_from_db()
    assert job.error.startswith("Something went wrong on our side. Work completed before then is kept")


def test_work_in_parts_that_never_began_changed_nothing(job, monkeypatch):
    monkeypatch.setitem(job_kinds._entries, "counting", JobKind("counting", counting, in_parts=True))
    stop_job(job)
    job.refresh_from_db()
    assert job.error == STOPPED


def test_the_kinds_that_commit_batch_after_batch_say_so():
    assert {name for name, kind in job_kinds._entries.items() if kind.in_parts} == {RESEND_JOB, REMIND_JOB, RESCORE_JOB}


def test_work_that_has_nothing_to_report_is_stopped_by_its_pulse(job, monkeypatch):
    monkeypatch.setattr(services, "SECONDS_BETWEEN_LOOKS", 0)
    progress = Progress(job)
    progress.pulse()
    stop_job(job)
    with pytest.raises(JobStopped):
        progress.pulse()


def test_the_pulse_asks_the_database_once_a_second(job, django_assert_num_queries):
    progress = Progress(job)
    with django_assert_num_queries(1):
        for _time in range(1000):
            progress.pulse()


def test_a_job_that_waits_is_stopped_at_once_and_never_begins(job):
    stop_job(job)
    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.FAILED, STOPPED)
    perform(job.pk)
    assert Job.objects.get(pk=job.pk).started_at is None


def test_a_finished_job_stays_as_it_is(job):
    Job.objects.filter(pk=job.pk).update(state=JobState.DONE, finished_at=job.created_at, result={"message": "Done."})
    stop_job(job)
    job.refresh_from_db()
    assert (job.state, job.stop_requested_at, job.result) == (JobState.DONE, None, {"message": "Done."})


def test_the_page_has_a_button_for_whoever_asked(job, user, sign_in):
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING)
    address, page = reverse("job_stop", args=[job.uuid]), reverse("job", args=[job.uuid])
    client = sign_in(user)
    assert f'action="{address}"' in client.get(page).content.decode()
    assert client.get(address).status_code == 405
    assert client.post(address).url == page
    html = client.get(page).content.decode()
    assert ("Stopping. This can take a few seconds." in html, f'action="{address}"' in html) == (True, False)
    assert sign_in(UserFactory()).post(address).status_code == 404
