"""Readers of columns. Each takes the cells of a few hundred rows at once and remembers what it has seen.

A value is staged as text: blank where the file says nothing, `CLEAR` where it empties what is known. Most cells mean exactly
what they say, and for those a reader answers with one look-up of the whole column in a set.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.cells import CellError, Money, Numbers, is_blank_word, normal_number, read_email, read_identifier
from common.characters import unaccented
from common.dates import YEARS_AHEAD, YEARS_AHEAD_OF_A_START, Dates, Months, OrderNeeded, Orders, Periods
from common.money import ISO_4217, MINOR_DIGITS
from imports.kinds import CLEAR, UNREAD, Column
from imports.tables.synonyms import DURATION_WORDS, YES_AND_NO

REMEMBERED = 50_000
MAX_COVARIATE_LENGTH = 200
# Longer is nothing that a column could mean, and trying to understand it would take long.
MAX_READ = 1000
MAX_WORDS, MAX_WORD_LENGTH = 30, 60
_NO_PROBLEMS: dict[int, str] = {}
MONTHS_IN = {"years": 12, "weeks": 7 / 30.4375, "days": 1 / 30.4375}
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PLAIN_IDENTIFIER = re.compile(r"[A-Za-z0-9_.:/-]{1,100}").fullmatch
_PLAIN_EMAIL = re.compile(r"[a-z0-9_]+(?:[.-][a-z0-9_]+)*@[a-z0-9]+(?:[.-][a-z0-9]+)*\.[a-z]{2,24}").fullmatch
# In the ten digits that JSON knows; `\d` takes those of every script.
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,2})?").fullmatch
_WRITTEN_CURRENCY = re.compile(rf"(?<![A-Z])(?:{'|'.join(sorted(ISO_4217))})(?![A-Z])|[€$£¥]")
_SIGNS = {"€": {"EUR"}, "£": {"GBP"}, "¥": {"JPY", "CNY"}}
_CODES = {"€": "EUR", "£": "GBP", "$": "USD"}

Read = tuple[Sequence[str], dict[int, str]]


@dataclass(frozen=True)
class HowRead:
    """How a file is written, as far as somebody has said it or it was found out.

    `orders` is None until the order of day and month has been asked of the file; `epoch` is the day 0 of a workbook. `headers`
    are the names that our columns have in the file.
    """

    currency: str
    decimal_comma: bool = False
    date_format: str = ""
    orders: Orders | None = None
    epoch: date | None = None
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


class Reader:
    """Reads one column. `clears` says whether any cell has asked to empty a value, `blank_words` which texts say that there
    is none. A cell that could not be read is staged as `UNREAD`.
    """

    # Whether NULL, NA and the like mean that nothing is known; in a text they may be anybody's initials.
    knows_blank_words = False

    def __init__(self, column: Column, *, may_clear: bool = True) -> None:
        self.column = column
        self.may_clear = may_clear and not column.required
        self.clears = False
        self.blank_words: set[str] = set()
        self._as_they_are: set[str] = set()
        self._known: dict[str, str] = {}

    def read(self, cells: Sequence[str]) -> Read:
        """The staged value of each cell, and what is wrong, by position."""
        if self._as_they_are.issuperset(cells):
            return cells, _NO_PROBLEMS
        return self._read_new(cells)

    def _read_new(self, cells: Sequence[str]) -> Read:
        if len(self._as_they_are) + len(self._known) > REMEMBERED:
            self._as_they_are.clear()
            self._known.clear()
        refused: dict[str, str] = {}
        for text in dict.fromkeys(cells):
            if text in self._as_they_are or text in self._known:
                continue
            try:
                value = self.convert(text)
            except CellError as error:
                refused[text] = _as_sentence(str(error))
                continue
            self._remember(text, value)
        problems = {i: refused[text] for i, text in enumerate(cells) if text in refused} if refused else _NO_PROBLEMS
        known = self._known | dict.fromkeys(refused, UNREAD) if refused else self._known
        return ([known.get(text, text) for text in cells] if known else cells), problems

    def _remember(self, text: str, value: str) -> None:
        if value == text:
            self._as_they_are.add(text)
        else:
            self._known[text] = value

    def convert(self, text: str) -> str:
        bare = text.strip()
        if not bare:
            if self.column.required:
                raise CellError(_("The cell is empty. Every row needs a value here."))
            return self.blank()
        if bare.lower() == CLEAR:
            if not self.may_clear:
                raise CellError(_("Values in this column cannot be removed. Enter a value."))
            self.clears = True
            return self.cleared()
        if self.knows_blank_words and is_blank_word(bare):
            return self._blank_for(text)
        longest = max(self.column.longest, MAX_READ)
        if len(bare) > longest:
            raise CellError(
                _("The cell has %(length)s characters; the maximum is %(longest)s. Shorten it.")
                % {"length": f"{len(bare):,}", "longest": f"{longest:,}"}
            )
        value = self.value(bare)
        return value if value or not self.knows_blank_words else self._blank_for(text)

    def _blank_for(self, text: str) -> str:
        if self.column.required:
            raise CellError(
                _("“%(text)s” means that nothing is known here. Every row needs a value.") % {"text": text.strip()[:40]}
            )
        self.blank_words.add(text)
        return self.blank()

    def blank(self) -> str:
        return ""

    def cleared(self) -> str:
        return CLEAR

    def value(self, text: str) -> str:
        raise NotImplementedError

    def remarks(self, n_blank: int) -> Iterator[str]:
        """What the report should say of how the column was read; `n_blank` cells held one of the `blank_words`."""
        words = sorted({word.strip()[:40] for word in self.blank_words})
        if words:
            yield ngettext(
                "%(words)s in %(column)s is read as blank, in %(n)s cell.",
                "%(words)s in %(column)s is read as blank, in %(n)s cells.",
                n_blank,
            ) % {"words": ", ".join(f"“{word}”" for word in words), "column": self.column.name, "n": f"{n_blank:,}"}


class Rewriting(Reader):
    """A reader whose values seldom look like their cells."""

    def read(self, cells: Sequence[str]) -> Read:
        try:
            return list(map(self._known.__getitem__, cells)), _NO_PROBLEMS
        except KeyError:
            return self._read_new(cells)

    def _remember(self, text: str, value: str) -> None:
        self._known[text] = value


class Text(Reader):
    def value(self, text: str) -> str:
        if len(text) > self.column.longest:
            raise CellError(
                _("The text has %(length)s characters; the maximum is %(longest)s. Shorten it.")
                % {"length": len(text), "longest": self.column.longest}
            )
        return text


class Identifier(Reader):
    def read(self, cells: Sequence[str]) -> Read:
        if self._as_they_are.issuperset(cells):
            return cells, _NO_PROBLEMS
        if all(map(_PLAIN_IDENTIFIER, cells)):
            if len(self._as_they_are) < REMEMBERED:
                self._as_they_are.update(cells)
            return cells, _NO_PROBLEMS
        return self._read_new(cells)

    def value(self, text: str) -> str:
        return read_identifier(text, longest=self.column.longest)


class Email(Reader):
    def read(self, cells: Sequence[str]) -> Read:
        if all(map(_PLAIN_EMAIL, cells)) and len(max(cells, key=len)) <= self.column.longest:
            return cells, _NO_PROBLEMS
        return self._read_new(cells)

    def value(self, text: str) -> str:
        return read_email(text)


class Date(Reader):
    """Raises `OrderNeeded` for a date of two meanings, unless `how.orders` knows which is meant, or that nobody knows."""

    knows_blank_words = True

    def __init__(self, column: Column, how: HowRead, *, may_clear: bool) -> None:
        super().__init__(column, may_clear=may_clear)
        self._is_asked = how.orders is not None
        self._is_borrowed = how.orders is not None and column.name in how.orders.borrowed
        self._dates = Dates(
            how.date_format,
            what=column.name,
            years_ahead=YEARS_AHEAD_OF_A_START if column.has_begun else YEARS_AHEAD,
            day_first=how.orders.day_first.get(column.name) if how.orders else None,
            epoch=how.epoch,
        )

    def remarks(self, n_blank: int) -> Iterator[str]:
        """Also each way in which dates are written, with the first of them, unless that is ISO 8601."""
        column = self.column.name
        for example in self._dates.examples.values():
            said = {"text": example.text[:40], "day": date_format(example.day, "j F Y"), "format": example.shape}
            yield _("“%(text)s” in %(column)s is read as %(day)s (%(format)s).") % {"column": column, **said}
        if self._dates.has_short_years:
            years = {"first": self._dates.latest_year - 99, "last": self._dates.latest_year}
            yield _("Years of two digits in %(column)s are read as %(first)s to %(last)s.") % {"column": column, **years}
        if self._is_borrowed:
            yield _("Dates in %(column)s could be read two ways; the other dates of this file say which is meant.") % {
                "column": column
            }
        yield from super().remarks(n_blank)

    def value(self, text: str) -> str:
        try:
            day = self._dates.read(text)
        except OrderNeeded:
            if not self._is_asked:
                raise
            return UNREAD  # the column as a whole is complained of
        if day is None and self.column.required:
            raise CellError(_("The date %(text)s means “none”. Enter the actual date; every row needs one.") % {"text": text})
        if day and day.year < self.column.earliest:
            said = {"text": text, "year": day.year, "earliest": self.column.earliest}
            message = _("The year of “%(text)s” is read as %(year)s, which is before %(earliest)s. Write it as YYYY-MM-DD.")
            raise CellError(message % said)
        return day.isoformat() if day else ""


class Month(Reader):
    knows_blank_words = True

    def __init__(self, column: Column) -> None:
        super().__init__(column)
        self._months = Months(what=column.name)

    def value(self, text: str) -> str:
        month = self._months.read(text)
        return month.isoformat() if month else ""


class Period(Reader):
    knows_blank_words = True

    def __init__(self, column: Column) -> None:
        super().__init__(column)
        self._periods = Periods(what=column.name)

    def value(self, text: str) -> str:
        return self._periods.read(text) or ""


class Number(Reader):
    knows_blank_words = True

    def __init__(self, column: Column, *, decimal_comma: bool) -> None:
        super().__init__(column)
        self._numbers = Numbers(decimal_comma=decimal_comma, what=column.name)

    def value(self, text: str) -> str:
        number: Decimal | None = self._numbers.read(text)
        if number is None:
            raise CellError(self._numbers.unreadable(text))
        if self.column.not_negative and number < 0:
            raise CellError(
                _("The %(what)s is %(text)s, but cannot be negative. Correct the value, or leave the row out.")
                % {"what": self.column.name, "text": text}
            )
        if self.column.above_zero and number <= 0:
            raise CellError(
                _("The %(what)s is %(text)s, but must be above zero. Correct the value, or leave the row out.")
                % {"what": self.column.name, "text": text}
            )
        return text if _JSON_NUMBER(text) else str(number)


class Duration(Number):
    """Months, also where the name of the column says that they are years, weeks or days."""

    def __init__(self, column: Column, *, decimal_comma: bool, header: str = "") -> None:
        super().__init__(column, decimal_comma=decimal_comma)
        self.header = header
        words = unaccented(plain_word(_CAMEL.sub(" ", header).replace("_", " "))).split()
        self.unit = next((unit for unit, names in DURATION_WORDS.items() if names & set(words)), "")

    def value(self, text: str) -> str:
        number = super().value(text)
        if not self.unit:
            return number
        return f"{float(number) * MONTHS_IN[self.unit]:.6g}"

    def remarks(self, n_blank: int) -> Iterator[str]:
        said = {"column": self.header.strip(), "ours": self.column.name}
        if self.unit == "years":
            yield (
                _(
                    "“%(column)s” is read as years, each 12 %(ours)s. Whole years are coarse: whoever left within a year "
                    "counts at its beginning."
                )
                % said
            )
        elif self.unit == "weeks":
            yield _("“%(column)s” is read as weeks and turned into %(ours)s.") % said
        elif self.unit == "days":
            yield _("“%(column)s” is read as days and turned into %(ours)s.") % said
        yield from super().remarks(n_blank)


class Amount(Rewriting):
    """Money in minor units of one currency; `of_any` where nobody knows of which, so that none is wrong."""

    knows_blank_words = True

    def __init__(self, column: Column, *, currency: str, decimal_comma: bool, of_any: bool = False) -> None:
        super().__init__(column)
        self.currency, self.of_any = currency, of_any
        self._cents = "0" * MINOR_DIGITS.get(currency, 2)
        self._money = Money(currency, decimal_comma=decimal_comma, what=column.name)

    def value(self, text: str) -> str:
        if text.isascii() and text.isdigit() and len(text) < 13:
            return str(int(text + self._cents))
        written = _WRITTEN_CURRENCY.search(text.upper())
        if written and not self.of_any and not self._is_ours(written[0]):
            raise CellError(
                _("“%(text)s” is not in %(currency)s, the currency of this row. Convert it, or enter its currency.")
                % {"text": text[:40], "currency": self.currency}
            )
        minor: int | None = self._money.read(text)
        if minor is None:
            raise CellError(self._money.unreadable(text))
        return str(minor)

    def _is_ours(self, written: str) -> bool:
        if written == "$":
            return self.currency.endswith("D")
        return self.currency in _SIGNS.get(written, {written})


class Worded(Reader):
    """A column of few words. `words` says what the organisation's own mean; those nobody knows are kept in `unknown`."""

    def __init__(self, column: Column, words: Mapping[str, str]) -> None:
        super().__init__(column)
        self.words = words
        means = {"meaning": str(column.blank_means).lower()}
        self.blank_meaning = _("blank (%(meaning)s)") % means if column.blank_means else _("blank")
        self.used: dict[str, str] = {}
        self.unknown: dict[str, str] = {}

    def value(self, text: str) -> str:
        word = plain_word(text)
        if word in self.words and (self.words[word] or self.column.blank_means):
            self.used[text] = self.words[word]
            return self.words[word]
        try:
            return self.understood(text)
        except CellError:
            if len(self.unknown) < MAX_WORDS and len(text) <= MAX_WORD_LENGTH:
                self.unknown.setdefault(word, text)
            raise

    def understood(self, text: str) -> str:
        raise NotImplementedError


class Currency(Worded):
    def understood(self, text: str) -> str:
        code = _CODES.get(text, text.upper())
        if code not in ISO_4217:
            raise CellError(_("“%(text)s” is not a currency. Enter a three-letter code, such as EUR.") % {"text": text[:40]})
        return code


class Choice(Worded):
    def understood(self, text: str) -> str:
        if text.lower() not in self.column.choices:
            raise CellError(
                _("“%(text)s” is not recognised. Use one of: %(choices)s.")
                % {"text": text[:40], "choices": ", ".join(self.column.choices)}
            )
        return text.lower()


class YesNo(Worded):
    def understood(self, text: str) -> str:
        word = unaccented(plain_word(text))
        for meaning, words in YES_AND_NO.items():
            if word in words:
                return meaning
        raise CellError(_("“%(text)s” is neither yes nor no. Write one of them.") % {"text": text[:40]})


class Covariate(Rewriting):
    """A column of the organisation's own, staged as its piece of a JSON object: `"grade":3`; numbers become numbers.

    `of_numbers`: nothing but numbers was seen in it, so that NA is no text either.
    """

    def __init__(self, name: str, *, decimal_comma: bool, of_numbers: bool = False) -> None:
        super().__init__(Column(name, "text", "", longest=MAX_COVARIATE_LENGTH))
        self.knows_blank_words = of_numbers
        self.decimal_comma = decimal_comma
        self._name = json.dumps(name)

    def cleared(self) -> str:
        return f"{self._name}:null"

    def value(self, text: str) -> str:
        if _JSON_NUMBER(text):
            return f"{self._name}:{text}"
        if len(text) > MAX_COVARIATE_LENGTH:
            raise CellError(
                _("The text has %(length)s characters; the maximum is %(longest)s. Shorten it, or leave the column out.")
                % {"length": len(text), "longest": MAX_COVARIATE_LENGTH}
            )
        number = normal_number(text, decimal_comma=self.decimal_comma)
        return f"{self._name}:{number if _JSON_NUMBER(number) else json.dumps(text)}"


_WORDED: dict[str, type[Worded]] = {"currency": Currency, "choice": Choice, "yes_no": YesNo}


def reader_for(column: Column, how: HowRead, *, is_key: bool) -> Reader:
    """The reader of a column; key columns cannot be emptied."""
    decimal_comma, words = how.decimal_comma, how.words.get(column.name, {})
    match column.type:
        case "date":
            return Date(column, how, may_clear=not is_key)
        case "month":
            return Month(column)
        case "period":
            return Period(column)
        case "money":
            return Amount(column, currency=how.currency, decimal_comma=decimal_comma)
        case "number":
            return Number(column, decimal_comma=decimal_comma)
        case "duration":
            return Duration(column, decimal_comma=decimal_comma, header=how.headers.get(column.name, ""))
        case "identifier":
            return Identifier(column, may_clear=not is_key)
        case "email":
            return Email(column, may_clear=not is_key)
        case "currency" | "choice" | "yes_no":
            return _WORDED[column.type](column, words)
    return Text(column, may_clear=not is_key)


def _as_sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def plain_word(word: str) -> str:
    return " ".join(word.lower().split())
