"""Child processes that never outlive whoever started them."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable

PR_SET_PDEATHSIG = 1  # <sys/prctl.h>


def end_with_parent() -> None:
    """For `preexec_fn`: the kernel ends this process when its parent is gone, be it killed. Elsewhere than on Linux nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def end_group(leader: subprocess.Popen) -> None:
    """Kill whatever a process that was started in a session of its own has left behind, and itself, if it is there."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody left; the latter from macOS, of zombies
        os.killpg(leader.pid, signal.SIGKILL)


def stop_together(processes: Iterable[subprocess.Popen], *, seconds: float) -> None:
    """Ask all of them to end, at the same moment; what is still there after `seconds` is killed with all that it started."""
    running = [process for process in processes if process.poll() is None]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + seconds
    for process in running:
        try:
            process.wait(max(0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            # Whatever it was doing has not been acknowledged and runs again at the next start.
            end_group(process)
            process.wait()
