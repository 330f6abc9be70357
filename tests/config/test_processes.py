"""What the launcher starts ends with it: asked, in time, and without leaving anybody behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from config.processes import stop_together

ROOT = Path(__file__).resolve().parents[2]
WILLING = "import signal; print('up', flush=True); signal.pause()"
# A child that will not end, with a child of its own that holds the same pipe: the pipe closes when both are gone.
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); signal.pause()"
UNWILLING = f"""
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", {DEAF!r}])
signal.pause()
"""
PARENT = f"""
import subprocess, sys
from config.processes import end_with_parent
subprocess.Popen([sys.executable, "-c", {WILLING!r}], preexec_fn=end_with_parent, start_new_session=True)
import signal; signal.pause()
"""


@pytest.fixture
def start():
    """A function that starts Python code in a session of its own and returns when it says that it is up."""
    started: list[subprocess.Popen] = []

    def start(code: str) -> subprocess.Popen:
        process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True)
        started.append(process)
        assert process.stdout
        assert process.stdout.readline() == b"up\n"
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=30)


def test_the_willing_end_by_themselves(start):
    processes = [start(WILLING), start(WILLING)]
    stop_together(processes, seconds=30)
    assert [process.returncode for process in processes] == [-signal.SIGTERM] * 2


def test_the_unwilling_are_killed_with_all_that_they_started(start):
    willing, unwilling = start(WILLING), start(UNWILLING)
    stop_together([unwilling, willing], seconds=0.5)
    assert (willing.returncode, unwilling.returncode) == (-signal.SIGTERM, -signal.SIGKILL)
    assert unwilling.stdout.read() == b""  # returns when the last holder of the pipe is gone


def test_what_has_ended_is_left_alone(start):
    process = start(WILLING)
    process.kill()
    process.wait()
    stop_together([process], seconds=0)
    assert process.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's word, and only Linux gives it")
def test_a_child_ends_when_its_parent_is_killed(start):
    parent = start(PARENT)
    parent.kill()
    assert parent.stdout.read() == b""  # the child held the pipe too
