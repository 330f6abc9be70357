"""Covariates as columns of numbers, exactly as named: numeric ones linear, categories as dummies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .question import Covariate
from .result import Notice


@dataclass(frozen=True)
class Category:
    """A categorical covariate: `codes` (n,) into `labels`, -1 where the value is missing."""

    codes: np.ndarray
    labels: list[str]


@dataclass(frozen=True)
class Design:
    """The covariates of n units, in the order named: arrays (n,) of floats, or categories."""

    columns: Mapping[str, np.ndarray | Category]
    n: int

    @property
    def all_categorical(self) -> bool:
        return all(isinstance(column, Category) for column in self.columns.values())

    @property
    def complete(self) -> np.ndarray:
        """(n,) True where no value is missing."""
        complete = np.ones(self.n, dtype=bool)
        for column in self.columns.values():
            complete &= column.codes >= 0 if isinstance(column, Category) else np.isfinite(column)
        return complete

    def matrix(self, rows: np.ndarray) -> np.ndarray:
        """(rows, p) of floats; a category gives a column for each level in `rows` but the first."""
        parts = [np.empty((len(rows), 0))]
        for column in self.columns.values():
            if isinstance(column, Category):
                codes = column.codes[rows]
                parts.append((codes[:, None] == np.unique(codes)[1:]).astype(float))
            else:
                parts.append(column[rows][:, None])
        return np.hstack(parts)

    def constant(self, rows: np.ndarray) -> list[str]:
        """Names of the covariates that take a single value in `rows`; none where there are no rows."""
        if not len(rows):
            return []
        return [name for name, column in self.columns.items() if np.ptp(_values(column)[rows]) == 0]

    def levels_without_events(self, rows: np.ndarray, event: np.ndarray) -> tuple[np.ndarray, list[str]]:
        """Where in `rows` a category takes a level in which nobody had the event (rows,), and those levels.

        Such a level fits perfectly at rate zero: the likelihood grows towards a limit in which these
        rows play no part, so that leaving them out gives the other coefficients exactly.
        """
        empty = np.zeros(len(rows), dtype=bool)
        names: list[str] = []
        for name, column in self.columns.items():
            if isinstance(column, Category):
                codes = column.codes[rows]
                missing = np.setdiff1d(codes, codes[event])
                empty |= np.isin(codes, missing)
                names += [f"{name} {column.labels[code]}" for code in missing]
        return empty, names


def build_design(covariates: tuple[Covariate, ...], columns: Mapping[str, np.ndarray], n: int) -> tuple[Design, list[Notice]]:
    """The covariates of n units, and what is wrong with those that could not be used."""
    problems: list[Notice] = []
    built: dict[str, np.ndarray | Category] = {}
    for covariate in covariates:
        if covariate.name not in columns:
            problems.append(_unknown(covariate, columns))
            continue
        values = _blank_to_none(columns[covariate.name])
        if covariate.categorical:
            built[covariate.name] = _category(values)
        else:
            numbers, wrong = _numbers(values)
            if wrong is None:
                built[covariate.name] = numbers
            else:
                problems.append(_not_numeric(covariate, wrong))
    return Design(built, n), problems


def _values(column: np.ndarray | Category) -> np.ndarray:
    return column.codes if isinstance(column, Category) else column


def _unknown(covariate: Covariate, columns: Mapping[str, np.ndarray]) -> Notice:
    known = ", ".join(sorted(columns)) or "none"
    return Notice("unknown_covariate", f"There is no column {covariate.name!r} in the data. Columns to choose from: {known}.")


def _not_numeric(covariate: Covariate, value: Any) -> Notice:
    message = (
        f"The column {covariate.name!r} holds {value!r}, which is not a number. "
        f"If its values are kinds and not amounts, write {covariate.name + ':category'!r}."
    )
    return Notice("covariate_not_numeric", message)


def _blank_to_none(values: np.ndarray) -> pd.Series:
    series = pd.Series(values)
    if series.dtype.kind == "U":
        series = series.astype(object)
    if series.dtype == object:
        series = series.map(lambda value: (value.strip() or None) if isinstance(value, str) else value)
    return series


def _category(values: pd.Series) -> Category:
    """Labels sorted. Whole numbers read 2 and never 2.0, whatever the type they came in."""
    if values.dtype.kind == "f" and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")
    labels = [None if missing else str(value) for value, missing in zip(values, values.isna(), strict=True)]
    codes, names = pd.factorize(np.array(labels, dtype=object), sort=True)
    return Category(codes, [str(name) for name in names])


def _numbers(values: pd.Series) -> tuple[np.ndarray, Any]:
    """Floats, NaN for missing; and the first value that is no number, or None."""
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float)
    numbers = np.where(np.isinf(numbers), np.nan, numbers)
    wrong = np.flatnonzero(np.isnan(numbers) & values.notna().to_numpy())
    return numbers, values.iloc[int(wrong[0])] if len(wrong) else None
