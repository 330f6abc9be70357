"""Durations without dates as the columns that the engine takes."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np
from django.db.models import QuerySet

from accounts.models import Organisation
from outcomes.analysis.loading.loaded import Loaded
from outcomes.evidence.arrays import NO_DAY, Dates, Floats, Objects
from outcomes.evidence.question import Covariate
from outcomes.evidence.spells import DAYS_PER_MONTH
from outcomes.evidence.units import Units
from outcomes.models import TENURE_COVARIATES
from stakeholders.models import TenureRow
from stakeholders.queries import excluded_from
from stakeholders.windows import windows_of

FIELDS = ("unit_id", "team", "has_left", "months", "completed_months_before", "source_id", "covariates")
ROWS_AT_ONCE = 20_000


def load_tenure(organisation: Organisation, covariates: Sequence[Covariate], day: date, teams: Collection[str] = ()) -> Loaded:
    """The tenure figures of the latest day up to `day`; without any, no rows.

    The first day of each is put so many months before the day of the figures as they have, or had, been there: right as a
    length, and as a date it means nothing. Exposed from `completed_months_before` months before the end. Nobody has been
    there for less than a day: who left at once was there to leave. Whoever objects is left out, by `unit_id`; how many do is
    counted in all teams, and which files the figures came from with them, so that neither says in which team somebody objects.
    """
    out = excluded_from(organisation).person_ids
    known = TenureRow.objects.filter(organisation=organisation, as_of__lte=day)
    as_of: date | None = known.order_by("-as_of").values_list("as_of", flat=True).first()
    latest = known.filter(as_of=as_of) if as_of else known.none()
    n_objected = latest.filter(unit_id__in=out).count() if out else 0
    everyone = _columns(latest.filter(team__in=teams) if teams else latest)
    sources = set(everyone["source_id"])
    is_out = np.array([unit in out for unit in everyone["unit_id"]], dtype=bool)
    columns = {name: column[~is_out] for name, column in everyone.items()}
    months, since = columns["months"].astype(np.float64), columns["completed_months_before"].astype(np.float64)  # (rows,)
    end = np.datetime64(as_of or day, "D")
    origin = end - np.maximum(_days(months), np.timedelta64(1, "D"))
    completed: Dates = np.where(since == 0, end, origin + _days(np.nan_to_num(months - since)))
    end_of_all = np.full(int(is_out.sum()), end)
    left_out = Units.from_columns(
        {"unit_id": everyone["unit_id"][is_out], "origin": end_of_all - np.timedelta64(1, "D"), "observed_until": end_of_all}
    )
    units = Units.from_columns(
        {
            "unit_id": columns["unit_id"],
            "origin": origin,
            "exit": np.where(columns["has_left"].astype(bool), end, NO_DAY),
            "exposed_on": np.where(np.isnan(since), NO_DAY, completed),
            "observed_until": np.full(len(months), end),
            "team": columns["team"],
        },
        dict(_covariates(columns, covariates)),
    )
    windows = [window for window in windows_of(organisation, "tenure") if window.import_id in sources]
    return Loaded(units, windows, people_objected=n_objected, rows_objected=n_objected, left_out=left_out)


def _columns(rows: QuerySet[TenureRow]) -> dict[str, Objects]:
    found = list(rows.order_by("pk").values_list(*FIELDS).iterator(ROWS_AT_ONCE))
    columns = {name: np.empty(len(found), dtype=object) for name in FIELDS}
    for i, name in enumerate(FIELDS):
        columns[name][:] = [row[i] for row in found]
    return columns


def _covariates(columns: dict[str, Objects], covariates: Sequence[Covariate]) -> Iterator[tuple[str, list[Any]]]:
    """Columns with at least one value; one without any does not exist, and the engine says so."""
    for name in (covariate.name for covariate in covariates):
        is_ours = name in TENURE_COVARIATES
        values = list(columns[name]) if is_ours else [one.get(name) for one in columns["covariates"]]
        if any(value is not None for value in values):
            yield name, values


def _days(months: Floats) -> np.ndarray:
    """Whole days, rounded down: whoever left after two months has left by the end of the second."""
    return np.floor(months * DAYS_PER_MONTH + 1e-9).astype("timedelta64[D]")
