"""Stored rows as columns, read in chunks, and what the files say of each."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from django.db import connection, models
from django.db.models.fields.json import KeyTransform

from common.spelling import plain
from outcomes.analysis.at_stake import objects_of
from outcomes.evidence.arrays import AnyArray, Bools, Dates, Objects
from outcomes.evidence.observation import observe
from outcomes.evidence.question import Covariate
from outcomes.evidence.units import Units
from stakeholders.windows import FileWindow, missing_rows

ROWS_AT_ONCE = 20_000
KEYS = ("id", "source_id")

Columns = dict[str, AnyArray]
"""By name, (rows,) each."""
DAYS_ALONE = ("unit_id", "origin", "exit", "observed_from", "observed_until", "team")
"""What is kept of whoever objects: neither completions nor covariates."""


@dataclass(frozen=True)
class Wanted:
    """What is read of each row: `fields` of the model, of which `dates` are days and `unit` is whom the row is about.

    On top columns to compare by: `declared` are fields as well, `extra` those that the organisation imported.
    """

    unit: str
    dates: tuple[str, ...]
    fields: tuple[str, ...]
    declared: tuple[str, ...]
    extra: tuple[str, ...]

    @classmethod
    def of(
        cls, texts: tuple[str, ...], dates: tuple[str, ...], covariates: Sequence[Covariate], ours: Collection[str]
    ) -> "Wanted":
        """The first of the `texts` is the unit; `ours` are the covariates that are fields of the model."""
        names = [covariate.name for covariate in covariates]
        declared, extra = (tuple(name for name in names if (name in ours) is is_ours) for is_ours in (True, False))
        return cls(texts[0], dates, (*KEYS, *texts, *dates), declared, extra)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns, in the order in which they are read."""
        return (*self.fields, *(f"declared_{n}" for n in self.declared), *(f"extra_{n}" for n in self.extra))

    def chunks(self, rows: models.QuerySet[Any]) -> Iterator[Columns]:
        """The columns of some rows at a time, and empty ones where there is no row.

        Dates come as datetime64, our own keys as numbers (0 for none), the rest as objects. The same text in many rows is kept
        once, but for the `unit` itself, which has rows of its own.
        """
        texts: dict[str, str] = {}
        chunks = self._rows(rows)
        for chunk in chain([next(chunks, [])], chunks):
            columns = zip(*chunk, strict=True) if chunk else [()] * len(self.names)
            yield {name: self._column(name, values, texts) for name, values in zip(self.names, columns, strict=True)}

    def _rows(self, rows: models.QuerySet[Any]) -> Iterator[list[tuple[object, ...]]]:
        """As the database driver gives them: a million dates are not turned into objects and back.

        `rows` are in the order of their unique constraint, whose index spares the database to sort a million of them in memory.
        """
        pieces = {f"piece_{i}": KeyTransform(name, "covariates") for i, name in enumerate(self.extra)}
        query = rows.annotate(**pieces).values_list(*self.fields, *self.declared, *pieces).query
        sql, parameters = query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            while chunk := cursor.fetchmany(ROWS_AT_ONCE):
                yield chunk

    def _column(self, name: str, values: Sequence[object], texts: dict[str, str]) -> AnyArray:
        if name in self.dates:
            return np.array(values, dtype="datetime64[D]")
        if name in KEYS:
            return np.array([value or 0 for value in values], dtype=np.int64)
        if name == self.unit:
            return objects_of(values)
        kept = texts.setdefault
        return objects_of([kept(value, value) if type(value) is str else value for value in values])

    def covariates(self, columns: Columns) -> Columns:
        """Columns with at least one value; one without any does not exist, and the engine says so."""
        found = {name: columns[f"declared_{name}"] for name in self.declared}
        found |= {name: _from_json(columns[f"extra_{name}"]) for name in self.extra}
        return {name: values for name, values in found.items() if pd.notna(values).any()}


def _from_json(values: AnyArray) -> AnyArray:
    """PostgreSQL hands JSON over as text."""
    if connection.vendor != "postgresql":
        return values
    known = {text: json.loads(text) for text in set(values) - {None}}
    return objects_of([None if text is None else known[text] for text in values])


def joined(chunks: Sequence[Columns]) -> Columns:
    """Whole columns; the chunks are given up one column after the other."""
    return {name: np.concatenate([chunk.pop(name) for chunk in chunks]) for name in list(chunks[0])}


def only(columns: Columns, mask: Bools) -> Columns:
    """The rows of `mask`, and no copy where it has all of them."""
    return columns if mask.all() else {name: column[mask] for name, column in columns.items()}


def observed_days(columns: Columns, exits: Dates, windows: Sequence[FileWindow]) -> dict[str, Dates]:
    """The days that a row itself gives, else those between which its files know leavers."""
    said = observe(columns["id"], columns["source_id"], exits, windows, missing_rows(windows))
    return {
        "observed_from": np.where(np.isnat(columns["observed_from"]), said.first, columns["observed_from"]),
        "observed_until": np.where(np.isnat(columns["observed_until"]), said.last, columns["observed_until"]),
    }


def is_in_teams(team: Objects, teams: Collection[str]) -> Bools:
    """(rows,) Whether each is of one of the `teams` asked about, however files spell it; of all where none is."""
    if not teams:
        return np.ones(len(team), dtype=bool)
    asked = {plain(name) for name in teams}
    return np.array([plain(name) in asked for name in team], dtype=bool)


def units_left_out(columns: Mapping[str, AnyArray], is_out: Bools) -> Units | None:
    """By their days alone; None without any."""
    return Units.from_columns({name: columns[name][is_out] for name in DAYS_ALONE}) if is_out.any() else None
