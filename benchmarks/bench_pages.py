"""Signed-in pages beside a bare Wagtail page that shows the same blocks, from the same server in the same run.

The server is started as `make run` starts it (a gunicorn process for each core, at most four, eight threads each, SQLite, the
embedded broker as cache).
"""

import contextlib
import gzip
import os
import socket
import statistics
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.load import Measured, Target, interleaved, processor_of
from benchmarks.site import broker, stop

COURSE = "uncover-what-others-expect"
EMAIL = "reader@benchmark.example"
BARE_SLUG = "bare-lesson"
CONNECTIONS = 8
ROUNDS, REQUESTS = 25, 96
QUICK_ROUNDS, QUICK_REQUESTS = 1, 16
MAX_QUERIES = 8
LEAST_RATIO = 1.0
LESSON, COURSE_PAGE, BARE = "lesson page, signed in", "course page, signed in", "bare Wagtail page"


@dataclass(frozen=True)
class Asked:
    """One page asked for once through Django's test client, warm."""

    queries: int
    body: bytes


def run(*, quick: bool) -> list[dict]:
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.bare.settings"
    with site() as (port, server):
        targets = fill()
        asked = {target.name: ask(target) for target in targets}
        arriving = queries_on_arrival(targets[0])
        measured = interleaved(
            port,
            targets,
            rounds=QUICK_ROUNDS if quick else ROUNDS,
            requests=QUICK_REQUESTS if quick else REQUESTS,
            connections=CONNECTIONS,
            processor=lambda: processor_of(server),
        )
    return rows(asked, arriving, measured)


def rows(asked: dict[str, Asked], arriving: int, measured: dict[str, Measured]) -> list[dict]:
    bare = measured[BARE]
    table: list[dict] = []
    least = f"at least {LEAST_RATIO}"
    for name in (LESSON, COURSE_PAGE, BARE):
        page, load = asked[name], measured[name]
        is_aimed = name == LESSON
        table += [
            row(name, load.rate, "requests/s", bare.rate, ratio_of(load.rates, bare.rates), least if is_aimed else ""),
            row(
                name,
                statistics.median(load.processor),
                "ms of processor",
                statistics.median(bare.processor),
                # The other way round, so that it reads like the ratio of the rates.
                ratio_of(bare.processor, load.processor),
                least if is_aimed else "",
            ),
            row(name, load.percentile(0.50), "ms p50", bare.percentile(0.50)),
            row(name, load.percentile(0.95), "ms p95", bare.percentile(0.95)),
            row(name, page.queries, "SQL queries", asked[BARE].queries, aim=f"at most {MAX_QUERIES}" if is_aimed else ""),
            row(name, len(page.body), "bytes of HTML", len(asked[BARE].body)),
            row(name, len(gzip.compress(page.body)), "bytes of HTML, gzip", len(gzip.compress(asked[BARE].body))),
        ]
    arrival = row(LESSON + ", arriving", arriving, "SQL queries", asked[BARE].queries, aim=f"at most {MAX_QUERIES}")
    return [*table, arrival]


def row(name: str, value: float, unit: str, beside: Any = None, ratio: float | None = None, aim: str = "") -> dict:
    if name == BARE:
        beside = ratio = None
    return {"name": name, "value": value, "unit": unit, "beside": beside, "ratio": ratio, "aim": aim}


def ratio_of(rates: list[float], divisors: list[float]) -> float | None:
    """Median over the rounds of the ratio within a round: neighbours in time share the noise of the machine."""
    return statistics.median(rate / divisor for rate, divisor in zip(rates, divisors, strict=True)) if all(divisors) else None


# The site -------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def site() -> Iterator[tuple[int, int]]:
    """Broker, database, content and web server in the folder of ACCORD_VAR; yields the server's port and process."""
    from django.conf import settings

    from config.launcher import prepare, tail

    var_dir: Path = settings.VAR_DIR
    with broker(var_dir), contextlib.ExitStack() as stack:
        prepare()
        port = free_port()
        server = serve(var_dir, port)
        stack.callback(stop, server)
        if not answers(f"http://127.0.0.1:{port}/readyz", server):
            raise RuntimeError(f"The server did not start:\n{tail(var_dir / 'log' / 'web.log')}")
        yield port, server.pid


def serve(var_dir: Path, port: int) -> subprocess.Popen:
    """The launcher's own web process, so that the benchmark measures what `make run` starts."""
    from config.launcher import children

    (web,) = children(var_dir, port, with_worker=False)
    with web.log.open("ab") as log:
        return subprocess.Popen(web.command, stdout=log, stderr=log)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(url: str, server: subprocess.Popen, *, within: float = 60) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own server
            if answer.status == 200:
                return True
        time.sleep(0.1)
    return False


# What is measured -----------------------------------------------------------------------------------------------------


def fill() -> list[Target]:
    """A learner half-way through the free course in an organisation's cohort, and the lesson's blocks on a bare page."""
    from learning.queries import progress

    enrolment = learner_half_way()
    following = progress(enrolment).next_lesson
    assert following is not None
    return [*pages_of(enrolment), Target(BARE, bare_page(following.id))]


def pages_of(enrolment: Any) -> list[Target]:
    """The lesson to go on with and the course page, asked for by the learner."""
    from django.conf import settings
    from django.test import Client
    from django.urls import reverse

    from learning.queries import progress
    from web.links import lesson_address

    lesson = progress(enrolment).next_lesson
    assert lesson is not None
    client = Client()
    client.force_login(enrolment.user, backend="django.contrib.auth.backends.ModelBackend")
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    slug = enrolment.course.slug
    return [
        Target(LESSON, lesson_address(slug, lesson.module_slug, lesson.slug), cookie),
        Target(COURSE_PAGE, reverse("courses:course", args=[slug]), cookie),
    ]


def learner_half_way() -> Any:
    from accounts.services import create_organisation
    from courses.models import Course
    from demo.fill import ensure_membership, ensure_user, go_through
    from learning.models import Enrolment
    from learning.services import add_to_cohort, create_cohort

    course = Course.objects.get(key=COURSE)
    organisation = create_organisation(slug="benchmark", name="Benchmark")
    user = ensure_user(EMAIL, "Ada", "Reader", password=None)
    cohort = create_cohort(organisation=organisation, name="Readers", course=course, actor=None)
    add_to_cohort(cohort=cohort, memberships=[ensure_membership(organisation, user)])
    enrolment = Enrolment.objects.get(cohort=cohort, user=user)
    go_through(enrolment, len(enrolment.version.requirements) // 2)
    enrolment.refresh_from_db()
    return enrolment


def bare_page(lesson_id: str) -> str:
    """Address of a page of Wagtail's own with the blocks of a lesson."""
    from wagtail.models import Site

    from benchmarks.bare.models import BarePage
    from cms.models import LessonPage

    lesson = LessonPage.objects.get(lesson__uuid=lesson_id)
    home = Site.objects.get(is_default_site=True).root_page
    home.add_child(instance=BarePage(title=lesson.title, slug=BARE_SLUG, body=lesson.body, live=True))
    return f"/{BARE_SLUG}/"


def client_of(target: Target) -> Any:
    from django.test import Client

    client = Client(SERVER_NAME="127.0.0.1")
    if target.cookie:
        name, _is, value = target.cookie.partition("=")
        client.cookies[name] = value
    return client


def ask(target: Target) -> Asked:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = client_of(target)
    client.get(target.path)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(target.path)
    assert answer.status_code == 200, (target.path, answer.status_code)
    return Asked(len(queries), answer.content)


def queries_on_arrival(target: Target) -> int:
    """Queries of the request that also remembers the position: somebody comes from another lesson."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from courses.models import Lesson
    from learning.models import Enrolment

    enrolment = Enrolment.objects.get(user__email=EMAIL)
    first = Lesson.objects.filter(course=enrolment.course).exclude(pk=enrolment.last_lesson_id).order_by("pk").first()
    Enrolment.objects.filter(pk=enrolment.pk).update(last_lesson=first)
    with CaptureQueriesContext(connection) as queries:
        client_of(target).get(target.path)
    return len(queries)
