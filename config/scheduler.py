"""The scheduler of periodic tasks. Several may run, on several machines; the one that holds the lease acts.

The lease is a key of the cache that all of them share. It lasts longer than a holder needs to renew it, so that when the holder
dies another takes over within a minute. Two that act for a moment do no harm: periodic tasks may be repeated.
"""

import logging
import secrets
import socket
from typing import Any

from celery.beat import PersistentScheduler

from common import leases

logger = logging.getLogger(__name__)
LEASE = "scheduler-lease"
LEASE_SECONDS = 60
RENEW_SECONDS = 15


class LeasedScheduler(PersistentScheduler):
    """Ticks only while it holds the lease. Without an answer of the cache nobody is known to hold it, and nobody ticks."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.name = f"{socket.gethostname()}-{secrets.token_hex(8)}"
        self.holds_lease = False
        super().__init__(*arguments, **options)

    def setup_schedule(self) -> None:
        """Whoever holds the lease opens the file of last runs: two on one machine share it."""

    def tick(self, *arguments: Any, **options: Any) -> float:
        """Seconds until the next tick is wanted."""
        held, self.holds_lease = self.holds_lease, self._take_or_renew()
        if self.holds_lease and not held:
            logger.info("This scheduler acts from now on.")
            self._heap = None
            super().setup_schedule()
        elif held and not self.holds_lease:
            logger.warning("This scheduler no longer holds the lease, and waits.")
            self._let_go()
        if not self.holds_lease:
            return RENEW_SECONDS
        return min(super().tick(*arguments, **options), RENEW_SECONDS)

    def _take_or_renew(self) -> bool:
        try:
            return leases.take(LEASE, self.name, LEASE_SECONDS)
        except Exception:
            logger.exception("The cache is not responding; no periodic task is started until it does.")
            return False

    def _let_go(self) -> None:
        super().close()
        self._store = None

    def close(self) -> None:
        """Whoever stops lets another one begin."""
        self._let_go()
        try:
            leases.give_back(LEASE, self.name)
        except Exception:
            logger.warning("The lease was not given back; it runs out within a minute.")
