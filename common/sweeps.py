"""Sweeps go through many rows, and one that cannot be worked on stops none of the others."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from celery.exceptions import SoftTimeLimitExceeded

from common.errors import TryLater

logger = logging.getLogger(__name__)
Item = TypeVar("Item")


def each(items: Iterable[Item], act: Callable[[Item], int | None], *, name: str) -> int:
    """Call `act` for each, alone; the sum of what it returns. What fails is in the log, and there for the next sweep.

    What can only be done later (`TryLater`) waits for it too; nothing is wrong with it.
    """
    total = 0
    for item in items:
        try:
            total += act(item) or 0
        except SoftTimeLimitExceeded:
            raise
        except TryLater as error:
            logger.info("%s: %s waits for the next time (%s)", name, getattr(item, "pk", item), type(error).__name__)
        except Exception:
            logger.exception("%s: %s failed, the others go on", name, getattr(item, "pk", item))
    return total
