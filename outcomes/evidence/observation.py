"""When each stint was under observation: as its row says, else from and until the days between which its files know leavers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from common.few import SMALL
from common.months import Silences, Stretch, first_day, last_day, month_number, silences
from stakeholders.observed import FileWindow, days_observed

from . import limits
from .arrays import NO_DAY, AnyArray, Bools, Dates, Floats, Ints
from .missing import is_apart
from .question import Outcome, Question
from .result import Notice
from .spells import DAYS_PER_MONTH
from .units import Units
from .words.notices import LESS_OFTEN, MORE_OFTEN, REFUSALS, WARNINGS
from .words.terms import OUTCOME_TERMS

MAX_AGE_DAYS = 62
"""Data that end longer before the question than this are called old."""

MAX_SORTS = 2**40


@dataclass(frozen=True)
class Observed:
    """First and last day under observation of each stint (stints,), NaT where nothing says so."""

    first: Dates
    last: Dates


def observe(
    row_ids: Ints, source_ids: Ints, exits: Dates, windows: Sequence[FileWindow], missing: Mapping[int, Sequence[int]]
) -> Observed:
    """What the files say of each row (`days_observed`); all arrays (stints,).

    `source_ids` is the import that brought the row, 0 where that is not known any more; `missing` are the ids of rows that a
    file of everybody did not hold, by import. Rows for which all of it is the same are asked about once.
    """
    position = {window.import_id: i for i, window in enumerate(windows)}
    brought = np.array([position.get(source, -1) for source in source_ids.tolist()], dtype=np.int64)
    firsts = sorted({np.datetime64(window.first, "D") for window in windows if window.is_whole and window.first})
    # Before how many first days somebody left: NaT is before none.
    before = np.zeros(len(exits), dtype=np.int64)
    for day in firsts:
        before += exits < day
    sorts = _sorts(brought + 1, before, len(firsts) + 1)
    absent = {import_id: np.isin(row_ids, ids) for import_id, ids in missing.items()}
    for is_absent in absent.values():
        sorts = _sorts(sorts, is_absent.astype(np.int64), 2)
    _values, example, kind = np.unique(sorts, return_index=True, return_inverse=True)
    days = [
        days_observed(
            int(brought[i]), exits[i].item(), {import_id for import_id, is_absent in absent.items() if is_absent[i]}, windows
        )
        for i in example
    ]
    first, last = (np.array([pair[end] or NO_DAY for pair in days], dtype="datetime64[D]") for end in (0, 1))
    return Observed(first[kind], last[kind])


def _sorts(sorts: Ints, more: Ints, n_more: int) -> Ints:
    """One number for each pair (stints,); `more` are below `n_more`. Counted anew before they pass what an integer holds."""
    if len(sorts) and int(sorts.max()) > MAX_SORTS:
        sorts = np.unique(sorts, return_inverse=True)[1]
    return sorts * n_more + more


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

    Up to the day asked about: a silence that ends later is one that the question meets, and a later wave of exits says nothing
    of it.

    Refused: nobody left for long after the beginning, or before the end, of the time that is said to be observed. Warned of:
    months without exits among months with many, and data that end long before the question. Months are looked at only of so
    many people that the one named is not the month in which one of them left.
    """
    is_crowd = len(set(units.unit_id)) >= limits.MIN_TO_DOUBT_DAYS
    found, begin = quiet_months(units, as_of) if is_crowd else (Silences(), 0)
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
    return refusals, [*warnings, *look_at_age(units, as_of, outcome)]


def look_at_age(units: Units, as_of: date, outcome: str) -> list[Notice]:
    """A warning where the data end long before the day asked about."""
    ends = units.observed_until[~np.isnat(units.observed_until)]
    if not len(ends) or as_of - ends.max().item() <= timedelta(days=MAX_AGE_DAYS):
        return []
    return [_warning("data_older_than_question", outcome, day=ends.max().item().isoformat(), asked=as_of.isoformat())]


def quiet_months(units: Units, as_of: date) -> tuple[Silences, int]:
    """Stretches without exits in the time that is said to be observed, and the month (`month_number`) that is position 0.

    Where few leave early, as with contracts of a year, a young organisation has months without exits and nobody is missing.
    So a stretch counts only if it is sure (`Stretch.is_sure`) at the rate, by tenure, of all other months.
    """
    spans, there = _observed_spans(units, as_of)
    if not there.any():
        return Silences(), 0
    first = month_number(spans.begins.min().item())
    n_months = month_number(spans.ends.max().item()) - first + 1
    starts = np.array([first_day(first + i) for i in range(n_months + 1)], dtype="datetime64[D]")
    months = spans.ends[spans.left].astype("datetime64[M]").astype(np.int64) + 1970 * 12 - first
    at_risk = time_within(_days(spans.begins), _days(spans.ends), _days(starts)) / np.diff(_days(starts))
    found = silences(at_risk.tolist(), np.bincount(months, minlength=n_months).tolist())
    quiet = [stretch for stretch in (found.before, found.after, *found.within) if stretch]
    expected = spans.expected([(starts[stretch.first], starts[stretch.last + 1]) for stretch in quiet])
    kept = {stretch for stretch, n in zip(quiet, expected.tolist(), strict=True) if stretch.is_sure(n)}
    within = tuple(stretch for stretch in found.within if stretch in kept)
    return Silences(found.before if found.before in kept else None, found.after if found.after in kept else None, within), first


def lacks_completions_of_leavers(units: Units, brought: Dates, as_of: date) -> bool:
    """Whether, from the first completion in files on, hardly anybody left after completing, though many were to be expected.

    Training systems forget those who left. Expected are exits at the rates by tenure of those whom no file has as completed, up
    to a month and all in all; up to a month, as far as those who completed leave at these rates later: where completing keeps
    people, few leave in later months too. `brought` (stints,): first completion that a file holds.
    """
    spans, there = _observed_spans(units, as_of)
    if not there.any() or len(set(units.unit_id)) < limits.MIN_TO_DOUBT_DAYS:
        return False
    turns = np.minimum(np.maximum(brought[there], spans.begins), spans.ends)  # (spans,); NaT without a completion
    is_after = spans.ends > turns
    if not is_after.any():
        return False
    begins, stops = spans.tenure(spans.begins), spans.tenure(np.where(np.isnat(turns), spans.ends, turns))
    at_risk = time_within(begins, stops, spans.edges)
    rates = _Rates.of(stops[spans.left & ~is_after], at_risk, spans.edges)
    after = _Spans(spans.origins[is_after], turns[is_after], spans.ends[is_after], spans.left[is_after])
    return _few_left(*_month_by_month(after, rates))


def _month_by_month(spans: _Spans, rates: _Rates) -> tuple[list[float], list[int]]:
    """Exits to be expected, and those that came, from the beginning until the end of each month in which the spans are."""
    first, last = month_number(spans.begins.min().item()), month_number(spans.ends.max().item())
    stops = np.array([first_day(month + 1) for month in range(first, last + 1)], dtype="datetime64[D]")
    begun = rates.up_to(spans.tenure(spans.begins))
    expected = [float((rates.up_to(spans.tenure(np.clip(stop, spans.begins, spans.ends))) - begun).sum()) for stop in stops]
    return expected, [int((spans.left & (spans.ends < stop)).sum()) for stop in stops]


def _few_left(expected: Sequence[float], n_left: Sequence[int]) -> bool:
    """Whether in some month so few had left that it is no chance, both (months,) added up from the first month on."""
    for by_then, n in zip(expected, n_left, strict=True):
        later = expected[-1] - by_then
        share = min((n_left[-1] - n) / later, 1.0) if later > 0.5 else 1.0
        if Stretch(0, 0, share * by_then, n).is_sure(share * by_then):
            return True
    return False


@dataclass(frozen=True)
class _Rates:
    """How many exits are to be expected of one unit up to each of the `edges` of tenure, in days: `cumulative` (edges,)."""

    edges: Floats
    cumulative: Floats

    @classmethod
    def of(cls, tenure_of_exits: Floats, at_risk: Floats, edges: Floats) -> _Rates:
        """`tenure_of_exits` (exits,), `at_risk` (edges - 1,): days of everybody between each two edges."""
        exits = np.histogram(tenure_of_exits, edges)[0]
        rates = np.divide(exits, at_risk, out=np.zeros(len(exits)), where=at_risk > 0.5)
        return cls(edges, np.concatenate([[0.0], np.cumsum(rates * np.diff(edges))]))

    def up_to(self, tenure: Floats) -> Floats:
        return np.interp(tenure, self.edges, self.cumulative)


@dataclass(frozen=True)
class _Spans:
    """Time under observation, arrays (spans,): from `begins` until `ends`, `left` at the end or not, tenure since `origins`."""

    origins: Dates
    begins: Dates
    ends: Dates
    left: Bools

    def tenure(self, days: Dates | np.datetime64) -> Floats:
        """(spans,) On these days."""
        return _days(days - self.origins)

    @property
    def edges(self) -> Floats:
        """Of months of tenure, in days, and one more than anybody has."""
        return np.arange(0.0, self.tenure(self.ends).max() + 2 * DAYS_PER_MONTH, DAYS_PER_MONTH)

    def expected(self, stretches: Sequence[tuple[np.datetime64, np.datetime64]]) -> Floats:
        """Exits (stretches,) to be expected in each stretch of days, at the rates by tenure of the time outside all of them."""
        begins, ends, edges = self.tenure(self.begins), self.tenure(self.ends), self.edges
        at_risk = time_within(begins, ends, edges)
        parts, outside = [], np.ones(len(ends), dtype=bool)
        for first, stop in stretches:
            outside &= ~((self.ends >= first) & (self.ends < stop))
            start, end = np.clip(self.tenure(first), begins, ends), np.clip(self.tenure(stop), begins, ends)
            at_risk = at_risk - time_within(start, end, edges)
            parts.append((start, end))
        rates = _Rates.of(ends[self.left & outside], at_risk, edges)
        return np.array([(rates.up_to(end) - rates.up_to(start)).sum() for start, end in parts])


def _observed_spans(units: Units, as_of: date) -> tuple[_Spans, Bools]:
    """Up to the day, and which of the units (stints,) have one: none of which a day is missing."""
    until = np.fmin(units.observed_until, np.datetime64(as_of, "D"))
    begins, ends = np.fmax(units.origin, units.observed_from), np.fmin(units.exit, until)
    there = ends > begins
    return _Spans(units.origin[there], begins[there], ends[there], (units.exit <= until)[there]), there


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
    """A refusal, or a warning, where kinds of exit are asked for and some exits have none; ends still to come are none."""
    until = np.fmin(units.observed_until, np.datetime64(question.as_of, "D") if question.as_of else NO_DAY)
    has_left = ~np.isnat(units.exit) & ~(units.exit > until)
    if not question.event_kinds or not has_left.any():
        return [], []
    is_without = units.exit_kind[has_left] == ""
    share = float(is_without.mean())
    if share > limits.MAX_LEFT_OUT and is_without.sum() >= SMALL:
        exits = OUTCOME_TERMS[question.outcome].exits
        message = REFUSALS["exit_kinds_unknown"].format(exits=exits, most=f"{100 * limits.MAX_LEFT_OUT:.0f}")
        return [Notice("exit_kinds_unknown", message)], []
    return [], [_warning("exit_kinds_missing", question.outcome)] if share else []
