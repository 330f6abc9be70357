"""Rows to ask questions of: the two published files, small ones by hand, and simulated ones."""

import csv
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from outcomes.evidence.engine import estimate
from outcomes.evidence.question import Question, parse_covariates
from outcomes.evidence.result import Result
from outcomes.evidence.units import Units

DATA = Path(__file__).parents[2] / "data"
AS_OF = date(2026, 1, 1)
NAMES = {"person_id": "unit_id", "hire_date": "origin", "exit_date": "exit", "completion_date": "exposed_on"}
COLUMNS = ("unit_id", "team", "origin", "exit", "exposed_on", "observed_from", "observed_until", "exit_kind")


def published(name: str) -> Units:
    """`people.csv` as the service would bring it: every value as text."""
    with (DATA / name / "people.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return from_rows([{NAMES.get(key, key): value for key, value in row.items()} for row in rows])


def from_rows(rows: list[dict]) -> Units:
    """Units from dicts; missing keys are blank, other keys than the columns are covariates."""
    extra = sorted({key for row in rows for key in row} - set(COLUMNS))
    columns = {name: [row.get(name) for row in rows] for name in COLUMNS}
    return Units.from_columns(columns, {name: np.array([row.get(name) for row in rows], dtype=object) for name in extra})


def person(hired: str, left: str | None = None, completed: str | None = None, **more: object) -> dict:
    """One row with the dates that matter most; observed until the end of 2024 if not said."""
    row = {"unit_id": "a", "origin": hired, "exit": left, "exposed_on": completed, "observed_until": "2024-12-31"}
    return row | more


def ask(units: Units, covariates: str = "", **more: object) -> Result:
    question = Question("acme", covariates=parse_covariates(covariates), **more)
    return estimate(question, units, as_of=AS_OF)


def simulate(n: int, seed: int, *, log_hazard_ratio: float = 0.0, yearly: float = 0.35, teams: int = 40) -> list[dict]:
    """People of whom some were hired before observation began; completion on a random day, whoever stays.

    Exponential leaving at `yearly` a year, times the hazard ratio after completion and 1.5 at site B.
    """
    rng = np.random.default_rng(seed)
    begins, days = date(2022, 1, 1), 1095
    rows = []
    for i in range(n):
        hired = int(rng.integers(-1500, 900))
        site = "AB"[int(rng.integers(2))]
        daily = yearly / 365.25 * (1.5 if site == "B" else 1.0)
        completes = int(rng.integers(30, 1600)) + max(hired, 0)
        leaves = max(hired, 0) + rng.exponential(1 / daily)
        if leaves > completes:
            leaves = completes + (leaves - completes) / np.exp(log_hazard_ratio)
        left = int(np.ceil(leaves))
        day = [begins + timedelta(days=d) for d in (hired, min(left, 9999), completes)]
        rows.append(
            {
                "unit_id": f"p{i}",
                "team": f"t{int(rng.integers(teams))}",
                "origin": day[0],
                "exit": day[1] if left <= days else None,
                "exposed_on": day[2] if completes <= min(left, days) else None,
                "observed_from": max(begins, day[0]),
                "observed_until": begins + timedelta(days=days),
                "site": site,
                "age": float(np.round(rng.normal(40, 10), 3)),
            }
        )
    return rows
