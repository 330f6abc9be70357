"""What a report says of how cells were read: which day a date was taken for, and what was taken for blank."""

from collections.abc import Iterator, Mapping

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.dates import Dates, Orders
from imports.cells import Date, Reader
from imports.kinds import Column


def notes_on_dates(readers: Mapping[str, Reader], orders: Orders | None) -> Iterator[str]:
    """By column: each way in which its dates are written with the first of them, unless that is ISO 8601."""
    for name, reader in readers.items():
        if not isinstance(reader, Date):
            continue
        for example in reader.examples:
            yield _("“%(text)s” in %(column)s is read as %(day)s (%(format)s).") % {
                "text": example.text[:40],
                "column": name,
                "day": date_format(example.day, "j F Y"),
                "format": example.shape,
            }
        if years := reader.short_years:
            yield _("Years of two digits in %(column)s are read as %(first)s to %(last)s.") % {
                "column": name,
                "first": years[0],
                "last": years[1],
            }
        if orders and name in orders.borrowed:
            yield _("Dates in %(column)s could be read two ways; the other dates of this file say which is meant.") % {
                "column": name
            }


def notes_on_blanks(readers: Mapping[str, Reader], counts: Mapping[str, int]) -> Iterator[str]:
    """By column: the texts that were read as blank, and in how many cells."""
    for name, n in counts.items():
        words = sorted({word.strip()[:40] for word in readers[name].blank_words})
        if words:
            yield ngettext(
                "%(words)s in %(column)s is read as blank, in %(n)s cell.",
                "%(words)s in %(column)s is read as blank, in %(n)s cells.",
                n,
            ) % {"words": ", ".join(f"“{word}”" for word in words), "column": name, "n": f"{n:,}"}


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


def blank_meaning(column: Column) -> str:
    return _("blank (%(meaning)s)") % {"meaning": str(column.blank_means).lower()} if column.blank_means else _("blank")
