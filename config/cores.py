"""How many processes serve the web on one machine."""

import os

MOST = 4
THREADS = 8  # of all processes together, and at least half of that in each


def web_processes() -> int:
    """As many as there are cores for us, at most four: one alone is busy at 33 lessons a second whatever else is idle."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(MOST, cores)


def threads_each(processes: int) -> int:
    """Enough for what waits: an upload, the database. More of them cost every page milliseconds."""
    return max(THREADS // 2, THREADS // processes)
