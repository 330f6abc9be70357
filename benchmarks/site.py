"""What a benchmark needs to stand on: the embedded broker, in the folder that the runner made."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def broker(var_dir: Path) -> Iterator[None]:
    """The embedded broker for as long as the block runs; nothing where its wheel does not exist."""
    from config.broker import start_broker

    (var_dir / "log").mkdir(parents=True, exist_ok=True)
    process = start_broker(var_dir)
    try:
        yield
    finally:
        if process is not None:
            stop(process)


def stop(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
