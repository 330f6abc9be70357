"""The one order of locks of docs/architecture.md, read from the statements of whatever runs on PostgreSQL."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connection

ORDER = [
    "accounts_organisation",
    "imports_stagedimport",
    "learning_cohort",
    "accounts_membership",
    "accounts_user",
    "billing_order",
    "access_seatpool",
    "access_seat",
    "access_accessgrant",
    "learning_enrolment",
    "billing_receiptseries",
]
# Statements that lock the rows that they find: to change them, or for whoever asks to.
LOCKS = re.compile(r"^UPDATE |^DELETE | FOR (?:NO KEY )?UPDATE", re.DOTALL)
ASKED_OF_OTHERS = re.compile(r"\(SELECT (?:[^()]|\([^()]*\))*\)")
INSERTED = re.compile(r'^INSERT INTO "(\w+)"')
TABLE = re.compile(r'^(?:SELECT .*? FROM|UPDATE|DELETE FROM) "(\w+)"', re.DOTALL)


def locked_table(sql: str) -> str | None:
    """The table of the chain whose rows a statement locks, if it does. What it asks of others within brackets it does not."""
    sql = ASKED_OF_OTHERS.sub("()", sql)
    found = TABLE.search(sql) if LOCKS.search(sql) else None
    return found[1] if found and found[1] in ORDER else None


def in_order(statements: Iterable[str]) -> list[str]:
    """Each table once, where it is locked first."""
    return list(dict.fromkeys(table for sql in statements if (table := locked_table(sql))))


class OutOfOrder(AssertionError):
    """Two such transactions could wait for each other."""


class Watch:
    """Looks at what services do in a test that is one transaction to the database: theirs begin at its outermost savepoints.

    A statement that finds no row locks none. Rows that the transaction has made itself nobody else can hold: tables into which
    it wrote new rows before it locked any there are left out.
    """

    def __init__(self) -> None:
        self.depth = 0
        self.locking: list[str] = []
        self.made: set[str] = set()
        self.faults: list[str] = []

    def __call__(self, execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if sql.startswith("SAVEPOINT"):
            self.depth += 1
        elif sql.startswith("RELEASE SAVEPOINT"):
            self.depth -= 1
            if self.depth <= 0:
                self.end()
        elif self.depth > 0 and (made := INSERTED.match(sql)):
            self.made |= {made[1]} - set(in_order(self.locking))
        elif self.depth > 0 and (table := locked_table(sql)) and table not in self.made and context["cursor"].rowcount:
            self.locking.append(sql)
        return result

    def end(self) -> None:
        tables = in_order(self.locking)
        if tables != sorted(tables, key=ORDER.index):
            self.faults.append("\n".join([" → ".join(tables), *(sql[:200] for sql in self.locking)]))
        self.depth, self.locking, self.made = 0, [], set()


@contextmanager
def watched() -> Iterator[None]:
    """Raises `OutOfOrder` at the end for every transaction that goes back in the order."""
    watch = Watch()
    with connection.execute_wrapper(watch):
        yield
    if watch.faults:
        raise OutOfOrder("Locks are taken against the order of docs/architecture.md:\n\n" + "\n\n".join(watch.faults))
