"""An import whose worker is gone, or whose broker is away, is no dead end: it waits, and can be checked again or discarded."""

import re
import time
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from common.queues import Queue
from imports.enums import ImportState
from imports.models import MAX_BYTES_AT_ONCE, StagedImport
from jobs.enums import JobState
from jobs.models import Job
from jobs.services import perform, sweep_jobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(organisation, member, sign_in):
    return sign_in(member(organisation, "admin").user)


@pytest.fixture
def upload(client, organisation):
    def post():
        file = SimpleUploadedFile("people.csv", b"email\nann@example.org\n")
        return client.post(reverse("org:people_import", args=[organisation.slug]), {"file": file})

    return post


@pytest.fixture
def stuck(upload) -> StagedImport:
    """Uploaded; a worker began to check it and was killed."""
    upload()
    silent = timezone.now() - timedelta(minutes=3)
    Job.objects.update(state=JobState.RUNNING, runner="lost", attempts=1, alive_at=silent, updated_at=silent)
    return StagedImport.objects.get()


@pytest.fixture
def run_jobs(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def address(name: str, staged: StagedImport) -> str:
    return reverse(f"org:{name}", args=[staged.organisation.slug, staged.uuid])


def words(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.mark.parametrize("trouble", ["broker_is_away", "broker_is_frozen"])
def test_an_upload_whose_broker_does_not_answer_is_answered_in_seconds_and_waits(upload, client, run_jobs, trouble, request):
    broker = request.getfixturevalue(trouble)
    began = time.monotonic()
    with run_jobs():
        answer = upload()
    assert time.monotonic() - began < 8
    staged = StagedImport.objects.get()
    assert (answer.status_code, answer.url) == (302, address("import_report", staged))
    page = words(client.get(answer.url))
    assert ("Waiting for its turn" in page, "Stop" in page) == (True, True)
    assert staged.job.state == JobState.QUEUED
    broker.is_back()
    Job.objects.update(updated_at=timezone.now() - timedelta(minutes=1))
    sweep_jobs()
    staged.refresh_from_db()
    assert staged.state == ImportState.READY


def test_the_page_of_a_stuck_one_offers_to_start_again_and_to_stop(stuck, client, run_jobs):
    page = client.get(address("import_report", stuck))
    assert "No progress since" in words(page)
    fragment = client.get(address("import_report", stuck), headers={"hx-request": "true"}).content.decode()
    restart, stop = address("import_restart", stuck), address("import_stop", stuck)
    for html in (page.content.decode(), fragment):
        assert (f'action="{restart}"' in html, f'formaction="{stop}"' in html) == (True, True)
    with run_jobs():
        assert client.post(restart).url == address("import_report", stuck)
    stuck.refresh_from_db()
    assert (stuck.state, Job.objects.count()) == (ImportState.READY, 1)


def test_a_stuck_one_is_checked_again_and_its_old_job_does_not_come_back(stuck, client, run_jobs):
    old = stuck.job
    with run_jobs():
        client.post(address("import_check", stuck))
    stuck.refresh_from_db()
    old.refresh_from_db()
    assert (stuck.state, stuck.job.state, old.state) == (ImportState.READY, JobState.DONE, JobState.FAILED)
    perform(old.pk, runner="lost")
    assert Job.objects.get(pk=old.pk).attempts == 1


def test_a_stuck_one_is_discarded(stuck, client):
    client.post(address("import_discard", stuck))
    assert (StagedImport.objects.count(), Job.objects.get().state) == (0, JobState.FAILED)


def test_a_stuck_one_is_stopped_at_once(stuck, client):
    client.post(address("import_stop", stuck))
    page = words(client.get(address("import_report", stuck)))
    assert ("You stopped this before it finished." in page, "Check the file again" in page, "Discard file" in page) == (
        True,
    ) * 3


def test_one_that_is_alive_is_not_started_again(stuck, client):
    Job.objects.update(alive_at=timezone.now())
    for name in ("import_restart", "import_check", "import_discard"):
        client.post(address(name, stuck))
    stuck.refresh_from_db()
    assert (Job.objects.count(), stuck.job.state, stuck.job.attempts) == (1, JobState.RUNNING, 1)


@pytest.mark.parametrize(
    ("name", "size", "rows", "queue"),
    [
        ("people.csv", MAX_BYTES_AT_ONCE, 5_000, Queue.DEFAULT),
        ("people.csv", MAX_BYTES_AT_ONCE + 1, 0, Queue.BULK),
        ("people.csv", 1_000, 5_001, Queue.BULK),
        ("People.XLSX", MAX_BYTES_AT_ONCE // 10, 0, Queue.DEFAULT),
        ("People.XLSX", MAX_BYTES_AT_ONCE // 10 + 1, 0, Queue.BULK),
    ],
)
def test_large_files_wait_behind_small_ones(name, size, rows, queue):
    assert StagedImport(file_name=name, size=size, rows_total=rows).queue == queue


def test_the_job_of_a_large_file_is_bulk(upload, monkeypatch):
    upload()
    assert Job.objects.get().queue == Queue.DEFAULT
    monkeypatch.setattr("imports.models.MAX_BYTES_AT_ONCE", 10)
    upload()
    assert Job.objects.latest("pk").queue == Queue.BULK
