"""Django's `migrate`, one at a time: a second one waits for the first and then finds nothing left to do.

Two servers of one release are often started together, each with a `migrate` of its own.
"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.commands import migrate
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

# Any number, as long as every version has the same one; the lock is one of this database alone.
LOCK_KEY = 4_120_150_301


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with alone(connections[options["database"]], say=self._say_waiting):
            super().handle(*args, **options)

    def _say_waiting(self) -> None:
        self.stdout.write("Another migrate is at work on this database. Waiting until it has finished.")
        self.stdout.flush()


@contextmanager
def alone(connection: BaseDatabaseWrapper, *, say: Callable[[], None]) -> Iterator[None]:
    """Nobody else migrates this database as long as the context lasts; `say` is called before waiting for somebody."""
    if connection.vendor == "postgresql":
        with _advisory_lock(connection, say):
            yield
    elif connection.vendor == "sqlite" and not connection.is_in_memory_db():  # type: ignore[attr-defined]  # of SQLite's
        with _file_lock(Path(f"{connection.settings_dict['NAME']}.migrate-lock"), say):
            yield
    else:
        yield


@contextmanager
def _advisory_lock(connection: BaseDatabaseWrapper, say: Callable[[], None]) -> Iterator[None]:
    """PostgreSQL gives it back by itself when the session ends, however that happens."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_KEY])
        if not cursor.fetchone()[0]:
            say()
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK_KEY])
    try:
        yield
    finally:
        if connection.connection is not None and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK_KEY])


@contextmanager
def _file_lock(path: Path, say: Callable[[], None]) -> Iterator[None]:
    """The file stays: who deletes it takes it from under somebody who waits. The lock ends with its process."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
