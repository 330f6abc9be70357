"""Whether this process is up, and whether it can serve. What happens behind it is told by `/status`."""

import logging
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import OperationalError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)
SECONDS_BETWEEN_CHECKS = 10
# A check that somebody else began and that has not come back by then is not going to.
PATIENCE = 30
DATABASE_TIMEOUT = "3s"
SQLITE_DEFAULT = 5
GOOD = {"ok", "busy"}
# Long past, so that nobody takes it for a session.
ENDED = timedelta(days=365)


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process is up."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Database, migrations, cache: 200 when this process can read and write. Asked often, looked at every ten seconds."""
    checks = readiness.now()
    return JsonResponse(checks, status=200 if set(checks.values()) <= GOOD else 503)


@dataclass
class Readiness:
    """What was found last, by whichever thread looked; the others do not wait for it."""

    found: dict[str, str] = field(default_factory=dict)
    found_at: float = 0
    is_migrated: bool = False
    looking: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> dict[str, str]:
        if self.found and time.monotonic() - self.found_at < SECONDS_BETWEEN_CHECKS:
            return self.found
        if self.looking.acquire(blocking=not self.found):
            try:
                self._look()
            finally:
                self.looking.release()
        elif time.monotonic() - self.found_at > PATIENCE:
            return self.found | {"database": "not answering"}
        return self.found

    def _look(self) -> None:
        if self.found and time.monotonic() - self.found_at < SECONDS_BETWEEN_CHECKS:
            return  # by the one that we waited for
        self.found = {"database": _database(), "migrations": self._migrations(), "cache": _cache()}
        self.found_at = time.monotonic()

    def _migrations(self) -> str:
        """Asked until they are applied: this program does not get more of them while it runs."""
        if not self.is_migrated:
            try:
                executor = MigrationExecutor(connection)
                self.is_migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
            except Exception:
                return "not known"
        return "ok" if self.is_migrated else "waiting"


readiness = Readiness()


def _database() -> str:
    """A write that is committed and leaves nothing behind: a session that ended long ago, and is deleted at once."""
    try:
        connection.ensure_connection()
    except Exception as error:
        logger.warning("The database is not reachable: %s", type(error).__name__)
        return "not reachable"
    try:
        with _limited(), transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute(f"SET LOCAL statement_timeout = '{DATABASE_TIMEOUT}'")
            written = Session.objects.create(
                session_key=f"readyz{uuid4().hex}"[:40], session_data="", expire_date=timezone.now() - ENDED
            )
            written.delete()
    except OperationalError as error:
        if _is_busy(error):
            return "busy"
        return _not_writable(error)
    except Exception as error:
        return _not_writable(error)
    return "ok"


def _not_writable(error: Exception) -> str:
    logger.warning("The database cannot be written: %s", type(error.__cause__ or error).__name__)
    return "not writable"


@contextmanager
def _limited() -> Iterator[None]:
    """On SQLite somebody else may write for a while, and pages wait for their turn. This one does not."""
    if connection.vendor != "sqlite":
        yield
        return
    _wait_at_most(0)
    try:
        yield
    finally:
        _wait_at_most(connection.settings_dict["OPTIONS"].get("timeout", SQLITE_DEFAULT))


def _wait_at_most(seconds: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {seconds * 1000:.0f}")


def _is_busy(error: OperationalError) -> bool:
    # The lower byte is the kind of error, what is above it says more.
    return getattr(error.__cause__, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def _cache() -> str:
    try:
        cache.set("readyz", 1, SECONDS_BETWEEN_CHECKS)
    except Exception as error:
        logger.warning("The cache is not reachable: %s", type(error).__name__)
        return "not reachable"
    return "ok"
