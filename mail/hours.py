"""When people are written to: by day, by the clock of where they are."""

import zoneinfo
from datetime import datetime, time, timedelta

from django.conf import settings

FROM, UNTIL = time(8), time(18)


def is_waking_hour(local: datetime) -> bool:
    return FROM <= local.time() < UNTIL


def next_waking_hour(local: datetime) -> datetime:
    """`local` itself by day, else the next morning."""
    if is_waking_hour(local):
        return local
    day = local.date() if local.time() < FROM else local.date() + timedelta(days=1)
    return datetime.combine(day, FROM, local.tzinfo)


def first_zone(*names: str) -> zoneinfo.ZoneInfo:
    """The first of these time zones that exists; the site's where none does."""
    for name in filter(None, names):
        try:
            return zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            continue
    return zoneinfo.ZoneInfo(settings.TIME_ZONE)
