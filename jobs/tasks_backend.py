"""Runs the tasks of libraries that speak django-tasks (Wagtail's indexing) on Celery, after the commit.

Wagtail enqueues from `post_save`; started at once, a worker would look for a row that is not there yet.
"""

import json
import logging
from contextlib import nullcontext
from typing import Any

from celery import shared_task
from django.conf import settings
from django.core.files.storage import storages
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskResult, TaskResultStatus
from django_tasks.utils import get_random_id

from jobs.services import hand_over

logger = logging.getLogger(__name__)
INDEX = "modelsearch.tasks.insert_or_update_object_task"
DELETE_FILE = "wagtail.tasks.delete_file_from_storage_task"
# Whoever can write to the broker chooses the path and the arguments: what is not listed here is never imported.
LIBRARY_TASKS = frozenset(
    {
        INDEX,
        "wagtail.images.tasks.set_image_focal_point_task",
        "wagtail.tasks.update_reference_index_task",
        DELETE_FILE,
    }
)


@shared_task(name="jobs.run_library_task")
def run_library_task(path: str, args: list, kwargs: dict) -> None:
    """A task of a library, handed over by `CeleryOnCommitBackend`. Anything else that a message names is refused."""
    if path not in LIBRARY_TASKS or (path == DELETE_FILE and not _names_our_storage(args, kwargs)):
        logger.error("Refused a task that no library of ours enqueues: %.100r", path)
        return
    # On SQLite an entry is looked for and then inserted: two workers with two saves of one page would both insert it.
    with transaction.atomic() if path == INDEX else nullcontext():
        import_string(path).func(*args, **kwargs)


def _names_our_storage(args: list, kwargs: dict) -> bool:
    """Wagtail sends the class of the storage as a dotted path and makes one of it: any class, if nobody looked."""
    stores: list[Any] = [storages[alias] for alias in settings.STORAGES if alias != "staticfiles"]
    # As they arrive: a message of the broker has lists where we had tuples.
    sent = [json.loads(json.dumps(storage, default=str)) for storage in [store.deconstruct() for store in stores]]
    return not kwargs and len(args) == 2 and json.loads(json.dumps(args[0])) in sent


class CeleryOnCommitBackend(BaseTaskBackend):
    supports_defer = False
    supports_async_task = False
    supports_get_result = False
    supports_priority = False

    def enqueue(self, task: Task, args: Any, kwargs: Any) -> TaskResult:
        self.validate_task(task)
        transaction.on_commit(lambda: hand_over(run_library_task, task.module_path, list(args), dict(kwargs)))
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
