"""A job on the services of a production: handed to a worker through Redis, its progress read from PostgreSQL while it runs.

With SERVICES_AMQP_URL also through RabbitMQ; give it a virtual host of its own.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.urls import reverse

from jobs.enums import JobState
from jobs.models import Job

ROOT = Path(__file__).resolve().parents[2]
HAND_OVER = """
import sys, django
django.setup()
import tests.services.worker_jobs
from accounts.models import User
from jobs.services import start_job
job = start_job(kind=sys.argv[1], title="Copying", parameters={"letters": "abc"}, requested_by=User.objects.get())
print(job.pk)
"""

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def server():
    """The Redis database of this test process: cache and queue. The fixture that clears the cache empties it."""
    return redis.Redis.from_url(settings.CACHES["default"]["LOCATION"], socket_timeout=None)


@pytest.fixture(params=["redis", "rabbitmq"])
def site(request, production):
    """The environment of the web process and of the worker."""
    if request.param == "redis":
        return production
    if not os.environ.get("SERVICES_AMQP_URL"):
        pytest.skip("no SERVICES_AMQP_URL")
    return production | {"CELERY_BROKER_URL": os.environ["SERVICES_AMQP_URL"]}


@pytest.fixture
def worker(site, server, tmp_path):
    """A function that waits for the next thing that the worker says."""
    log = tmp_path / "worker.log"
    command = [sys.executable, "-m", "celery", "--app", "config", "worker", "--include", "tests.services.worker_jobs"]
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*command, "--concurrency", "1", "--loglevel", "INFO"],
            env=site, cwd=ROOT, start_new_session=True, stdout=output, stderr=output,
        )  # fmt: skip

    def hear() -> str:
        said = server.blpop(["said"], timeout=60)
        assert said, log.read_text()[-3000:]
        return said[1].decode()

    try:
        assert hear() == "ready"
        yield hear
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


@pytest.fixture
def hand_over(site):
    """A function that starts a job as the web process would; the job."""

    def start(kind: str) -> Job:
        done = subprocess.run(
            [sys.executable, "-c", HAND_OVER, kind], env=site, cwd=ROOT, check=True, capture_output=True, text=True
        )
        return Job.objects.get(pk=int(done.stdout))

    return start


def test_a_job_goes_to_the_worker_and_shows_how_far_it_is(user, sign_in, worker, hand_over, server):
    page = sign_in(user)
    job = hand_over("test_letters")
    for part in (1, 2, 3):
        assert worker() == f"part {part}"
        job.refresh_from_db()
        assert (job.state, job.done, job.total, job.step) == (JobState.RUNNING, part, 3, f"Part {part}")
        assert f"<span>Part {part}</span><span>{part} of 3</span>" in page.get(reverse("job", args=[job.uuid])).content.decode()
        server.rpush("gate", "open")
    assert worker() == "ended"
    job.refresh_from_db()
    assert (job.state, job.percentage, job.result) == (JobState.DONE, 100, {"message": "abc"})
    assert "abc" in page.get(reverse("job", args=[job.uuid])).content.decode()


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("test_refusal", "The letters are in the wrong order. Sort them first."),
        ("test_accident", "Something went wrong on our side. Nothing was changed; please try again."),
    ],
)
def test_a_job_that_cannot_be_done_says_why(kind, message, user, sign_in, worker, hand_over):
    job = hand_over(kind)
    assert worker() == "ended"
    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.FAILED, message)
    assert job.error in sign_in(user).get(reverse("job", args=[job.uuid])).content.decode()


def test_a_job_that_kills_every_worker_fails_after_the_third(user, sign_in, worker, hand_over):
    job = hand_over("test_death")
    assert [worker() for _said in range(4)] == ["start 1", "start 2", "start 3", "ended"]
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.FAILED, 3)
    assert "This was interrupted three times" in sign_in(user).get(reverse("job", args=[job.uuid])).content.decode()
