"""The rows that come in: one stint of one person (or customer) each, as columns."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import numpy as np
import pandas as pd

from .arrays import NO_DAY, AnyArray, Bools, Column, Dates, Objects

DATE_COLUMNS = ("origin", "exit", "exposed_on", "observed_from", "observed_until")
TEXT_COLUMNS = ("unit_id", "team", "exit_kind")
_SEPARATOR = "\x1f"


class UnitsError(ValueError):
    """The columns do not fit together; the message names the column and what is wrong."""


@dataclass(frozen=True)
class Units:
    """Columns (stints,), one row a stint.

    `unit_id`, `team` and `exit_kind` are blank for not known. `origin` is the hire or start date,
    `exposed_on` the completion date; NaT stands for "has not happened" or "not known".
    `covariates` are columns as they came: numbers, text, None.
    """

    unit_id: Objects
    origin: Dates
    exit: Dates
    exposed_on: Dates
    observed_from: Dates
    observed_until: Dates
    team: Objects
    exit_kind: Objects
    covariates: Mapping[str, AnyArray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.unit_id)

    @classmethod
    def from_columns(cls, columns: Mapping[str, Column], covariates: Mapping[str, Column] | None = None) -> Units:
        """Units from columns (stints,) with the names above.

        `unit_id` and `origin` have to be there, the others may be missing as a whole. Dates may be
        `date`, ISO text, pandas or numpy dates. Raises UnitsError naming the column at fault.
        """
        for name in ("unit_id", "origin"):
            if name not in columns:
                raise UnitsError(f"The column {name!r} is missing.")
        n_stints = len(columns["unit_id"])
        dates = {name: _converted(columns, name, n_stints, _to_dates) for name in DATE_COLUMNS}
        texts = {name: _converted(columns, name, n_stints, _to_texts) for name in TEXT_COLUMNS}
        covariate_columns = {
            name: _require_length(name, np.asarray(_unmasked(values)), n_stints) for name, values in (covariates or {}).items()
        }
        return cls(**texts, **dates, covariates=covariate_columns)

    def subset(self, mask: Bools) -> Units:
        """The stints of `mask` (stints,)."""
        columns = {name: getattr(self, name)[mask] for name in (*TEXT_COLUMNS, *DATE_COLUMNS)}
        return Units(**columns, covariates={name: values[mask] for name, values in self.covariates.items()})

    def as_known_on(self, day: date) -> Units:
        """Exits, completions and ends of observation that came later have not happened yet."""
        last = np.datetime64(day, "D")
        return replace(
            self,
            exit=np.where(self.exit > last, NO_DAY, self.exit),
            exposed_on=np.where(self.exposed_on > last, NO_DAY, self.exposed_on),
            exit_kind=np.where(self.exit > last, "", self.exit_kind),
            observed_until=np.fmin(self.observed_until, last),
        )

    def digest(self) -> str:
        """SHA-256 over the rows in canonical form: the same rows in any order give the same digest."""
        order = np.lexsort((self.observed_from.view("i8"), self.origin.view("i8"), self.unit_id.astype(str)))
        columns: dict[str, AnyArray] = {name: getattr(self, name) for name in (*TEXT_COLUMNS, *DATE_COLUMNS)}
        columns |= {f"covariate {name}": _canonical(self.covariates[name]) for name in sorted(self.covariates)}
        digest = hashlib.sha256()
        for name, values in columns.items():
            digest.update(f"{name}{_SEPARATOR}{len(values)}{_SEPARATOR}".encode())
            ordered = values[order]
            digest.update(ordered.astype("<i8").tobytes() if ordered.dtype.kind == "M" else _SEPARATOR.join(ordered).encode())
        return digest.hexdigest()


def _converted(columns: Mapping[str, Column], name: str, n_stints: int, convert: Callable[[str, Column], AnyArray]) -> AnyArray:
    values = columns[name] if name in columns else [None] * n_stints
    return _require_length(name, convert(name, values), n_stints)


def _require_length(name: str, values: AnyArray, n_stints: int) -> AnyArray:
    if values.shape != (n_stints,):
        raise UnitsError(f"The column {name!r} has {len(values)} rows where {n_stints} are needed.")
    return values


def _to_dates(name: str, values: Column) -> Dates:
    array = np.asarray(_unmasked(values))
    if array.dtype.kind == "M":
        return array.astype("datetime64[D]")
    try:
        return np.array([_plain_date(value) for value in array], dtype="datetime64[D]")
    except (ValueError, TypeError) as error:
        raise UnitsError(f"The column {name!r} contains a value that is not a date: {error}.") from error


def _plain_date(value: object) -> object:
    if _is_blank(value):
        return None
    return value.date() if isinstance(value, datetime) else value


def _to_texts(_name: str, values: Column) -> Objects:
    series = pd.Series(_unmasked(values), dtype=object)
    return series.where(series.notna(), "").astype(str).to_numpy(dtype=object)


def _unmasked(values: Column) -> Column:
    """Some libraries give a column with blanks as a masked array, whose own `filled(None)` would write "?"."""
    if not isinstance(values, np.ma.MaskedArray):
        return values
    unmasked = values.data.astype(object)
    unmasked[np.ma.getmaskarray(values)] = None
    return unmasked


def _is_blank(value: object) -> bool:
    return value is None or value is pd.NaT or value == "" or value != value


def _canonical(values: AnyArray) -> Objects:
    """Text as it is, whole numbers without their point, blanks empty: the same whatever type a column came in."""
    texts = [
        "" if _is_blank(value) else f"{value:.12g}" if isinstance(value, float) else str(value) for value in values.tolist()
    ]
    return np.array(texts, dtype=object)
