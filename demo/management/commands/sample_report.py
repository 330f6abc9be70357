"""manage.py sample_report: answer the question of the home page again, on the fictional organisation, and keep the figures."""

import csv
import datetime as dt
import io
import json
from typing import Any

from django.core.management.base import BaseCommand

from demo import simulate
from outcomes.sample_report import MONTHS, PATH

ASKED_ON = dt.date(2026, 7, 31)
ALIKE_IN = ("role", "site")


def figures() -> dict[str, Any]:
    """What the evidence engine answers on the drawn organisation. Imports statistics, so for commands and tests only."""
    # Loads the statistics libraries, which listing the commands must not.
    from outcomes.evidence.engine import estimate
    from outcomes.evidence.question import Question, parse_covariates
    from outcomes.evidence.units import Units

    rows = list(csv.DictReader(io.StringIO(simulate.people_csv(ASKED_ON))))
    names = {"person_id": "unit_id", "hire_date": "origin", "exit_date": "exit", "completion_date": "exposed_on"}
    columns = {names.get(name, name): [row[name] or None for row in rows] for name in rows[0] if name not in ALIKE_IN}
    question = Question(
        organisation="northwind-care",
        outcome="employee_exit",
        exposure="completion",
        covariates=parse_covariates(",".join(f"{name}:category" for name in ALIKE_IN)),
        clock="day",
    )
    units = Units.from_columns(columns, {name: [row[name] for row in rows] for name in ALIKE_IN})
    answered = estimate(question, units, as_of=ASKED_ON)
    result, answer = answered.to_json(), answered.widest
    keep = ("group", "month", "retained", "ci_low", "ci_high")
    return {
        "log_hazard_ratio": {name: round(getattr(answer, name), 4) for name in ("value", "ci_low", "ci_high")},
        "counts": {name: result["counts"][name] for name in ("units", "events", "exposed_units", "events_exposed")},
        "curves": [
            {name: round(point[name], 4) if isinstance(point[name], float) else point[name] for name in keep}
            for point in result["curves"]
            if point["month"] in MONTHS and point["group"] != "everyone"
        ],
    }


class Command(BaseCommand):
    help = "Writes content/demo/sample-report.json, which the page for organisations shows as its sample report."

    def handle(self, *args: Any, **options: Any) -> None:
        PATH.write_text(json.dumps(figures(), indent=1) + "\n", encoding="utf-8")
        self.stdout.write(f"Written: {PATH.name}")
