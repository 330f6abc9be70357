"""What a form's answers say of its questions: everything an author's item analysis shows, from arrays.

Points are 1 where an answer agreed with the key and 0 where it did not or was left open, as the score counts it; NaN where the
question was not asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from assessments.scoring.classical import (
    GROUP_SHARE,
    Floats,
    ScaleFigures,
    correlation,
    correlation_interval,
    scale_figures,
)
from assessments.scoring.groups_left_out import (
    Figure,
    ItemWithIntervals,
    figures_with_intervals,
    mean_with_interval,
)
from assessments.scoring.intervals import Interval, wilson_interval

FEWEST = 10
"""Under so many sittings nothing is told of single options, wordings or groups: it would tell of single learners."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Share:
    """`count` of `total` with Wilson's interval; None of all of them where there is nothing to count."""

    count: int
    total: int

    @property
    def share(self) -> float | None:
        return self.count / self.total if self.total else None

    @property
    def interval(self) -> Interval | None:
        return wilson_interval(self.count, self.total) if self.total else None


@dataclass(frozen=True)
class Correlation:
    """A correlation over `n` people; None where one side does not vary."""

    value: float | None
    n: int

    @property
    def interval(self) -> Interval | None:
        return None if self.value is None else correlation_interval(self.value, self.n)


@dataclass(frozen=True)
class OptionRow:
    """One option: who chose it, of all, of the highest and of the lowest 27 % of the rest; correlation with the rest."""

    option: str
    chosen: Share
    high: Share
    low: Share
    rest: Correlation


@dataclass(frozen=True)
class Sittings:
    """How one question was met in first sittings, in the wording of today.

    `points` (sittings,): NaN where it was not asked so. `chosen` (sittings,): ids of options, None where not asked so.
    `levels` by option id, where options have them.
    """

    points: Floats
    chosen: Sequence[Sequence[str] | None]
    options: Sequence[str]
    key: frozenset[str] = frozenset()
    levels: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class ItemAnalysis:
    """Of first sittings in the wording of today. Of a fixed form all correlations, weight and efficiency are of those who were
    asked every other question; of a drawn one correlations are with the mean of the others asked, and there is no weight.
    `levels_rest`: correlation of the chosen option's level with the rest. `options` is empty under `FEWEST` sittings.
    """

    agreed: Share
    left_open: Share
    rest: Correlation
    weight: Figure
    efficiency: Figure
    levels_rest: Correlation | None
    options: tuple[OptionRow, ...]


@dataclass(frozen=True)
class FormAnalysis:
    """`mean`, `sd`, `sem`: those of `scale` with their intervals."""

    scale: ScaleFigures
    mean: Figure
    sd: Figure
    sem: Figure
    items: tuple[ItemAnalysis, ...]


def analyse_form(points: Floats, items: Sequence[Sittings], *, is_drawn: bool = False) -> FormAnalysis:
    """`points` (sittings, items): of every question as it was asked, in whatever wording; `items` of each in today's.

    The rest of a question is the sum of all others as they were asked, so that a new wording of one question does not take the
    others' figures away. Of a form that is drawn, where hardly anybody is asked all, it is the mean of the others that were
    asked. Raises ValueError for different lengths.
    """
    if points.shape[1] != len(items) or any(len(item.points) != len(points) for item in items):
        raise ValueError("Every item has its column, and all columns are equally long.")
    scale = scale_figures(points)
    analyse = _item_of_drawn if is_drawn else _item_of_fixed
    as_asked = figures_with_intervals(points)
    return FormAnalysis(
        scale,
        mean=mean_with_interval(points),
        sd=as_asked.sd,
        sem=as_asked.sem,
        items=tuple(analyse(points, place, item, as_asked.items[place]) for place, item in enumerate(items)),
    )


def _item_of_fixed(points: Floats, place: int, item: Sittings, found: ItemWithIntervals) -> ItemAnalysis:
    """`found`: of the question as it was asked, which serves where it has always had the same words."""
    with_rest = ~np.isnan(item.points) & ~np.isnan(points).any(axis=1)
    if not np.array_equal(item.points, points[:, place], equal_nan=True):
        reworded = points[with_rest].copy()
        reworded[:, place] = item.points[with_rest]
        found = figures_with_intervals(reworded).items[place]
    rest = np.where(with_rest, np.delete(points, place, axis=1).sum(axis=1), np.nan)
    correlated = Correlation(found.figures.item_rest, found.figures.complete)
    return _analysis(item, rest, correlated, found.weight, found.efficiency)


def _item_of_drawn(points: Floats, place: int, item: Sittings, found: ItemWithIntervals) -> ItemAnalysis:
    others = np.delete(points, place, axis=1)
    asked = (~np.isnan(others)).sum(axis=1)
    with_rest = ~np.isnan(item.points) & (asked > 0)
    rest = np.where(with_rest, np.nansum(others, axis=1) / np.maximum(asked, 1), np.nan)
    correlated = Correlation(correlation(item.points[with_rest], rest[with_rest]), int(with_rest.sum()))
    return _analysis(item, rest, correlated, Figure(None), Figure(None))


def _analysis(item: Sittings, rest: Floats, correlated: Correlation, weight: Figure, efficiency: Figure) -> ItemAnalysis:
    is_asked = ~np.isnan(item.points)
    asked = int(is_asked.sum())
    open_count = sum(not chosen for chosen, was_asked in zip(item.chosen, is_asked.tolist(), strict=True) if was_asked)
    return ItemAnalysis(
        agreed=Share(int(np.nansum(item.points)), asked),
        left_open=Share(open_count, asked),
        rest=correlated,
        weight=weight,
        efficiency=efficiency,
        levels_rest=_levels_rest(item, rest),
        options=_options(item, rest) if asked >= FEWEST else (),
    )


def _options(item: Sittings, rest: Floats) -> tuple[OptionRow, ...]:
    """Of those who chose anything. Each option by itself, so that several may be chosen."""
    given = [place for place, chosen in enumerate(item.chosen) if chosen]
    columns = {option: column for column, option in enumerate(item.options)}
    took = np.zeros((len(given), len(columns)))
    for row, place in enumerate(given):
        took[row, [columns[option] for option in item.chosen[place] or () if option in columns]] = 1
    values = rest[given]
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.argsort(values[known], kind="stable")]
    group = round(GROUP_SHARE * len(known))
    return tuple(
        OptionRow(
            option,
            Share(int(took[:, column].sum()), len(given)),
            Share(int(took[order[len(order) - group :], column].sum()), group),
            Share(int(took[order[:group], column].sum()), group),
            Correlation(correlation(took[known, column], values[known]), len(known)),
        )
        for option, column in columns.items()
    )


def _levels_rest(item: Sittings, rest: Floats) -> Correlation | None:
    if len(set(item.levels.values())) < 2:
        return None
    pairs = [
        (item.levels[chosen[0]], value)
        for chosen, value in zip(item.chosen, rest.tolist(), strict=True)
        if chosen and len(chosen) == 1 and chosen[0] in item.levels and not np.isnan(value)
    ]
    levels, values = np.array([level for level, _value in pairs], dtype=float), np.array([value for _level, value in pairs])
    return Correlation(correlation(levels, values), len(pairs))
