"""Data of another version are recognised, named and left alone."""

import os
import shlex
import socket
import sqlite3
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from config.data_format import DATA_FORMAT, OtherFormat, database_file, move_aside, number_new_data, require_current_format

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2026, 11, 28)


@pytest.fixture
def var(tmp_path):
    """A data folder whose name a shell must not take apart."""
    folder = tmp_path / "var of Ann's"
    folder.mkdir()
    return folder


def test_a_new_folder_gets_the_number_of_this_version(var):
    require_current_format(var, var / "accord.sqlite3", TODAY)
    assert (var / "format").read_text() == f"{DATA_FORMAT}\n"


def test_a_command_that_makes_the_database_numbers_it_too(var):
    """Whoever migrates before the first `make run` has data of this version."""
    environment = {"PATH": os.environ["PATH"], "ACCORD_VAR": str(var), "ACCORD_BROKER": "none"}
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", "from django.db import connection; connection.connect()"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    assert (var / "accord.sqlite3").exists()
    require_current_format(var, var / "accord.sqlite3", TODAY)


@pytest.mark.parametrize("mark", [None, "1\n", "3\n"])
def test_data_that_are_there_are_never_numbered(var, mark):
    (var / "accord.sqlite3").write_bytes(b"old")
    if mark is not None:
        (var / "format").write_text(mark)
    before = sorted((path.name, path.read_bytes()) for path in var.iterdir())
    number_new_data(var, var / "accord.sqlite3")
    assert sorted((path.name, path.read_bytes()) for path in var.iterdir()) == before


def test_only_a_file_in_the_folder_is_looked_at(var):
    engine = "django.db.backends.sqlite3"
    assert database_file(var, {"ENGINE": engine, "NAME": f"{var}/accord.sqlite3"}) == var / "accord.sqlite3"
    assert database_file(var, {"ENGINE": engine, "NAME": f"{var.parent}/accord.sqlite3"}) is None
    assert database_file(var, {"ENGINE": engine, "NAME": ":memory:"}) is None
    assert database_file(var, {"ENGINE": "django.db.backends.postgresql", "NAME": "accord"}) is None


def test_data_of_this_version_are_used(var):
    require_current_format(var, var / "accord.sqlite3", TODAY)
    (var / "accord.sqlite3").write_bytes(b"data")
    require_current_format(var, var / "accord.sqlite3", TODAY)


@pytest.mark.parametrize("mark", [None, "1\n", "nonsense", "-7", "3_0", "9" * 5000])
def test_older_data_are_named_and_left_as_they_are(var, mark):
    (var / "accord.sqlite3").write_bytes(b"old")
    if mark is not None:
        (var / "format").write_text(mark)
    before = sorted((path.name, path.read_bytes()) for path in var.iterdir())
    with pytest.raises(OtherFormat, match=r"created by an earlier version of Accord \(format 1\)") as caught:
        require_current_format(var, var / "accord.sqlite3", TODAY)
    assert str(var) in str(caught.value)
    assert sorted((path.name, path.read_bytes()) for path in var.iterdir()) == before


def test_the_format_just_before_this_one_is_older_too(var):
    (var / "accord.sqlite3").write_bytes(b"old")
    (var / "format").write_text(f"{DATA_FORMAT - 1}\n")
    with pytest.raises(OtherFormat, match=f"created by an earlier version of Accord \\(format {DATA_FORMAT - 1}\\)"):
        require_current_format(var, var / "accord.sqlite3", TODAY)


def test_a_folder_that_is_a_link_has_the_link_moved(var):
    (var / "accord.sqlite3").write_bytes(b"old")
    link = var.parent / "link"
    link.symlink_to(var)
    with pytest.raises(OtherFormat) as caught:
        require_current_format(link, link / "accord.sqlite3", TODAY)
    assert f"mv {link} {link}-format-1-2026-11-28" in str(caught.value)


def test_newer_data_say_so_and_ask_for_no_move(var):
    (var / "accord.sqlite3").write_bytes(b"new")
    (var / "format").write_text(f"{DATA_FORMAT + 1}\n")
    with pytest.raises(OtherFormat, match="were created by a newer version") as caught:
        require_current_format(var, var / "accord.sqlite3", TODAY)
    assert "mv " not in str(caught.value)


def test_the_printed_command_moves_them_aside_and_then_the_start_is_free(var):
    (var / "accord.sqlite3").write_bytes(b"old")
    with pytest.raises(OtherFormat) as caught:
        require_current_format(var, var / "accord.sqlite3", TODAY)
    (command,) = [line.strip() for line in str(caught.value).splitlines() if " mv " in line]
    subprocess.run(command, shell=True, check=True)  # noqa: S602 - the very command that a person would paste
    assert (var.parent / "var of Ann's-format-1-2026-11-28" / "accord.sqlite3").read_bytes() == b"old"
    var.mkdir()
    require_current_format(var, var / "accord.sqlite3", TODAY)


def test_a_name_that_is_taken_is_not_used_again(var):
    (var.parent / "var of Ann's-format-1-2026-11-28").mkdir()
    assert move_aside(var, 1, TODAY).endswith("-format-1-2026-11-28-2'")
    (var.parent / "var of Ann's-format-1-2026-11-28-2").symlink_to("gone")
    assert move_aside(var, 1, TODAY).endswith("-format-1-2026-11-28-3'")


def test_a_relative_folder_is_named_in_full(var, monkeypatch):
    (var / "accord.sqlite3").write_bytes(b"old")
    monkeypatch.chdir(var.parent)
    with pytest.raises(OtherFormat) as caught:
        require_current_format(Path(var.name), Path(var.name) / "accord.sqlite3", TODAY)
    assert move_aside(var, 1, TODAY) in str(caught.value)


def test_the_launcher_stops_before_it_starts_anything(var):
    (var / "accord.sqlite3").write_bytes(b"old")
    environment = {"PATH": os.environ["PATH"], "ACCORD_VAR": str(var), "ACCORD_DEMO": "1"}
    command = [sys.executable, "-m", "config.launcher", "--port", "1"]
    stopped = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (stopped.returncode, stopped.stdout) == (1, "")
    assert "this version needs format 3 and cannot read them" in stopped.stderr
    assert (var / "accord.sqlite3").read_bytes() == b"old"
    assert sorted(path.name for path in var.iterdir()) == ["accord.sqlite3"]


SQLITE = "django.db.backends.sqlite3"


def run_python(var, *arguments, **more):
    environment = {"PATH": os.environ["PATH"], "ACCORD_VAR": str(var), "ACCORD_BROKER": "none"} | more
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)


def old_database(path):
    """As far as Django looks: migrations of 0.1.0 are on record."""
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE django_migrations (id integer PRIMARY KEY, app text, name text, applied datetime)")
        for app in ("accounts", "operations", "courses", "assessments", "outcomes"):
            database.execute(
                "INSERT INTO django_migrations (app, name, applied) VALUES (?, '0001_initial', '2026-01-01')", [app]
            )
    database.close()


START = ("-m", "config.launcher", "--port", "1")


def test_the_command_pasted_again_leaves_the_new_data_where_they_are(var):
    old_database(var / "accord.sqlite3")
    command = move_aside(var, 1, TODAY)
    subprocess.run(command, shell=True, check=True)  # noqa: S602
    var.mkdir()
    (var / "new.txt").write_text("new")
    subprocess.run(command, shell=True, check=False, stderr=subprocess.DEVNULL)  # noqa: S602
    aside = Path(shlex.split(command)[-1])
    assert (var / "new.txt").exists()
    assert sorted(path.name for path in aside.iterdir()) == ["accord.sqlite3"]


def test_a_second_database_does_not_number_the_old_one_beside_it(var):
    old_database(var / "accord.sqlite3")
    number_new_data(var, var / "trial.sqlite3")
    with pytest.raises(OtherFormat):
        require_current_format(var, var / "accord.sqlite3", TODAY)


def test_the_file_in_the_folder_is_known_by_other_paths_too(var, tmp_path):
    file = str(var / ".." / var.name / "accord.sqlite3")
    assert database_file(var, {"ENGINE": SQLITE, "NAME": file}) == Path(file)
    link = tmp_path / "link"
    link.symlink_to(var)
    assert database_file(link, {"ENGINE": SQLITE, "NAME": str(var / "accord.sqlite3")}) == var / "accord.sqlite3"


def test_a_command_refuses_older_data_as_the_start_does(var):
    old_database(var / "accord.sqlite3")
    done = run_python(var, "manage.py", "create_organisation", "acme")
    assert done.returncode != 0
    assert "created by an earlier version of Accord" in done.stderr
    assert "Traceback" not in done.stderr


def test_older_tables_elsewhere_are_named(var, tmp_path):
    old_database(tmp_path / "elsewhere.sqlite3")
    stopped = run_python(var, *START, DATABASE_URL=f"sqlite:///{tmp_path}/elsewhere.sqlite3")
    assert stopped.returncode == 1
    assert "was created by an earlier version of Accord" in stopped.stderr
    assert "Traceback" not in stopped.stderr


@pytest.mark.parametrize("name", ["with#sign", "with%20percent", "with?mark"])
def test_the_database_is_in_the_folder_whatever_the_folder_is_called(tmp_path, name):
    var = tmp_path / name
    code = "from django.conf import settings as s; print(s.DATABASES['default']['NAME'])"
    environment = {"PATH": os.environ["PATH"], "ACCORD_VAR": str(var), "DJANGO_SETTINGS_MODULE": "config.settings.embedded"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(var / "accord.sqlite3")


@pytest.mark.parametrize(
    "strange",
    [
        "format is a folder",
        "secret is cut off",
        "database is a folder",
        "database is garbage",
        "var is a file",
        "var leads nowhere",
    ],
)
def test_what_cannot_be_used_is_said_in_a_sentence(var, strange):
    if strange == "format is a folder":
        (var / "accord.sqlite3").write_bytes(b"data")
        (var / "format").mkdir()
    elif strange == "secret is cut off":
        (var / "secret_key").write_text("abcde")
    elif strange == "database is a folder":
        (var / "accord.sqlite3").mkdir()
    elif strange == "database is garbage":
        (var / "accord.sqlite3").write_bytes(b"garbage" * 1000)
        (var / "format").write_text(f"{DATA_FORMAT}\n")
    else:
        var.rmdir()
        if strange == "var is a file":
            var.touch()
        else:
            var.symlink_to(var.parent / "gone")
    stopped = run_python(var, *START)
    assert stopped.returncode == 1
    assert "Traceback" not in stopped.stderr
    assert str(var) in stopped.stderr


def test_a_port_that_another_program_uses_is_named(var):
    """Its answers would be taken for our own."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        stopped = run_python(var, "-m", "config.launcher", "--port", port)
    assert (stopped.returncode, stopped.stdout) == (1, "")
    assert stopped.stderr == f"Port {port} is in use by another program. Choose another: make run PORT=8123\n"
