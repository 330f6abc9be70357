"""Long work with progress. An app registers a kind in `AppConfig.ready`; pages start it and show its progress page."""

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from operations.enums import JobState
from operations.errors import UserError
from operations.models import Job

logger = logging.getLogger(__name__)

Handler = Callable[["Progress"], dict[str, Any]]
_handlers: dict[str, Handler] = {}


def register_kind(kind: str, handler: Handler) -> None:
    """`handler` takes a `Progress`, does the work so that repeating it is safe, and returns the result for the page."""
    _handlers[kind] = handler


class Progress:
    """What a handler sees of its job, and how it says how far it is."""

    def __init__(self, job: Job) -> None:
        self.job = job

    @property
    def parameters(self) -> dict[str, Any]:
        return self.job.parameters

    def report(self, done: int, total: int | None = None, step: str = "") -> None:
        """Store the progress; call it between transactions, about once a second."""
        changes: dict[str, Any] = {"done": done, "updated_at": timezone.now()}
        if total is not None:
            changes["total"] = total
        if step:
            changes["step"] = step
        Job.objects.filter(pk=self.job.pk).update(**changes)


def start_job(
    *,
    kind: str,
    title: str,
    parameters: dict[str, Any],
    organisation: Any = None,
    requested_by: Any = None,
    result_url: str = "",
) -> Job:
    """Record the work and hand it to a worker once the surrounding transaction has been committed."""
    if kind not in _handlers:
        raise LookupError(f"No handler is registered for jobs of kind {kind!r}.")
    job = Job.objects.create(
        kind=kind,
        title=title,
        parameters=parameters,
        organisation=organisation,
        requested_by=requested_by,
        result_url=result_url,
    )
    from operations.tasks import run_job

    transaction.on_commit(lambda: run_job.delay(job.pk))
    return job


def perform(job_id: int) -> None:
    """Run the handler of a job. A job that a killed worker left running is run again from its start."""
    job = Job.objects.get(pk=job_id)
    if job.is_finished:
        return
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, started_at=timezone.now(), done=0)
    try:
        result = _handlers[job.kind](Progress(job))
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
    Job.objects.filter(pk=job.pk).update(state=state, finished_at=timezone.now(), updated_at=timezone.now(), **changes)
