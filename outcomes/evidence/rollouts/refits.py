"""The same fit on other teams and other dates: what it would show if there were nothing to show, and who decides it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from outcomes.evidence.arrays import Floats

from .panel import NEVER, TeamMonths
from .staggered import Effect, NotIdentified, fit
from .two_way import plain_regression

MOST_TEAMS = 100
"""Of more than so many teams none decides: each is left out of no more."""

PERIODS_BEFORE = 2
"""A placebo date needs as many before it, and one after."""


@dataclass(frozen=True)
class Placebo:
    """The effect of an offer that was made so many periods (`earlier`) before the real one, on months before the real one."""

    earlier: int
    effect: Effect


@dataclass(frozen=True)
class LeftOut:
    """The overall effect without one team; what a reader sees is the lowest and the highest, and no team by name.

    `less_plain`: the error of the difference between the effect and that of the plain regression, by the jackknife.
    """

    lowest: float
    highest: float
    fits: int
    decides: bool
    """Whether without one of them there is no answer at all."""
    less_plain: float | None = None


def placebos(panel: TeamMonths, *, at_most: int = 6) -> list[Placebo]:
    """Offers shifted back by 1, 2, … periods, on the months before the first real offer, where nothing can have worked yet."""
    first_offer = int(panel.waves.min(initial=len(panel.months)))
    before = panel.up_to(first_offer)
    found = []
    for earlier in range(1, min(at_most, first_offer - PERIODS_BEFORE) + 1):
        shifted = np.where(panel.first == NEVER, NEVER, panel.first - earlier)
        pretended = before.offered_as(np.where(shifted < first_offer, shifted, NEVER))
        try:
            found.append(Placebo(earlier, fit(pretended).overall))
        except NotIdentified:
            continue
    return found


def without_each_team(panel: TeamMonths) -> LeftOut:
    """No fit at all where there are more than `MOST_TEAMS`."""
    if len(panel.teams) > MOST_TEAMS:
        return LeftOut(np.nan, np.nan, 0, decides=False)
    values = list(_overall_without_each(panel))
    there = [value for value, _plain in values if value is not None]
    apart = np.array([value - plain for value, plain in values if value is not None])
    return LeftOut(
        min(there, default=np.nan),
        max(there, default=np.nan),
        len(there),
        decides=len(there) < len(values),
        less_plain=_jackknife_error(apart) if len(apart) > 1 else None,
    )


def _jackknife_error(values: Floats) -> float:
    n = len(values)
    return float(np.sqrt((n - 1) / n * ((values - values.mean()) ** 2).sum()))


def _overall_without_each(panel: TeamMonths) -> Iterator[tuple[float | None, float]]:
    """The effect, and that of the plain regression."""
    for team in range(len(panel.teams)):
        rest = panel.without(team)
        try:
            yield fit(rest).overall.value, plain_regression(rest)
        except NotIdentified:
            yield None, np.nan
