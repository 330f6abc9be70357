"""SQLite in the embedded mode: processes that write at the same time wait for each other and lose nothing."""

import contextlib
import io
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection

from config.data_format import number_new_data
from imports import services
from imports.models import StagedImport
from imports.tables.reading import CHUNK
from learning.services import start_free
from tests.courses.factories import published_course, uid
from tests.factories import OrganisationFactory, UserFactory

ROOT = Path(__file__).resolve().parents[2]
PERCENTAGES = "SELECT percentage FROM learning_enrolment"
INHERITED = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "CACHE_URL")}

pytestmark = pytest.mark.sqlite  # the services have tests of their own


class Actor:
    """A process that acts on the database of its own accord; see tests.config.sqlite_acts."""

    def __init__(self, var_dir: Path, *command: str) -> None:
        environment = {
            "ACCORD_VAR": str(var_dir),
            "ACCORD_BROKER": "none",
            "EMAIL_URL": "dummymail://",
            "DJANGO_SETTINGS_MODULE": "config.settings.embedded",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.config.sqlite_acts", *command],
            env=INHERITED | environment, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def hear(self) -> str:
        """Its next word; empty when it has ended with an error, which then stands among the output of the test."""
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def go_on(self) -> None:
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def written(transactional_db, settings, tmp_path):
    """A function that puts what the test has written where an embedded mode in `tmp_path` looks for it."""

    def write() -> None:
        private = Path(settings.STORAGES["private"]["OPTIONS"]["location"])
        if private.exists():
            (tmp_path / "private").symlink_to(private)
        connection.ensure_connection()
        number_new_data(tmp_path, tmp_path / "accord.sqlite3")
        with contextlib.closing(sqlite3.connect(tmp_path / "accord.sqlite3")) as file:
            connection.connection.backup(file)

    return write


@pytest.fixture
def actors(tmp_path):
    """A function that starts one process for each command; they are ready when it returns and are ended after the test."""
    started: list[Actor] = []

    def start(*commands: tuple) -> list[Actor]:
        new = [Actor(tmp_path, *map(str, command)) for command in commands]
        started.extend(new)
        assert [actor.hear() for actor in new] == ["ready"] * len(new)
        return new

    yield start
    for actor in started:
        actor.end()


@pytest.fixture
def kept(tmp_path) -> Callable[[str], list]:
    """A function that asks the database file."""

    def ask(statement: str) -> list:
        with contextlib.closing(sqlite3.connect(tmp_path / "accord.sqlite3")) as file:
            return file.execute(statement).fetchall()

    return ask


def all_at_once(actors: list[Actor]) -> list[str]:
    for actor in actors:
        actor.go_on()
    return [actor.hear() for actor in actors]


def test_processes_that_read_and_then_write_wait_for_each_other(written, actors, kept):
    organisation = OrganisationFactory(name="0")
    written()
    assert all_at_once(actors(*[("count_up", organisation.pk, 50)] * 2)) == ["counted"] * 2
    assert kept("SELECT name FROM accounts_organisation") == [("100",)]


def test_two_processes_that_finish_activities_of_one_learner_lose_none(written, actors, kept):
    lessons = [f"l{n}" for n in range(1, 9)]
    enrolment = start_free(user=UserFactory(), course=published_course([lessons]))
    written()
    blocks = [uid(name) for name in lessons]
    both = actors(("finish", enrolment.pk, *blocks[::2]), ("finish", enrolment.pk, *blocks[1::2], blocks[0]))
    assert all_at_once(both) == ["finished"] * 2
    assert kept(PERCENTAGES) == [(100,)]
    assert kept("SELECT COUNT(*) FROM learning_certificate") == [(1,)]


def people_file(course, rows: int) -> StagedImport:
    lines = "".join(f"colleague{n}@example.com\n" for n in range(rows))
    return services.receive_upload(
        organisation=OrganisationFactory(),
        kind="enrolments",
        file=io.BytesIO(f"email\n{lines}".encode()),
        file_name="people.csv",
        options={"course": course.slug, "cohort": "Spring"},
    )


def test_a_learner_saves_while_a_file_is_in_the_midst_of_its_check(written, actors, kept):
    """The file waits where it is until the learner has saved: had it held the database, neither could go on."""
    course = published_course([["l1"]])
    enrolment = start_free(user=UserFactory(), course=course)
    staged = people_file(course, CHUNK + 1)
    written()
    file, learner = actors(("check_file", staged.pk), ("finish", enrolment.pk, uid("l1")))
    file.go_on()
    assert file.hear() == "in the midst"
    assert kept("SELECT state, rows_file FROM imports_stagedimport") == [("checking", "")]
    learner.go_on()
    assert learner.hear() == "finished"
    file.go_on()
    assert file.hear() == "ready"
    assert kept(PERCENTAGES) == [(100,)]


def test_a_learner_saves_while_a_file_is_being_applied(written, actors, kept):
    """Applying is one transaction: the learner's save waits for it or goes first, and neither is refused."""
    course = published_course([["l1"]])
    enrolment = start_free(user=UserFactory(), course=course)
    staged = services.check_import(people_file(course, 300))
    written()
    assert all_at_once(actors(("apply_file", staged.pk), ("finish", enrolment.pk, uid("l1")))) == ["300", "finished"]
    assert kept(PERCENTAGES) == [(100,)]
