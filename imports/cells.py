"""Readers of columns. Each takes the cells of a few hundred rows at once and remembers what it has seen.

A value is staged as text: blank where the file says nothing, `CLEAR` where it empties what is known. Most cells mean exactly
what they say, and for those a reader answers with one look-up of the whole column in a set.
"""

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from common.cells import CellError, Dates, Money, Months, Numbers, normal_number, read_email, read_identifier
from common.money import MINOR_DIGITS
from imports.kinds import CLEAR, Column

REMEMBERED = 50_000
MAX_COVARIATE_LENGTH = 200
# Longer is nothing that a column could mean, and trying to understand it would take long.
MAX_READ = 1000
MAX_WORDS, MAX_WORD_LENGTH = 30, 60
_NO_PROBLEMS: dict[int, str] = {}
_PLAIN_IDENTIFIER = re.compile(r"[A-Za-z0-9_.:/-]{1,100}").fullmatch
_PLAIN_EMAIL = re.compile(r"[a-z0-9_]+(?:[.-][a-z0-9_]+)*@[a-z0-9]+(?:[.-][a-z0-9]+)*\.[a-z]{2,24}").fullmatch
# In the ten digits that JSON knows; `\d` takes those of every script.
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,2})?").fullmatch
_WRITTEN_CURRENCY = re.compile(r"[A-Z]{3}|[€$£¥]")
_SIGNS = {"€": {"EUR"}, "£": {"GBP"}, "¥": {"JPY", "CNY"}}
_CODES = {"€": "EUR", "£": "GBP", "$": "USD"}

Read = tuple[Sequence[str], dict[int, str]]


class Reader:
    """Reads one column. `clears` says whether any cell has asked to empty a value."""

    def __init__(self, column: Column, *, may_clear: bool = True) -> None:
        self.column = column
        self.may_clear = may_clear and not column.required
        self.clears = False
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
        for text in set(cells).difference(self._as_they_are, self._known):
            try:
                value = self.convert(text)
            except CellError as error:
                refused[text] = _as_sentence(str(error))
                continue
            self._remember(text, value)
        problems = {i: refused[text] for i, text in enumerate(cells) if text in refused} if refused else _NO_PROBLEMS
        known = self._known
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
        longest = max(self.column.longest, MAX_READ)
        if len(bare) > longest:
            raise CellError(
                _("The cell has %(length)s characters; the maximum is %(longest)s. Shorten it.")
                % {"length": f"{len(bare):,}", "longest": f"{longest:,}"}
            )
        return self.value(bare)

    def blank(self) -> str:
        return ""

    def cleared(self) -> str:
        return CLEAR

    def value(self, text: str) -> str:
        raise NotImplementedError


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
    def __init__(self, column: Column, *, date_format: str, may_clear: bool) -> None:
        super().__init__(column, may_clear=may_clear)
        self._dates = Dates(date_format, what=column.name)

    def value(self, text: str) -> str:
        day = self._dates.read(text)
        if day is None and self.column.required:
            raise CellError(_("The date %(text)s means “none”. Enter the actual date; every row needs one.") % {"text": text})
        return day.isoformat() if day else ""


class Month(Reader):
    def __init__(self, column: Column) -> None:
        super().__init__(column)
        self._months = Months(what=column.name)

    def value(self, text: str) -> str:
        month = self._months.read(text)
        return month.isoformat() if month else ""


class Number(Reader):
    def __init__(self, column: Column, *, decimal_comma: bool) -> None:
        super().__init__(column)
        self._numbers = Numbers(decimal_comma=decimal_comma, what=column.name)

    def value(self, text: str) -> str:
        number: Decimal | None = self._numbers.read(text)
        if number is None:
            raise CellError(self._numbers.unreadable(text))
        if self.column.above_zero and number <= 0:
            raise CellError(
                _("The %(what)s is %(text)s, but must be above zero. Correct the value, or leave the row out.")
                % {"what": self.column.name, "text": text}
            )
        return text if _JSON_NUMBER(text) else str(number)


class Amount(Rewriting):
    """Money in minor units of one currency."""

    def __init__(self, column: Column, *, currency: str, decimal_comma: bool) -> None:
        super().__init__(column)
        self.currency = currency
        self._cents = "0" * MINOR_DIGITS.get(currency, 2)
        self._money = Money(currency, decimal_comma=decimal_comma, what=column.name)

    def value(self, text: str) -> str:
        if text.isascii() and text.isdigit() and len(text) < 13:
            return str(int(text + self._cents))
        written = _WRITTEN_CURRENCY.search(text.upper())
        if written and not self._is_ours(written[0]):
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
        self.used: dict[str, str] = {}
        self.unknown: dict[str, str] = {}

    def value(self, text: str) -> str:
        word = plain_word(text)
        if word in self.words:
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
        if not re.fullmatch(r"[A-Z]{3}", code):
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


class Covariate(Rewriting):
    """A column of the organisation's own, staged as its piece of a JSON object: `"grade":3`; numbers become numbers."""

    def __init__(self, name: str, *, decimal_comma: bool) -> None:
        super().__init__(Column(name, "text", "", longest=MAX_COVARIATE_LENGTH))
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


def reader_for(
    column: Column, *, is_key: bool, date_format: str, decimal_comma: bool, currency: str, words: Mapping[str, str]
) -> Reader:
    """The reader of a column; key columns cannot be emptied. `words` (theirs → ours) are for columns of few words."""
    match column.type:
        case "date":
            return Date(column, date_format=date_format, may_clear=not is_key)
        case "month":
            return Month(column)
        case "money":
            return Amount(column, currency=currency, decimal_comma=decimal_comma)
        case "number":
            return Number(column, decimal_comma=decimal_comma)
        case "identifier":
            return Identifier(column, may_clear=not is_key)
        case "email":
            return Email(column, may_clear=not is_key)
        case "currency":
            return Currency(column, words)
        case "choice":
            return Choice(column, words)
    return Text(column, may_clear=not is_key)


def _as_sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def plain_word(word: str) -> str:
    return " ".join(word.lower().split())
