"""What can be wrong with a table: the file as a whole, a cell, and the list of complaints that a reader can work through."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from common.errors import UserError

MAX_PROBLEMS = 1000
MAX_SKIPPED = 10_000
MAX_VALUE_LENGTH = 200


class TableError(UserError):
    """The file cannot be read as a table at all."""


class EncodingError(TableError):
    """Somebody has said in which encoding a file is, and it is not."""


class HeaderError(TableError):
    """The columns are not those that were expected; somebody may say which is which."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One complaint. `row` is the row a spreadsheet shows; the header is row 1. Row 0 is the file as a whole."""

    row: int
    column: str
    value: str
    message: str

    def __str__(self) -> str:
        where = _("Row %(row)s") % {"row": self.row} if self.row else _("The file")
        return f"{where}, {self.column}: {self.message}" if self.column else f"{where}: {self.message}"


class ProblemLog:
    """The first thousand complaints, and how many there were in all; a file of a million bad rows must not fill the memory.

    `rows` are the numbers of the rows that somebody could do without, some thousands at most.
    """

    def __init__(self, limit: int = MAX_PROBLEMS) -> None:
        self.limit = limit
        self.total = 0
        self.rows_refused = 0
        self.rows: set[int] = set()
        self.concerns_all = False
        self._last_row = -1
        self._refused: set[int] = set()
        self._stored: list[Problem] = []

    def add(self, row: int, message: object, *, column: str = "", value: object = "", concerns_all: bool = False) -> None:
        """Note a complaint. A row with two of them counts once, as long as the rows are few or complaints come in their order.

        `concerns_all`: the rest of the file cannot be used without this row either, as with everything that row 0 says.
        """
        self.total += 1
        self.concerns_all = self.concerns_all or concerns_all or not row
        if row and row != self._last_row and row not in self._refused:
            self.rows_refused += 1
            self._last_row = row
            if len(self._refused) <= MAX_SKIPPED:
                self._refused.add(row)
        if row:
            self.involve(row)
        if len(self._stored) < self.limit:
            shown = str(value).replace("\0", "␀")
            self._stored.append(Problem(row, column, shown[:MAX_VALUE_LENGTH], str(message)))

    def involve(self, *rows: int) -> None:
        """Rows that are wrong only together with one that was complained of: nobody knows which of them is right."""
        if len(self.rows) <= MAX_SKIPPED:
            self.rows.update(rows)

    @property
    def is_divisible(self) -> bool:
        """Whether the other rows could be applied without those that were complained of."""
        return self.total > 0 and not self.concerns_all and len(self.rows) <= MAX_SKIPPED

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._stored)

    def __len__(self) -> int:
        return len(self._stored)

    def __bool__(self) -> bool:
        return self.total > 0
