"""When scheduler and workers were last seen at work; in the cache, so that every process can ask."""

import logging
import time
from dataclasses import dataclass
from typing import Any

from celery.signals import after_task_publish, beat_init, heartbeat_sent, worker_ready
from django.conf import settings
from django.core.cache import cache

logger = logging.getLogger(__name__)
SECONDS_BETWEEN_BEATS = 15
# The scheduler has something to do every minute.
LATE_AFTER = 180
KEPT_FOR = 7 * 24 * 3600
SCHEDULER = "scheduler"


@dataclass(frozen=True)
class Heartbeat:
    """`age` in seconds; None where it was never heard, or is not known."""

    name: str
    age: float | None
    is_known: bool = True

    @property
    def state(self) -> str:
        if not self.is_known:
            return "not known"
        if self.age is None:
            return "never seen"
        return "ok" if self.age < LATE_AFTER else "late"


def heartbeats(queues: list[str], *, is_cache_away: bool = False) -> list[Heartbeat]:
    """Of the scheduler, and of the worker of each queue; none where tasks run inside the request.

    Where it is known already that the cache does not answer, it is not asked again.
    """
    if settings.CELERY_TASK_ALWAYS_EAGER:
        return []
    names = [SCHEDULER, *(_worker_of(queue) for queue in queues)]
    if is_cache_away:
        return [Heartbeat(name, None, is_known=False) for name in names]
    try:
        seen = cache.get_many([_key(name) for name in names])
    except Exception:
        logger.warning("The cache is not responding; heartbeats are not known.")
        return [Heartbeat(name, None, is_known=False) for name in names]
    now = time.time()
    return [Heartbeat(name, max(0.0, now - seen[_key(name)]) if _key(name) in seen else None) for name in names]


class Beating:
    """Notes of this process that it works, every fifteen seconds at most. A cache that is away does not stop the work."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self.last = float("-inf")

    def __call__(self, **_sent: Any) -> None:
        if not self.names or time.monotonic() - self.last < SECONDS_BETWEEN_BEATS:
            return
        self.last = time.monotonic()
        try:
            cache.set_many({_key(name): time.time() for name in self.names}, KEPT_FOR)
        except Exception as error:
            logger.warning("The heartbeat could not be noted: %s", type(error).__name__)


def _worker_of(queue: str) -> str:
    return f"worker of {queue}"


def _key(name: str) -> str:
    return "heartbeat:" + name.replace(" ", "-")


# Celery asks at its start, before the queues are known, whether anybody wants to hear its heartbeats.
beating = Beating([])
heartbeat_sent.connect(beating)


@worker_ready.connect
def _begin_as_worker(sender: Any, **_more: Any) -> None:
    """From the loop that takes tasks, so that one that hangs is not heard any more."""
    beating.names = [_worker_of(queue.name) for queue in sender.task_consumer.queues]
    beating()


@beat_init.connect
def _begin_as_scheduler(**_more: Any) -> None:
    """With every task that it hands over."""
    beating.names = [SCHEDULER]
    after_task_publish.connect(beating)
    beating()
