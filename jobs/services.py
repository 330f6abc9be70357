"""Long work with progress. An app registers a `JobKind` in `AppConfig.ready`; pages start it and show its progress page.

A job is a row before it is a message. Whatever happens to the message, or to the worker that has it, the sweep finds the row
and hands it over again, three starts in all.
"""

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from celery import current_app, shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from common.errors import UserError
from common.queues import Queue
from common.registry import Registry
from common.retention import delete_in_batches, expired_before
from common.types import OrganisationRef, PersonRef
from jobs.enums import JobState
from jobs.models import Job, is_dead, is_untaken

logger = logging.getLogger(__name__)
SECONDS_BETWEEN_LOOKS = 1
BEAT_SECONDS = 20
MAX_ATTEMPTS = 3
# An act on more people than this at once is work for the worker, with a progress page.
MAX_IN_REQUEST = 200
# A message that has been on its way for less is not looked for.
JUST_QUEUED = timedelta(seconds=30)
SWEPT_TOGETHER = 2000


Complete = Callable[[dict[str, Any]], None]
"""Told the result inside the transaction that changes data, as its last act: `Progress.complete`, or `unasked`."""


def unasked(result: dict[str, Any]) -> None:
    """A result that no job waits for."""


class JobStopped(Exception):
    """Raised inside a handler when somebody has asked for its job to stop. No `UserError`, so that nobody reports it as one."""


def _held(job: Job) -> "QuerySet[Job]":
    """The row, as long as nobody has stopped the job or started it again since `job` was read."""
    return Job.objects.filter(pk=job.pk, runner=job.runner, attempts=job.attempts, finished_at=None)


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
        """Store the progress; call it between transactions, about once a second. Raises `JobStopped` where that is wanted.

        A total of 0 says that from here on nobody knows how much there is: the bar moves and shows no share.
        """
        changes: dict[str, Any] = {"done": done}
        if total is not None:
            changes["total"] = total
        if step:
            changes["step"] = step
        self._store(**changes)

    @property
    def counted(self) -> int:
        """How far `count` came in earlier runs of this job, which were killed."""
        return int(self.job.result.get("counted", 0))

    def count(self, counted: int, total: int) -> None:
        """`report` for work in parts: call it last in the transaction of each; a run after a kill goes on from there."""
        self._store(done=counted, total=total, result={"counted": counted})

    def complete(self, result: dict[str, Any]) -> None:
        """Call it last in the transaction that does the work: the job is done once that is committed, and never run again.

        Raises `JobStopped` where somebody has asked for it or has begun the job anew: nothing of that transaction stays.
        """
        self._store(state=JobState.DONE, result=result, error="", finished_at=timezone.now())

    def pulse(self) -> None:
        """For work that has nothing to report yet: call it as often as you like. Raises `JobStopped`."""
        if time.monotonic() - self.looked_at < SECONDS_BETWEEN_LOOKS:
            return
        self.looked_at = time.monotonic()
        self._store()

    def _store(self, **changes: Any) -> None:
        if not _held(self.job).filter(stop_requested_at=None).update(updated_at=timezone.now(), **changes):
            raise JobStopped


def _nobody(person: int, job: Job) -> bool:
    return False


@dataclass(frozen=True)
class JobKind:
    """`handler` does the work so that repeating it is safe, and returns the result for the page.

    One that changes data says so with `Progress.complete` in the same transaction: nobody is then told that nothing was
    changed, whenever the worker is stopped or killed.
    """

    name: str
    handler: Callable[[Progress], dict[str, Any]]
    in_parts: bool = False
    """Whether it commits part after part, so that what was done before a stop or a failure stays."""
    may: Callable[[int, Job], bool] = _nobody
    """Whether somebody, by primary key, may still do in an organisation what the job does there; by default nobody may."""


job_kinds: Registry[JobKind] = Registry("Kinds of background work", owner="jobs.services")


def may_work_on(person: int, job: Job) -> bool:
    """Whether somebody, by primary key, may see, stop or restart a job of theirs; and whether it may begin in their name.

    What belongs to no organisation is theirs alone. In an organisation they need the right that the work itself asks for, now.
    """
    if job.organisation_id is None:
        return True
    kind = job_kinds.get(job.kind)
    return kind is not None and kind.may(person, job)


def start_job(
    *,
    kind: str,
    title: str,
    parameters: dict[str, Any],
    organisation: OrganisationRef | None = None,
    requested_by: PersonRef | None = None,
    result_url: str = "",
    queue: Queue = Queue.DEFAULT,
) -> Job:
    """Record the work and hand it to a worker once the surrounding transaction has been committed."""
    job = Job.objects.create(
        kind=job_kinds[kind].name,
        title=title,
        # Beside the key of the account, which goes when that is deleted: nobody then has the right any more.
        parameters=parameters | ({"actor": requested_by.pk} if requested_by else {}),
        organisation_id=organisation.pk if organisation else None,
        requested_by_id=requested_by.pk if requested_by else None,
        result_url=result_url,
        queue=queue,
    )
    transaction.on_commit(lambda: _enqueue(job))
    return job


def _enqueue(job: Job) -> bool:
    """Hand a job to the workers. A broker that does not answer loses nothing: the job waits, and the sweep comes for it."""
    try:
        run_job.apply_async([job.pk], queue=job.queue)
    except OperationalError:
        logger.warning("The broker is not responding; job %s waits until it does.", job.uuid)
        return False
    return True


def stop_job(job: Job) -> None:
    """Ask a job to stop; one that has not begun, or whose worker is gone, is stopped at once. Repeating it is safe."""
    now = timezone.now()
    open_jobs = Job.objects.filter(pk=job.pk, finished_at=None)
    open_jobs.filter(stop_requested_at=None).update(stop_requested_at=now)
    unheld = open_jobs.filter(Q(state=JobState.QUEUED) | is_dead())
    job.refresh_from_db(fields=["started_at"])
    unheld.update(state=JobState.FAILED, finished_at=now, updated_at=now, error=_stopped(job))


@transaction.atomic
def restart_job(job: Job) -> None:
    """Begin a job again that is stuck. One that waits for its turn, that a worker has or that is finished stays as it is.

    So it is handed over once however often that is asked for.
    """
    stuck = Job.objects.filter(is_untaken() | is_dead(), pk=job.pk, finished_at=None)
    changes = {"state": JobState.QUEUED, "attempts": 0, "runner": "", "done": 0, "step": ""}
    if stuck.update(alive_at=None, stop_requested_at=None, updated_at=timezone.now(), **changes):
        transaction.on_commit(lambda: _enqueue(job))


def _may_have_changed(job: Job) -> bool:
    return job_kinds[job.kind].in_parts and job.started_at is not None


def _stopped(job: Job) -> str:
    if _may_have_changed(job):
        return _("You stopped this before it finished. Work completed before then is kept.")
    return _("You stopped this before it finished. Nothing was changed.")


def _failed(job: Job) -> str:
    if _may_have_changed(job):
        return _("Something went wrong on our side. Work completed before then is kept; please start it again for the rest.")
    return _("Something went wrong on our side. Nothing was changed; please try again.")


def _not_allowed(job: Job) -> str:
    if job_kinds[job.kind].in_parts and job.result.get("counted"):
        return _(
            "Whoever asked for this may no longer do it here. Work completed before then is kept; someone else can start it "
            "again."
        )
    return _("Whoever asked for this may no longer do it here, so nothing was changed. Someone else can ask for it again.")


def _interrupted() -> str:
    return _("This was interrupted three times and is not tried again. Please try again with a smaller file or group.")


def _too_long() -> str:
    minutes = settings.CELERY_TASK_SOFT_TIME_LIMIT // 60
    return _("This took longer than %(minutes)s minutes and was stopped. Please try again with a smaller file or group.") % {
        "minutes": minutes
    }


# In a worker ----------------------------------------------------------------------------------------------------------------


@shared_task(name="jobs.run", bind=True)
def run_job(self: Any, job_id: int) -> None:
    perform(job_id, runner=self.request.id)


def perform(job_id: int, *, runner: str = "") -> None:
    """Run the handler of a job, unless another worker is at it. `runner`: the task, which comes back when its worker dies."""
    job = _claim(job_id, runner or uuid4().hex)
    if job is None:
        return
    try:
        with _beating(job):
            _require_right(job)
            result = job_kinds[job.kind].handler(Progress(job))
    except JobStopped:
        _finish(job, JobState.FAILED, error=_stopped(job))
    except UserError as error:
        _finish(job, JobState.FAILED, error=str(error))
    except SoftTimeLimitExceeded:
        logger.error("Job %s of kind %s took too long", job.uuid, job.kind)  # noqa: TRY400 - where it was does not matter
        _finish(job, JobState.FAILED, error=_too_long())
    except Exception:
        logger.exception("Job %s of kind %s failed", job.uuid, job.kind)
        _finish(job, JobState.FAILED, error=_failed(job))
        if settings.CELERY_TASK_ALWAYS_EAGER and settings.CELERY_TASK_EAGER_PROPAGATES:
            raise
    else:
        _finish(job, JobState.DONE, result=result)


def _require_right(job: Job) -> None:
    """Raise `UserError` where who asked for it may not do it any more; what no person asked for, the system did."""
    person = job.parameters.get("actor") or job.requested_by_id
    if person is not None and not may_work_on(person, job):
        raise UserError(_not_allowed(job))


@transaction.atomic
def _claim(job_id: int, runner: str) -> Job | None:
    """Take a job that waits, that this task had before its worker was killed, or whose worker is silent. Counts the start."""
    job = Job.objects.select_for_update().filter(pk=job_id, finished_at=None).first()
    if job is None or (job.state == JobState.RUNNING and job.runner != runner and not job.is_stuck) or _close_if_over(job):
        return None
    now = timezone.now()
    job.state, job.runner, job.attempts, job.done = JobState.RUNNING, runner, job.attempts + 1, 0
    job.started_at = job.alive_at = now
    job.save(update_fields=["state", "runner", "attempts", "done", "started_at", "alive_at", "updated_at"])
    return job


def _close_if_over(job: Job) -> bool:
    """Finish a job that nobody is at and that is not to be started again: it was asked to stop, or has died often enough."""
    if job.state != JobState.RUNNING:
        return False
    if job.stop_requested_at:
        return _finish(job, JobState.FAILED, error=_stopped(job))
    if job.attempts >= MAX_ATTEMPTS:
        logger.error("Job %s of kind %s was interrupted %s times", job.uuid, job.kind, job.attempts)
        return _finish(job, JobState.FAILED, error=_interrupted())
    return False


def _finish(job: Job, state: JobState, **changes: Any) -> bool:
    now = timezone.now()
    return bool(_held(job).update(state=state, finished_at=now, updated_at=now, **changes))


@contextmanager
def _beating(job: Job) -> Iterator[None]:
    """Say that the work is alive, however long the handler computes or writes without a report."""
    is_over = threading.Event()

    def beat() -> None:
        try:
            while not is_over.wait(BEAT_SECONDS):
                try:
                    _held(job).update(alive_at=timezone.now())
                except DatabaseError:  # SQLite, while the handler itself writes
                    logger.info("Job %s could not say that it is alive", job.uuid)
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name=f"job-{job.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


# The sweep, and what the broker could not be told ---------------------------------------------------------------------------


@shared_task(name="jobs.sweep")
def sweep_jobs() -> None:
    """Hand over again what waits and what a dead worker left; finish what has died three times. Safe to repeat."""
    waits = Q(state=JobState.QUEUED, updated_at__lt=timezone.now() - JUST_QUEUED)
    for job in Job.objects.filter(waits | is_dead(), finished_at=None).order_by("pk")[:SWEPT_TOGETHER]:
        if not _close_if_over(job) and not _enqueue(job):
            return


POSTPONED = "postponed_task"


def hand_over(task: Any, *args: Any) -> None:
    """Enqueue a task that has no row of its own; while the broker does not answer, it waits as a job. For after the commit."""
    try:
        task.delay(*args)
    except OperationalError:
        logger.warning("The broker is not responding; %s waits until it does.", task.name)
        Job.objects.create(kind=POSTPONED, title=task.name, parameters={"task": task.name, "args": args})


def run_postponed(progress: Progress) -> dict[str, Any]:
    current_app.tasks[progress.parameters["task"]](*progress.parameters["args"])
    return {}


@shared_task(name="jobs.forget_old_jobs")
def forget_old_jobs() -> None:
    """Finished ones. What they made names them no more, and stays."""
    finished = Job.objects.filter(finished_at__lt=expired_before("jobs"))
    delete_in_batches(finished, name="finished jobs deleted")
