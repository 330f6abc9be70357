"""Kinds of jobs whose steps the test watches. Loaded by the worker of tests.services.test_worker and by who hands work over."""

import os
import signal

import redis
from celery.signals import task_postrun, worker_ready
from django.conf import settings

from common.errors import UserError
from jobs.services import JobKind, Progress, job_kinds

client = redis.Redis.from_url(settings.CACHES["default"]["LOCATION"], socket_timeout=None)
PARTS = 3


def copy_letters(progress: Progress) -> dict[str, str]:
    """Three parts; after each it says so and waits at the gate."""
    for part in range(1, PARTS + 1):
        progress.report(part, PARTS, f"Part {part}")
        client.rpush("said", f"part {part}")
        client.blpop(["gate"], timeout=0)
    return {"message": progress.parameters["letters"]}


def refuse(progress: Progress) -> dict[str, str]:
    raise UserError("The letters are in the wrong order. Sort them first.")


def trip(progress: Progress) -> dict[str, str]:
    raise ZeroDivisionError


def die(progress: Progress) -> dict[str, str]:
    """As when the system has no memory left."""
    client.rpush("said", f"start {progress.job.attempts}")
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("survived")


job_kinds.register(JobKind("test_accident", trip))
job_kinds.register(JobKind("test_death", die))
job_kinds.register(JobKind("test_letters", copy_letters))
job_kinds.register(JobKind("test_refusal", refuse))


@worker_ready.connect
def say_ready(**_signal: object) -> None:
    client.rpush("said", "ready")


@task_postrun.connect
def say_ended(**_signal: object) -> None:
    client.rpush("said", "ended")
