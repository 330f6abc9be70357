"""When each stint was under observation: as its row says, else from and until the days between which its files know leavers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

import numpy as np

from common.months import SURELY, Silences, first_day, last_day, month_number, silences

from . import limits
from .arrays import AnyArray, Bools, Dates, Floats, Ints
from .missing import is_apart
from .question import Outcome, Question
from .result import Notice
from .spells import DAYS_PER_MONTH
from .units import Units
from .words import LESS_OFTEN, MORE_OFTEN, OUTCOME_TERMS, REFUSALS, WARNINGS

MAX_AGE_DAYS = 62
"""Data that end longer before the question than this are called old."""

NO_DAY = np.datetime64("NaT", "D")


class FileWindow(Protocol):
    """What one file says: from when to when its leavers are complete, None where nobody has said.

    `is_whole`: it lists everybody; else `every_exit` says whether it holds every exit since the file before.
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
    def every_exit(self) -> bool: ...


@dataclass(frozen=True)
class Observed:
    """First and last day under observation of each stint (stints,), NaT where nothing says so."""

    first: Dates
    last: Dates


def observe(
    row_ids: Ints, source_ids: Ints, exits: Dates, windows: Sequence[FileWindow], missing: Mapping[int, Sequence[int]]
) -> Observed:
    """What the files say of each row; all arrays (stints,).

    `source_ids` is the import that brought the row, 0 where that is not known any more. A file that lists everybody says its
    window of every row it held: of those it brought, and of all earlier ones but the `missing` (row ids by import) and those
    that had left before its window. Windows that meet are one; after a gap, in which nobody could have been seen to leave, the
    later one counts. A file of changes that lists every exit moves the end of those whom the last whole file held.
    """
    first, last = np.full(len(row_ids), NO_DAY), np.full(len(row_ids), NO_DAY)
    position = {window.import_id: i for i, window in enumerate(windows)}
    brought = np.array([position.get(source, -1) for source in source_ids.tolist()], dtype=np.int64)
    brought_by_changes = _brought_by_changes(brought, windows)
    held_last = np.zeros(len(row_ids), dtype=bool)
    for i, window in enumerate(windows):
        if window.is_whole:
            # What a file of changes has added since stands beside those whom the whole file before held.
            later = _changes_after(i, windows)
            held = (brought <= i) | (brought_by_changes & np.isin(brought, later))
            held &= ~np.isin(row_ids, missing.get(window.import_id, []))
            if window.first is not None:
                held &= ~(exits < np.datetime64(window.first, "D"))
            held_last = held
            _join(first, last, held, window)
        elif window.every_exit and window.last is not None:
            _extend(first, last, held_last, window)
    return Observed(first, last)


def _brought_by_changes(brought: Ints, windows: Sequence[FileWindow]) -> Bools:
    changes = np.array([not window.is_whole for window in windows] + [False])  # the last for -1: nobody knows
    return np.asarray(changes[brought], dtype=bool)


def _changes_after(i: int, windows: Sequence[FileWindow]) -> list[int]:
    """Positions of the files of changes between the whole file at `i` and the next whole one."""
    following: list[int] = []
    for j in range(i + 1, len(windows)):
        if windows[j].is_whole:
            break
        following.append(j)
    return following


def _join(first: Dates, last: Dates, held: Bools, window: FileWindow) -> None:
    """Add the window to those that `held` it (stints,), in place; of one with one known end only what is not known yet."""
    if window.first is None or window.last is None:
        for days, day in ((first, window.first), (last, window.last)):
            if day is not None:
                days[held & np.isnat(days)] = np.datetime64(day, "D")
        return
    begins, ends = np.datetime64(window.first, "D"), np.datetime64(window.last, "D")
    day_after = np.timedelta64(1, "D")
    meets = held & (begins <= last + day_after) & (first <= ends + day_after)
    first[meets] = np.minimum(first[meets], begins)
    last[meets] = np.maximum(last[meets], ends)
    alone = held & ~meets
    first[alone], last[alone] = begins, ends


def _extend(first: Dates, last: Dates, held: Bools, window: FileWindow) -> None:
    """Move the end of the windows of `held` (stints,) on, in place; not over a gap."""
    if window.last is None:
        return
    follows = held & ~np.isnat(last)
    if window.first is not None:
        follows &= np.datetime64(window.first - timedelta(days=1), "D") <= last
    last[follows] = np.maximum(last[follows], np.datetime64(window.last, "D"))


# What is refused, and what is said ------------------------------------------------------------------------------------------


def refuse_unobserved(units: Units, outcome: str) -> list[Notice]:
    """Refusals where nothing says since when, or until when, leavers are in the data."""
    known = ~np.isnat(units.origin)
    refusals = []
    if (known & np.isnat(units.observed_from)).any():
        refusals.append(_refusal("observation_start_unknown", outcome))
    if (known & np.isnat(units.exit) & np.isnat(units.observed_until)).any():
        refusals.append(_refusal("observation_end_unknown", outcome))
    return refusals


def look_at_window(units: Units, as_of: date, outcome: str) -> tuple[list[Notice], list[Notice]]:
    """Refusals and warnings where what happened does not go with the window that was given.

    Refused: nobody left for long after the beginning, or before the end, of the time that is said to be observed. Warned of:
    months without exits among months with many, and data that end long before the question.
    """
    found, begin = quiet_months(units, as_of)
    refusals, warnings = [], []
    if found.before:
        day = first_day(begin + found.before.last + 1)
        refusals.append(_refusal("observation_start_doubtful", outcome, day=day.isoformat()))
    if found.after:
        day = last_day(begin + found.after.first - 1)
        refusals.append(_refusal("observation_end_doubtful", outcome, day=day.isoformat()))
    if found.within:
        months = ", ".join(_months(begin + stretch.first, begin + stretch.last) for stretch in found.within)
        warnings.append(_warning("months_without_exits", outcome, months=months))
    ends = units.observed_until[~np.isnat(units.observed_until)]
    if len(ends) and as_of - ends.max().item() > timedelta(days=MAX_AGE_DAYS):
        warnings.append(
            _warning("data_older_than_question", outcome, day=ends.max().item().isoformat(), asked=as_of.isoformat())
        )
    return refusals, warnings


def quiet_months(units: Units, as_of: date) -> tuple[Silences, int]:
    """Stretches without exits in the time that is said to be observed, and the month (`month_number`) that is position 0.

    Where few leave early, as with contracts of a year, a young organisation has months without exits and nobody is missing.
    So a stretch counts only if `SURELY` exits were to be expected at the rate, by tenure, of all other months.
    """
    until = np.fmin(units.observed_until, np.datetime64(as_of, "D"))
    begins = np.fmax(units.origin, units.observed_from)
    ends = np.fmin(units.exit, until)
    there = ends > begins  # (stints,); false where a day is missing
    if not there.any():
        return Silences(), 0
    spans = _Spans(units.origin[there], begins[there], ends[there], units.exit[there] <= until[there])
    first = month_number(spans.begins.min().item())
    n_months = month_number(spans.ends.max().item()) - first + 1
    starts = np.array([first_day(first + i) for i in range(n_months + 1)], dtype="datetime64[D]")
    months = spans.ends[spans.left].astype("datetime64[M]").astype(np.int64) + 1970 * 12 - first
    at_risk = time_within(_days(spans.begins), _days(spans.ends), _days(starts)) / np.diff(_days(starts))
    found = silences(at_risk.tolist(), np.bincount(months, minlength=n_months).tolist())
    quiet = [stretch for stretch in (found.before, found.after, *found.within) if stretch]
    surely = spans.expected([(starts[stretch.first], starts[stretch.last + 1]) for stretch in quiet]) >= SURELY
    kept = {stretch for stretch, is_sure in zip(quiet, surely, strict=True) if is_sure}
    within = tuple(stretch for stretch in found.within if stretch in kept)
    return Silences(found.before if found.before in kept else None, found.after if found.after in kept else None, within), first


@dataclass(frozen=True)
class _Spans:
    """Time under observation, arrays (spans,): from `begins` until `ends`, `left` at the end or not, tenure since `origins`."""

    origins: Dates
    begins: Dates
    ends: Dates
    left: Bools

    def expected(self, stretches: Sequence[tuple[np.datetime64, np.datetime64]]) -> Floats:
        """Exits (stretches,) to be expected in each stretch of days, at the rates by tenure of the time outside all of them."""
        begins, ends = _days(self.begins - self.origins), _days(self.ends - self.origins)
        edges = np.arange(0.0, ends.max() + 2 * DAYS_PER_MONTH, DAYS_PER_MONTH)
        at_risk = time_within(begins, ends, edges)
        parts = []
        for first, stop in stretches:
            start = np.clip(_days(first - self.origins), begins, ends)
            end = np.clip(_days(stop - self.origins), begins, ends)
            at_risk = at_risk - time_within(start, end, edges)
            parts.append((start, end))
        exits = np.histogram(ends[self.left], edges)[0]
        rates = np.divide(exits, at_risk, out=np.zeros(len(exits)), where=at_risk > 0.5)
        cumulative = np.concatenate([[0.0], np.cumsum(rates * np.diff(edges))])
        return np.array(
            [(np.interp(end, edges, cumulative) - np.interp(start, edges, cumulative)).sum() for start, end in parts]
        )


def time_within(begins: Floats, ends: Floats, edges: Floats) -> Floats:
    """How much of all spans from `begins` to `ends` (spans,) lies between each two of `edges` (edges,): (edges - 1,)."""

    def passed(values: Floats) -> Floats:
        """At each edge, how far all values lie before it, added up."""
        ordered = np.sort(values)
        counts = np.searchsorted(ordered, edges, side="right")
        before: Floats = counts * edges - np.concatenate([[0.0], np.cumsum(ordered)])[counts]
        return before

    within: Floats = np.diff(passed(begins) - passed(ends))
    return within


def _days(values: AnyArray) -> Floats:
    """Days since 1970 of dates, or of time spans their length."""
    days: Floats = values.astype(np.int64).astype(np.float64)
    return days


def _months(first: int, last: int) -> str:
    begin, end = f"{first_day(first):%Y-%m}", f"{first_day(last):%Y-%m}"
    return begin if begin == end else f"{begin} to {end}"


def _refusal(code: str, outcome: str, **shown: str) -> Notice:
    terms = OUTCOME_TERMS[outcome]
    return Notice(code, REFUSALS[code].format(units=terms.units, origin=terms.origin, exits=terms.exits, **shown))


def _warning(code: str, outcome: str, **shown: str) -> Notice:
    terms = OUTCOME_TERMS[outcome]
    return Notice(code, WARNINGS[code].format(units=terms.units, exits=terms.exits, **shown))


# What else has to be known --------------------------------------------------------------------------------------------------


def course_needed(choices: Mapping[str, str]) -> Notice:
    """`choices`: titles of courses by their key."""
    return Notice("course_needed", REFUSALS["course_needed"].format(courses="; ".join(sorted(choices.values()))))


def owners_unknown(outcome: Outcome) -> Notice:
    said = {"units": OUTCOME_TERMS[outcome].units, "most": f"{100 * limits.MAX_LEFT_OUT:.0f}"}
    return Notice("owners_unknown", REFUSALS["owners_unknown"].format(**said))


def look_at_missing_owners(is_missing: Bools, has_left: Bools, outcome: Outcome) -> list[Notice]:
    """A refusal where owners, (rows,) each, are missing among those who left as they are not among those who stayed.

    By the rule of covariates: whether one is filled in then depends on leaving, and so does who is left out.
    """
    if not is_apart(is_missing, has_left):
        return []
    more = MORE_OFTEN if is_missing[has_left].mean() > is_missing[~has_left].mean() else LESS_OFTEN
    message = REFUSALS["owners_missing_among_leavers"].format(units=OUTCOME_TERMS[outcome].units, more=more)
    return [Notice("owners_missing_among_leavers", message)]


def look_at_exit_kinds(units: Units, question: Question) -> tuple[list[Notice], list[Notice]]:
    """A refusal, or a warning, where kinds of exit are asked for and some exits have none."""
    has_left = ~np.isnat(units.exit)
    if not question.event_kinds or not has_left.any():
        return [], []
    share = float((units.exit_kind[has_left] == "").mean())
    if share > limits.MAX_LEFT_OUT:
        exits = OUTCOME_TERMS[question.outcome].exits
        message = REFUSALS["exit_kinds_unknown"].format(exits=exits, most=f"{100 * limits.MAX_LEFT_OUT:.0f}")
        return [Notice("exit_kinds_unknown", message)], []
    return [], [_warning("exit_kinds_missing", question.outcome)] if share else []
