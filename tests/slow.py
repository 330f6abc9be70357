"""Which tests are left to `make test-services`: those that took longest when the list `slow.txt` was made.

`python -m tests.slow LOG`, where LOG holds what `make test PYTEST_ARGS="--durations=0 --durations-min=0.02"` and the same of
`make test-services` printed, makes it anew. Several logs are read one after another.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path

LIST = Path(__file__).with_name("slow.txt")
HEAD = "# Tests that take long and are left to `make test-services`, each for all of its parameters; see tests/slow.py.\n"
LIMIT = 0.3
"""Seconds a test, with what is set up for it."""
ONCE_FOR_ALL = 5.0
"""Longer than that takes only what is made for many tests, such as the tables: moving the first of them would move it too."""
LINE = re.compile(r"([\d.]+)s (call|setup|teardown) +(tests/\S+?\.py)::(\S+)")


@cache
def names() -> frozenset[str]:
    """`tests/…/test_x.py::test_y`, without parameters."""
    return frozenset(line for line in LIST.read_text().splitlines() if line and not line.startswith("#"))


def name_of(node: str) -> str:
    """Of a test, without its parameters."""
    return node.partition("[")[0]


def slowest(lines: Iterable[str]) -> list[str]:
    """Names of the tests that take longer than `LIMIT`, in the mean of their parameters."""
    seconds: defaultdict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for line in lines:
        if found := LINE.match(line.strip()):
            took, what, path, node = float(found[1]), found[2], found[3], found[4]
            if what == "call" or took < ONCE_FOR_ALL:
                seconds[name_of(f"{path}::{node}")][node] += took
    return sorted(name for name, own in seconds.items() if sum(own.values()) / len(own) > LIMIT)


if __name__ == "__main__":
    text = "".join(Path(log).read_text() for log in sys.argv[1:])
    LIST.write_text(HEAD + "".join(f"{name}\n" for name in slowest(text.splitlines())))
