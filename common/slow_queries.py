"""Statements that take long, in the log, where ACCORD_SLOW_QUERY_MS asks for them; never with their values."""

import logging
import time
from typing import Any

from django.conf import settings
from django.db.backends.signals import connection_created

logger = logging.getLogger(__name__)
MAX_STATEMENT = 1000


def watch() -> None:
    connection_created.connect(_watch_connection, dispatch_uid="slow queries")


def _watch_connection(connection: Any, **_more: Any) -> None:
    if settings.ACCORD_SLOW_QUERY_MS and _timed not in connection.execute_wrappers:
        connection.execute_wrappers.append(_timed)


def _timed(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    began = time.perf_counter()
    try:
        return execute(sql, params, many, context)
    finally:
        ms = round((time.perf_counter() - began) * 1000)
        if ms >= settings.ACCORD_SLOW_QUERY_MS:
            logger.warning("%s ms: %s", ms, sql[:MAX_STATEMENT], extra={"ms": ms})
