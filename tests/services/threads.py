"""Threads that act in the same moment, each over a connection of its own, as workers and tabs do."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from django.db import connection, transaction

PATIENCE = 60
LOCK_TIMEOUT = "3s"  # far longer than what one short transaction of ours needs
_WE_ARE_WAITED_FOR = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"

Act = Callable[[], Any]


def at_once(acts: Iterable[Act], *, expected: type[Exception] | tuple[type[Exception], ...] = ()) -> list[Any]:
    """Start every act at the same moment; their results in order. An `expected` exception is a result, any other is raised."""
    acts = list(acts)
    barrier = threading.Barrier(len(acts))

    def run(act: Act) -> Any:
        try:
            connection.ensure_connection()
            barrier.wait(PATIENCE)
            return act()
        except expected as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result() for future in [pool.submit(run, act) for act in acts]]


def overlapping(first: Act, second: Act) -> tuple[Any, Any]:
    """Do `first`, and before its transaction is committed begin `second`, which may have to wait for it. Both results."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            result = first()
            future = pool.submit(_with_lock_timeout, second, f"{PATIENCE}s")
            _until_done_or_waiting(future)
        return result, future.result(PATIENCE)


def unhindered(act: Act) -> Any:
    """What `act` returns beside the caller's open transaction; `OperationalError` if it has to wait for one of its locks."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(_with_lock_timeout, act, LOCK_TIMEOUT).result(PATIENCE)


def _with_lock_timeout(act: Act, lock_timeout: str) -> Any:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [lock_timeout])
        return act()
    finally:
        connection.close()


def _until_done_or_waiting(future: Future) -> None:
    """Come back once the other thread has finished or waits for a lock that we hold."""
    for _look in range(PATIENCE * 50):
        if wait([future], timeout=0.02).done:
            return
        with connection.cursor() as cursor:
            cursor.execute(_WE_ARE_WAITED_FOR)
            if cursor.fetchone()[0]:
                return
    raise TimeoutError("The other thread neither finishes nor waits for a lock.")
