"""From the exact result to the one that may be read: no count of it, and no difference of two, is about a few people."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import numpy as np

from common.few import is_small

from .arrays import Bools, Ints
from .result import Counts, CurvePoint, Members, Result
from .spells import RiskRows, Spells
from .words import FEW, NOT_SHOWN

ROUND_TO = 5
"""Counts of a result that replaces an earlier one are multiples of this."""


OF_UNITS = ("units", "events", "exposed_units", "events_exposed", "excluded_rows")
"""Counts of people or customers and of their rows."""


def members_of(spells: Spells, rows: RiskRows, n_stints: int) -> Members:
    """Of `spells` by days, and `rows` that are these cut at the exposure."""

    def mask(index: Ints) -> Bools:
        found = np.zeros(n_stints, dtype=bool)
        found[spells.unit_index[index]] = True
        return found

    return Members(
        mask(np.arange(len(spells))),
        mask(np.flatnonzero(spells.event)),
        mask(rows.spell_index[rows.exposed]),
        mask(rows.spell_index[rows.exposed & rows.event]),
    )


def veiled(result: Result, *, round_to: int = 1, few_object: bool = False) -> Result:
    """`result` with its small counts, and those whose complement is small, held back; on top all are rounded to a multiple.

    Where `few_object`, what the file adds up to less the counts would tell who of it is left out: then months are held back,
    and curves are in whole per cent.

    Whoever holds the data may know all who were followed and left; what completion has to do with it is veiled for everybody.
    """
    counts = result.counts
    hidden = _small(counts, result.sides_are_few)
    if result.by_day is not None:
        hidden |= (_small(result.by_day, result.sides_are_few) & set(OF_UNITS)) | apart_by_few(counts, result.by_day)
    if result.reasons_are_few:
        hidden.add("excluded_rows")
    if few_object:
        hidden.add("unit_months")
    curves = result.curves
    if round_to > 1:
        counts = replace(counts, **{name: _rounded(getattr(counts, name), round_to) for name in (*OF_UNITS, "unit_months")})
        curves = tuple(replace(point, at_risk=_rounded(point.at_risk, round_to)) for point in curves)
    if few_object:
        curves = tuple(map(_in_whole_per_cent, curves))
    words = {name: _in_words(name, result.counts) for name in hidden}
    withheld = tuple(sorted(f"counts.{name}" for name in hidden))
    return replace(result, counts=replace(counts, **dict.fromkeys(hidden)), curves=curves, withheld=withheld, instead=words)


def apart_by_few(counts: Counts, by_day: Counts | None) -> set[str]:
    """Names of the counts by months that differ by 1 to 9 from those by days: both together would give these away."""
    if by_day is None:
        return set()
    return {name for name in OF_UNITS if is_small(abs((getattr(counts, name) or 0) - (getattr(by_day, name) or 0)))}


def _in_words(name: str, counts: Counts) -> str:
    """What a page says in place of a count: "1–9" only where it is that."""
    n = getattr(counts, name) or 0
    return FEW if name != "unit_months" and is_small(n) else NOT_SHOWN


def _small(counts: Counts, sides_are_few: bool) -> set[str]:
    """Names of the counts that are 1 to 9, or leave 1 to 9 of what they are a part of."""
    units, events = counts.units or 0, counts.events or 0
    exposed, events_exposed = counts.exposed_units or 0, counts.events_exposed or 0
    hidden = {name for name in ("units", "teams", "excluded_rows") if is_small(getattr(counts, name) or 0)}
    if is_small(units):
        hidden.add("unit_months")
    if is_small(events) or is_small(units - events):
        hidden.add("events")
    if is_small(exposed) or is_small(units - exposed) or sides_are_few:
        hidden.add("exposed_units")
    parts = (events_exposed, exposed - events_exposed, events - events_exposed, units - exposed - (events - events_exposed))
    if any(is_small(n) for n in parts) or sides_are_few:
        hidden.add("events_exposed")
    return hidden


def step_above(n: int) -> int:
    """The next of 5, 10, 20, 50, 100, … that is no smaller: rounded to it, a count does not tell whether `n` are in it."""
    steps = (step * 10**power for power in count() for step in (ROUND_TO, 2 * ROUND_TO, 4 * ROUND_TO))
    smallest: int = next(step for step in steps if step >= n)
    return smallest


def _rounded(n: float | None, to: int) -> int | None:
    return None if n is None else to * round(n / to)


def _in_whole_per_cent(point: CurvePoint) -> CurvePoint:
    retained, low, high = (
        None if share is None else round(share, 2) for share in (point.retained, point.ci_low, point.ci_high)
    )
    return replace(point, retained=retained, ci_low=low, ci_high=high)
