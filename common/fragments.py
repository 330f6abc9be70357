"""Parts of pages that are kept by each process once they are rendered: what `{% kept %}` and `{% live %}` stand on.

A part is kept under the values that its tag names, and is rendered from these alone, so that it can depend on nothing else: on
no person, no request and no clock. Only plain values can be a key. Anything else is refused (`TypeError`), unless it says by a
`fragment_key` what it depends on. What belongs to one reader or one request stays a hole, filled each time.
"""

import secrets
from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.safestring import SafeData

KEPT_FRAGMENTS = 2000
# Some tens of megabytes in a process, however large the pages of a course.
KEPT_LETTERS = 16_000_000
# Nobody can write it into a page: it is another one in each process.
MARK = secrets.token_hex(16)


class Fragment(NamedTuple):
    """`parts`: HTML and, in the places of holes, their numbers. `live`: what fills those, by number."""

    parts: list[str | int]
    live: list[Any]

    @property
    def letters(self) -> int:
        return sum(len(part) for part in self.parts if isinstance(part, str))


class _Kept(OrderedDict[Hashable, Fragment]):
    """`letters`: of all of them, counted as they come and go."""

    letters = 0


_kept = _Kept()
_lock = Lock()


def key_of(value: Any) -> Hashable:
    """`value` as a key. Two that a page would show differently have different keys, such as `1` and `True`.

    Raises TypeError for what might change, or say more than a key can tell.
    """
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None or kind is UUID:
        return kind, value
    if isinstance(value, str):
        return isinstance(value, SafeData), str(value)
    if kind is tuple or kind is list:
        return kind, tuple(map(key_of, value))
    if kind is frozenset:
        return kind, frozenset(map(key_of, value))
    if hasattr(value, "fragment_key"):
        return kind, value.fragment_key
    raise TypeError(f"{kind.__name__} is no key of a kept fragment: name what is shown of it, or give it a fragment_key.")


def find(key: Hashable) -> Fragment | None:
    with _lock:
        found = _kept.get(key)
        if found is not None:
            _kept.move_to_end(key)
    return found


def keep(key: Hashable, fragment: Fragment) -> None:
    """In place of those that nobody has asked for longest, where there is no room."""
    with _lock:
        if replaced := _kept.pop(key, None):
            _kept.letters -= replaced.letters
        _kept[key] = fragment
        _kept.letters += fragment.letters
        while len(_kept) > KEPT_FRAGMENTS or _kept.letters > KEPT_LETTERS:
            _kept.letters -= _kept.popitem(last=False)[1].letters


def forget() -> None:
    with _lock:
        _kept.clear()
        _kept.letters = 0


def hole(number: int) -> str:
    return f"{MARK}:{number}:"


def parts_of(html: str) -> list[str | int]:
    """HTML taken apart at its holes."""
    first, *others = html.split(f"{MARK}:")
    parts: list[str | int] = [first]
    for part in others:
        number, _colon, text = part.partition(":")
        parts += [int(number), text]
    return parts
