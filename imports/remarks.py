"""What is said of dates that can be read two ways."""

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from common.dates import Dates


def either_reading(text: str, remedy: str) -> str:
    """What is said of a date that can be read two ways in a file that does not say which; `remedy` comes last."""
    first, second = readings_of(text)
    return _("“%(text)s” can be %(first)s or %(second)s, and nothing in this file says which is meant. %(remedy)s") % {
        "text": text,
        "first": first,
        "second": second,
        "remedy": remedy,
    }


def readings_of(text: str) -> tuple[str, str]:
    """A date of two meanings in words: with the day first, and with the month first."""
    days = [Dates(day_first=day_first).read(text) for day_first in (True, False)]
    first, second = (date_format(day, "j F Y") if day else text for day in days)
    return first, second


def mixed_readings(day: str, month: str) -> str:
    return _(
        "Dates in this column are written in two ways: “%(day)s” has the day first, “%(month)s” the month. Write them all the "
        "same way, best as YYYY-MM-DD."
    ) % {"day": day, "month": month}
