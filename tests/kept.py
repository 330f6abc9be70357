"""What many tests begin with and takes long to make, made once for all that follow each other.

It stands in a transaction around theirs. Each test undoes its own changes and finds it as it was made.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import groupby

import pytest
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

# By the name of the fixture that asks for it; where a test has several, the last one declared is what it begins with.
makers: dict[str, Callable[[], None]] = {}


def is_one_transaction(item: pytest.Function) -> bool:
    """Whether a test is one transaction to the database; others see only what was committed."""
    marker = item.get_closest_marker("django_db")
    is_committed = (marker and marker.kwargs.get("transaction")) or {"transactional_db", "live_server"} & set(item.fixturenames)
    return bool(marker or "db" in item.fixturenames) and not is_committed


def wanted_by(item: pytest.Item) -> str:
    if not isinstance(item, pytest.Function) or not is_one_transaction(item):
        return ""
    return next((name for name in reversed(makers) if name in item.fixturenames), "")


def side_by_side(items: list[pytest.Item]) -> list[pytest.Item]:
    """In each module those together that begin with the same."""
    return [item for _path, own in groupby(items, key=lambda item: item.path) for item in sorted(own, key=wanted_by)]


class Kept:
    def __init__(self) -> None:
        self.has = ""
        self.blocker: DjangoDbBlocker | None = None  # as soon as there is a database
        self._open = ExitStack()

    def prepare(self, item: pytest.Item) -> None:
        """Before anything of a test: what it begins with, and nothing else, is there."""
        wanted = wanted_by(item)
        if self.blocker is None or (wanted == self.has and (not wanted or connection.in_atomic_block)):
            return
        self.end()
        if wanted:
            self._open.enter_context(self._undone(self.blocker))
            with self.blocker.unblock():
                makers[wanted]()
            self.has = wanted

    def ensure(self, fixture: str) -> None:
        """For the fixture itself: make it where it is not kept, as in the first test of all and in those that commit."""
        if self.has != fixture:
            makers[fixture]()

    def end(self) -> None:
        self.has = ""
        self._open.close()

    @contextmanager
    def _undone(self, blocker: DjangoDbBlocker) -> Iterator[None]:
        with blocker.unblock():
            outside = transaction.atomic()
            outside.__enter__()
        yield
        with blocker.unblock():
            if connection.in_atomic_block:
                transaction.set_rollback(True)
            outside.__exit__(None, None, None)


kept = Kept()
