"""Long work with progress. An app registers a `JobKind` in `AppConfig.ready`; pages start it and show its progress page."""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.errors import UserError
from common.registry import Registry
from common.retention import delete_in_batches, expired_before
from common.types import OrganisationRef, PersonRef
from jobs.enums import JobState
from jobs.models import Job

logger = logging.getLogger(__name__)
SECONDS_BETWEEN_LOOKS = 1


Complete = Callable[[dict[str, Any]], None]
"""Told the result inside the transaction that changes data, as its last act: `Progress.complete`, or `unasked`."""


def unasked(result: dict[str, Any]) -> None:
    """A result that no job waits for."""


class JobStopped(Exception):
    """Raised inside a handler when somebody has asked for its job to stop. No `UserError`, so that nobody reports it as one."""


class Progress:
    """What a handler sees of its job, and how it says how far it is."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.looked_at = -math.inf

    @property
    def parameters(self) -> dict[str, Any]:
        parameters: dict[str, Any] = self.job.parameters
        return parameters

    def report(self, done: int, total: int | None = None, step: str = "") -> None:
        """Store the progress; call it between transactions, about once a second. Raises `JobStopped` where that is wanted."""
        changes: dict[str, Any] = {"done": done, "updated_at": timezone.now()}
        if total is not None:
            changes["total"] = total
        if step:
            changes["step"] = step
        if not Job.objects.filter(pk=self.job.pk, stop_requested_at=None).update(**changes):
            raise JobStopped

    def complete(self, result: dict[str, Any]) -> None:
        """Call it last in the transaction that does the work: the job is done once that is committed, and never run again.

        Raises `JobStopped` where somebody has asked for it, so that nothing of that transaction stays.
        """
        now = timezone.now()
        done = {"state": JobState.DONE, "result": result, "error": "", "finished_at": now, "updated_at": now}
        if not Job.objects.filter(pk=self.job.pk, stop_requested_at=None).update(**done):
            raise JobStopped

    def pulse(self) -> None:
        """For work that has nothing to report yet: call it as often as you like. Raises `JobStopped`."""
        if time.monotonic() - self.looked_at < SECONDS_BETWEEN_LOOKS:
            return
        self.looked_at = time.monotonic()
        if not Job.objects.filter(pk=self.job.pk, stop_requested_at=None).update(updated_at=timezone.now()):
            raise JobStopped


@dataclass(frozen=True)
class JobKind:
    """`handler` does the work so that repeating it is safe, and returns the result for the page.

    One that changes data says so with `Progress.complete` in the same transaction: nobody is then told that nothing was
    changed, whenever the worker is stopped or killed.
    """

    name: str
    handler: Callable[[Progress], dict[str, Any]]


job_kinds: Registry[JobKind] = Registry("Kinds of background work", owner="jobs.services")


def start_job(
    *,
    kind: str,
    title: str,
    parameters: dict[str, Any],
    organisation: OrganisationRef | None = None,
    requested_by: PersonRef | None = None,
    result_url: str = "",
) -> Job:
    """Record the work and hand it to a worker once the surrounding transaction has been committed."""
    job = Job.objects.create(
        kind=job_kinds[kind].name,
        title=title,
        parameters=parameters,
        organisation_id=organisation.pk if organisation else None,
        requested_by_id=requested_by.pk if requested_by else None,
        result_url=result_url,
    )
    transaction.on_commit(lambda: run_job.delay(job.pk))
    return job


def stop_job(job: Job) -> None:
    """Ask a job to stop; one that has not begun is stopped at once. A finished one stays as it is, and repeating it is safe."""
    now = timezone.now()
    open_jobs = Job.objects.filter(pk=job.pk, finished_at=None)
    open_jobs.filter(stop_requested_at=None).update(stop_requested_at=now)
    open_jobs.filter(state=JobState.QUEUED).update(state=JobState.FAILED, finished_at=now, updated_at=now, error=_stopped())


def _stopped() -> str:
    return _("You stopped this before it finished. Nothing was changed.")


@shared_task(name="jobs.run")
def run_job(job_id: int) -> None:
    perform(job_id)


def perform(job_id: int) -> None:
    """Run the handler of a job. A job that a killed worker left running is run again from its start."""
    job = Job.objects.get(pk=job_id)
    if job.is_finished:
        return
    waiting = Job.objects.filter(pk=job.pk, finished_at=None)
    if not waiting.update(state=JobState.RUNNING, started_at=timezone.now(), done=0):
        return  # stopped meanwhile
    try:
        result = job_kinds[job.kind].handler(Progress(job))
    except JobStopped:
        _finish(job, JobState.FAILED, error=_stopped())
    except UserError as error:
        _finish(job, JobState.FAILED, error=str(error))
    except Exception:
        logger.exception("Job %s of kind %s failed", job.uuid, job.kind)
        _finish(job, JobState.FAILED, error=_("Something went wrong on our side. Nothing was changed; please try again."))
        if settings.CELERY_TASK_ALWAYS_EAGER and settings.CELERY_TASK_EAGER_PROPAGATES:
            raise
    else:
        _finish(job, JobState.DONE, result=result)


def _finish(job: Job, state: JobState, **changes: Any) -> None:
    jobs = Job.objects.filter(pk=job.pk)
    if state == JobState.FAILED:
        jobs = jobs.filter(finished_at=None)  # what has been committed stays done, whatever went wrong afterwards
    now = timezone.now()
    jobs.update(**({"error": ""} | changes), state=state, finished_at=now, updated_at=now)


@shared_task(name="jobs.forget_old_jobs")
def forget_old_jobs() -> None:
    """Finished ones. What they made names them no more, and stays."""
    finished = Job.objects.filter(finished_at__lt=expired_before("jobs"))
    delete_in_batches(finished, name="finished jobs deleted")


@shared_task(name="jobs.close_abandoned")
def close_abandoned_jobs() -> None:
    """Jobs that have said nothing for three hours are not going to."""
    silent = Job.objects.filter(
        state__in=[JobState.QUEUED, JobState.RUNNING], updated_at__lt=timezone.now() - timedelta(hours=3)
    )
    count = silent.update(
        state=JobState.FAILED,
        finished_at=timezone.now(),
        error=_("This was interrupted and did not finish. Please start it again."),
    )
    if count:
        logger.warning("Closed %s abandoned jobs", count)
