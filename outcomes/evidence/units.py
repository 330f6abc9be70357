"""The rows that come in: one stint of one person (or customer) each, as columns."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

DATE_COLUMNS = ("origin", "exit", "exposed_on", "observed_from", "observed_until")
TEXT_COLUMNS = ("unit_id", "team", "exit_kind")
_SEPARATOR = "\x1f"


class UnitsError(ValueError):
    """The columns do not fit together; the message names the column and what is wrong."""


@dataclass(frozen=True)
class Units:
    """Columns of equal length n, one row a stint.

    `unit_id`, `team` and `exit_kind` are text, blank for not known. `origin` is the hire or start
    date, `exposed_on` the completion date. Dates are datetime64[D], NaT for "has not happened" or
    "not known". `covariates` are columns as they came: numbers, text, None.
    """

    unit_id: np.ndarray
    origin: np.ndarray
    exit: np.ndarray
    exposed_on: np.ndarray
    observed_from: np.ndarray
    observed_until: np.ndarray
    team: np.ndarray
    exit_kind: np.ndarray
    covariates: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.unit_id)

    @classmethod
    def from_columns(cls, columns: Mapping[str, Any], covariates: Mapping[str, Any] | None = None) -> Units:
        """Units from lists, arrays or a data frame with the names above.

        `unit_id` and `origin` have to be there, the others may be missing as a whole. Dates may be
        `date`, ISO text, pandas or numpy dates. Raises UnitsError naming the column at fault.
        """
        for name in ("unit_id", "origin"):
            if name not in columns:
                raise UnitsError(f"The column {name!r} is missing.")
        n = len(columns["unit_id"])
        dates = {name: _column(columns, name, n, _as_days) for name in DATE_COLUMNS}
        texts = {name: _column(columns, name, n, _as_text) for name in TEXT_COLUMNS}
        extra = {name: _same_length(name, np.asarray(_unmasked(values)), n) for name, values in (covariates or {}).items()}
        return cls(**texts, **dates, covariates=extra)

    def digest(self) -> str:
        """SHA-256 over the rows in canonical form: the same rows in any order give the same digest."""
        order = np.lexsort((self.observed_from.view("i8"), self.origin.view("i8"), self.unit_id.astype(str)))
        columns = {name: getattr(self, name) for name in (*TEXT_COLUMNS, *DATE_COLUMNS)}
        columns |= {f"covariate {name}": _canonical(self.covariates[name]) for name in sorted(self.covariates)}
        digest = hashlib.sha256()
        for name, values in columns.items():
            digest.update(f"{name}{_SEPARATOR}{len(values)}{_SEPARATOR}".encode())
            values = values[order]
            digest.update(values.astype("<i8").tobytes() if values.dtype.kind == "M" else _SEPARATOR.join(values).encode())
        return digest.hexdigest()


def _column(columns: Mapping[str, Any], name: str, n: int, convert: Any) -> np.ndarray:
    values = columns[name] if name in columns else [None] * n
    return _same_length(name, convert(name, values), n)


def _same_length(name: str, values: np.ndarray, n: int) -> np.ndarray:
    if values.shape != (n,):
        raise UnitsError(f"The column {name!r} has {len(values)} rows where {n} are needed.")
    return values


def _as_days(name: str, values: Any) -> np.ndarray:
    array = np.asarray(_unmasked(values))
    if array.dtype.kind == "M":
        return array.astype("datetime64[D]")
    try:
        return np.array([_plain_date(value) for value in array], dtype="datetime64[D]")
    except (ValueError, TypeError) as error:
        raise UnitsError(f"The column {name!r} holds something that is not a date: {error}.") from error


def _plain_date(value: Any) -> Any:
    if _is_blank(value):
        return None
    return value.date() if isinstance(value, datetime) else value


def _as_text(_name: str, values: Any) -> np.ndarray:
    series = pd.Series(_unmasked(values), dtype=object)
    return series.where(series.notna(), "").astype(str).to_numpy(dtype=object)


def _unmasked(values: Any) -> Any:
    """Some libraries give a column with blanks as a masked array, whose own `filled(None)` would write "?"."""
    if not isinstance(values, np.ma.MaskedArray):
        return values
    plain = values.data.astype(object)
    plain[np.ma.getmaskarray(values)] = None
    return plain


def _is_blank(value: Any) -> bool:
    return value is None or value is pd.NaT or value == "" or value != value


def _canonical(values: np.ndarray) -> np.ndarray:
    """Text as it is, whole numbers without their point, blanks empty: the same whatever type a column came in."""
    texts = [
        "" if _is_blank(value) else f"{value:.12g}" if isinstance(value, float) else str(value) for value in values.tolist()
    ]
    return np.array(texts, dtype=object)
