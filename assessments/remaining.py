"""How much of the time of a sitting is left, as its pages say it. The server counts; the clock of a page only shows it."""

import math
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _

from assessments.models import Attempt


def seconds_left(attempt: Attempt) -> int | None:
    """To the next whole second, so that no clock runs out before the time does; None where nothing ends the sitting."""
    if attempt.submitted_at:
        return 0
    if attempt.due_at is None:
        return None
    return max(0, math.ceil((attempt.due_at - timezone.now()).total_seconds()))


def end_in_words(attempt: Attempt) -> str:
    """When it ends, with the day where that is not today; empty where nothing ends it."""
    if attempt.due_at is None:
        return ""
    end = timezone.localtime(attempt.due_at)
    words = {"time": time_format(end, "TIME_FORMAT"), "day": date_format(end)}
    if end.date() == timezone.localdate():
        return _("Your time ends at %(time)s") % words
    return _("Your time ends on %(day)s at %(time)s") % words


def for_clock(attempt: Attempt) -> dict[str, Any]:
    """What the clock of a page goes on with."""
    return {"seconds": seconds_left(attempt), "words": end_in_words(attempt)}
