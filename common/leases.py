"""A lease: one process at a time does something. It is a key of the cache that all of them share, and runs out by itself."""

import contextlib
import logging
import threading
from collections.abc import Iterator

from django.core.cache import cache

logger = logging.getLogger(__name__)


def take(name: str, holder: str, seconds: int) -> bool:
    """Take the lease, or renew it; False while somebody else has it. Raises what the cache raises."""
    if cache.add(name, holder, seconds):
        return True
    return bool(cache.get(name) == holder and cache.touch(name, seconds))


def give_back(name: str, holder: str) -> None:
    """Raises what the cache raises."""
    if cache.get(name) == holder:
        cache.delete(name)


@contextlib.contextmanager
def held(name: str, holder: str, *, seconds: int = 30) -> Iterator[bool]:
    """Whether the lease is ours; it is for as long as the block takes, and runs out within `seconds` if its process is killed.

    A cache that is away keeps nobody from acting.
    """
    try:
        is_ours = take(name, holder, seconds)
    except Exception:
        logger.warning("The cache is not responding; nobody knows who else holds %s.", name)
        yield True
        return
    if not is_ours:
        yield False
        return
    is_over = threading.Event()
    thread = threading.Thread(target=_renew, args=(name, holder, seconds, is_over), name=name, daemon=True)
    thread.start()
    try:
        yield True
    finally:
        is_over.set()
        thread.join()
        with _noted(name):
            give_back(name, holder)


def _renew(name: str, holder: str, seconds: int, is_over: threading.Event) -> None:
    """Beside the work, which may wait for somebody else's server for longer than the lease lasts."""
    while not is_over.wait(seconds / 3):
        with _noted(name):
            take(name, holder, seconds)


@contextlib.contextmanager
def _noted(name: str) -> Iterator[None]:
    try:
        yield
    except Exception:
        logger.warning("The cache is not responding; %s runs out by itself.", name)
