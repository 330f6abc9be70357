"""`make run` over an empty folder, for as long as somebody looks at it."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
# Debian's Chromium is started as root in CI, in a network without the services it would like to call.
LAUNCH = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
LAUNCH += ["--disable-component-update", "--disable-sync"]


@dataclass
class Site:
    url: str
    var: Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running_site(var: Path, patience: float = 60, **settings: str) -> Iterator[Site]:
    """Accord as a newcomer starts it: broker, web, worker, scheduler, content, demonstration; `settings` are variables.

    It has to stop within `patience`, seconds: browsers, and a second site, may have the machine.
    """
    port, log = free_port(), var / "launcher.log"
    command = [sys.executable, "-u", "-m", "config.launcher", "--port", str(port)]
    environment = environment_of(var) | settings
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out, start_new_session=True)
    try:
        wait_for(log, process)
        yield Site(f"http://127.0.0.1:{port}", var)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(patience)
        finally:
            left = still_running_over(var)
        assert not left, f"left behind by the launcher: {left}"


def still_running_over(var: Path) -> list[str]:
    """Commands of the processes whose data folder this is."""
    mark, found = f"ACCORD_VAR={var}".encode(), []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # gone in the meantime, or somebody else's
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return found


def arrange(site: Site) -> dict[str, dict[str, str]]:
    """Have `tests.browser.arranged` write its states into the running site; returns what it prints."""
    code = "from tests.browser import arranged; arranged.print_all()"
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=environment_of(site.var), capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def environment_of(var: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("DJANGO_", "DATABASE_", "CACHE_"))}
    return kept | {"ACCORD_DEMO": "1", "ACCORD_VAR": str(var)}


def wait_for(log: Path, process: subprocess.Popen) -> None:
    """Until the launcher says that it is ready; it ends by itself when it cannot be."""
    while "Accord is ready" not in log.read_text():
        try:
            process.wait(0.2)
        except subprocess.TimeoutExpired:
            continue
        raise RuntimeError(f"make run ended with code {process.returncode}:\n{log.read_text()[-4000:]}")
