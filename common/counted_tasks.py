"""The base class of our tasks."""

import logging
from typing import Any

from celery import Task
from celery.exceptions import Ignore
from django.core.cache import cache

logger = logging.getLogger(__name__)
MAX_REDELIVERIES = 3
DAY = 24 * 3600


class CountedTask(Task):
    """A message comes back when its worker was killed over it; one that kills every worker is dropped after three returns."""

    abstract = True

    def before_start(self, task_id: str, args: Any, kwargs: Any) -> None:
        if (self.request.delivery_info or {}).get("redelivered") and redeliveries(task_id) > MAX_REDELIVERIES:
            logger.error("Task %s of %s was interrupted too often and is not tried again", task_id, self.name)
            raise Ignore


def redeliveries(task_id: str) -> int:
    """How often a message has come back, with this time; 0 where the cache cannot say."""
    key = f"redelivered-{task_id}"
    try:
        cache.add(key, 0, DAY)
        return cache.incr(key)
    except Exception:
        logger.warning("The cache is not responding; returns of task %s are not counted", task_id)
        return 0
