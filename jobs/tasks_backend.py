"""Runs the tasks of libraries that speak django-tasks (Wagtail's indexing) on Celery, after the commit.

Wagtail enqueues from `post_save`; started at once, a worker would look for a row that is not there yet.
"""

from importlib import import_module
from typing import Any

from celery import shared_task
from django.db import transaction
from django.utils import timezone
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskResult, TaskResultStatus
from django_tasks.utils import get_random_id


@shared_task(name="jobs.run_library_task")
def run_library_task(path: str, args: list, kwargs: dict) -> None:
    """A task of a library, handed over by `CeleryOnCommitBackend`."""
    module, _dot, name = path.rpartition(".")
    getattr(import_module(module), name).func(*args, **kwargs)


class CeleryOnCommitBackend(BaseTaskBackend):
    supports_defer = False
    supports_async_task = False
    supports_get_result = False
    supports_priority = False

    def enqueue(self, task: Task, args: Any, kwargs: Any) -> TaskResult:
        self.validate_task(task)
        transaction.on_commit(lambda: run_library_task.delay(task.module_path, list(args), dict(kwargs)))
        return TaskResult(
            task=task,
            id=get_random_id(),
            status=TaskResultStatus.READY,
            enqueued_at=timezone.now(),
            started_at=None,
            last_attempted_at=None,
            finished_at=None,
            args=list(args),
            kwargs=dict(kwargs),
            backend=self.alias,
            errors=[],
            worker_ids=[],
        )
