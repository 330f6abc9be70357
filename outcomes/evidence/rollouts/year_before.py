"""Whether teams were offered the training after a bad year: such teams mostly get better without any training."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats

from outcomes.evidence.arrays import Floats

from .panel import NEVER, TeamMonths

MONTHS = 12
LEVEL = 0.025
"""Of teams chosen by lot, as many in 100 are taken to have been chosen after a bad year."""


@dataclass(frozen=True)
class YearBefore:
    """Exits per person-month in the year before the offer: of teams offered it, and of those not yet offered it in the same
    months.
    """

    offered: float
    others: float
    p: float
    """Of a difference as large upwards, by a t of the rates of teams, wave by wave."""

    @property
    def is_clearly_higher(self) -> bool:
        return self.p < LEVEL and self.offered > self.others


@dataclass(frozen=True)
class _Wave:
    offered: Floats
    others: Floats
    n_exits: float
    at_risk: float
    rate_of_others: float

    @property
    def df(self) -> int:
        return len(self.offered) + len(self.others) - 2

    @property
    def variance(self) -> float:
        """Of the difference of the two means, both sides taken to vary alike."""
        squares = sum(float(((side - side.mean()) ** 2).sum()) for side in (self.offered, self.others))
        return squares / self.df * (1 / len(self.offered) + 1 / len(self.others))


def year_before(panel: TeamMonths) -> YearBefore | None:
    """Of the year, or the months that are known, before each wave; None where there is nobody to compare with."""
    waves = list(_waves(panel))
    if not waves:
        return None
    size = np.array([len(wave.offered) for wave in waves], dtype=np.float64)
    difference = size @ np.array([wave.offered.mean() - wave.others.mean() for wave in waves])
    se = np.sqrt(size**2 @ np.array([wave.variance for wave in waves]))
    at_risk = np.array([wave.at_risk for wave in waves])
    return YearBefore(
        offered=float(sum(wave.n_exits for wave in waves) / at_risk.sum()),
        others=float(at_risk @ np.array([wave.rate_of_others for wave in waves]) / at_risk.sum()),
        p=float(stats.t.sf(difference / se, sum(wave.df for wave in waves))) if se > 0 else 1.0,
    )


def _waves(panel: TeamMonths) -> Iterator[_Wave]:
    for wave in panel.waves.tolist():
        year = slice(max(0, wave - MONTHS // panel.span), wave)
        exits, at_risk = panel.exits[:, year].sum(axis=1), panel.at_risk[:, year].sum(axis=1)
        is_wave, waits = panel.first == wave, (panel.first == NEVER) | (panel.first > wave)
        if wave and waits.any() and is_wave.sum() + waits.sum() > 2:
            rates = exits / at_risk
            rate_of_others = float(exits[waits].sum() / at_risk[waits].sum())
            yield _Wave(
                rates[is_wave], rates[waits], float(exits[is_wave].sum()), float(at_risk[is_wave].sum()), rate_of_others
            )
