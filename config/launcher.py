"""`make run`: broker, web, workers and scheduler of one machine, started and stopped together.

A process manager such as honcho knows neither an order (the broker first and last) nor a second try for a worker that
was killed; both are the point here. See docs/decisions/0003-embedded-mode.md.
"""

import argparse
import contextlib
import fcntl
import functools
import io
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from common.queues import Queue
from config.children import Child, stop_children
from config.cores import threads_each, web_processes
from config.data_format import UnusableData, require_current_tables
from config.file_modes import mend_modes

READY_TIMEOUT = 120
BROKER_STOP_TIMEOUT = 3
# While the site starts; afterwards nothing is given up.
MAX_DEATHS_AT_START = 4
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class LauncherError(Exception):
    """Why the start stopped, for the person at the terminal."""


def tail(path: Path, lines: int = 15) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else ""


@contextlib.contextmanager
def only_one(var_dir: Path) -> Iterator[None]:
    """Two launchers over the same data would take each other's tasks."""
    with (var_dir / "launcher.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LauncherError(
                f"Accord is already running on the data in {var_dir}. Stop it first, or set ACCORD_VAR."
            ) from None
        yield


def require_free_port(port: int) -> None:
    """Somebody else's answers on our port would look like our own."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise LauncherError(f"Port {port} may not be used by this account. Choose another: make run PORT=8123") from None
        except OSError:
            raise LauncherError(f"Port {port} is in use by another program. Choose another: make run PORT=8123") from None


def children(var_dir: Path, port: int, *, with_worker: bool, broker: Child | None = None) -> list[Child]:
    python, log = sys.executable, var_dir / "log"
    processes = web_processes()
    serving = ["--workers", str(processes), "--threads", str(threads_each(processes))]
    web = [python, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", *serving]
    commands = [
        Child(
            "web",
            [*web, "--timeout", "120", "--graceful-timeout", "10", "--worker-tmp-dir", str(var_dir), "--no-control-socket"],
            log / "web.log",
        )
    ]
    if with_worker:
        celery = [python, "-m", "celery", "--app", "config"]
        commands += [
            worker("worker", (Queue.URGENT, Queue.DEFAULT), 2, log, broker),
            worker("bulk worker", (Queue.BULK,), 1, log, broker),
            Child("scheduler", [*celery, "beat", "--pidfile=", "--loglevel", "WARNING"], log / "scheduler.log"),
        ]
    return commands


def worker(name: str, queues: tuple[str, ...], processes: int, log: Path, broker: Child | None) -> Child:
    """Of queues that no other worker of this machine has, so that what it held when it died is nobody else's.

    The queues stand in the order in which they are emptied.
    """
    # Reads the settings, which the launcher completes first.
    from config.broker import take_back_unfinished

    node = name.replace(" ", "-")
    command = [
        sys.executable,
        "-m",
        "celery",
        "--app",
        "config",
        "worker",
        "--hostname",
        f"{node}@%h",
        "--queues",
        ",".join(queues),
    ]
    command += ["--concurrency", str(processes), "--loglevel", "WARNING"]
    # Tasks of a broker that is not ours may be held by workers of other machines.
    before = functools.partial(take_back_unfinished, queues) if broker else None
    return Child(name, command, log / f"{node}.log", before, broker)


def prepare() -> None:
    """Bring database, static files, content and the demonstration up to date; all of it may be repeated."""
    import django
    from django.core.cache import cache
    from django.core.management import call_command
    from django.db import DatabaseError, connection
    from django.db.migrations.recorder import MigrationRecorder

    django.setup()
    name = str(connection.settings_dict["NAME"])
    try:
        applied = MigrationRecorder(connection).applied_migrations()
    except DatabaseError as error:
        raise LauncherError(f"The database {name} cannot be used: {error}") from None
    require_current_tables(applied, name)
    # Commands may have changed things while no broker was there to be told.
    cache.clear()
    say("Preparing the database …")
    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    say("Loading courses …")
    call_command("load_content", verbosity=0, stdout=io.StringIO())
    from django.conf import settings

    if settings.ACCORD_DEMO:
        say("Adding the demo data …")
        call_command("demo", verbosity=0, stdout=io.StringIO())


def wait_until_ready(url: str, watched: list[Child], log: Path) -> None:
    deadline = time.monotonic() + READY_TIMEOUT
    while time.monotonic() < deadline:
        keep_running(watched)
        for child in watched:
            if child.deaths > MAX_DEATHS_AT_START:
                raise LauncherError(f"{child.name} keeps stopping. The last lines of {child.log}:\n{tail(child.log)}")
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:  # noqa: S310 - our own address
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.1)
    raise LauncherError(f"The site did not become ready. The last lines of {log}:\n{tail(log)}")


def keep_running(watched: list[Child]) -> None:
    for child in watched:
        child.look_after(say)


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the launcher talks to a terminal


def announce(url: str, *, with_worker: bool) -> None:
    from django.conf import settings

    say(f"\nAccord is ready at {url}/")
    if not with_worker:
        say("No embedded broker is available here: tasks run inside the request that starts them.")
    if settings.ACCORD_DEMO:
        # The demonstration is installed in its own mode only.
        from demo.people import sign_in_text

        say(sign_in_text(url))
    say("\nPress Ctrl-C to stop everything. Data and logs are kept in " + str(settings.VAR_DIR))


def run(port: int) -> None:
    url = f"http://127.0.0.1:{port}"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.embedded")
    os.environ.setdefault("ACCORD_BASE_URL", url)
    os.environ.setdefault("ACCORD_BROKER", "launcher")
    from django.conf import settings

    var_dir: Path = settings.VAR_DIR
    with only_one(var_dir), contextlib.ExitStack() as stack:
        require_free_port(port)
        mend_modes(var_dir)
        (var_dir / "log").mkdir(exist_ok=True)
        # Both read the settings, which `run` completes first.
        from config.broker import start_broker
        from config.embedded import broker_url

        broker = None
        if (address := broker_url(var_dir)) and address == settings.CELERY_BROKER_URL:
            broker = Child("broker", [], var_dir / "log" / "broker.log", launch=lambda: start_broker(var_dir))
            broker.start()
            stack.callback(stop_children, [broker], seconds=BROKER_STOP_TIMEOUT)
        prepare()
        with_worker = not settings.CELERY_TASK_ALWAYS_EAGER
        started = children(var_dir, port, with_worker=with_worker, broker=broker)
        stack.callback(stop_children, started)
        # The broker first, since others are started only while it runs.
        watched = [broker, *started] if broker else started
        wait_until_ready(url, watched, started[0].log)
        announce(url, with_worker=with_worker)
        while True:
            keep_running(watched)
            time.sleep(0.5)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make run", description="Start Accord on this machine.")
    parser.add_argument("--port", type=int, default=8000)
    port = parser.parse_args().port

    def stop(signum: int, frame: object) -> None:
        # make passes the signal on a second time; it must not interrupt the stopping.
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in STOP_SIGNALS:
        signal.signal(number, stop)
    try:
        run(port)
    except KeyboardInterrupt:
        say("Stopped.")
        return 0
    except (LauncherError, UnusableData, RuntimeError, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - the launcher talks to a terminal
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
