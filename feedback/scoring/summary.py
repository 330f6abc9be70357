"""The figures of a cell. A mean and an interval, neither of which says how the raters differ from each other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean

from feedback.scoring.grouping import LEAST, ONE_MANAGER, Cell

LOWEST, HIGHEST = 1.0, 5.0
# A mean beyond these is shown as if it lay on them. Of three raters who all say the most, "5.0" would tell what each has said.
SHOWN_LOWEST, SHOWN_HIGHEST = 1.5, 4.5
# How far raters of one group are taken to differ, as a standard deviation in steps of the scale. It is not computed from the
# answers: a mean and the spread of three would give most of them away.
SPREAD = 1.0
# Of the normal distribution, for a band that holds 80 in 100.
Z = 1.2816


@dataclass(frozen=True)
class Figure:
    """`mean` in tenths of a step, from 1.5 to 4.5; `low` to `high`: where the mean of many such raters is likely to lie."""

    mean: float
    low: float
    high: float
    n: int

    @property
    def is_at_an_end(self) -> bool:
        """Whether it may lie further out than it is shown."""
        return self.mean in (SHOWN_LOWEST, SHOWN_HIGHEST)


def figure_of(mean: float, n: int) -> Figure:
    shown = round(min(max(mean, SHOWN_LOWEST), SHOWN_HIGHEST), 1)
    half = Z * SPREAD / sqrt(n)
    return Figure(shown, round(max(shown - half, LOWEST), 1), round(min(shown + half, HIGHEST), 1), n)


def figure_in(cell: Cell, skill: int) -> Figure | None:
    """None where fewer of the cell have seen this skill than may be shown."""
    scores = [rater.scores[skill] for rater in cell.raters if skill in rater.scores]
    needed = 1 if cell.name == ONE_MANAGER else LEAST
    return figure_of(fmean(scores), len(scores)) if len(scores) >= needed else None


def together(figures: Sequence[Figure]) -> Figure | None:
    """All who are shown, from the figures as they are shown and from nothing else."""
    n = sum(figure.n for figure in figures)
    return figure_of(sum(figure.mean * figure.n for figure in figures) / n, n) if n else None


def score_of(ratings: Iterable[int]) -> float | None:
    """The mean of what was seen; None where nothing was. 0 stands for what could not be observed."""
    seen = [rating for rating in ratings if rating > 0]
    return fmean(seen) if seen else None
