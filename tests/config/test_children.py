"""A child of the launcher that dies is started again, with pauses that grow, and nothing of it is left behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from config import children
from config.children import Child, stop_children

PAUSE = "import signal; print('up', flush=True); signal.pause()"
END = "import sys; sys.exit(3)"
# Starts a child of its own, which holds the same pipe, and says its number.
WITH_ORPHAN = f"""
import subprocess, sys, signal
inner = subprocess.Popen([sys.executable, "-c", {PAUSE!r}])
signal.pause()
"""


class Clock:
    """The launcher's clock, which the test turns."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(children.time, "monotonic", lambda: self.now)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def make(tmp_path):
    made: list[Child] = []

    def make(code: str, **more) -> Child:
        name = more.pop("name", "web")
        made.append(Child(name, [sys.executable, "-c", code], tmp_path / f"{name}.log", **more))
        return made[-1]

    yield make
    for child in made:
        if child.process is not None and child.process.poll() is None:
            os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait(10)


def ended(child: Child) -> None:
    assert child.process is not None
    child.process.wait(30)


def test_the_first_death_costs_nothing_and_the_next_ones_ever_more_time(make, said, monkeypatch):
    monkeypatch.setattr(children, "MAX_PAUSE", 8)
    child = make(END)
    clock = Clock(monkeypatch)
    pauses = []
    child.look_after(said.append)
    for _death in range(7):
        ended(child)
        died_at = clock.now
        child.look_after(said.append)
        while child.process is None:
            clock.now += 0.5
            child.look_after(said.append)
        pauses.append(clock.now - died_at)
    assert pauses == [0, 1, 2, 4, 8, 8, 8]
    assert said[0] == "web stopped with code 3; restarting it."
    assert said[1] == f"web stopped with code 3; trying again in 1 s. See {child.log}"


def test_who_ran_for_a_minute_begins_anew(make, said, monkeypatch):
    child = make(PAUSE)
    clock = Clock(monkeypatch)
    child.deaths = 5
    child.look_after(said.append)
    clock.now += children.STEADY_AFTER
    child.look_after(said.append)
    assert child.deaths == 0
    child.process.kill()
    ended(child)
    child.look_after(said.append)
    assert (child.is_running, said) == (True, ["web stopped with code -9; restarting it."])


def test_what_a_dead_child_left_behind_is_killed_before_the_next_starts(make, said, tmp_path):
    child = make(WITH_ORPHAN)
    reading, writing = os.pipe()
    child.launch = lambda: subprocess.Popen(child.command, stdout=writing, start_new_session=True)
    child.look_after(said.append)
    with os.fdopen(reading, "rb") as pipe:
        assert pipe.readline() == b"up\n"  # of the inner one
        os.close(writing)
        child.process.kill()
        ended(child)
        child.launch = lambda: subprocess.Popen([sys.executable, "-c", PAUSE], start_new_session=True)
        child.look_after(said.append)
        assert pipe.read() == b""  # returns when the last holder of the pipe is gone
    assert child.is_running


def test_a_start_that_fails_is_tried_again(make, said, monkeypatch):
    child = make(PAUSE)
    clock = Clock(monkeypatch)

    def refuse() -> None:
        raise ConnectionError("nobody there")

    child.before = refuse
    child.look_after(said.append)
    child.look_after(said.append)
    assert (child.process, child.deaths) == (None, 2)
    assert said[0] == "web did not start: nobody there; restarting it."
    child.before = None
    clock.now += 1
    child.look_after(said.append)
    assert child.is_running


def test_a_worker_waits_for_its_broker_and_is_started_anew_with_it(make, said):
    broker = make(PAUSE, name="broker")
    taken = []
    worker = make(PAUSE, name="worker", needs=broker, before=lambda: taken.append(broker.starts))
    worker.look_after(said.append)
    assert worker.process is None
    for child in (broker, worker):
        child.look_after(said.append)
    first = worker.process
    broker.process.kill()
    ended(broker)
    for child in (broker, worker):
        child.look_after(said.append)
    assert (first.returncode, worker.is_running, worker.process is first) == (-signal.SIGTERM, True, False)
    assert taken == [1, 2]  # what the worker had taken is taken back before each of its starts
    assert said == ["broker stopped with code -9; restarting it."]


def test_what_is_stopped_is_not_running(make, said):
    child = make(PAUSE)
    child.look_after(said.append)
    stop_children([child, make(PAUSE)], seconds=30)
    assert not child.is_running


def test_the_log_is_the_childs(make, said, tmp_path: Path):
    child = make("print('a word')")
    child.look_after(said.append)
    ended(child)
    assert child.log.read_text() == "a word\n"
