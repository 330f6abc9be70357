"""How far people who rate the same work agree."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

PAUSED_BELOW = 0.6
"""A rubric whose quadratic weighted kappa is lower is not used until its raters have been trained again."""

THIRD_RATER_GAP = 2
"""Two raters who are so far apart have read different things: a third decides."""


def quadratic_weighted_kappa(one: Sequence[int], other: Sequence[int]) -> float | None:
    """Agreement of two raters beyond chance, disagreements weighing by the square of their size; 1 is complete, 0 is chance.

    None where both gave one and the same rating to everything: there is nothing to disagree about. Raises ValueError for
    different lengths or no ratings.

    Cohen (1968), Weighted kappa: nominal scale agreement with provision for scaled disagreement or partial credit,
    Psychological Bulletin 70, 213–220.
    """
    if len(one) != len(other) or not len(one):
        raise ValueError("Two raters rate the same works.")
    first, second = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    # The mean squared difference over all pairs of ratings, which is what chance would give.
    by_chance = float(first.var() + second.var() + (first.mean() - second.mean()) ** 2)
    if by_chance == 0:
        return None
    return 1 - float(((first - second) ** 2).mean()) / by_chance


@dataclass(frozen=True)
class IntraclassCorrelation:
    """`single`: how far one rating can be relied on, ICC(2,1); `mean`: how far the mean of all raters can, ICC(2,k)."""

    single: float
    mean: float
    works: int
    raters: int


@dataclass(frozen=True)
class MeanSquares:
    """Of `works` rated by each of `raters`: between works, between raters, and what is left."""

    works: int
    raters: int
    between_works: float
    between_raters: float
    error: float


def mean_squares(ratings: Floats) -> MeanSquares:
    """Of `ratings` (works, raters). Raises ValueError under two works or raters, or for missing ratings."""
    works, raters = ratings.shape
    if works < 2 or raters < 2 or np.isnan(ratings).any():
        raise ValueError("Two works or more are rated by two raters or more, each by each.")
    mean = ratings.mean()
    between_works = float(raters * ((ratings.mean(axis=1) - mean) ** 2).sum())
    between_raters = float(works * ((ratings.mean(axis=0) - mean) ** 2).sum())
    error = float(((ratings - mean) ** 2).sum()) - between_works - between_raters
    return MeanSquares(
        works, raters, between_works / (works - 1), between_raters / (raters - 1), error / ((works - 1) * (raters - 1))
    )


def intraclass_correlation(ratings: Floats) -> IntraclassCorrelation | None:
    """Absolute agreement of `ratings` (works, raters), raters being a sample of all who might rate; no missing ones.

    None where all ratings are the same. Raises ValueError under two works or raters, or for missing ratings.

    Shrout and Fleiss (1979), Intraclass correlations: uses in assessing rater reliability, Psychological Bulletin 86, 420–428.
    """
    found = mean_squares(ratings)
    if np.ptp(ratings) == 0:
        return None
    by_raters = (found.between_raters - found.error) / found.works
    between = found.between_works - found.error
    single = between / (found.between_works + (found.raters - 1) * found.error + found.raters * by_raters)
    return IntraclassCorrelation(single, between / (found.between_works + by_raters), found.works, found.raters)


def ordinal_alpha(ratings: Floats) -> float | None:
    """Krippendorff's alpha for ordered categories of `ratings` (works, raters), NaN where a rater did not rate.

    Any number of raters, not every one of whom has to rate everything; works with one rating say nothing. None where all
    ratings that could be compared are the same, or there are none.

    Krippendorff (2019), Content Analysis, 4th edition, chapter 12: the distance of two categories is the number of ratings
    that lie between them, with half of those on them, squared.
    """
    values, units = _ratings_by_unit(ratings)
    if not len(units):
        return None
    sizes = units.sum(axis=1)
    # Pairs within a work, each work's weighing as many ratings as it has.
    together = (units.T / (sizes - 1)) @ units - np.diag((units / (sizes - 1)[:, None]).sum(axis=0))
    frequency = units.sum(axis=0)
    distance = _ordinal_distance(frequency)
    by_chance = float(frequency @ distance @ frequency) / (float(frequency.sum()) - 1)
    return None if len(values) < 2 or by_chance == 0 else 1 - float((together * distance).sum()) / by_chance


def _ratings_by_unit(ratings: Floats) -> tuple[Floats, Floats]:
    """The categories that occur, and (works, categories) how often each work got each; works with two ratings or more."""
    pairable = ratings[(~np.isnan(ratings)).sum(axis=1) >= 2]
    values = np.unique(pairable[~np.isnan(pairable)])
    return values, (pairable[:, :, None] == values).sum(axis=1).astype(float)


def _ordinal_distance(frequency: Floats) -> Floats:
    """(categories, categories): squared distances in ratings that lie between."""
    middle = np.cumsum(frequency) - frequency / 2
    return np.asarray(np.subtract.outer(middle, middle) ** 2)


def needs_third_rater(one: int, other: int) -> bool:
    return abs(one - other) >= THIRD_RATER_GAP


def is_paused(kappa: float | None) -> bool:
    """Whether a rubric rests; one with nothing to disagree about does not."""
    return kappa is not None and kappa < PAUSED_BELOW
