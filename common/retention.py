"""How long what is not needed for ever is kept, and how it is deleted: in small batches, so that nobody waits for a long one.

The periods are `ACCORD_KEEP_DAYS` in the settings. Each app deletes what is its own, in a task that stands beside its services.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

logger = logging.getLogger(__name__)
BATCH_SIZE = 500
# One run deletes no more; the next goes on. A task that is cut off in the middle has lost nothing.
MAX_ROWS_A_RUN = 200_000


def expired_before(name: str) -> datetime:
    """What is older than this has been kept long enough."""
    return timezone.now() - timedelta(days=settings.ACCORD_KEEP_DAYS[name])


def in_batches(rows: QuerySet[Any], act: Callable[[QuerySet[Any]], object], *, name: str) -> int:
    """Do something to `rows` after which they are among them no more, a few hundred at a time; logs and returns how many."""
    count = 0
    while count < MAX_ROWS_A_RUN:
        ids = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH_SIZE])
        if not ids:
            break
        act(rows.model._base_manager.filter(pk__in=ids))
        count += len(ids)
    logger.info("Retention: %s %s", count, name)
    return count


def delete_in_batches(rows: QuerySet[Any], *, name: str) -> int:
    return in_batches(rows, lambda some: some.delete(), name=name)
