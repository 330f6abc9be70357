"""Stored rows as the columns that the engine takes, and who completed when: of all completions known the earliest counts."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from django.db import connection, models
from django.db.models.fields.json import KeyTransform

from accounts.models import Organisation
from learning.queries import completions
from outcomes.evidence.question import Covariate
from outcomes.evidence.units import Units
from outcomes.models import CUSTOMER_COVARIATES, PEOPLE_COVARIATES
from stakeholders.models import Completion, CustomerStint, EmploymentStint

ROWS_AT_ONCE = 20_000


# Who completed when ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Completions:
    """First day of completion by the organisation's own key of a person, and by e-mail address."""

    by_person: dict[str, date] = field(default_factory=dict)
    by_email: dict[str, date] = field(default_factory=dict)

    def add(self, person_id: str, email: str, day: date) -> None:
        for known, key in ((self.by_person, person_id), (self.by_email, email)):
            if key and (key not in known or day < known[key]):
                known[key] = day

    def first(self, person_id: str, email: str) -> date | None:
        """The earlier of the two, None where neither is known."""
        found = [day for day in (self.by_person.get(person_id), self.by_email.get(email)) if day is not None]
        return min(found, default=None)


def completions_of(organisation: Organisation) -> Completions:
    """Completions of any course, in Accord and from files; those in the people file stand with the people."""
    found = Completions()
    rows = Completion.objects.filter(organisation=organisation).values_list("person_id", "email", "completed_on")
    for person_id, email, day in rows.iterator():
        found.add(person_id, email, day)
    for completion in completions(organisation):
        found.add(completion.person_id, completion.email, completion.completed_on)
    return found


def owners_of(organisation: Organisation) -> tuple[dict[str, date], dict[str, date]]:
    """First completion by person_id, and by team the first of any member: what customers' exposure is taken from."""
    found = completions_of(organisation)
    people = dict(found.by_person)
    teams: dict[str, date] = {}
    rows = EmploymentStint.objects.filter(organisation=organisation).values_list(
        "person_id", "email", "team", "completion_date"
    )
    for person_id, email, team, elsewhere in rows.iterator():
        days = [day for day in (elsewhere, found.first(person_id, email)) if day is not None]
        if not days:
            continue
        people[person_id] = min([*days, *([people[person_id]] if person_id in people else [])])
        if team:
            teams[team] = min([people[person_id], *([teams[team]] if team in teams else [])])
    return people, teams


# Columns --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Loaded:
    """`by_team`: customers exposed through their team; `unowned`: customers left out, with neither owner nor team."""

    units: Units
    by_team: int = 0
    unowned: int = 0


@dataclass
class _Columns:
    """Columns gathered chunk by chunk: dates as datetime64, the rest as objects."""

    dates: tuple[str, ...]
    names: tuple[str, ...]
    chunks: list[dict[str, np.ndarray]] = field(default_factory=list)

    def add(self, rows: Sequence[Sequence[Any]]) -> dict[str, np.ndarray]:
        columns = dict(zip(self.names, zip(*rows, strict=True), strict=True))
        chunk = {
            name: np.array(values, dtype="datetime64[D]") if name in self.dates else _objects(values)
            for name, values in columns.items()
        }
        self.chunks.append(chunk)
        return chunk

    def joined(self) -> dict[str, np.ndarray]:
        if not self.chunks:
            return {name: np.array([], dtype="datetime64[D]" if name in self.dates else object) for name in self.names}
        return {name: np.concatenate([chunk[name] for chunk in self.chunks]) for name in self.chunks[0]}


def _objects(values: Sequence[Any]) -> np.ndarray:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def load_people(organisation: Organisation, covariates: Sequence[Covariate]) -> Loaded:
    """Stints of colleagues, each exposed from the earliest completion known."""
    dates = ("hire_date", "exit_date", "completion_date", "observed_from", "observed_until")
    fields = ("person_id", "email", "team", "exit_kind", *dates)
    declared, extra = _split(covariates, PEOPLE_COVARIATES)
    found = completions_of(organisation)
    columns = _Columns(
        dates=(*dates, "completed"), names=(*fields, *(f"declared_{n}" for n in declared), *(f"extra_{n}" for n in extra))
    )
    for rows in _chunks(EmploymentStint.objects.filter(organisation=organisation), [*fields, *declared], extra):
        chunk = columns.add(rows)
        known = [found.first(person_id, email) for person_id, email in zip(chunk["person_id"], chunk["email"], strict=True)]
        chunk["completed"] = np.array(known, dtype="datetime64[D]")
    got = columns.joined()
    completed = np.fmin(got["completion_date"], got.get("completed", got["completion_date"]))
    units = Units.from_columns(
        {
            "unit_id": got["person_id"],
            "origin": got["hire_date"],
            "exit": got["exit_date"],
            "exposed_on": _in_their_stint(got["person_id"], got["hire_date"], got["exit_date"], completed),
            "observed_from": got["observed_from"],
            "observed_until": got["observed_until"],
            "team": got["team"],
            "exit_kind": got["exit_kind"],
        },
        _covariates(got, declared, extra),
    )
    return Loaded(units)


def load_customers(organisation: Organisation, covariates: Sequence[Covariate]) -> Loaded:
    """Customers, each exposed from the first completion of their owner, or of their team where they have no owner.

    `team` of the units is the owner (or team) itself: exposure is given at that level, so errors are clustered there.
    """
    dates = ("start_date", "end_date", "observed_from", "observed_until")
    fields = ("customer_id", "team", "owner_person_id", *dates)
    declared, extra = _split(covariates, CUSTOMER_COVARIATES)
    people, teams = owners_of(organisation)
    columns = _Columns(
        dates=(*dates, "completed"), names=(*fields, *(f"declared_{n}" for n in declared), *(f"extra_{n}" for n in extra))
    )
    for rows in _chunks(CustomerStint.objects.filter(organisation=organisation), [*fields, *declared], extra):
        chunk = columns.add(rows)
        pairs = list(zip(chunk["owner_person_id"], chunk["team"], strict=True))
        known = [people.get(owner) if owner else teams.get(team) for owner, team in pairs]
        chunk["completed"] = np.array(known, dtype="datetime64[D]")
        chunk["level"] = _objects([f"owner {owner}" if owner else f"team {team}" if team else "" for owner, team in pairs])
    got = columns.joined()
    level = got.get("level", np.array([], dtype=object))
    kept = level != ""
    got = {name: values[kept] for name, values in got.items()}
    units = Units.from_columns(
        {
            "unit_id": got["customer_id"],
            "origin": got["start_date"],
            "exit": got["end_date"],
            "exposed_on": got.get("completed", got["start_date"]),
            "observed_from": got["observed_from"],
            "observed_until": got["observed_until"],
            "team": level[kept],
        },
        _covariates(got, declared, extra),
    )
    by_team = sum(1 for name in level[kept] if name.startswith("team "))
    return Loaded(units, by_team=by_team, unowned=int((~kept).sum()))


def _split(covariates: Sequence[Covariate], ours: Sequence[str]) -> tuple[list[str], list[str]]:
    """Names among our own fields, and names among the columns that the organisation imported."""
    names = [covariate.name for covariate in covariates]
    return [name for name in names if name in ours], [name for name in names if name not in ours]


def _chunks(rows: models.QuerySet[Any], fields: list[str], extra: list[str]) -> Iterator[list[tuple[Any, ...]]]:
    """The rows as the database driver gives them: a million dates are not turned into objects and back."""
    pieces = {f"piece_{i}": KeyTransform(name, "covariates") for i, name in enumerate(extra)}
    query = rows.order_by("pk").annotate(**pieces).values_list(*fields, *pieces).query
    sql, parameters = query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        while chunk := cursor.fetchmany(ROWS_AT_ONCE):
            yield chunk


def _covariates(got: dict[str, np.ndarray], declared: list[str], extra: list[str]) -> dict[str, np.ndarray]:
    """Columns with at least one value; one without any does not exist, and the engine says so."""
    found = {name: got[f"declared_{name}"] for name in declared} | {name: _from_json(got[f"extra_{name}"]) for name in extra}
    return {name: values for name, values in found.items() if pd.notna(values).any()}


def _from_json(values: np.ndarray) -> np.ndarray:
    """PostgreSQL hands JSON over as text."""
    if connection.vendor != "postgresql":
        return values
    known = {text: json.loads(text) for text in set(values) - {None}}
    return _objects([None if text is None else known[text] for text in values])


def _in_their_stint(person: np.ndarray, hired: np.ndarray, left: np.ndarray, completed: np.ndarray) -> np.ndarray:
    """A completion during a later stint says nothing about an earlier one; it is not "a completion after the exit"."""
    codes, _names = pd.factorize(person)
    several = np.bincount(codes, minlength=1)[codes] > 1 if len(codes) else np.zeros(0, dtype=bool)
    if not several.any():
        return completed
    last = pd.Series(hired).groupby(codes).transform("max").to_numpy(dtype="datetime64[D]")
    later = several & (completed > left) & (hired < last)
    return np.where(later, np.datetime64("NaT", "D"), completed)
