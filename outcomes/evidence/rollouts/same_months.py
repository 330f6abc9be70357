"""Exits after the offer against those in the same months a year earlier: teams may differ by season.

Where less than a year is known after the offer, a season of some teams alone looks like a change. Decision 0056.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from outcomes.evidence.arrays import Bools, Floats, Ints

from .panel import NEVER, TeamMonths
from .staggered import Effect

YEAR = 12


def months_after(panel: TeamMonths) -> int:
    """How many months after their offer the team in the middle of those that were offered it is compared."""
    offered = panel.first[panel.first > 0]
    after = panel.span * (panel.covered - offered)
    compared = after[after > 0]
    return int(np.median(compared)) if len(compared) else 0


def is_part_of_a_year(panel: TeamMonths) -> bool:
    return months_after(panel) < YEAR


def same_months(panel: TeamMonths) -> Effect | None:
    """By how much more the rates of teams offered it changed from the year before than those of teams that waited.

    Months within a year after the offer, each less the one a year earlier; teams count alike, waves by their teams. None where
    no wave has a year before it, or nobody to compare with.
    """
    waves = list(_waves(panel))
    n_offered = sum(len(wave.offered) for wave in waves)
    if not waves or len(panel.teams) < 3 or any(wave.n_teams < 3 for wave in waves):
        return None
    value, influence = 0.0, np.zeros(len(panel.teams))
    for wave in waves:
        share = len(wave.offered) / n_offered
        offered, waiting = wave.change[wave.offered], wave.change[wave.waiting]
        value += share * float(offered.mean() - waiting.mean())
        influence[wave.offered] += share * _deviations(offered, waiting) / len(offered)
        influence[wave.waiting] -= share * _deviations(waiting, offered) / len(waiting)
    return Effect(value, float(np.sqrt((influence**2).sum())), len(panel.teams) - 2)


@dataclass(frozen=True)
class _Wave:
    """`change` (teams,) from the same months a year earlier; `offered` and `waiting` are positions of teams."""

    change: Floats
    offered: Ints
    waiting: Ints

    @property
    def n_teams(self) -> int:
        return len(self.offered) + len(self.waiting)


def _waves(panel: TeamMonths) -> Iterator[_Wave]:
    year = YEAR // panel.span
    for wave in panel.waves.tolist():
        stop = min(wave + year, panel.covered)
        waits: Bools = (panel.first == NEVER) | (panel.first >= stop)
        if wave < year or stop <= wave or not waits.any():
            continue
        change = _rate(panel, wave, stop) - _rate(panel, wave - year, stop - year)
        yield _Wave(change, np.flatnonzero(panel.first == wave), np.flatnonzero(waits))


def _rate(panel: TeamMonths, first: int, after: int) -> Floats:
    exits, at_risk = panel.exits[:, first:after].sum(axis=1), panel.at_risk[:, first:after].sum(axis=1)
    return np.asarray(exits / at_risk, dtype=np.float64)


def _deviations(values: Floats, others: Floats) -> Floats:
    """(values,) From their mean, as large as from a mean that is known; one alone is taken to vary as the others do."""
    n = len(values)
    if n == 1:
        return np.array([float(others.std(ddof=1))])
    return np.asarray((values - values.mean()) * np.sqrt(n / (n - 1)), dtype=np.float64)
