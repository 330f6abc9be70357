"""Dates and months as people and programs write them, and what a column says about the order of day and month.

Most ways of writing a date have one meaning: ISO 8601, years first, points between day and month, names of months. Only
03/04/2020 and 03-04-2020 have two. Whether the day comes first there is a matter of the column: `OrderVotes` counts what its
values say.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from django.utils import timezone, translation
from django.utils.dates import MONTHS, MONTHS_3, MONTHS_AP
from django.utils.translation import gettext as _

from common.cells import CellError, Remembering
from common.characters import unaccented

BLANK_DATES = (dt.date(9999, 12, 31), dt.date(1900, 1, 1))  # what personnel systems write for "none"
ISO = "YYYY-MM-DD"
_DAY_FIRST = {"DD/MM/YYYY": True, "MM/DD/YYYY": False, "DD.MM.YYYY": True, "DD-MM-YYYY": True, "MM-DD-YYYY": False}
DATE_FORMATS = (ISO, *_DAY_FIRST, "YYYY/MM/DD", "YYYYMMDD")
# Years of two digits are the latest that are not further ahead: a date of something that has begun, and any other.
YEARS_AHEAD_OF_A_START, YEARS_AHEAD = 1, 10
# Of the dates of a column that say which comes first: so few may say the opposite and be typing errors.
MAX_SLIPS = 0.01
MAX_DISTINCT = 50_000
_LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "sv", "da", "nb")

_TIME_OF_DAY = re.compile(
    r"(?:T|,?\s+)\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:[.,:]\d+)?)?(?:\s*[ap]\.?m\.?)?(?:\s*(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}))?$",
    re.IGNORECASE,
)
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})")
_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})")
_POINTS = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})")
_EITHER_ORDER = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2(\d{4}|\d{2})")
_DAY_NAME_YEAR = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th|\.)?[\s/-]*(?:de\s+)?([^\W\d_]{3,12})\.?[\s,/-]*(?:de\s+)?(\d{4}|\d{2})", re.IGNORECASE
)
_NAME_DAY_YEAR = re.compile(r"([^\W\d_]{3,12})\.?[\s-]*(\d{1,2})(?:st|nd|rd|th)?[\s,-]+(\d{4}|\d{2})", re.IGNORECASE)
_YEAR_NAME_DAY = re.compile(r"(\d{4})[\s-]([^\W\d_]{3,12})\.?[\s-](\d{1,2})")
_NO_DATE = re.compile(r"0{1,4}([./-])0{1,4}\1?0{0,4}|0{8}")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")


class OrderNeeded(Exception):
    """A date that can be read two ways, in a column of which nobody knows yet which comes first."""


def without_time(text: str) -> str:
    return _TIME_OF_DAY.sub("", text) if ":" in text or "." in text else text


@cache
def month_names() -> Mapping[str, int]:
    """Names and abbreviations of months, in lower case, in the languages in which we understand column names."""
    found: dict[str, set[int]] = {}
    for language in _LANGUAGES:
        with translation.override(language):
            for names in (MONTHS, MONTHS_3, MONTHS_AP):
                for number, name in names.items():
                    found.setdefault(str(name).casefold().strip(". "), set()).add(number)
    # German dictionaries and spreadsheets disagree about these two, and English ones write Sept beside Sep; French ones write
    # janv., févr. and juill.
    found |= {"mrz": {3}, "mär": {3}, "sept": {9}, "jän": {1}, "jänner": {1}, "janv": {1}, "févr": {2}, "juill": {7}}
    for name in list(found):  # février is often fevrier, and août nearly always aout
        found.setdefault(unaccented(name), set(found[name]))
    return {name: numbers.pop() for name, numbers in found.items() if len(numbers) == 1}


class _Read(NamedTuple):
    year: str
    month: int
    day: int
    shape: str


@dataclass(frozen=True)
class Example:
    """How dates of one shape were read: the first of them, and the day it was taken for."""

    text: str
    day: dt.date
    shape: str


class Dates(Remembering):
    """`dates[text]` → date, or None for a blank.

    `date_format` is one of `DATE_FORMATS`, or blank where nobody has said it. ISO 8601 alone allows nothing else; any other
    decides which of day and month comes first, and what has one meaning only is understood beside it. Without one,
    `day_first` decides; where that is None, a date with two meanings raises `OrderNeeded`.

    `what` names the thing in messages: "the exit date 2023-02-30 does not exist". A year of two digits is the latest that is at
    most `years_ahead` from today. `epoch` is the day 0 of a workbook, whose serial numbers are then dates. `examples` remembers
    by shape how the first date that was not ISO 8601 was read. A time of day is dropped, and a time zone with it: the day is
    the one that is written.
    """

    def __init__(
        self,
        date_format: str = "",
        *,
        what: str = "",
        years_ahead: int = YEARS_AHEAD,
        day_first: bool | None = None,
        epoch: dt.date | None = None,
    ) -> None:
        super().__init__({"": None})
        if date_format and date_format not in DATE_FORMATS:
            raise CellError(
                _("“%(format)s” is not a supported date format. Choose one of %(formats)s.")
                % {"format": date_format, "formats": ", ".join(DATE_FORMATS)}
            )
        self.date_format, self.what, self.epoch = date_format, what or _("date"), epoch
        self.day_first = _DAY_FIRST.get(date_format, day_first)
        self.latest_year = timezone.localdate().year + years_ahead
        self.examples: dict[str, Example] = {}
        self.has_short_years = False

    def understand(self, text: str) -> dt.date | None:
        bare = without_time(text)
        if _NO_DATE.fullmatch(bare):
            return None
        if self.epoch and (serial := _SERIAL.fullmatch(bare)):
            return self._noted(text, self.epoch + dt.timedelta(days=int(serial[1])), _("serial number"))
        read = _read_as_written(bare) or self._in_order(bare)
        if read is None or (self.date_format == ISO and read.shape != ISO):
            raise CellError(self._unreadable(text))
        try:
            day = dt.date(self._full_year(read.year), read.month, read.day)
        except ValueError:
            raise CellError(self._impossible(text, read.shape)) from None
        return self._noted(text, day, read.shape)

    def _noted(self, text: str, day: dt.date, shape: str) -> dt.date | None:
        if day in BLANK_DATES:
            return None
        if shape != ISO:
            self.examples.setdefault(shape, Example(text, day, shape))
        return day

    def _in_order(self, bare: str) -> _Read | None:
        match = _EITHER_ORDER.fullmatch(bare)
        if not match or (self.date_format and self.day_first is None):
            return None
        if self.day_first is None:
            raise OrderNeeded
        one, mark, other, year = match.groups()
        day, month = (one, other) if self.day_first else (other, one)
        return _Read(year, int(month), int(day), _shape_of(mark, year, day_first=self.day_first))

    def _full_year(self, year: str) -> int:
        if len(year) == 4:
            return int(year)
        self.has_short_years = True
        full = self.latest_year // 100 * 100 + int(year)
        return full - 100 if full > self.latest_year else full

    def _impossible(self, text: str, shape: str) -> str:
        if shape == ISO:
            return _("the %(what)s %(text)s does not exist. Correct the date.") % {"what": self.what, "text": text}
        return _("the %(what)s %(text)s, read as %(format)s, does not exist. Correct it, or choose another date format.") % {
            "what": self.what,
            "text": text,
            "format": shape,
        }

    def _unreadable(self, text: str) -> str:
        if re.fullmatch(r"\d{5}", text):
            return _(
                "the %(what)s %(text)s is a spreadsheet's serial number for a date. Format the column as a date "
                "and save the file again."
            ) % {
                "what": self.what,
                "text": text,
            }
        return _("the %(what)s “%(text)s” cannot be read. Write it as %(format)s.") % {
            "what": self.what,
            "text": text[:40],
            "format": ISO if self.date_format in ("", ISO) else f"{ISO} {_('or')} {self.date_format}",
        }


def _shape_of(mark: str, year: str, *, day_first: bool) -> str:
    return mark.join(["DD", "MM", "Y" * len(year)] if day_first else ["MM", "DD", "Y" * len(year)])


def _read_as_written(bare: str) -> _Read | None:
    """A date that can be read one way only; None for any other text."""
    if match := _YEAR_FIRST.fullmatch(bare):
        return _Read(match[1], int(match[3]), int(match[4]), match[2].join(["YYYY", "MM", "DD"]))
    if match := _POINTS.fullmatch(bare):
        return _Read(match[3], int(match[2]), int(match[1]), "DD.MM." + "Y" * len(match[3]))
    if match := _DIGITS.fullmatch(bare):
        return _Read(match[1], int(match[2]), int(match[3]), "YYYYMMDD")
    return _read_with_name(bare)


def _read_with_name(bare: str) -> _Read | None:
    for pattern, day, name, year in ((_DAY_NAME_YEAR, 1, 2, 3), (_NAME_DAY_YEAR, 2, 1, 3), (_YEAR_NAME_DAY, 3, 2, 1)):
        match = pattern.fullmatch(bare)
        if match and (month := month_names().get(match[name].casefold())):
            return _Read(match[year], month, int(match[day]), _("name of the month"))
    return None


def looks_like_date(text: str) -> bool:
    """Whether a text is written as a date, in either order of day and month."""
    bare = without_time(text.strip())
    if not 6 <= len(bare) <= 40:
        return False
    read = _read_as_written(bare)
    if read is None:
        match = _EITHER_ORDER.fullmatch(bare)
        numbers = sorted((int(match[1]), int(match[3]))) if match else [0, 0]
        return 1 <= numbers[0] <= 12 and numbers[1] <= 31
    return read.month in range(1, 13) and read.day in range(1, 32) and (len(read.year) == 2 or 1800 < int(read.year) < 10_000)


# The order of day and month -----------------------------------------------------------------------------------------------


@dataclass
class OrderVotes:
    """What the distinct dates of one column say about which of day and month comes first.

    `either` is a date that can be read both ways, `day` and `month` are dates that can be read with the day, or the month,
    first only; blank where there was none.
    """

    n_day: int = 0
    n_month: int = 0
    either: str = ""
    day: str = ""
    month: str = ""
    _seen: set[str] = field(default_factory=set, repr=False)

    def see(self, texts: Iterable[str]) -> None:
        new = set(texts).difference(self._seen)
        if len(self._seen) < MAX_DISTINCT:
            self._seen |= new
        for text in sorted(new):
            if match := _EITHER_ORDER.fullmatch(without_time(text.strip())):
                self._count(text.strip(), int(match[1]), int(match[3]))

    def _count(self, text: str, one: int, other: int) -> None:
        if one > 12 >= other > 0:
            self.n_day += 1
            self.day = self.day or text
        elif other > 12 >= one > 0:
            self.n_month += 1
            self.month = self.month or text
        elif one != other and 0 < one <= 12 and 0 < other <= 12:
            self.either = self.either or text

    @property
    def is_mixed(self) -> bool:
        """Whether too many say one and the other as that either could be typing errors."""
        return min(self.n_day, self.n_month) > MAX_SLIPS * (self.n_day + self.n_month)

    @property
    def day_first(self) -> bool | None:
        """What the column says; None where it says nothing, or both."""
        if self.is_mixed or self.n_day == self.n_month:
            return None
        return self.n_day > self.n_month


@dataclass(frozen=True)
class Orders:
    """What a file says about the order of day and month, by column; `borrowed` where only its other columns say it.

    `open` are columns of which nothing says it, with a date to ask by; `mixed` those that say both, with a date of each.
    """

    day_first: Mapping[str, bool]
    borrowed: frozenset[str]
    open: Mapping[str, str]
    mixed: Mapping[str, tuple[str, str]]


def settle(votes: Mapping[str, OrderVotes], wanted: Iterable[str]) -> Orders:
    """The order in each of the `wanted` columns, from their own dates, else from those of all columns that say the same."""
    said = {name: one.day_first for name, one in votes.items() if one.day_first is not None}
    common = set(said.values())
    names = [name for name in wanted if name in votes]
    mixed = {name: (votes[name].day, votes[name].month) for name in names if votes[name].is_mixed}
    silent = [name for name in names if name not in said and name not in mixed]
    without = {name: votes[name].either for name in silent if votes[name].either}
    day_first = {name: said[name] for name in names if name in said}
    if len(common) == 1:
        day_first |= dict.fromkeys(silent, *common)
        return Orders(day_first, frozenset(without), {}, mixed)
    # 03/03/2020 is the same day either way.
    day_first |= {name: True for name in silent if name not in without}
    return Orders(day_first, frozenset(), without, mixed)


class Months(Remembering):
    """`months[text]` → first day of the month, or None; YYYY-MM, YYYY/MM, MM/YYYY, or any day of the month in ISO 8601."""

    _patterns = (
        (re.compile(r"(\d{4})[-/](\d{1,2})(?:-\d{1,2})?"), 1, 2),
        (re.compile(r"(\d{1,2})[/.](\d{4})"), 2, 1),
    )

    def __init__(self, *, what: str = "") -> None:
        super().__init__({"": None})
        self.what = what or _("month")

    def understand(self, text: str) -> dt.date | None:
        for pattern, year, month in self._patterns:
            match = pattern.fullmatch(without_time(text))
            if match:
                try:
                    return dt.date(int(match[year]), int(match[month]), 1)
                except ValueError:
                    break
        raise CellError(
            _("the %(what)s “%(text)s” cannot be read. Write it as YYYY-MM.") % {"what": self.what, "text": text[:40]}
        )


class Periods(Remembering):
    """`periods[text]` → "2024", "2024-H1", "2024-Q1" or "2024-01", however it is written; None for a blank."""

    _year = re.compile(r"(?:FY ?)?([12]\d{3})", re.IGNORECASE)
    _parts = (
        re.compile(r"(?P<year>[12]\d{3})[-/ ]?(?P<part>[QH]\d)", re.IGNORECASE),
        re.compile(r"(?P<part>[QH]\d)[-/ ]?(?P<year>[12]\d{3})", re.IGNORECASE),
    )

    def __init__(self, *, what: str = "") -> None:
        super().__init__({"": None})
        self._months = Months(what=what)

    def understand(self, text: str) -> str | None:
        if match := self._year.fullmatch(text):
            return match[1]
        for pattern in self._parts:
            match = pattern.fullmatch(text)
            if match and match["part"].upper() in ("Q1", "Q2", "Q3", "Q4", "H1", "H2"):
                return f"{match['year']}-{match['part'].upper()}"
        try:
            month = self._months.read(text)
        except CellError:
            raise CellError(
                _("“%(text)s” is not a period. Write a year, half-year, quarter or month: 2024, 2024-H1, 2024-Q1 or 2024-01.")
                % {"text": text[:40]}
            ) from None
        return f"{month:%Y-%m}" if month else None
