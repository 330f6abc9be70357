"""While a large file changes the people of an organisation part after part, whatever else would change them waits.

Between two parts the database is free for everybody, and what has been written so far may still be taken back: nobody may
build on it. So every lock on an organisation, its people, cohorts or seats asks here first. Only the import itself goes on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from accounts.errors import PeopleHeld

_ours: ContextVar[int | None] = ContextVar("organisation whose people are held for this work", default=None)


def refuse_if_held(organisation_id: int, held_at: datetime | None) -> None:
    """`held_at`: `Organisation.people_held_at`. Raises `PeopleHeld`, except within `changing_people_of` this organisation."""
    if held_at is not None and _ours.get() != organisation_id:
        raise PeopleHeld


@contextmanager
def changing_people_of(organisation_id: int) -> Iterator[None]:
    """What runs within is what others wait for."""
    token = _ours.set(organisation_id)
    try:
        yield
    finally:
        _ours.reset(token)
