"""What the first values of a column look like: enough to say which of our columns it could be, and which it cannot."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from common.cells import CellError, Numbers, is_blank_word, read_email
from common.dates import looks_like_date
from common.money import ISO_4217, SYMBOLS

# How many rows are looked at before a file is read: people who have left often stand at its end, but a file of any size is
# opened at once.
LOOKED_AT = 200
# Of a column, so many values may be slips.
MAX_SLIPS = 0.1
_MONEY_SIGN = re.compile(r"^(?:[A-Z]{3}|[$€£¥])|(?:[A-Z]{3}|[$€£¥])$")


@dataclass(frozen=True)
class Profile:
    """Of the values that are there: how many, how many different ones, and what nearly all of them can be read as.

    `kinds` are of `date`, `number`, `flag` (0 and 1 only), `email`, `currency`, `phrase` (several words). `private` is what
    somebody has said they tell of a person; blank where that is nothing.
    """

    filled: int
    distinct: int
    kinds: frozenset[str]
    private: str = ""

    @classmethod
    def of(cls, values: Sequence[str], private: str = "") -> "Profile":
        found = [value.strip() for value in values if value.strip() and not is_blank_word(value)]
        distinct = set(found)
        kinds = {kind for kind, fits in _KINDS.items() if distinct and _nearly_all(distinct, fits)}
        if "number" in kinds and distinct <= {"0", "1"}:
            kinds.add("flag")
        return cls(len(found), len(distinct), frozenset(kinds), private)

    def as_json(self) -> list[Any]:
        return [self.filled, self.distinct, sorted(self.kinds), self.private]

    @classmethod
    def from_json(cls, kept: Sequence[Any]) -> "Profile":
        filled, distinct, kinds, private = kept
        return cls(filled, distinct, frozenset(kinds), private)


NOTHING_KNOWN = Profile(0, 0, frozenset())


def _nearly_all(values: Iterable[str], fits: Callable[[str], bool]) -> bool:
    answers = [fits(value[:100]) for value in values]
    return sum(answers) >= (1 - MAX_SLIPS) * len(answers)


_NUMBERS = Numbers(), Numbers(decimal_comma=True)


def is_number(text: str, *, decimal_comma: bool = False) -> bool:
    try:
        _NUMBERS[decimal_comma].understand(_MONEY_SIGN.sub("", text.strip()).strip())
    except CellError:
        return False
    return True


def are_numbers(values: Iterable[str], decimal_comma: bool) -> bool:
    """Whether there are numbers among the values, and beside them nothing but blanks of any kind."""
    found = {value.strip() for value in values if value.strip() and not is_blank_word(value)}
    return bool(found) and all(is_number(value, decimal_comma=decimal_comma) for value in found)


def _is_email(text: str) -> bool:
    try:
        return bool(read_email(text))
    except CellError:
        return False


_KINDS: dict[str, Callable[[str], bool]] = {
    "date": looks_like_date,
    "number": is_number,
    "email": _is_email,
    "currency": lambda text: text.upper() in ISO_4217 or text in SYMBOLS.values(),
    "phrase": lambda text: len(text.split()) > 1,
}
