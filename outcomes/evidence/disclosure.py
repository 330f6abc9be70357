"""From the exact result to the one that may be read: no count of it, and no difference of two, is about a few people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from common.few import is_small

from .arrays import Bools, Ints
from .question import Question
from .result import Counts, Members, Result
from .spells import RiskRows, Spells, build_spells, split_at_exposure
from .units import Units
from .words.writing import FEW, NOT_SHOWN

ROUND_TO = 5
"""Counts of a result that replaces an earlier one are multiples of this."""

Threshold = Callable[[str], float]
"""For the name of a figure a number between 0 and 1, which nobody who reads the figure knows or can work out."""


@dataclass(frozen=True)
class Rounding:
    """To multiples of `step`: up where what is over the last of them is more than the `threshold`, in steps.

    With an edge that everybody knows, a file could be padded until one person more or less tips a count over it. Over
    thresholds that are uniform a count is right on average.
    """

    step: int
    threshold: Threshold

    def of(self, n: float, name: str) -> int:
        whole, rest = divmod(n, self.step)
        return int(self.step * (whole + (rest / self.step > self.threshold(name))))

    def of_counts(self, counts: Counts) -> Counts:
        """Each by a threshold of its own; a part is never more than what it is a part of."""
        exact = {name: getattr(counts, name) for name in (*OF_UNITS, "unit_months")}
        rounded = {name: n if n is None else self.of(n, name) for name, n in exact.items()}
        for part, whole in PARTS:
            of_part, of_whole = rounded[part], rounded[whole]
            if of_part is not None and of_whole is not None:
                rounded[part] = min(of_part, of_whole)
        return replace(counts, **rounded)


OF_UNITS = ("units", "events", "exposed_units", "events_exposed", "excluded_rows")
"""Counts of people or customers and of their rows."""
PARTS = (("events", "units"), ("exposed_units", "units"), ("events_exposed", "events"), ("events_exposed", "exposed_units"))


def members_of(spells: Spells, rows: RiskRows, n_stints: int) -> Members:
    """Of `spells`, and `rows` that are these cut at the exposure."""

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


def members_by(question: Question, units: Units, as_of: date) -> Members:
    """By the clock of the question."""
    spells = build_spells(units, question, as_of)
    return members_of(spells, split_at_exposure(spells), len(units))


def veiled(result: Result, rounding: Rounding | None = None) -> Result:
    """`result` with its small counts, and those whose complement is small, held back; on top all are rounded.

    Whoever holds the data may know all who were followed and left; what completion has to do with it is veiled for everybody.
    """
    counts = result.counts
    hidden = _small(counts, result.sides_are_few)
    if result.by_day is not None:
        hidden |= (_small(result.by_day, result.sides_are_few) & set(OF_UNITS)) | apart_by_few(counts, result.by_day)
    if result.reasons_are_few:
        hidden.add("excluded_rows")
    words = {name: _in_words(name, counts) for name in hidden}
    if rounding is not None:
        counts = rounding.of_counts(counts)
        curves = (
            replace(point, at_risk=None if point.at_risk is None else rounding.of(point.at_risk, "at_risk"))
            for point in result.curves
        )
        result = replace(result, curves=tuple(curves))
    withheld = tuple(sorted(f"counts.{name}" for name in hidden))
    return replace(result, counts=replace(counts, **dict.fromkeys(hidden)), withheld=withheld, instead=words)


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
