"""A mail server that lets everybody wait. While it does, one task after another asks it, with pauses: the others of a worker
are not held up by what they cannot mend, and codes, payments and checks of files share that worker.
"""

import logging

from django.conf import settings
from django.core.cache import cache

logger = logging.getLogger(__name__)
SILENT = "mail-server-silent"
ASKED = "mail-server-asked"
# Less than the minute after which what waits is handed over again, more than a time-out.
PAUSE_SECONDS = 45
REMEMBERED_SECONDS = 3600


def may_ask() -> bool:
    """Whether this task may speak to the mail server: yes, unless it was silent and somebody asked a moment ago."""
    try:
        return not cache.get(SILENT) or cache.add(ASKED, "yes", PAUSE_SECONDS)
    except Exception:
        logger.warning("The cache is not responding; the mail server is asked without it.")
        return True


def note_wait(seconds: float) -> bool:
    """Remember it where a failure came after a time-out; returns whether it did."""
    # smtplib tells a time-out and a lost connection by the same error.
    if seconds < settings.EMAIL_TIMEOUT:
        return False
    try:
        cache.set(SILENT, "yes", REMEMBERED_SECONDS)
        cache.set(ASKED, "yes", PAUSE_SECONDS)
    except Exception:
        logger.warning("The cache is not responding; that the mail server is silent is not known to others.")
    return True


def note_answer() -> None:
    """It takes mail: everybody may send again."""
    try:
        if cache.get(SILENT):
            cache.delete_many([SILENT, ASKED])
    except Exception:
        logger.warning("The cache is not responding; the mail server is asked without it.")
