"""Covariates as columns of numbers, exactly as named: numeric ones linear, categories as dummies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from common.few import SMALL

from .arrays import AnyArray, Bools, Floats, Ints
from .limits import SINGLED_OUT
from .question import Covariate
from .result import Notice


@dataclass(frozen=True)
class CategoricalColumn:
    """A categorical covariate: `codes` (units,) into `labels`, -1 where the value is missing."""

    codes: Ints
    labels: list[str]


@dataclass(frozen=True)
class Design:
    """The covariates of the units, in the order named: each (units,)."""

    columns: Mapping[str, Floats | CategoricalColumn]
    n_units: int

    @property
    def all_categorical(self) -> bool:
        return all(isinstance(column, CategoricalColumn) for column in self.columns.values())

    def only(self, name: str) -> Design:
        """One covariate of them."""
        return Design({name: self.columns[name]}, self.n_units)

    @property
    def complete(self) -> Bools:
        """(units,) True where no value is missing."""
        complete = np.ones(self.n_units, dtype=bool)
        for name in self.columns:
            complete &= ~self.missing(name)
        return complete

    def matrix(self, unit_index: Ints) -> Floats:
        """(rows, p) for the units of `unit_index` (rows,).

        A category gives a column for each level among these units but the largest, with which the others are compared: a small
        one would make all of them uncertain, and which is first is a matter of its name.
        """
        matrix = np.empty((len(unit_index), len(self.coefficient_names(unit_index))))
        filled = 0
        for column in self.columns.values():
            if isinstance(column, CategoricalColumn):
                codes = column.codes[unit_index]
                for level in _compared_levels(codes):
                    matrix[:, filled] = codes == level
                    filled += 1
            else:
                matrix[:, filled] = column[unit_index]
                filled += 1
        return matrix

    def grouped(self, unit_index: Ints, n_groups: int) -> Floats:
        """As `matrix`, with the values of each number replaced by the means of `n_groups` groups of about equal size.

        Twenty groups keep more than 99 % of the variance of most columns, and make cells of what had none.
        """
        columns = {
            name: column if isinstance(column, CategoricalColumn) else _group_means(column, unit_index, n_groups)
            for name, column in self.columns.items()
        }
        return Design(columns, self.n_units).matrix(unit_index)

    def coefficient_names(self, unit_index: Ints) -> list[tuple[str, str]]:
        """The covariate and the level, blank for a number, of each column of `matrix`."""
        names: list[tuple[str, str]] = []
        for name, column in self.columns.items():
            if isinstance(column, CategoricalColumn):
                names += [(name, column.labels[code]) for code in _compared_levels(column.codes[unit_index])]
            else:
                names.append((name, ""))
        return names

    def missing(self, name: str) -> Bools:
        """(units,) True where the covariate has no value."""
        column = self.columns[name]
        return column.codes < 0 if isinstance(column, CategoricalColumn) else ~np.isfinite(column)

    def without_small_levels(self, unit_index: Ints, person_code: Ints) -> Design:
        """Levels that hold fewer than ten people, of those of `unit_index` and `person_code` (rows,), put together as one.

        Those without a value join them where they are fewer than ten, and the next smallest level where all of them still are:
        nobody is set apart by what stands in a cell, nor left out because nothing does.
        """
        columns = {
            name: _pooled(column, unit_index, person_code) if isinstance(column, CategoricalColumn) else column
            for name, column in self.columns.items()
        }
        return Design(columns, self.n_units)

    def columns_that_single_out(self, unit_index: Ints) -> list[str]:
        """Numbers by which fewer than ten rows stand apart from all others, so that they are a name rather than a measure."""
        return [
            name
            for name, column in self.columns.items()
            if not isinstance(column, CategoricalColumn) and _singles_out(column[unit_index])
        ]

    def columns_of_small_levels(self, unit_index: Ints) -> list[str]:
        """Categories of which every level, of those of `unit_index` (rows,), was put together with the others."""
        found: list[str] = []
        for name, column in self.columns.items():
            if isinstance(column, CategoricalColumn):
                levels = np.unique(column.codes[unit_index])
                found += [name] if len(levels) == 1 and levels[0] >= 0 and column.labels[levels[0]] == "" else []
        return found

    def constant_columns(self, unit_index: Ints) -> list[str]:
        """Names of the covariates with a single value among the units of `unit_index`; none where there are no units."""
        if not len(unit_index):
            return []
        return [name for name, column in self.columns.items() if np.ptp(_codes_or_values(column)[unit_index]) == 0]

    def levels_without_events(self, unit_index: Ints, event: Bools) -> tuple[Bools, list[tuple[str, str]]]:
        """Which of the units of `unit_index` (rows,) are in a level without any `event` (rows,): (rows,), and those levels.

        Each with its covariate.

        Such a level fits perfectly at rate zero: the likelihood grows towards a limit in which these
        rows play no part, so that leaving them out gives the other coefficients exactly.
        """
        in_eventless_level = np.zeros(len(unit_index), dtype=bool)
        names: list[tuple[str, str]] = []
        for name, column in self.columns.items():
            if isinstance(column, CategoricalColumn):
                codes = column.codes[unit_index]
                eventless_codes = np.setdiff1d(codes, codes[event])
                in_eventless_level |= np.isin(codes, eventless_codes)
                names += [(name, column.labels[code]) for code in eventless_codes]
        return in_eventless_level, names


def build_design(
    covariates: tuple[Covariate, ...], columns: Mapping[str, AnyArray], n_units: int
) -> tuple[Design, list[Notice]]:
    """The covariates from `columns` (units,) each, and what is wrong with those that could not be used.

    Where there are no units there are no columns either: then none is missed.
    """
    problems: list[Notice] = []
    usable: dict[str, Floats | CategoricalColumn] = {}
    for covariate in covariates:
        if covariate.name not in columns:
            problems += [_unknown_covariate(covariate, columns)] if n_units else []
            continue
        values = _blank_to_none(columns[covariate.name])
        if covariate.categorical:
            usable[covariate.name] = _to_categorical(values)
        else:
            numbers = _to_numeric(values)
            if numbers is not None:
                usable[covariate.name] = numbers
            else:
                problems.append(_not_numeric(covariate))
    return Design(usable, n_units), problems


def _compared_levels(codes: Ints) -> Ints:
    """The codes among `codes` (rows,) but that of the largest level, ascending."""
    levels, n_rows = np.unique(codes, return_counts=True)
    return np.delete(levels, n_rows.argmax()) if len(levels) else levels


def _pooled(column: CategoricalColumn, unit_index: Ints, person_code: Ints) -> CategoricalColumn:
    people = np.unique(np.stack([column.codes[unit_index] + 1, person_code]), axis=1)[0]  # the code of each person, 0 for none
    n_people = np.bincount(people, minlength=len(column.labels) + 1)
    small = np.flatnonzero((n_people > 0) & (n_people < SMALL))
    if not len(small):
        return column
    if n_people[small].sum() < SMALL:
        others = np.flatnonzero(n_people[1:] >= SMALL) + 1
        small = np.append(small, others[n_people[others].argmin()]) if len(others) else small
    target = np.arange(len(n_people)) - 1
    target[small] = len(column.labels)
    return CategoricalColumn(target[column.codes + 1], [*column.labels, ""])


def _singles_out(values: Floats) -> bool:
    """Whether nine of `values` (rows,) hold nearly all that there is of difference from the middle."""
    known = values[np.isfinite(values)]
    if not len(known):
        return False
    away = np.sort(np.abs(known - np.median(known)))
    if away[-1] == 0:
        return False
    squares = (away / away[-1]) ** 2
    return bool(squares[: -(SMALL - 1)].sum() < SINGLED_OUT * squares.sum())


def _group_means(values: Floats, unit_index: Ints, n_groups: int) -> Floats:
    """(units,) `values` as the mean of their group, a span between quantiles of the units of `unit_index` (rows,)."""
    used = values[unit_index]
    edges = np.unique(np.quantile(used, np.linspace(0, 1, n_groups + 1)[1:-1]))
    group = np.searchsorted(edges, used, side="left")
    means = np.bincount(group, used, minlength=len(edges) + 1) / np.maximum(np.bincount(group, minlength=len(edges) + 1), 1)
    grouped: Floats = means[np.searchsorted(edges, values, side="left")]
    return grouped


def _codes_or_values(column: Floats | CategoricalColumn) -> Floats | Ints:
    return column.codes if isinstance(column, CategoricalColumn) else column


def _unknown_covariate(covariate: Covariate, columns: Mapping[str, AnyArray]) -> Notice:
    choices = ", ".join(sorted(columns)) or "none"
    return Notice("unknown_covariate", f"There is no column {covariate.name!r} in the data. Choose one of: {choices}.")


def _not_numeric(covariate: Covariate) -> Notice:
    """Which value it is stays unsaid: what is in a cell may be somebody's secret."""
    message = (
        f"The column {covariate.name!r} contains values that are not numbers. If they are categories, "
        f"write {covariate.name + ':category'!r}."
    )
    return Notice("covariate_not_numeric", message)


def _blank_to_none(values: AnyArray) -> pd.Series:
    series = pd.Series(values)
    if series.dtype.kind == "U":
        series = series.astype(object)
    if series.dtype == object:
        series = series.map(lambda value: (value.strip() or None) if isinstance(value, str) else value)
    return series


def _to_categorical(values: pd.Series) -> CategoricalColumn:
    """Labels sorted. Whole numbers read 2 and never 2.0, whatever the type they came in."""
    if values.dtype.kind == "f" and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")
    texts = [None if missing else str(value) for value, missing in zip(values, values.isna(), strict=True)]
    codes, labels = pd.factorize(np.array(texts, dtype=object), sort=True)
    return CategoricalColumn(codes, [str(label) for label in labels])


def _to_numeric(values: pd.Series) -> Floats | None:
    """Floats, NaN for missing; None where a value is no number."""
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float)
    numbers = np.where(np.isinf(numbers), np.nan, numbers)
    return None if (np.isnan(numbers) & values.notna().to_numpy()).any() else numbers
