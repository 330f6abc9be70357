"""Errors to Sentry where SENTRY_DSN asks for it, without what people typed and who they are."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from common import request_ids
from common.scrubbing import scrub_all

# Of a report: whatever could hold a name, an address or an answer.
LEFT_OUT = ("user", "breadcrumbs", "modules")
REQUEST_KEPT = ("method", "url")


def start_sentry(dsn: str, *, release: str, environment: str) -> None:
    """Raises `ImproperlyConfigured` where the package is not installed."""
    try:
        # Not installed where nobody wants it.
        import sentry_sdk
    except ImportError:
        raise ImproperlyConfigured(
            "SENTRY_DSN is set, and sentry-sdk is not installed: pip install --require-hashes -r requirements/sentry.txt"
        ) from None
    sentry_sdk.init(
        dsn=dsn,
        release=release,
        environment=environment,
        send_default_pii=False,
        max_request_body_size="never",
        include_local_variables=False,
        max_breadcrumbs=0,
        traces_sample_rate=0,
        auto_session_tracking=False,
        before_send=without_personal_data,
    )


def without_personal_data(event: Any, hint: Any) -> Any:
    """What went wrong and where; of the request its address without a query, of a task its name and id."""
    for name in LEFT_OUT:
        event.pop(name, None)
    if request := event.get("request"):
        event["request"] = {name: request[name] for name in REQUEST_KEPT if name in request}
        event["request"]["url"] = event["request"].get("url", "").partition("?")[0]
    if job := event.get("extra", {}).get("celery-job"):
        event["extra"]["celery-job"] = {"task_name": job.get("task_name")}
    if request_id := request_ids.current.get():
        event.setdefault("tags", {})["request_id"] = request_id
    return scrub_all(event)
