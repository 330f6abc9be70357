"""All deals that two sides could sign, as arrays: what each is worth, which both can accept, which nobody can better."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MAX_DEALS = 20_000
"""More than this no learner can picture, and no turn could look through in time."""

MAX_POINTS = 10_000
"""For one option; keeps sums and their order exact in 64 bits."""

Points = NDArray[np.int64]
Indices = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Worth(NamedTuple):
    """What a deal or an alternative is worth to each side, in that side's own points."""

    you: int
    them: int


@dataclass(frozen=True)
class Domain:
    """Issues with the points of both sides, and what each side has without a deal.

    `you[i][j]` and `them[i][j]` are whole points for option j of issue i; a deal is one option for each issue, and is worth
    the sum. Deals are numbered from 0 with the last issue running fastest. Whole numbers, so that ties are exact.

    Raises ValueError where the sides do not have the same issues and options, for points below 0 or over MAX_POINTS, and for
    more than MAX_DEALS deals.
    """

    you: tuple[tuple[int, ...], ...]
    them: tuple[tuple[int, ...], ...]
    alternative: Worth

    def __post_init__(self) -> None:
        shape = tuple(len(options) for options in self.you)
        if not shape or 0 in shape or shape != tuple(len(options) for options in self.them):
            raise ValueError("Both sides need points for the same options of the same issues.")
        if not all(0 <= points <= MAX_POINTS for side in (self.you, self.them) for options in side for points in options):
            raise ValueError(f"Points of an option are whole numbers from 0 to {MAX_POINTS:,}.")
        if prod(shape) > MAX_DEALS:
            raise ValueError(f"{prod(shape):,} deals are more than the {MAX_DEALS:,} that can be looked through.")

    @property
    def shape(self) -> tuple[int, ...]:
        """How many options each issue has."""
        return tuple(len(options) for options in self.you)

    @cached_property
    def worth_you(self) -> Points:
        """(n_deals,) your points for each deal."""
        return _sums(self.you)

    @cached_property
    def worth_them(self) -> Points:
        """(n_deals,) their points for each deal."""
        return _sums(self.them)

    @cached_property
    def acceptable(self) -> Mask:
        """(n_deals,) whether it is worth at least the alternative to both; ties count."""
        return (self.worth_you >= self.alternative.you) & (self.worth_them >= self.alternative.them)

    @cached_property
    def zone(self) -> Indices:
        """Numbers of the acceptable deals: the zone of possible agreement (Raiffa 1982)."""
        return np.flatnonzero(self.acceptable)

    @cached_property
    def undominated(self) -> Mask:
        """(n_deals,) whether no deal is as good for both and better for one (Pareto), among all deals."""
        return undominated(self.worth_you, self.worth_them)

    @cached_property
    def frontier(self) -> Indices:
        """Numbers of the undominated deals in the zone, from your best to theirs.

        The same as the undominated ones among the acceptable: whatever dominates an acceptable deal is acceptable too.
        """
        found = np.flatnonzero(self.undominated & self.acceptable)
        return found[np.lexsort((found, -self.worth_you[found]))]

    @cached_property
    def best(self) -> Worth | None:
        """The most that either could have from an acceptable deal; None where there is none."""
        if not self.zone.size:
            return None
        return Worth(int(self.worth_you[self.zone].max()), int(self.worth_them[self.zone].max()))

    @cached_property
    def best_joint(self) -> int | None:
        """The most points together that an acceptable deal has; None where there is none."""
        return int((self.worth_you + self.worth_them)[self.zone].max()) if self.zone.size else None

    def worth(self, deal: int) -> Worth:
        return Worth(int(self.worth_you[deal]), int(self.worth_them[deal]))

    def deal(self, options: tuple[int, ...]) -> int:
        """The number of the deal with these options. Raises ValueError for an option that there is not."""
        if len(options) != len(self.shape) or any(not 0 <= o < n for o, n in zip(options, self.shape, strict=True)):
            raise ValueError(f"{options} is no deal over issues with {self.shape} options.")
        number = 0
        for option, n_options in zip(options, self.shape, strict=True):
            number = number * n_options + option
        return number

    def options(self, deal: int) -> tuple[int, ...]:
        """The option of each issue in the deal with this number."""
        found = []
        for n_options in reversed(self.shape):
            deal, option = divmod(deal, n_options)
            found.append(option)
        return tuple(reversed(found))

    @cached_property
    def all_options(self) -> NDArray[np.int64]:
        """(n_issues, n_deals) the option of each issue in each deal."""
        return np.array(np.unravel_index(np.arange(prod(self.shape)), self.shape), dtype=np.int64)


def _sums(points: tuple[tuple[int, ...], ...]) -> Points:
    total = np.zeros(1, dtype=np.int64)
    for options in points:
        total = (total[:, None] + np.asarray(options, dtype=np.int64)).ravel()
    return total


def undominated(worth_you: Points, worth_them: Points) -> Mask:
    """(n,) for each of n deals, whether no other is at least as good for both and better for one.

    From your best deal down, a deal is undominated when it is worth more to them than every deal that is worth more to you,
    and as much as any that is worth the same. Deals of equal worth stand or fall together. Time n log n.
    """
    # One key sorts by both, and faster than two: the span of their points is the base.
    order = np.argsort(-(worth_you * (np.ptp(worth_them) + 1) + worth_them))
    you, them = worth_you[order], worth_them[order]
    begins = np.r_[True, you[1:] != you[:-1]]
    group = np.cumsum(begins) - 1
    best_of_group = them[begins]
    best_before = np.r_[np.iinfo(np.int64).min, np.maximum.accumulate(best_of_group)[:-1]]
    found = np.empty(len(order), dtype=np.bool_)
    found[order] = (them == best_of_group[group]) & (best_of_group > best_before)[group]
    return found
