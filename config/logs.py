"""Log lines as text or as JSON (ACCORD_LOG_FORMAT), without addresses, with the id of the request."""

import logging
from datetime import datetime
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from common.scrubbing import scrub, scrub_all

FORMATS = ("plain", "json")
# Of a record, under the names that others know them by. What is given as `extra` is added.
FIELDS = ["levelname", "name", "message", "request_id"]
# What JSON has words for. Anything else is written as its text.
PLAIN = (str, int, float, bool, list, tuple, dict, datetime, type(None))


class PlainLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return scrub(super().format(record))


class JsonLines(JsonFormatter):
    """One object a line; a traceback is in `exc_info`.

    Scrubbed before it becomes JSON: an address after a line end would take half of the `\\n` with it.
    """

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        return {name: scrub_all(value if isinstance(value, PLAIN) else str(value)) for name, value in log_data.items()}


def logging_config(log_format: str, level: str) -> dict[str, Any]:
    """For Django, Celery and gunicorn alike. Raises `ImproperlyConfigured` for another format."""
    if log_format not in FORMATS:
        raise ImproperlyConfigured(f"ACCORD_LOG_FORMAT is {log_format!r}; it can be {' or '.join(FORMATS)}.")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request_id": {"()": "common.request_ids.RequestIdFilter"}},
        "formatters": {
            "plain": {
                "()": "config.logs.PlainLines",
                "format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s",
            },
            "json": {
                "()": "config.logs.JsonLines",
                "fmt": FIELDS,
                "timestamp": True,
                "rename_fields": {"levelname": "level", "name": "logger"},
                # Django hands its loggers the request, which is no text and holds what must not be here.
                "reserved_attrs": [*RESERVED_ATTRS, "request", "data"],
            },
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": log_format, "filters": ["request_id"]}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django.request": {"level": "ERROR"},
            "django.server": {"level": "WARNING"},
            # Whoever scans the net asks under any name: it is refused, and nothing that somebody here could mend.
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            "wagtail": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            # gunicorn's own, which write for themselves otherwise.
            "gunicorn.error": {"level": level, "propagate": True, "handlers": []},
        },
    }
