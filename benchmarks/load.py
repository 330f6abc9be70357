"""A small load generator: keep-alive connections to a server on this machine, a fixed number of requests each."""

import http.client
import os
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Target:
    """A page to ask for, with the cookies of whoever asks."""

    name: str
    path: str
    cookie: str = ""


@dataclass
class Measured:
    """What the rounds over one target gave.

    `rates`: requests per second of each round; `seconds`: of each request; `processor`: milliseconds a request that the
    server computed, of each round, which other work on the machine disturbs least.
    """

    rates: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)

    def percentile(self, share: float) -> float:
        """Milliseconds within which that share of the requests was answered."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Failed(Exception):
    """A page did not answer with 200."""


def burst(port: int, target: Target, *, requests: int, connections: int) -> tuple[float, list[float]]:
    """Requests per second over all connections together, and the seconds that each request took."""
    seconds: list[float] = []
    failures: list[str] = []
    gate = threading.Barrier(connections + 1)

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.connect()
        gate.wait()
        try:
            for _number in range(requests // connections):
                seconds.append(_one(connection, target))  # noqa: PERF401 - those before a failure count too
        except (Failed, OSError, http.client.HTTPException) as error:
            failures.append(f"{target.path}: {error!r}")
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, daemon=True) for _number in range(connections)]
    for thread in threads:
        thread.start()
    gate.wait()
    start = time.perf_counter()
    for thread in threads:
        thread.join()
    if failures:
        raise Failed(failures[0])
    return len(seconds) / (time.perf_counter() - start), seconds


def _one(connection: http.client.HTTPConnection, target: Target) -> float:
    start = time.perf_counter()
    connection.request("GET", target.path, headers={"Cookie": target.cookie} if target.cookie else {})
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise Failed(str(answer.status))
    return time.perf_counter() - start


def interleaved(
    port: int, targets: list[Target], *, rounds: int, requests: int, connections: int, processor: Callable[[], float]
) -> dict[str, Measured]:
    """Rounds over all targets in turn, so that whatever else the machine does falls on all alike; the first is warm-up.

    `processor` tells how many seconds the server has computed so far.
    """
    measured = {target.name: Measured() for target in targets}
    for number in range(rounds + 1):
        # Forwards and backwards in turn: nobody always comes after the same neighbour.
        for target in targets if number % 2 else reversed(targets):
            before = processor()
            rate, seconds = burst(port, target, requests=requests, connections=connections)
            if number:
                result = measured[target.name]
                result.rates.append(rate)
                result.seconds += seconds
                result.processor.append(1000 * (processor() - before) / len(seconds))
    return measured


def processor_of(pid: int) -> float:
    """Seconds that a process and its children have computed; 0 where the system does not say."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return sum(_ticks(process) for process in [str(pid), *children]) / os.sysconf("SC_CLK_TCK")
    except OSError:
        return 0.0


def _ticks(pid: str) -> int:
    """User and system time; the name of the program, which may hold anything, stands before in parentheses."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
