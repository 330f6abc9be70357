"""From when to when a row was under observation, by the windows of the files that held it: one rule for pages and questions.

Needs nothing but Python, so that what computes may ask.
"""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Protocol

ONE_DAY = timedelta(days=1)


class FileWindow(Protocol):
    """What one file says: from when to when its leavers are complete, None where nobody has said.

    `is_whole`: it lists everybody. `is_changes`: it lists changes, and `every_exit` says whether it holds every exit since the
    file before. Neither, where nobody has said: nothing follows from it, and no window for the rows that it brought.
    """

    @property
    def import_id(self) -> int: ...

    @property
    def first(self) -> date | None: ...

    @property
    def last(self) -> date | None: ...

    @property
    def is_whole(self) -> bool: ...

    @property
    def is_changes(self) -> bool: ...

    @property
    def every_exit(self) -> bool: ...


Days = tuple[date | None, date | None]
"""First and last, None where nothing says so."""


def days_observed(brought: int, exit_day: date | None, missing_in: Collection[int], windows: Sequence[FileWindow]) -> Days:
    """What the files say of a row; `windows` in the order in which they were applied.

    `brought` is the position of the file that brought it, -1 where that is not known any more; `missing_in` are the imports
    of everybody that did not hold it. A file that lists everybody says its window of every row it held: of those it brought,
    and of all earlier ones but those that were missing and those that had left before its window. Windows that meet are one;
    after a gap, in which nobody could have been seen to leave, the later one counts. A file of changes that lists every exit
    moves the end of those whom the last whole file held; after one that does not, only one that says since when it knows
    leavers does, until the next whole file: "since the file before" would not reach back far enough. Whoever had left before
    the window of every file that held them was not observed by any: they have the window of the first of these, which begins
    after their end.
    """
    days: Days = (None, None)
    held_last, is_broken = False, False
    for i, window in enumerate(windows):
        if window.is_whole:
            is_broken = False
            is_in_it = (brought <= i or _came_as_change(brought, i, windows)) and window.import_id not in missing_in
            had_left = bool(exit_day and window.first and exit_day < window.first)
            held_last = is_in_it and not had_left
            if held_last:
                days = _joined(days, window)
            elif is_in_it and days == (None, None):
                days = window.first, window.last
        elif window.is_changes and not window.every_exit:
            is_broken = True
        elif held_last and window.every_exit and not (is_broken and window.first is None):
            days = _extended(days, window)
    return days


def _came_as_change(brought: int, whole: int, windows: Sequence[FileWindow]) -> bool:
    """Whether a file of changes brought it, before the next one of everybody: it stands beside those whom that before held."""
    return windows[brought].is_changes and not any(window.is_whole for window in windows[whole + 1 : brought])


def _joined(days: Days, window: FileWindow) -> Days:
    """With the window of a file that held the row; of one with one known end only what is not known yet."""
    first, last = days
    if window.first is None or window.last is None:
        return first or window.first, last or window.last
    if first and last and window.first <= last + ONE_DAY and first <= window.last + ONE_DAY:
        return min(first, window.first), max(last, window.last)
    return window.first, window.last


def _extended(days: Days, window: FileWindow) -> Days:
    """With the end moved on; not over a gap."""
    first, last = days
    follows = last and window.last and (window.first is None or window.first - ONE_DAY <= last)
    return (first, max(last, window.last)) if follows and last and window.last else days
