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
    ItemFigures,
    ScaleFigures,
    correlation,
    correlation_interval,
    item_figures,
    scale_figures,
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
    """One option: who chose it, their share among the highest and lowest 27 % of the rest, correlation with the rest."""

    option: str
    chosen: Share
    share_high: float | None
    share_low: float | None
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
    """Of first sittings in the wording of today. `complete` sat every question of the form beside it: all correlations,
    weight and efficiency are of these. `levels_rest`: correlation of the chosen option's level with the rest.
    `options` is empty under `FEWEST` sittings.
    """

    agreed: Share
    left_open: Share
    rest: Correlation
    weight: float | None
    efficiency: float | None
    levels_rest: Correlation | None
    options: tuple[OptionRow, ...]


@dataclass(frozen=True)
class FormAnalysis:
    scale: ScaleFigures
    items: tuple[ItemAnalysis, ...]


def analyse_form(points: Floats, items: Sequence[Sittings]) -> FormAnalysis:
    """`points` (sittings, items): of every question as it was asked, in whatever wording; `items` of each in today's.

    The rest of a question is the sum of all others as they were asked, so that a new wording of one question does not take the
    others' figures away. Raises ValueError for different lengths.
    """
    if points.shape[1] != len(items) or any(len(item.points) != len(points) for item in items):
        raise ValueError("Every item has its column, and all columns are equally long.")
    as_asked = item_figures(points, [1.0] * len(items))
    return FormAnalysis(
        scale_figures(points), tuple(_item(points, place, item, as_asked[place]) for place, item in enumerate(items))
    )


def _item(points: Floats, place: int, item: Sittings, figures: ItemFigures) -> ItemAnalysis:
    """`figures`: of the question as it was asked, which serve where it has always had the same words."""
    is_asked = ~np.isnan(item.points)
    asked = int(is_asked.sum())
    with_rest = is_asked & ~np.isnan(points).any(axis=1)
    if not np.array_equal(item.points, points[:, place], equal_nan=True):
        reworded = points[with_rest].copy()
        reworded[:, place] = item.points[with_rest]
        figures = item_figures(reworded, [1.0] * points.shape[1])[place]
    rest = np.where(with_rest, np.delete(points, place, axis=1).sum(axis=1), np.nan)
    open_count = sum(not chosen for chosen, was_asked in zip(item.chosen, is_asked.tolist(), strict=True) if was_asked)
    return ItemAnalysis(
        agreed=Share(int(np.nansum(item.points)), asked),
        left_open=Share(open_count, asked),
        rest=Correlation(figures.item_rest, figures.complete),
        weight=figures.effective_weight,
        efficiency=figures.discriminative_efficiency,
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
            float(took[order[-group:], column].mean()) if group else None,
            float(took[order[:group], column].mean()) if group else None,
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
