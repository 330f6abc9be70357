"""Whatever happens to the message of a job, or to the worker that has it, the job ends: done, or failed with words."""

import logging
import threading
import time
from datetime import timedelta

import pytest
import time_machine
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from common.errors import UserError
from common.queues import Queue
from config.celery import app
from jobs import services
from jobs.enums import JobState
from jobs.models import Job
from jobs.services import (
    POSTPONED,
    JobKind,
    JobStopped,
    Progress,
    hand_over,
    job_kinds,
    perform,
    restart_job,
    run_job,
    start_job,
    stop_job,
    sweep_jobs,
)
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
STOPPED = "You stopped this before it finished. Nothing was changed."


class Killed(BaseException):
    """What ends the process: no handler of errors sees it, as none sees a SIGKILL."""


@pytest.fixture
def starts() -> list[int]:
    return []


@pytest.fixture
def kind(monkeypatch, starts):
    """Work that kills its worker for as long as `deaths` says, and then is done."""

    def work(progress: Progress) -> dict:
        starts.append(progress.job.attempts)
        if len(starts) <= progress.parameters["deaths"]:
            raise Killed
        return {"message": "All of it."}

    monkeypatch.setitem(job_kinds._entries, "dying", JobKind("dying", work))


@pytest.fixture
def make_job(user, kind):
    def make(deaths: int = 0, **fields) -> Job:
        job = Job.objects.create(kind="dying", title="Import", requested_by=user, parameters={"deaths": deaths})
        Job.objects.filter(pk=job.pk).update(**fields)
        job.refresh_from_db()
        return job

    return make


@pytest.fixture
def enqueued(monkeypatch) -> list[tuple[int, str]]:
    """What is handed to the workers, who do not get it."""
    found: list[tuple[int, str]] = []
    monkeypatch.setattr(run_job, "apply_async", lambda args, queue: found.append((args[0], queue)))
    return found


def long_ago(**more) -> dict:
    return {"updated_at": timezone.now() - timedelta(minutes=3)} | more


def dead(**more) -> dict:
    """A worker had it, and has been silent for three minutes."""
    fields = long_ago(state=JobState.RUNNING, runner="lost", attempts=1)
    return fields | {"alive_at": fields["updated_at"], "started_at": fields["updated_at"]} | more


def test_a_job_whose_message_is_lost_is_handed_over_within_a_minute(make_job, enqueued):
    with time_machine.travel(timezone.now(), tick=False) as now:
        job = make_job(queue=Queue.BULK)
        sweep_jobs()
        assert enqueued == []  # its message is on its way
        now.shift(31)
        sweep_jobs()
        assert enqueued == [(job.pk, "bulk")]


def test_a_job_whose_worker_is_silent_is_handed_over_and_one_that_beats_is_not(make_job, enqueued):
    silent = make_job(**dead())
    make_job(**dead(alive_at=timezone.now() - timedelta(seconds=90)))
    make_job(**dead(updated_at=timezone.now() - timedelta(seconds=90)))
    make_job(**dead(state=JobState.DONE, finished_at=timezone.now()))
    sweep_jobs()
    assert enqueued == [(silent.pk, "default")]


def test_sweeping_twice_runs_a_job_once(make_job, starts):
    job = make_job(**long_ago())
    sweep_jobs()
    sweep_jobs()
    perform(job.pk)
    job.refresh_from_db()
    assert (starts, job.state, job.attempts) == ([1], JobState.DONE, 1)


def test_two_messages_of_one_job_do_not_run_it_beside_each_other(make_job, starts):
    job = make_job(state=JobState.RUNNING, runner="first", attempts=1, alive_at=timezone.now())
    perform(job.pk, runner="second")
    assert starts == []
    perform(job.pk, runner="first")  # the message came back: its worker was killed
    assert starts == [2]


def test_a_job_whose_worker_dies_twice_is_done_the_third_time(make_job, starts):
    job = make_job(deaths=2)
    for _death in "12":
        with pytest.raises(Killed):
            perform(job.pk, runner="task")
    perform(job.pk, runner="task")
    job.refresh_from_db()
    assert (starts, job.state, job.result) == ([1, 2, 3], JobState.DONE, {"message": "All of it."})


@pytest.mark.parametrize("finds_it", ["the message that comes back", "the sweep"])
def test_the_third_death_fails_a_job_with_words(make_job, starts, finds_it):
    job = make_job(deaths=99)
    for _death in "123":
        with pytest.raises(Killed):
            perform(job.pk, runner="task")
    if finds_it == "the sweep":
        Job.objects.filter(pk=job.pk).update(**dead(runner="task", attempts=3))
        sweep_jobs()
    else:
        perform(job.pk, runner="task")
    job.refresh_from_db()
    assert (starts, job.state, job.attempts) == ([1, 2, 3], JobState.FAILED, 3)
    assert (
        job.error == "This was interrupted three times and is not tried again. Please try again with a smaller file or group."
    )
    sweep_jobs()
    perform(job.pk, runner="task")
    assert len(starts) == 3


def test_who_was_taken_for_dead_changes_nothing_more(make_job, monkeypatch):
    """Its worker was slow, not dead: another one has the job now."""

    def overtaken(progress: Progress) -> dict:
        progress.report(1, 2)
        Job.objects.filter(pk=progress.job.pk).update(runner="other", attempts=2, done=5)
        progress.report(2, 2)
        raise AssertionError("went on")

    monkeypatch.setitem(job_kinds._entries, "dying", JobKind("dying", overtaken))
    job = make_job()
    perform(job.pk, runner="slow")
    job.refresh_from_db()
    assert (job.state, job.runner, job.done, job.error) == (JobState.RUNNING, "other", 5, "")


def test_work_that_reports_nothing_says_that_it_is_alive(make_job, monkeypatch):
    said = threading.Event()
    monkeypatch.setattr(services, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(services, "_held", lambda job: Beats(job.pk, said))
    job = make_job()
    with services._beating(job):
        assert said.wait(20)


class Beats:
    """Stands for the row, which a thread of its own cannot see inside the transaction of a test."""

    def __init__(self, pk: int, said: threading.Event) -> None:
        self.said = said

    def update(self, alive_at) -> None:
        self.said.set()


def test_work_that_takes_too_long_says_so(make_job, monkeypatch):
    def endless(progress: Progress) -> dict:
        raise SoftTimeLimitExceeded

    monkeypatch.setitem(job_kinds._entries, "dying", JobKind("dying", endless))
    job = make_job()
    perform(job.pk)
    job.refresh_from_db()
    assert job.error == "This took longer than 25 minutes and was stopped. Please try again with a smaller file or group."


def test_one_that_should_stop_and_whose_worker_died_is_not_begun_again(make_job, starts, enqueued):
    job = make_job(**dead(stop_requested_at=timezone.now()))
    sweep_jobs()
    job.refresh_from_db()
    assert (job.state, job.error, enqueued) == (
        JobState.FAILED,
        STOPPED,
        [],
    )


# The broker is away -----------------------------------------------------------------------------------------------------------


def test_a_job_waits_while_the_broker_is_away_and_starts_afterwards(
    kind, user, starts, broker_is_away, caplog, django_capture_on_commit_callbacks
):
    with caplog.at_level(logging.WARNING), django_capture_on_commit_callbacks(execute=True):
        job = start_job(kind="dying", title="Import", parameters={"deaths": 0}, requested_by=user)
    assert f"The broker is not responding; job {job.uuid} waits until it does." in caplog.messages
    Job.objects.update(**long_ago())
    sweep_jobs()
    job.refresh_from_db()
    assert (job.state, starts) == (JobState.QUEUED, [])
    broker_is_away.is_back()
    sweep_jobs()
    job.refresh_from_db()
    assert (job.state, starts) == (JobState.DONE, [1])


def test_the_sweep_asks_a_broker_that_is_away_once(make_job, broker_is_away, caplog):
    for _job in range(3):
        make_job(**long_ago())
    with caplog.at_level(logging.WARNING):
        sweep_jobs()
    assert len(caplog.messages) == 1


def test_a_task_without_a_row_waits_as_a_job(broker_is_away):
    done: list[tuple] = []

    @app.task(name="tests.note")
    def note(*args) -> None:
        done.append(args)

    try:
        hand_over(note, 7, ["a"], {"b": 1})
        job = Job.objects.get()
        assert (job.kind, job.state, done) == (POSTPONED, JobState.QUEUED, [])
        Job.objects.update(**long_ago())
        broker_is_away.is_back()
        sweep_jobs()
        job.refresh_from_db()
        assert (job.state, done) == (JobState.DONE, [(7, ["a"], {"b": 1})])
    finally:
        app.tasks.unregister("tests.note")


# What the person waiting may do ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "is_stuck"),
    [
        (dict, False),
        (long_ago, False),
        (lambda: {"updated_at": timezone.now() - timedelta(minutes=11)}, True),
        (dead, True),
        (lambda: dead(alive_at=timezone.now()), False),
        (lambda: dead(state=JobState.FAILED), False),
    ],
    ids=["queued", "queued for a while", "queued for long", "dead", "alive", "over"],
)
def test_what_is_stuck(make_job, fields, is_stuck):
    assert make_job(**fields()).is_stuck is is_stuck


def test_a_stuck_job_is_stopped_at_once(make_job):
    job = make_job(**dead())
    stop_job(job)
    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.FAILED, STOPPED)
    with pytest.raises(JobStopped):
        Progress(job).report(1)


def test_a_stuck_job_is_started_again_with_all_its_attempts(make_job, starts, django_capture_on_commit_callbacks):
    job = make_job(**dead(attempts=3, done=5, stop_requested_at=timezone.now()))
    with django_capture_on_commit_callbacks(execute=True):
        restart_job(job)
    job.refresh_from_db()
    assert (job.state, job.attempts, starts) == (JobState.DONE, 1, [1])


def test_asking_again_and_again_hands_a_stuck_job_over_once(
    make_job, user, sign_in, enqueued, django_capture_on_commit_callbacks
):
    with time_machine.travel("2031-03-03T14:02:10Z", tick=False) as now:
        job = make_job()
        enqueued.clear()
        client, restart = sign_in(user), reverse("job_restart", args=[job.uuid])
        for minutes, handed_over in ((0, 0), (11, 1), (0, 1), (5, 1), (6, 2)):
            now.shift(60 * minutes)
            with django_capture_on_commit_callbacks(execute=True):
                client.post(restart)
            assert len(enqueued) == handed_over


def test_a_job_that_is_alive_or_over_is_not_started_again(make_job, enqueued, django_capture_on_commit_callbacks):
    alive = make_job(**dead(alive_at=timezone.now()))
    over = make_job(state=JobState.DONE, finished_at=timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        restart_job(alive)
        restart_job(over)
    assert enqueued == []
    assert [Job.objects.get(pk=job.pk).state for job in (alive, over)] == [JobState.RUNNING, JobState.DONE]


def test_the_page_of_a_stuck_job_says_since_when_and_offers_two_ways(make_job, user, sign_in, enqueued):
    with time_machine.travel("2031-03-03T14:02:10Z", tick=False) as now:
        job = make_job(**dead(alive_at=timezone.now(), updated_at=timezone.now()))
        page, restart = (reverse(name, args=[job.uuid]) for name in ("job", "job_restart"))
        client = sign_in(user)
        now.shift(600)
        html = client.get(page).content.decode()
        assert "No progress since 14:02." in html
        assert (f'action="{restart}"' in html, f'formaction="{reverse("job_stop", args=[job.uuid])}"' in html) == (True, True)
        assert client.get(restart).status_code == 405
        assert client.post(restart).url == page
        html = client.get(page).content.decode()
        assert ("Waiting for its turn" in html, "has not moved" in html) == (True, False)
        assert sign_in(UserFactory()).post(restart).status_code == 404


def test_the_handler_of_a_job_may_refuse_and_is_not_repeated(make_job, monkeypatch, enqueued):
    def refuse(progress: Progress) -> dict:
        raise UserError("Sort them first.")

    monkeypatch.setitem(job_kinds._entries, "dying", JobKind("dying", refuse))
    job = make_job()
    perform(job.pk)
    sweep_jobs()
    job.refresh_from_db()
    assert (job.error, enqueued) == ("Sort them first.", [])


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_beat_is_seen_by_others_while_the_handler_holds_a_transaction(make_job, monkeypatch):
    """On PostgreSQL; SQLite has one writer, and a job that writes for minutes is started once more at worst."""
    assert connection.vendor == "postgresql"
    monkeypatch.setattr(services, "BEAT_SECONDS", 0.01)
    job = make_job(state=JobState.RUNNING, runner="task", attempts=1)
    deadline = time.monotonic() + 20
    with services._beating(job):
        while Job.objects.get(pk=job.pk).alive_at is None:
            assert time.monotonic() < deadline, "the worker did not say that it is alive"
