"""Data of another version are recognised, named and left alone."""

import os
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


@pytest.mark.parametrize("mark", [None, "1\n", "nonsense"])
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
    (command,) = [line.strip() for line in str(caught.value).splitlines() if line.strip().startswith("mv ")]
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
    assert sorted(path.name for path in var.iterdir()) == ["accord.sqlite3", "launcher.lock", "secret_key"]
