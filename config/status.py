"""What an operator wants to know of the running site: as a page, as JSON, and as metrics for Prometheus."""

import hmac
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from accounts.rules import is_operator
from billing.queries import count_orders_needing_attention, count_waiting_events
from config.celery import app as celery
from config.health import GOOD, readiness
from config.heartbeats import Heartbeat, heartbeats
from jobs.queries import count_jobs
from learning.certificates.printing import SCRIPTS, scripts_without_font
from learning.checks import OPTIONAL
from mail.queries import MailCounts, count_mail

logger = logging.getLogger(__name__)
BROKER_TIMEOUT = 2
LONG_FOR_MAIL = 600
LATE = {
    "late": gettext_noop("The %(name)s has not been seen for more than three minutes."),
    "not known": gettext_noop("Whether the %(name)s works is not known: the cache does not answer."),
    "never seen": gettext_noop("The %(name)s has not been seen since the cache was emptied."),
}
T = TypeVar("T")


@dataclass(frozen=True)
class Status:
    """What could not be found out is None: the database or the broker did not answer."""

    ready: dict[str, str]
    heartbeats: list[Heartbeat]
    queues: dict[str, int] | None
    mail: MailCounts | None
    jobs: dict[str, int] | None
    orders_needing_attention: int | None
    payment_messages_waiting: int | None

    @property
    def oldest_queued_mail_seconds(self) -> float | None:
        """None where it is not known; 0 where no mail waits."""
        if self.mail is None:
            return None
        return (timezone.now() - self.mail.oldest_queued).total_seconds() if self.mail.oldest_queued else 0

    @property
    def concerns(self) -> list[str]:
        """What an operator should look at, in sentences."""
        late = [beat for beat in self.heartbeats if beat.state != "ok"]
        found = [_(LATE[beat.state]) % {"name": beat.name} for beat in late]
        if not set(self.ready.values()) <= GOOD:
            found.append(_("This process is not ready: see the checks below."))
        if self.queues is None:
            found.append(_("The broker does not answer. Tasks wait until it does."))
        if self.mail is None:
            found.append(_("The database does not answer."))
        elif (self.oldest_queued_mail_seconds or 0) > LONG_FOR_MAIL:
            found.append(_("E-mails have been waiting for more than ten minutes. Check the mail server and the worker."))
        if self.mail and self.mail.failed:
            found.append(_("E-mails failed permanently. Look at the list, and resend them from there."))
        if scripts := ", ".join(str(SCRIPTS[name][0]) for name in scripts_without_font() if name not in OPTIONAL):
            found.append(_("No font for %(scripts)s: names in these scripts cannot be printed.") % {"scripts": scripts})
        if self.orders_needing_attention:
            found.append(_("Orders need a review. Each says why."))
        return found

    def as_json(self) -> dict[str, object]:
        mail = self.mail
        return {
            "version": version(),
            "ready": self.ready,
            "heartbeats": [{"name": beat.name, "seconds": beat.age, "state": beat.state} for beat in self.heartbeats],
            "queues": self.queues,
            "mail": mail and {"queued": mail.queued, "failed": mail.failed, "oldest_seconds": self.oldest_queued_mail_seconds},
            "jobs": self.jobs,
            "orders_needing_attention": self.orders_needing_attention,
            "payment_messages_waiting": self.payment_messages_waiting,
        }


def collect() -> Status:
    names = sorted(celery.amqp.queues)
    ready = readiness.now()
    return Status(
        ready=ready,
        heartbeats=heartbeats(names, is_cache_away=ready.get("cache", "ok") not in GOOD),
        queues=_queue_lengths(names),
        mail=_unless_away(count_mail),
        jobs=_unless_away(count_jobs),
        orders_needing_attention=_unless_away(count_orders_needing_attention),
        payment_messages_waiting=_unless_away(count_waiting_events),
    )


def version() -> str:
    return str(settings.ACCORD_VERSION)


def _unless_away(count: Callable[[], T]) -> T | None:
    try:
        return count()
    except DatabaseError as error:
        logger.warning("The status lacks %s: %s", count.__name__, type(error).__name__)
        return None


def _queue_lengths(names: list[str]) -> dict[str, int] | None:
    """Tasks that wait in each queue; those at work are not among them. Empty where tasks run inside the request."""
    if settings.CELERY_TASK_ALWAYS_EAGER:
        return {}
    try:
        with celery.connection_for_read() as connection:
            connection.ensure_connection(max_retries=1, timeout=BROKER_TIMEOUT)
            return {name: _length(connection, name) for name in names}
    except Exception as error:  # of Kombu, of Redis, of the network
        logger.warning("The broker is not responding: %s", type(error).__name__)
        return None


def _length(connection: Any, name: str) -> int:
    with connection.channel() as channel:
        try:
            return channel.queue_declare(name, passive=True).message_count
        except connection.channel_errors:
            return 0  # nothing was ever put there, or, on Redis, nothing is there


# Pages ------------------------------------------------------------------------------------------------------------------


def for_operators(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Operators by their session, machines by the token of ACCORD_STATUS_TOKEN."""

    @wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponse:
        if _has_token(request) or is_operator(request.user):
            return view(request)
        if request.user.is_authenticated:
            raise PermissionDenied
        return HttpResponse(
            "Sign in as an operator, or send the token of ACCORD_STATUS_TOKEN.\n",
            status=401,
            content_type="text/plain; charset=utf-8",
            headers={"WWW-Authenticate": "Bearer"},
        )

    return wrapped


def _has_token(request: HttpRequest) -> bool:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    expected = settings.ACCORD_STATUS_TOKEN
    return bool(expected) and scheme.lower() == "bearer" and hmac.compare_digest(token.encode(), expected.encode())


@require_safe
@for_operators
def status(request: HttpRequest) -> HttpResponse:
    found = collect()
    if request.accepts("text/html") and not _has_token(request):
        return render(request, "status.html", {"status": found, "version": version()})
    return JsonResponse(found.as_json())


@require_safe
@for_operators
def metrics(request: HttpRequest) -> HttpResponse:
    registry = CollectorRegistry()
    registry.register(StatusMetrics(collect()))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)


class StatusMetrics(Collector):
    """Read from the database at the moment of asking, so that it does not matter which process answers."""

    def __init__(self, status: Status) -> None:
        self.status = status

    def collect(self) -> Iterator[Metric]:
        status = self.status
        yield _labelled("accord_info", "The version that runs; always 1.", "version", {version(): 1})
        checks = {name: value in GOOD for name, value in status.ready.items()}
        yield _labelled("accord_ready", "Whether this process can use it: 1 or 0.", "check", checks)
        ages = {beat.name: beat.age for beat in status.heartbeats if beat.age is not None}
        yield _labelled("accord_heartbeat_age_seconds", "Since it was last seen at work.", "process", ages)
        up = {beat.name: beat.state == "ok" for beat in status.heartbeats if beat.is_known}
        yield _labelled("accord_heartbeat_up", "Whether it was seen within three minutes: 1 or 0.", "process", up)
        yield GaugeMetricFamily("accord_broker_up", "Whether the broker answers: 1 or 0.", status.queues is not None)
        yield _labelled("accord_queue_tasks", "Tasks that wait.", "queue", status.queues)
        yield _labelled("accord_jobs", "Background work by state.", "state", status.jobs)
        if status.mail is not None:
            yield GaugeMetricFamily("accord_mail_queued", "E-mails that wait.", status.mail.queued)
            yield GaugeMetricFamily("accord_mail_failed", "E-mails that failed permanently.", status.mail.failed)
            oldest = status.oldest_queued_mail_seconds
            yield GaugeMetricFamily("accord_mail_oldest_queued_seconds", "Since the oldest of them was written.", oldest)
        yield from _single("accord_orders_needing_attention", "Orders to review.", status.orders_needing_attention)
        yield from _single("accord_payment_messages_waiting", "Messages not processed.", status.payment_messages_waiting)


def _labelled(name: str, text: str, label: str, values: Mapping[str, float] | None) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for key, value in (values or {}).items():
        family.add_metric([key], float(value))
    return family


def _single(name: str, text: str, value: int | None) -> Iterator[Metric]:
    if value is not None:
        yield GaugeMetricFamily(name, text, value)
