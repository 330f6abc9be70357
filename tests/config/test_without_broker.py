"""Where no broker is, because no wheel of it exists or because nothing is running, tasks run inside whatever asks for them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.data_format import number_new_data
from config.launcher import announce, children
from tests import database

ROOT = Path(__file__).resolve().parents[2]
ASK = """
from django.conf import settings
cache = settings.CACHES["default"]["BACKEND"].rsplit(".", 1)[1]
print(settings.CELERY_TASK_ALWAYS_EAGER, repr(settings.CELERY_BROKER_URL), cache)
"""


def run(tmp_path, *command, **more):
    # The services that the tests may run on have their own addresses in the environment.
    left_out = ("DATABASE_URL", "CACHE_URL", "CELERY_BROKER_URL", "ACCORD_DEMO")
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    environment |= {"ACCORD_VAR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings.embedded"} | more
    return subprocess.run([sys.executable, *command], env=environment, cwd=ROOT, check=True, capture_output=True, text=True)


@pytest.mark.parametrize("environment", [{"ACCORD_BROKER": "none"}, {}], ids=["none wanted", "none running"])
def test_settings_do_without_a_broker(tmp_path, environment):
    assert run(tmp_path, "-c", ASK, **environment).stdout.strip() == "True 'memory://localhost' FileBasedCache"


def test_the_launcher_counts_on_the_broker_that_it_starts(tmp_path):
    answer = run(tmp_path, "-c", ASK, ACCORD_BROKER="launcher").stdout.strip()
    assert answer == f"False 'redis+socket://{tmp_path}/valkey.sock' RedisCache"


@pytest.mark.django_db
@pytest.mark.sqlite  # begins with the migrated file of the tests
def test_commands_do_their_work_while_nothing_is_running(tmp_path):
    """Courses are published and invitations sent, by the command itself; what it prints as JSON is JSON alone."""
    number_new_data(tmp_path, tmp_path / "accord.sqlite3")
    database.copy(database.template(), tmp_path / "accord.sqlite3")
    people = tmp_path / "people.csv"
    people.write_text("email\nann@example.org\nbob@example.org\n")
    assert "2 course versions published" in run(tmp_path, "manage.py", "load_content").stdout
    run(tmp_path, "manage.py", "create_organisation", "acme")
    course = ("--cohort", "Spring", "--course", "uncover-what-others-expect")
    enrolled = run(tmp_path, "manage.py", "enrol", "acme", str(people), *course, "--json")
    report = json.loads(enrolled.stdout)
    assert (report["state"], report["invited"], report["placed"]) == ("applied", 2, 2)
    assert enrolled.stderr == ""
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 2


def test_only_the_web_process_is_started(tmp_path):
    assert [child.name for child in children(tmp_path, 8000, with_worker=False)] == ["web"]
    assert [child.name for child in children(tmp_path, 8000, with_worker=True)] == ["web", "worker", "bulk worker", "scheduler"]


def test_the_start_up_text_says_so(capsys):
    announce("http://127.0.0.1:8000", with_worker=False)
    assert "tasks run inside the request that starts them" in capsys.readouterr().out
    announce("http://127.0.0.1:8000", with_worker=True)
    assert "tasks run inside the request" not in capsys.readouterr().out
