"""Learners at a steady rate for a minute, and the bare Wagtail page at the same rate, from the same server in the same run.

The server is started as `make run` starts it: as many processes as cores, at most four (`config.cores`). Requests are sent when
they are due, whether earlier ones were answered or not, and each is timed from the moment it was due: a server that falls
behind is not spared what waits.
"""

import http.client
import os
import random
import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from benchmarks import bench_pages
from benchmarks.bench_pages import row

RATE, SECONDS, WARM_UP_SECONDS = 40, 60, 10
QUICK_RATE, QUICK_SECONDS, QUICK_WARM_UP_SECONDS = 10, 2, 1
LEARNERS, QUICK_LEARNERS = 100, 5
CONNECTIONS = 48
SLOWEST_P95 = 100
LESSON, ENTRY, CHECK, BARE = "lesson", "entry", "check", "bare Wagtail page"
# Of a hundred requests. How often readers turn a page, save what they write (autosave included), and answer a check.
SHARES = {LESSON: 60, ENTRY: 25, CHECK: 15}
TOKEN = "c" * 32


@dataclass(frozen=True)
class Request:
    kind: str
    method: str
    path: str
    headers: dict[str, str]
    body: str = ""


@dataclass
class Answers:
    """`seconds` of each request from when it was due, by kind; `late`: how long after that it was sent."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    late: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    took: float = 0

    def of(self, *kinds: str) -> list[float]:
        return [second for kind in kinds or self.seconds for second in self.seconds.get(kind, [])]


def run(*, quick: bool) -> list[dict]:
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.bare.settings"
    rate, seconds, warm_up = (QUICK_RATE, QUICK_SECONDS, QUICK_WARM_UP_SECONDS) if quick else (RATE, SECONDS, WARM_UP_SECONDS)
    with bench_pages.site() as (port, _server):
        requests, bare = prepare(QUICK_LEARNERS if quick else LEARNERS), bare_request()
        chance = random.Random(1)
        steady(port, mixed(requests, chance, rate * warm_up), rate)
        learners = steady(port, mixed(requests, chance, rate * seconds), rate)
        plain = steady(port, [bare] * (rate * seconds), rate)
    return rows(learners, plain, rate)


def rows(learners: Answers, plain: Answers, rate: int) -> list[dict]:
    """The table; what failed stands in the name of its row, so that nobody has to run it again to see it."""
    beside = plain.of()
    everything = learners.of()
    table = [
        row(f"{rate} requests/s", len(everything) / learners.took, "requests/s answered", len(beside) / plain.took),
        row(f"{rate} requests/s", percentile(everything, 0.5), "ms p50", percentile(beside, 0.5)),
        row(
            f"{rate} requests/s",
            percentile(everything, 0.95),
            "ms p95",
            percentile(beside, 0.95),
            aim=f"less than {SLOWEST_P95}",
        ),
        row(f"{rate} requests/s", percentile(everything, 1), "ms at most", percentile(beside, 1)),
    ]
    table += [row(f"{rate} requests/s, {kind}", percentile(learners.of(kind), 0.95), "ms p95") for kind in SHARES]
    first = f": {learners.failures[0]}" if learners.failures else ""
    table.append(
        row(f"{rate} requests/s, not answered{first}", len(learners.failures), "requests", len(plain.failures), aim="0")
    )
    table.append(row(f"{rate} requests/s, sent late", percentile(learners.late, 0.95), "ms p95", percentile(plain.late, 0.95)))
    return table


def percentile(seconds: Iterable[float], share: float) -> float:
    """Milliseconds within which that share was done; 0 of nothing."""
    ordered = sorted(seconds)
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


# Requests when they are due ---------------------------------------------------------------------------------------------


def mixed(requests: dict[str, list[Request]], chance: random.Random, count: int) -> list[Request]:
    kinds = chance.choices(list(SHARES), weights=list(SHARES.values()), k=count)
    return [chance.choice(requests[kind]) for kind in kinds]


def steady(port: int, requests: list[Request], rate: float) -> Answers:
    """Send each when it is due, `rate` a second, over connections that are kept."""
    answers, connections = Answers(), Connections(port)
    start = time.perf_counter() + 0.1

    def send(due: float, request: Request) -> None:
        answers.late.append(time.perf_counter() - due)
        problem = connections.ask(request)
        if problem:
            answers.failures.append(f"{request.method} {request.path}: {problem}")
        else:
            answers.seconds.setdefault(request.kind, []).append(time.perf_counter() - due)

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        running: list[Future[None]] = []
        for number, request in enumerate(requests):
            due = start + number / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            running.append(threads.submit(send, due, request))
    for future in running:
        future.result()
    answers.took = time.perf_counter() - start
    connections.close()
    return answers


class Connections:
    """One for each thread, kept as a browser keeps it; one that the server has closed in the meantime is opened anew."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.own = threading.local()
        self.opened: list[http.client.HTTPConnection] = []

    def ask(self, request: Request) -> str:
        """What went wrong; empty when nothing did."""
        kept = getattr(self.own, "connection", None)
        if kept is not None:
            try:
                return _exchange(kept, request)
            except (OSError, http.client.HTTPException):
                kept.close()
        self.own.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        self.opened.append(self.own.connection)
        try:
            return _exchange(self.own.connection, request)
        except (OSError, http.client.HTTPException) as error:
            return repr(error)

    def close(self) -> None:
        for connection in self.opened:
            connection.close()


def _exchange(connection: http.client.HTTPConnection, request: Request) -> str:
    connection.request(request.method, request.path, request.body or None, request.headers)
    answer = connection.getresponse()
    answer.read()
    return "" if answer.status == 200 else str(answer.status)


# What is asked ----------------------------------------------------------------------------------------------------------


def prepare(learners: int) -> dict[str, list[Request]]:
    """What each learner may ask, by kind."""
    from benchmarks.faults.site import make_members, make_organisation, make_users
    from learning.services import add_to_cohort, create_cohort
    from web.links import lesson_address

    course, texts = course_and_lessons()
    organisation, _admin = make_organisation("load")
    users = make_users("reader", learners)
    cohort = create_cohort(organisation=organisation, name="Readers", course=course, actor=None)
    add_to_cohort(cohort=cohort, memberships=make_members(organisation, users))
    lessons = [(text, lesson_address(course.slug, text.module_slug, text.slug)) for text in texts]
    requests: dict[str, list[Request]] = {kind: [] for kind in SHARES}
    for user in users:
        headers = _headers(user)
        for text, address in lessons:
            requests[LESSON].append(Request(LESSON, "GET", address, headers))
            requests[ENTRY] += _entries(text, address, headers)
            requests[CHECK] += _checks(text, address, headers)
    return requests


def bare_request() -> Request:
    """The blocks of the first lesson on the bare page, which only the settings of the comparison have."""
    _course, lessons = course_and_lessons()
    return Request(BARE, "GET", bench_pages.bare_page(lessons[0].id), {})


def course_and_lessons() -> tuple[Any, list[Any]]:
    from courses import content
    from courses.models import Course

    course = Course.objects.select_related("current_version").get(key=bench_pages.COURSE, current_version__isnull=False)
    return course, list(content.lessons(course.current_version))


def _headers(user: Any) -> dict[str, str]:
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    cookie = f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={TOKEN}"
    return {"Cookie": cookie, "X-CSRFToken": TOKEN, "Accept-Encoding": "gzip"}


def _entries(text: Any, address: str, headers: dict[str, str]) -> list[Request]:
    sent = headers | {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    body = urlencode({"text": "What they expect is an answer by Friday, and a call when that will not do. " * 4})
    blocks = [block.id for block in text.blocks if block.type == "reflection"]
    return [Request(ENTRY, "POST", f"{address}entries/{block}/", sent, body) for block in blocks]


def _checks(text: Any, address: str, headers: dict[str, str]) -> list[Request]:
    from assessments.queries import checks_for

    sent = headers | {"HX-Request": "true", "Content-Type": "application/x-www-form-urlencoded"}
    by_item = {block.value["item"]: block.id for block in text.blocks if block.type == "check"}
    found = checks_for(by_item)
    return [
        Request(CHECK, "POST", f"{address}checks/{by_item[item]}/", sent, urlencode({"chosen": version.options[0]["id"]}))
        for item, (version, _answer) in found.items()
    ]
