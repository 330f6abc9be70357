"""The processes of one machine: started, looked after, and started again for as long as the launcher runs."""

import os
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from config.processes import end_group, end_with_parent, stop_together

# Whoever stops us may kill us after ten seconds: what takes longer is cut off, and the broker still has time to write.
STOP_TIMEOUT = 4
# A child that ran so long is taken to be well: its next death is its first.
STEADY_AFTER = 60
# After the first death at once, then after one second, two, four …
MAX_PAUSE = 60


@dataclass
class Child:
    """One process that is kept running. `before` is done ahead of each start; `needs` has to run, and to be the same one."""

    name: str
    command: list[str]
    log: Path
    before: Callable[[], object] | None = None
    needs: "Child | None" = None
    launch: Callable[[], subprocess.Popen | None] | None = None
    process: subprocess.Popen | None = None
    starts: int = 0
    deaths: int = 0
    started_at: float = 0
    not_before: float = 0
    met: int = 0

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Raises whatever keeps it from starting."""
        if self.before is not None:
            self.before()
        self.process = self.launch() if self.launch is not None else self._launch_command()
        self.started_at = time.monotonic()
        self.starts += 1
        self.met = self.needs.starts if self.needs else 0

    def look_after(self, say: Callable[[str], None]) -> None:
        """Notice that it has died, end what it left behind, and start it again when its time has come."""
        now = time.monotonic()
        if self.process is not None:
            code = self.process.poll()
            if code is not None:
                # An orphan of it may hold the port, or go on with a task that is about to be given to somebody else.
                end_group(self.process)
                self._fail(f"{self.name} stopped with code {code}", now, say)
            elif self.needs is not None and self.met != self.needs.starts:
                # What it had taken from the other is taken back at its start.
                stop_together([self.process], seconds=STOP_TIMEOUT)
                self.process = None
            elif self.deaths and now - self.started_at >= STEADY_AFTER:
                self.deaths = 0
        if self.process is None and now >= self.not_before and (self.needs is None or self.needs.is_running):
            try:
                self.start()
            except Exception as error:  # Redis, Kombu and the system have a family of errors each, and we go on after all
                self._fail(f"{self.name} did not start: {error}", time.monotonic(), say)

    def _fail(self, what: str, now: float, say: Callable[[str], None]) -> None:
        self.process = None
        self.deaths += 1
        pause = min(MAX_PAUSE, 2 ** (self.deaths - 2)) if self.deaths > 1 else 0
        self.not_before = now + pause
        say(f"{what}; restarting it." if not pause else f"{what}; trying again in {pause} s. See {self.log}")

    def _launch_command(self) -> subprocess.Popen:
        # Two task processes whose linear algebra starts threads of its own would fight for the cores.
        environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
        with self.log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - our own arguments
                self.command,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=environment,
                preexec_fn=end_with_parent,
            )


def stop_children(watched: Iterable[Child], *, seconds: float = STOP_TIMEOUT) -> None:
    stop_together([child.process for child in watched if child.process is not None], seconds=seconds)
