"""One id for a request and for the tasks that it starts: in every log line, and in the answer."""

import logging
import re
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any
from uuid import uuid4

from celery.signals import before_task_publish, task_postrun, task_prerun
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

HEADER = "X-Request-ID"
TASK_HEADER = "request_id"
# What a proxy may send us: nothing that could be taken for something else in a log.
WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
current: ContextVar[str] = ContextVar("request_id", default="")
requests = logging.getLogger("accord.requests")


class RequestIdMiddleware:
    """Takes the id of the proxy in front where it is well formed, makes one otherwise, and gives it back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        sent = request.headers.get(HEADER, "")
        request_id = sent if WELL_FORMED.fullmatch(sent) else uuid4().hex
        token, began = current.set(request_id), time.perf_counter()
        try:
            response = self.get_response(request)
            if settings.ACCORD_LOG_REQUESTS:
                _log(request, response, time.perf_counter() - began)
        finally:
            current.reset(token)
        response[HEADER] = request_id
        return response


def _log(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    """By the pattern of the address: the address itself may name people and open things."""
    route = request.resolver_match.route if request.resolver_match else "[no page]"
    measured = {"method": request.method, "route": route, "status": response.status_code, "ms": round(seconds * 1000)}
    requests.info("%(method)s /%(route)s %(status)s %(ms)s ms", measured, extra=measured)


class RequestIdFilter(logging.Filter):
    """For handlers: `%(request_id)s`, a dash where there is none."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current.get() or "-"
        return True


@before_task_publish.connect
def _hand_on(headers: dict[str, Any], **_more: Any) -> None:
    if request_id := current.get():
        headers.setdefault(TASK_HEADER, request_id)


@task_prerun.connect
def _take_up(task_id: str, task: Any, **_more: Any) -> None:
    """Of the request that started it; the task's own where the scheduler did."""
    if not task.request.is_eager:  # else it runs inside that request
        current.set(task.request.get(TASK_HEADER) or task_id)


@task_postrun.connect
def _put_down(task: Any, **_more: Any) -> None:
    if not task.request.is_eager:
        current.set("")
