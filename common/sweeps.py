"""Sweeps go through many rows, and one that cannot be worked on stops none of the others."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from celery.exceptions import SoftTimeLimitExceeded

logger = logging.getLogger(__name__)
Item = TypeVar("Item")


def each(items: Iterable[Item], act: Callable[[Item], int | None], *, name: str) -> int:
    """Call `act` for each, alone; the sum of what it returns. What fails is in the log, and there for the next sweep."""
    total = 0
    for item in items:
        try:
            total += act(item) or 0
        except SoftTimeLimitExceeded:
            raise
        except Exception:
            logger.exception("%s: %s failed, the others go on", name, getattr(item, "pk", item))
    return total
