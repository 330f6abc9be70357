"""Turns cells into numbers, money, addresses and identifiers; `common.dates` reads dates and months.

The readers are dictionaries that remember: `dates[text]` costs a lookup for a value that was seen before, so a file of a
million rows is checked at the speed of its distinct values. Each raises `CellError` with a message for the reader.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from common.money import MINOR_DIGITS


class CellError(ValueError):
    """A cell that does not say what its column asks for; the message is for the reader and carries the remedy."""


MAX_EMAIL_LENGTH = 254
# Longer is nothing that any of these could mean, and trying to understand it would take long.
MAX_READ_LENGTH = 1000
# Files may hold more distinct values than are worth remembering.
REMEMBERED = 200_000


# What databases, statistics programs and people write where nothing is known; no date and no number is called so.
_BLANK_WORDS = r"null (null) \n na n/a n.a. #n/a #nv <na> nan nat none nil - -- – —"
BLANK_WORDS = frozenset(_BLANK_WORDS.split())


def is_blank_word(text: str) -> bool:
    return text.strip().lower() in BLANK_WORDS


class Remembering(dict[str, Any]):
    """A dictionary that works out what it does not know yet."""

    what: str

    def __missing__(self, text: str) -> Any:
        value = self.read(text.strip())
        if len(self) < REMEMBERED:
            self[text] = value
        return value

    def read(self, text: str) -> Any:
        """What a text means; it is not remembered. Raises `CellError`."""
        if len(text) > MAX_READ_LENGTH:
            raise CellError(
                _("the %(what)s has %(length)s characters; the maximum is %(longest)s. Shorten it.")
                % {"what": self.what, "length": f"{len(text):,}", "longest": f"{MAX_READ_LENGTH:,}"}
            )
        return self.understand(text) if text else None

    def understand(self, text: str) -> Any:
        """What a text that is not blank means; each kind of cell says it. Raises `CellError`."""
        raise NotImplementedError  # by this class alone, which reads nothing itself


# Numbers and money ----------------------------------------------------------------------------------------------------

_GROUP_SPACES = str.maketrans("", "", " \u00a0\u202f\u2009'’_")
_CURRENCY = re.compile(
    r"^(?:[A-Z]{3}|[A-Z]{0,2}[$€£¥₹₽₩₺₫₪฿]|kr\.?|zł|Kč|Fr\.?)|(?:[A-Z]{3}|[$€£¥₹₽₩₺₫₪฿]|kr\.?|zł|Kč|Fr\.?)$", re.IGNORECASE
)
# An exponent of more digits says nothing that is counted or measured, and a whole number of so many digits takes minutes.
_PLAIN_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?0*\d{1,3})?")
_ANY_EXPONENT = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)[eE][+-]?\d+")
MAX_DIGITS = 100
# What a double holds, and what a column of whole numbers does.
SMALLEST, LARGEST = Decimal("1e-300"), Decimal("1e300")
MAX_MINOR_UNITS = 2**63 - 1


class Numbers(Remembering):
    """`numbers[text]` → Decimal, or None for a blank.

    With both marks in one number the last is the decimal mark; a mark that comes twice groups thousands. “1,234” alone is a
    thousand where the file does not use decimal commas. A sign for per cent is dropped, the number stays as it is.
    """

    def __init__(self, *, decimal_comma: bool = False, what: str = "") -> None:
        super().__init__({"": None})
        self.decimal_comma, self.what = decimal_comma, what or _("number")

    def understand(self, text: str) -> Decimal:
        number = self._number(text.rstrip("%").translate(_GROUP_SPACES), text)
        if number and not SMALLEST <= abs(number) < LARGEST:
            raise CellError(self.out_of_range(text))
        return number

    def _number(self, bare: str, text: str) -> Decimal:
        """`bare` as a number, whose digits and exponent are few; `text` is what the reader wrote."""
        bare = normal_number(bare, decimal_comma=self.decimal_comma)
        if _PLAIN_NUMBER.fullmatch(bare) and len(bare) <= MAX_DIGITS:
            return Decimal(bare)
        is_number = _PLAIN_NUMBER.fullmatch(bare) or _ANY_EXPONENT.fullmatch(bare)
        raise CellError(self.out_of_range(text) if is_number else self.unreadable(text))

    def out_of_range(self, text: str) -> str:
        return _("the %(what)s “%(text)s” is out of range or has too many digits. Correct it; write it as 1234.5.") % {
            "what": self.what,
            "text": text[:40],
        }

    def unreadable(self, text: str) -> str:
        return _("the %(what)s “%(text)s” is not a number. Write it with digits, such as 1234.5.") % {
            "what": self.what,
            "text": text[:40],
        }


def normal_number(text: str, *, decimal_comma: bool) -> str:
    """Group marks dropped and the decimal mark made a point; what is no number stays none."""
    commas, points = text.count(","), text.count(".")
    if not commas:
        return text.replace(".", "") if points > 1 and re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})+", text) else text
    if points:
        if text.rindex(",") > text.rindex("."):
            return text.replace(".", "").replace(",", ".") if commas == 1 else text
        return text.replace(",", "") if points == 1 else text
    if re.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+", text) and (commas > 1 or not decimal_comma):
        return text.replace(",", "")
    return text.replace(",", ".") if commas == 1 else text


class Money(Numbers):
    """`money[text]` → minor units of `currency` as int, or None for a blank; currency signs and codes are dropped."""

    def __init__(self, currency: str, *, decimal_comma: bool = False, what: str = "") -> None:
        super().__init__(decimal_comma=decimal_comma, what=what or _("amount"))
        self.currency, self.digits = currency, MINOR_DIGITS.get(currency, 2)

    def understand(self, text: str) -> int:  # type: ignore[override]  # minor units are whole
        bare = _CURRENCY.sub("", text.translate(_GROUP_SPACES).strip())
        bare = bare.removesuffix(",-").removesuffix(".-").removesuffix(",–")
        if self.digits < 3 and re.fullmatch(r"[+-]?[1-9]\d{0,2}(\.\d{3})+", bare) and self.decimal_comma:
            bare = bare.replace(".", "")
        if self.digits < 3 and re.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+", bare):
            bare = bare.replace(",", "")
        return self._minor_units(self._number(bare, text), text)

    def _minor_units(self, value: Decimal, text: str) -> int:
        scaled = value.scaleb(self.digits)
        if scaled < 0:
            raise CellError(
                _("the %(what)s %(text)s is negative. Enter it without a minus sign, or leave the cell empty.")
                % {"what": self.what, "text": text[:40]}
            )
        if scaled > MAX_MINOR_UNITS:
            raise CellError(self.out_of_range(text))
        # Computed salaries carry more decimals than money has; the nearest minor unit is meant.
        return int(scaled.to_integral_value())


# Addresses and identifiers --------------------------------------------------------------------------------------------

_EMAIL = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]"
)
_NAMED_ADDRESS = re.compile(r".*<([^<>\s]+@[^<>\s]+)>")


def read_email(text: str) -> str:
    """The address in lower case; empty for a blank. `CellError` when mail could not reach it."""
    email = text.strip().lower().removeprefix("mailto:").strip()
    if len(email) > MAX_READ_LENGTH:
        raise CellError(
            _("the e-mail address has %(length)s characters; the maximum is %(longest)s. Shorten it.")
            % {"length": f"{len(email):,}", "longest": MAX_EMAIL_LENGTH}
        )
    if not email or (_EMAIL.fullmatch(email) and len(email) <= MAX_EMAIL_LENGTH):
        return email
    named = _NAMED_ADDRESS.fullmatch(email)
    if named:
        raise CellError(
            _("“%(text)s” contains more than an e-mail address. Enter only %(email)s.") % {"text": text[:80], "email": named[1]}
        )
    if re.search(r"[;,\s]", email) and email.count("@") > 1:
        raise CellError(_("“%(text)s” contains several addresses. Give each person their own row.") % {"text": text[:80]})
    raise CellError(
        _("“%(text)s” is not an e-mail address. It needs a name, an @ and a domain, such as ann@example.org.")
        % {"text": text[:80]}
    )


_SHORTENED = re.compile(r"\d[.,]\d+E\+\d+", re.IGNORECASE)


def read_identifier(text: str, *, longest: int = 100) -> str:
    """An identifier as it stands, without the blanks around it; case counts. `CellError` for what a spreadsheet spoilt."""
    identifier = text.strip()
    if len(identifier) > longest:
        raise CellError(
            _("the identifier has %(length)s characters; the maximum is %(longest)s.")
            % {"length": len(identifier), "longest": longest}
        )
    if "+" in identifier and _SHORTENED.fullmatch(identifier):
        raise CellError(
            _("the identifier “%(text)s” was shortened by a spreadsheet. Format the column as text and export it again.")
            % {"text": identifier}
        )
    return identifier


class LeadingZeros:
    """Notices identifiers that have lost the zeros they began with: shorter digits-only values beside ones with zeros."""

    def __init__(self, column: str) -> None:
        self.column = column
        self._zero_widths: set[int] = set()
        self._widths: dict[int, tuple[int, str]] = {}  # width → first row and value

    def see(self, first_row: int, values: Iterable[str]) -> None:
        for row, value in enumerate(values, start=first_row):
            if value[:1] == "0":
                if len(value) > 1 and value.isdigit():
                    self._zero_widths.add(len(value))
            elif len(value) not in self._widths and value.isdigit():
                self._widths[len(value)] = (row, value)

    def note(self) -> str:
        """What to tell the reader; empty when nothing was noticed."""
        if len(self._zero_widths) != 1:
            return ""
        (width,) = self._zero_widths
        shorter = sorted(self._widths[length] for length in self._widths if length < width)
        if not shorter:
            return ""
        row, value = shorter[0]
        return _(
            "Some values in %(column)s seem to have lost their leading zeros: row %(row)s has “%(value)s” where others have "
            "%(width)s digits. If so, format the column as text, then export and upload the file again."
        ) % {"column": self.column, "row": row, "value": value, "width": width}
