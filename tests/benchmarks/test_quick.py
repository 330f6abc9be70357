"""The benchmarks at their smallest, so that they do not rot. What they measure is not held here: other work disturbs it."""

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from assessments.models import CheckAnswer
from benchmarks import (
    bench_adaptive,
    bench_calibrate,
    bench_console,
    bench_enrol,
    bench_evidence,
    bench_load,
    bench_negotiation,
    bench_pages,
    bench_rescoring,
    bench_rollout,
    bench_search,
    placement,
)
from benchmarks.load import Failed, Measured, Target, burst, interleaved, processor_of
from learning.models import ActivityState
from tests import database
from tests.courses.factories import published_course

ROOT = Path(__file__).resolve().parent.parent.parent


class Pages(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked: list[tuple[str, str]]

    def do_GET(self):
        self.asked.append((self.path, self.headers.get("Cookie", "")))
        self.send_response(200 if self.path != "/gone/" else 404)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def do_POST(self):
        self.asked.append((self.path, self.rfile.read(int(self.headers["Content-Length"])).decode()))
        self.send_response(302 if self.path == "/elsewhere/" else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server():
    Pages.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_every_target_is_asked_equally_often_with_its_cookie(server):
    targets = [Target("one", "/one/", "sessionid=1"), Target("two", "/two/")]
    measured = interleaved(server, targets, rounds=2, requests=4, connections=2, processor=lambda: 1.0)
    assert sorted(Pages.asked) == [("/one/", "sessionid=1")] * 12 + [("/two/", "")] * 12
    assert {name: (len(result.rates), len(result.seconds), result.processor) for name, result in measured.items()} == {
        "one": (2, 8, [0.0, 0.0]),
        "two": (2, 8, [0.0, 0.0]),
    }


def test_a_page_that_is_not_there_is_no_measurement(server):
    with pytest.raises(Failed, match="/gone/"):
        burst(server, Target("gone", "/gone/"), requests=2, connections=1)


def test_a_steady_load_sends_everything_and_says_what_was_not_answered(server):
    page = bench_load.Request("lesson", "GET", "/one/", {"Cookie": "sessionid=1"})
    words = bench_load.Request("entry", "POST", "/two/", {}, "text=Friday")
    lost = bench_load.Request("check", "POST", "/elsewhere/", {}, "chosen=a")
    answers = bench_load.steady(server, [page, words, page, lost], 1000)
    expected = [("/elsewhere/", "chosen=a"), ("/one/", "sessionid=1"), ("/one/", "sessionid=1"), ("/two/", "text=Friday")]
    assert sorted(Pages.asked) == expected
    assert {kind: len(seconds) for kind, seconds in answers.seconds.items()} == {"lesson": 2, "entry": 1}
    assert (answers.failures, len(answers.late)) == (["POST /elsewhere/: 302"], 4)
    table = bench_load.rows(answers, bench_load.Answers({"bare Wagtail page": [0.001]}, [0.0], [], 1.0), 40)
    [failed] = [row for row in table if "not answered" in row["name"]]
    assert (failed["value"], "/elsewhere/" in failed["name"]) == (1, True)


@pytest.mark.slow
def test_a_learner_of_the_load_reads_writes_and_answers(db):
    call_command("load_content", verbosity=0)
    requests = bench_load.prepare(1)
    for kind, number in (("lesson", 10), ("entry", 5), ("check", 10)):
        assert len(requests[kind]) >= number
        request = requests[kind][0]
        headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.headers.items()}
        body = {"data": request.body, "content_type": request.headers.get("Content-Type", "")} if request.body else {}
        answer = Client(enforce_csrf_checks=True).generic(request.method, request.path, **body, **headers)
        assert answer.status_code == 200, (kind, answer.status_code)
    assert ActivityState.objects.exclude(data={}).count() == CheckAnswer.objects.count() == 1


def test_medians_and_percentiles_of_rounds():
    measured = Measured(rates=[10, 30, 20], seconds=[0.001 * n for n in range(1, 101)])
    assert (measured.rate, measured.percentile(0.5), measured.percentile(0.95)) == pytest.approx((20, 51, 96))
    assert bench_pages.ratio_of([1, 2, 9], [2, 2, 3]) == 1


def test_this_process_has_computed_something():
    assert processor_of(os.getpid()) > 0


@pytest.mark.slow
def test_the_lesson_half_way_keeps_to_its_queries(db, sign_in):
    call_command("load_content", verbosity=0)
    enrolment = bench_pages.learner_half_way()
    lesson, course = bench_pages.pages_of(enrolment)
    assert bench_pages.ask(lesson).queries < bench_pages.MAX_QUERIES
    assert bench_pages.queries_on_arrival(lesson) <= bench_pages.MAX_QUERIES
    assert bench_pages.ask(course).queries <= bench_pages.MAX_QUERIES + 2, "one says what its organisation calls skills"
    assert 40 <= enrolment.percentage <= 60


def test_the_bare_page_fits_its_settings_and_its_table(tmp_path):
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "benchmarks.bare.settings", "ACCORD_VAR": str(tmp_path)}
    command = [sys.executable, "-c", CHECK_BARE]
    checked = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert (checked.returncode, checked.stdout) == (0, "body page_ptr\nbody page_ptr\n"), checked.stderr


CHECK_BARE = """
import io
import django
django.setup()
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader
from benchmarks.bare.models import BarePage
call_command("check", "bare", stdout=io.StringIO())
print(*sorted(field.name for field in BarePage._meta.local_fields))
print(*sorted(MigrationLoader(None).project_state().models["bare", "barepage"].fields))
"""


@pytest.mark.sqlite  # measures over its files
def test_enrolment_and_plain_insert_write_the_same_people(db, tmp_path, monkeypatch):
    published_course(key=bench_enrol.COURSE)
    base = bench_enrol.prepare_base(tmp_path)
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "config.settings.test")
    measured = bench_enrol.measure(base, 30, 0)
    assert (measured["enrol"]["people"], measured["plain"]["people"]) == (30, 30)
    names = [row["name"] for row in bench_enrol.rows({30: [measured], 300: [measured]})]
    assert names == ["enrol 30 people"] * 3 + ["enrol 300 people"] * 3 + ["enrol 300 people, growth"]


@pytest.mark.slow
@pytest.mark.django_db
def test_pages_of_the_console_ask_as_much_of_a_large_organisation_as_of_a_small_one():
    published_course([["a"]], is_free=True)
    published_course([["b"]], is_free=False)
    small, large = bench_console.fill("small", 33, 3), bench_console.fill("large", 129, 5)
    queries = {
        row["name"]: (row["value"], row["beside"]) for row in bench_console.rows(small, large, 1) if "queries" in row["unit"]
    }
    assert len(queries) == len(bench_console.PAGES)
    assert {name: pair for name, pair in queries.items() if pair[0] != pair[1]} == {}


@pytest.mark.django_db
def test_search_is_measured_beside_the_rows_that_it_finds():
    words = bench_search.fill(*bench_search.QUICK)
    measured = bench_search.rows(words, 1)
    assert [row["name"].split(":")[0] for row in measured[:4]] == [f"search {name}" for name in bench_search.QUERIES]
    assert len(measured) == 6


@pytest.mark.slow
@pytest.mark.django_db
def test_an_adjusted_question_is_answered_as_lifelines_answers_it():
    bench_evidence.fill(2000)
    found = {2000: bench_evidence.measure(1, beside=True)}
    table = {row["name"].removeprefix("evidence 2,000 people, "): row for row in bench_evidence.rows(found, 2000)}
    assert table["log hazard ratio, value"]["ratio"] == pytest.approx(1, abs=1e-4)
    assert table["coefficients and errors, furthest apart"]["value"] < 0.0005
    assert "lifelines' fit alone beside all of it" in table


def test_negotiations_are_measured_and_equal_to_plain_loops():
    rows = bench_negotiation.run(quick=True)
    assert [row["name"] for row in rows] == [
        "negotiation of 10,000 deals, enumerated with its zone",
        "the same with frontier, Nash and Kalai-Smorodinsky points",
        "frontier and both points equal to loops, of 20 domains",
        "turn of a negotiation, replayed with all before it",
        "turn of an interview, replayed with all before it",
    ]
    assert rows[2]["value"] == 20


def test_calibration_is_measured_beside_mirt_and_close_to_it():
    found = bench_calibrate.measure("beside", 600, 1)
    table = {row["name"].rsplit(", ", 2)[-1]: row for row in bench_calibrate.rows(600, found, 600, found)}
    assert found["slopes"] < bench_calibrate.CLOSE
    assert found["difficulties"] < bench_calibrate.CLOSE
    assert found["standard errors"] < bench_calibrate.CLOSE
    assert len(found["seconds"]) == len(found["mirt"]) == 1
    assert table["peak memory"]["aim"] == "< 500"


def test_the_next_question_is_measured_and_so_is_how_often_it_is_asked():
    items = bench_adaptive.draw(40)
    given = [bench_adaptive.Answer(0, 1), bench_adaptive.Answer(7, 0)]
    assert bench_adaptive.our_step(items, given)().item not in (None, 0, 7)
    share, error = bench_adaptive.exposure(40, 5, 30)
    assert 5 / 40 < share < 1
    assert 0 < error < 1


def test_catsim_is_asked_for_the_same_thing():
    pytest.importorskip("catsim", reason="stands beside ours in `make bench` alone")
    given = [bench_adaptive.Answer(0, 1), bench_adaptive.Answer(7, 0), bench_adaptive.Answer(9, 1)]
    assert bench_adaptive.their_step(bench_adaptive.draw(40), given)() not in (None, 0, 7, 9)


def test_the_tables_of_placement_have_a_row_for_each_case():
    assert len(list(placement.coverage_table(20))) == 2 + 2 * len(placement.LENGTHS)
    assert len(list(placement.accuracy_table())) == 2 + 3
    awards = list(placement.awards_table(60))
    assert len(awards) == 2 + 3 * 4
    assert "withheld" in awards[-1]


@pytest.mark.slow
@pytest.mark.sqlite  # begins with the migrated file of the tests
def test_scoring_again_is_measured_beside_an_insert(tmp_path, django_db_setup):
    database.copy(database.template(), tmp_path / "base.db")
    measured = bench_rescoring.measure(20, tmp_path)
    names = [row["name"].partition("again")[2] for row in bench_rescoring.rows({20: measured, 200: measured})]
    figures = ["", ", processor time", ", queries", ", peak memory", ", peak memory without SQLite's"]
    assert names == [*figures, *figures, ", growth"]


def test_a_rollout_is_measured_beside_the_bare_call():
    rows = bench_rollout.run(quick=True)
    assert [row["unit"] for row in rows] == ["ms", "ms"]
    assert all(row["value"] > 0 and row["ratio"] > 0 for row in rows)
