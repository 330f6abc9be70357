"""Log lines: as text or JSON, with the id of the request, without people."""

import gzip
import io
import json
import logging
import logging.config
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest import mock

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.backends.signals import connection_created
from django.test import Client
from django.urls import reverse

from common import request_ids, slow_queries
from common.request_ids import HEADER
from config.logs import logging_config
from config.sentry import without_personal_data
from jobs.services import forget_old_jobs
from mail.models import MailDelivery
from mail.services.delivering import send
from tests.config.test_settings import PRODUCTION, run
from tests.factories import UserFactory

HEX = re.compile(r"[0-9a-f]{32}")


@contextmanager
def logged(log_format: str = "plain"):
    """What is written while it lasts, in a format of the site's."""
    written = io.StringIO()
    config = logging_config(log_format, "INFO")
    handler = logging.StreamHandler(written)
    handler.setFormatter(logging.config.DictConfigurator(config).configure_formatter(config["formatters"][log_format]))
    handler.addFilter(request_ids.RequestIdFilter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield written
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def test_a_line_is_an_object(settings):
    with logged("json") as written:
        token = request_ids.current.set("abcdefgh")
        logging.getLogger("accord.test").warning("%s rows, of ada@example.org", 3, extra={"rows": 3})
        request_ids.current.reset(token)
    line = json.loads(written.getvalue())
    assert re.match(r"\d{4}-\d\d-\d\dT", line.pop("timestamp"))
    assert line == {
        "level": "WARNING",
        "logger": "accord.test",
        "message": "3 rows, of [address]",
        "request_id": "abcdefgh",
        "rows": 3,
    }


def test_a_traceback_stays_in_one_line():
    with logged("json") as written:
        try:
            int("of bob@example.org")
        except ValueError:
            logging.getLogger("accord.test").exception("Failed")
    [line] = written.getvalue().splitlines()
    assert "'of [address]'" in json.loads(line)["exc_info"]


@pytest.mark.parametrize(
    "said",
    [
        "of\nada@example.org",
        'of "ada@example.org"',
        "of\tjörg@müller.example",
        "null value\nDETAIL:  Failing row contains (1, Zebulon\nQuatermain).",
    ],
)
def test_what_is_left_out_leaves_an_object(said):
    with logged("json") as written:
        error = ValueError(said)
        logging.getLogger("accord.test").error("Failed: %s", said, exc_info=error, extra={"of": [said], "error": error})
    line = json.loads(written.getvalue())
    assert set(line) == {"timestamp", "level", "logger", "message", "request_id", "exc_info", "of", "error"}
    assert [word for word in ("ada@", "rg@", "ller.example", "Zebulon", "Quatermain") if word in str(line)] == []


def test_text_has_the_id_too():
    with logged() as written:
        logging.getLogger("accord.test").warning("one")
        token = request_ids.current.set("abcdefgh")
        logging.getLogger("accord.test").warning("two")
        request_ids.current.reset(token)
    assert [line[24:] for line in written.getvalue().splitlines()] == [
        "WARNING accord.test [-] one",
        "WARNING accord.test [abcdefgh] two",
    ]


def test_another_format_does_not_start():
    with pytest.raises(ImproperlyConfigured, match="it can be plain or json"):
        logging_config("xml", "INFO")


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        ("0a1b2c3d-from.the_proxy", True),
        ("short", False),
        ("x" * 65, False),
        ("has blanks in it", False),
        ("<script>alert(1)</script>", False),
        ("line\tbreak-of-something", False),
        ("", False),
    ],
)
def test_the_proxys_id_is_taken_where_it_is_well_formed(client, sent, taken):
    given = client.get("/healthz", headers={HEADER: sent})[HEADER]
    assert (given == sent) is taken
    assert taken or HEX.fullmatch(given)


def test_each_request_has_its_own_and_nothing_is_left(client):
    assert client.get("/healthz")[HEADER] != client.get("/healthz")[HEADER]
    assert request_ids.current.get() == ""


@pytest.mark.django_db
def test_requests_are_logged_by_pattern_where_asked_for(client, settings):
    with logged("json") as written:
        client.get("/healthz")
        settings.ACCORD_LOG_REQUESTS = True
        client.get(reverse("mail_link", args=["a-token"]))
        client.get("/nowhere/ada@example.org/")
    lines = [json.loads(line) for line in written.getvalue().splitlines() if '"accord.requests"' in line]
    assert (lines[0]["method"], lines[0]["route"], lines[0]["status"]) == ("GET", "l/<str:token>/", 404)
    assert (len(lines), "a-token" in written.getvalue(), "ada@" in written.getvalue()) == (2, False, False)


def test_tasks_take_the_id_along():
    headers: dict[str, str] = {}
    token = request_ids.current.set("of-the-request")
    request_ids.before_task_publish.send(sender="x", headers=headers)
    request_ids.current.reset(token)
    assert headers == {"request_id": "of-the-request"}
    seen = []

    class Task:
        class request:  # noqa: N801 - as Celery names it
            is_eager = False
            get = staticmethod(headers.get)

    request_ids.task_prerun.send(sender="x", task_id="its-own", task=Task)
    seen.append(request_ids.current.get())
    request_ids.task_postrun.send(sender="x", task=Task)
    seen.append(request_ids.current.get())
    headers.clear()
    request_ids.task_prerun.send(sender="x", task_id="its-own", task=Task)
    seen.append(request_ids.current.get())
    request_ids.task_postrun.send(sender="x", task=Task)
    assert seen == ["of-the-request", "", "its-own"]


@pytest.mark.django_db
def test_a_task_inside_a_request_keeps_the_requests():
    token = request_ids.current.set("of-the-request")
    forget_old_jobs.delay()
    kept = request_ids.current.get()
    request_ids.current.reset(token)
    assert kept == "of-the-request"


@pytest.mark.django_db
def test_slow_statements_are_logged_without_their_values(settings):
    settings.ACCORD_SLOW_QUERY_MS = 1000
    for _time in range(2):
        connection_created.send(sender=type(connection), connection=connection)
    try:
        with logged() as written, connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            settings.ACCORD_SLOW_QUERY_MS = -1
            cursor.execute("SELECT %s", ["Okafor"])
    finally:
        connection.execute_wrappers.remove(slow_queries._timed)
    [line] = written.getvalue().splitlines()
    assert line.endswith("ms: SELECT %s")


WORK = """
import django; django.setup()
from celery.contrib.testing.worker import start_worker
from common import request_ids
from config.celery import app
seen = []

@app.task(name="tests.see")
def see():
    seen.append(request_ids.current.get())

app.conf.update(broker_url="memory://", task_always_eager=False)
with start_worker(app, pool="solo", perform_ping_check=False) as worker:
    token = request_ids.current.set("of-the-request")
    see.delay()
    request_ids.current.reset(token)
    own = see.delay().id
    worker.ensure_started()
    import threading
    while len(seen) < 2:
        threading.Event().wait(0.05)
print(seen == ["of-the-request", own])
"""


def test_a_worker_goes_on_under_the_id_of_the_request(tmp_path):
    code, output = run(tmp_path, "-c", WORK, **PRODUCTION)
    assert (code, output.splitlines()[0]) == (0, "True"), output


@pytest.mark.django_db
@pytest.mark.parametrize("log_format", ["plain", "json"])
def test_logs_name_nobody(log_format, settings, organisation, member, sign_in):
    """What people do, and what goes wrong for them: refused sign-ins, an invitation, a mail that fails, a page that fails."""
    settings.ACCORD_LOG_REQUESTS = True
    owner = member(organisation, "owner", user=UserFactory(first_name="Zebulon", last_name="Quatermain")).user
    visitor = Client(raise_request_exception=False)
    with logged(log_format) as written:
        visitor.post("/accounts/login/", {"login": owner.email, "password": "not it"})
        visitor.post("/accounts/password/reset/", {"email": "ghost@nowhere.example"})
        console = sign_in(owner)
        console.raise_request_exception = False
        with mock.patch("mail.services.delivering.render", side_effect=OSError("mailbox of zora@invited.example is full")):
            console.post(
                reverse("org:person_add", args=[organisation.slug]),
                {"email": "zora@invited.example", "first_name": "Zora", "last_name": "Invited", "role": ""},
            )
            for delivery in MailDelivery.objects.all():
                send([delivery.pk])
        refused = ValueError(f"Key (email)=({owner.email}) of {owner.email} already exists")
        with mock.patch("config.health.readiness.now", side_effect=refused):
            assert console.get("/readyz?of=zora@invited.example").status_code == 500
    text = written.getvalue()
    assert "OSError" in text  # of the mail that failed
    assert "already exists" in text  # of the page
    hidden = [owner.email, "ghost@nowhere.example", "zora@invited.example", "Zebulon", "Quatermain", "Zora", "Invited"]
    assert [word for word in hidden if word in text] == []


# Reports to Sentry ------------------------------------------------------------------------------------------------------

REPORT = """
from unittest import mock
from wsgiref.util import setup_testing_defaults
from config.wsgi import application
import sentry_sdk
environ = {
    "PATH_INFO": "/readyz", "QUERY_STRING": "name=Zebulon", "HTTP_HOST": "accord.example.org", "wsgi.url_scheme": "https",
    "HTTP_X_REQUEST_ID": "of-the-request", "HTTP_COOKIE": "csrftoken=a-secret-cookie", "REMOTE_ADDR": "192.0.2.77",
}
setup_testing_defaults(environ)
def fail(*_):
    first_name = "Zebulon"
    raise ValueError("the address zora@invited.example is taken")
with mock.patch("config.health.Readiness.now", fail):
    list(application(environ, lambda *_: None))
sentry_sdk.flush(10)
"""


class Collector(BaseHTTPRequestHandler):
    """As Sentry takes reports."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        body = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
        self.server.received.append(body.decode())
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_words) -> None:
        pass


@pytest.fixture
def sentry():
    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        server.received = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_a_report_says_what_failed_and_nothing_of_people(tmp_path, sentry):
    dsn = f"http://key@127.0.0.1:{sentry.server_port}/1"
    code, output = run(tmp_path, "-c", REPORT, **PRODUCTION, SENTRY_DSN=dsn)
    assert code == 0, output
    [event] = [json.loads(body.splitlines()[2]) for body in sentry.received if '"type":"event"' in body.splitlines()[1]]
    fault = event["exception"]["values"][-1]
    assert (fault["type"], fault["value"]) == ("ValueError", "the address [address] is taken")
    assert event["request"] == {"method": "GET", "url": "https://accord.example.org/readyz"}
    assert event["tags"]["request_id"] == "of-the-request"
    everything = "".join(sentry.received)
    assert [
        word for word in ("zora@", "Zebulon", "a-secret-cookie", "192.0.2.77", PRODUCTION["SECRET_KEY"]) if word in everything
    ] == []


def test_a_report_of_a_task_has_no_arguments():
    job = {"task_name": "x", "args": ["ada@example.org"], "kwargs": {"name": "Ada"}}
    event = without_personal_data({"extra": {"celery-job": job}, "user": {"id": 1}, "breadcrumbs": {"values": []}}, {})
    assert event == {"extra": {"celery-job": {"task_name": "x"}}}


def test_reports_without_the_package_do_not_start(tmp_path):
    code, output = run(
        tmp_path,
        "-c",
        "import sys; sys.modules['sentry_sdk'] = None; import config.settings.production",
        **PRODUCTION,
        SENTRY_DSN="https://key@example.org/1",
    )
    assert (code, "requirements/sentry.txt" in output) == (1, True), output
