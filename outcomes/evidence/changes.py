"""Stints that go on: systems write a change of contract, company or team as an exit and a hire.

Decision 0057.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .arrays import NO_DAY, Bools, Dates, Ints, Objects

DAYS_BETWEEN = 7
"""Somebody who has a new stint within so many days of an end has not left: a weekend and a holiday may lie between."""
SOON_DAYS = 60
"""A stint that begins so soon after an exit may be the same work under another contract or company."""
LAST = int(np.datetime64("9999-12-31", "D").astype(np.int64))
OPEN, SPAN = LAST + 1, 10 * LAST
"""A day after all others, for no end; and room for the days of one unit, those before 1970 among them."""


@dataclass(frozen=True)
class Changes:
    """Of each stint (stints,): the `origin` of the first of those that follow one another, whether it `goes_on` in a later one
    although it has an end, and the day from which it carries an earlier one on, NaT where it does not.
    """

    origin: Dates
    goes_on: Bools
    carries_on_from: Dates
    n: int = 0
    """Ends that are none because another stint begins after them, or a little before."""
    n_left_open: int = 0
    """Units of which an earlier stint has no end, and the one that began last has one: the one or the other is wrong."""

    def exits(self, exits: Dates) -> Dates:
        """(stints,) Without those that are none."""
        return np.where(self.goes_on, NO_DAY, exits)

    def is_over(self, observed: Mapping[str, Dates]) -> Bools:
        """(stints,) Those that go on in another and were over before anything was observed: nothing is missing without them."""
        return np.asarray(self.goes_on & (observed["observed_until"] <= observed["observed_from"]), dtype=bool)

    def observed(self, observed: dict[str, Dates], ends: Dates) -> dict[str, Dates]:
        """The days between which each is seen: up to the change, and from it on, so that nobody is seen twice on a day."""
        return {
            "observed_from": np.fmax(observed["observed_from"], self.carries_on_from),
            "observed_until": np.where(self.goes_on, np.fmin(observed["observed_until"], ends), observed["observed_until"]),
        }


def changes(unit: Objects, start: Dates, end: Dates) -> Changes:
    """Which of the stints (stints,) are one: another of the same unit begins within days of the `end`, or before it, and lasts
    longer. One that lies within another goes on in that one. Beside one without an end nothing is decided here.
    """
    origin, goes_on = start.copy(), np.zeros(len(unit), dtype=bool)
    since: Dates = np.full(len(unit), NO_DAY)
    code = pd.factorize(unit)[0]
    several = np.flatnonzero((np.bincount(code) > 1)[code]) if len(code) else np.zeros(0, dtype=np.int64)
    order: Ints = several[np.lexsort((start[several], code[several]))]
    if not len(order):
        return Changes(origin, goes_on, since)
    group, begins = code[order], start[order].astype(np.int64)
    ends = np.where(np.isnat(end[order]), OPEN, end[order].astype(np.int64))
    is_last = np.append(group[1:] != group[:-1], True)
    open_before = pd.Series(ends == OPEN).groupby(group).transform("any").to_numpy()
    n_left_open = int((is_last & (ends != OPEN) & open_before).sum())
    latest = pd.Series(ends).groupby(group).cummax().to_numpy()  # the end of whichever of those begun so far lasts longest
    keys = group * SPAN + begins
    reached = np.searchsorted(keys, group * SPAN + np.minimum(ends, LAST) + DAYS_BETWEEN, side="right") - 1
    goes_on[order] = (ends != OPEN) & (latest[reached] > ends)
    n = int((goes_on[order] & (reached > np.arange(len(order)))).sum())
    is_first = np.append(True, group[1:] != group[:-1])
    before = np.append(0, latest[:-1])
    carries_on = ~is_first & (before != OPEN) & (begins - before <= DAYS_BETWEEN)
    since[order[carries_on]] = np.maximum(begins, before)[carries_on].astype("datetime64[D]")
    chain = np.cumsum(~carries_on) - 1  # (order,) a number for each stint and those that carry it on
    origin[order] = start[order][np.flatnonzero(~carries_on)][chain]
    return Changes(origin, goes_on, since, n, n_left_open)


def soon_back(unit: Objects, start: Dates, end: Dates) -> int:
    """How many of the exits (stints,) are followed by another stint of the same unit within `SOON_DAYS`."""
    code = pd.factorize(unit)[0]
    order = np.lexsort((start, code))
    before, after = order[:-1], order[1:]
    gap = start[after] - end[before]  # NaT, which is within nothing, where nobody left
    is_soon = (code[before] == code[after]) & (gap > np.timedelta64(0, "D")) & (gap <= np.timedelta64(SOON_DAYS, "D"))
    return int(is_soon.sum())
