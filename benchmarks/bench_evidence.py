"""An adjusted question from stored rows to its JSON, beside the fit of lifelines alone on the same start-stop rows.

Every size runs in a process of its own, over an SQLite file that is made before, with the embedded settings, so that its peak
memory is its own. Processor time only: a fit takes long enough for other work to come between.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

SIZES = (10_000, 100_000, 1_000_000)
BESIDE_LIFELINES = 100_000
ROUNDS = 3
ROOT = Path(__file__).resolve().parent.parent
FIRST, DAYS = date(2022, 1, 1), 1096
"""The window of observation: 36 months."""

COVARIATES = "grade:category,site:category,contract:category,age"
GRADES, SITES, CONTRACTS = 6, 8, 3
PER_TEAM = 50
TRUTH = 0.75
COURSE = "Listening"


def run(sizes: Sequence[int] = SIZES, *, quick: bool = False) -> list[dict]:
    """Rows of name, value, unit, beside (lifelines' value, or that of the size before), ratio and aim."""
    sizes = [2_000, 10_000] if quick else sizes
    beside, measured = min(BESIDE_LIFELINES, max(sizes)), {}
    with tempfile.TemporaryDirectory(prefix="accord-bench-") as folder:
        for size in sizes:
            _apart("fill", size, Path(folder))
            rounds = ROUNDS if size <= BESIDE_LIFELINES else 1
            measured[size] = _apart("beside" if size == beside else "answer", size, Path(folder), rounds)
    return rows(measured, beside)


def rows(measured: dict[int, dict], beside: int) -> list[dict]:
    """The table from what each size gave."""
    table = _beside_lifelines(f"evidence {beside:,} people", measured[beside])
    before = None
    for size, found in measured.items():
        name, seconds = f"evidence {size:,} people", statistics.median(found["seconds"])
        a_person = 1e6 * seconds / size
        table.append({"name": f"{name}, processor time", "value": round(seconds, 2), "unit": "s"})
        growth = {"beside": round(before, 1), "ratio": round(a_person / before, 2), "aim": "≤ 1"} if before else {}
        table.append({"name": f"{name}, of these a person", "value": round(a_person, 1), "unit": "µs"} | growth)
        limit = {"aim": "< 1500"} if size == max(SIZES) else {}
        table.append({"name": f"{name}, peak memory", "value": found["peak"], "unit": "MiB", "beside": found["before"]} | limit)
        before = a_person
    return table


def _beside_lifelines(name: str, found: dict) -> list[dict]:
    ratios = [theirs / ours for ours, theirs in zip(found["seconds"], found["lifelines"], strict=True)]
    row = {
        "name": f"{name}, lifelines' fit alone beside all of it",
        "value": round(statistics.median(found["seconds"]), 2),
        "unit": "s",
        "beside": round(statistics.median(found["lifelines"]), 2),
        "ratio": round(statistics.median(ratios), 1),
        "aim": "≥ 8",
    }
    table = [row]
    for what in ("value", "se"):
        ours, theirs = found["ours"][what], found["theirs"][what]
        table.append(
            {
                "name": f"{name}, log hazard ratio, {what}",
                "value": round(ours, 6),
                "unit": "",
                "beside": round(theirs, 6),
                "ratio": round(ours / theirs, 6),
                "aim": "3 digits",
            }
        )
    furthest = max(abs(ours / theirs - 1) for ours, theirs in zip(found["all_ours"], found["all_theirs"], strict=True))
    return [
        *table,
        {"name": f"{name}, coefficients and errors, furthest apart", "value": furthest, "unit": "of 1", "aim": "< 0.0005"},
    ]


def _apart(what: str, size: int, folder: Path, *arguments: object) -> dict:
    environment = os.environ | {
        "ACCORD_VAR": str(folder / f"var-{size}"),
        "DATABASE_URL": f"sqlite:///{folder}/bench-{size}.sqlite3",
        "DJANGO_SETTINGS_MODULE": "config.settings.embedded",
        "CELERY_BROKER_URL": "memory://",
        "CACHE_URL": "locmemcache://",
        "OPENBLAS_NUM_THREADS": "1",  # threads that wait for each other count as work
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, __file__, what, str(size), *map(str, arguments)]
    done = subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


# The people -----------------------------------------------------------------------------------------------------------------


def fill(size: int) -> None:
    """`size` people in teams, seen for 36 months, a third of them hired within these; seven in ten would complete."""
    from accounts.models import Organisation
    from stakeholders.models import Completion, EmploymentStint

    organisation = Organisation.objects.create(slug="bench", name="Bench")
    everybody = _people(size)
    while people := list(islice(everybody, 10_000)):
        EmploymentStint.objects.bulk_create(EmploymentStint(organisation=organisation, **person) for person, _day in people)
        Completion.objects.bulk_create(
            Completion(organisation=organisation, person_id=person["person_id"], course=COURSE, completed_on=day)
            for person, day in people
            if day
        )


def _people(size: int) -> Iterator[tuple[dict[str, Any], date | None]]:
    """The columns of each person, and the day on which they completed."""
    rng = np.random.default_rng(size)
    hired = np.where(rng.random(size) < 1 / 3, rng.integers(0, DAYS - 60, size), rng.integers(-1460, 0, size))
    begins = np.maximum(hired, 0)
    completes = np.where(rng.random(size) < 0.7, begins + rng.integers(1, 730, size), 10**6)
    grade, site, contract = (rng.integers(0, n, size) for n in (GRADES, SITES, CONTRACTS))
    age = (20 + 45 * rng.random(size)).round(1)
    yearly = 0.25 * np.exp(-0.1 * grade + 0.05 * site + 0.2 * contract - 0.01 * (age - 40))
    # Exponential in each of two parts: until the completion, and with another rate after it.
    exposure = rng.exponential(size=size) / (yearly / 365.25)
    before = completes - begins
    leaves = begins + np.ceil(np.where(exposure <= before, exposure, before + (exposure - before) / TRUTH)).astype(int)
    columns = (hired, leaves, completes, grade, site, contract, age)
    for i, (hire, leave, complete, *known) in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
        completed = FIRST + timedelta(complete) if complete < min(leave, DAYS) else None
        yield _person(i, hire, leave, known, max(size // PER_TEAM, 1)), completed


def _person(i: int, hire: int, leave: int, known: list[float], teams: int) -> dict[str, Any]:
    grade, site, contract, age = known
    return {
        "person_id": f"P{i:07d}",
        "email": f"person{i}@example.org",
        "team": f"Team {i % teams}",
        "hire_date": FIRST + timedelta(hire),
        "exit_date": FIRST + timedelta(leave) if leave < DAYS else None,
        "exit_kind": "voluntary" if leave < DAYS else "",
        "observed_from": FIRST,
        "observed_until": FIRST + timedelta(DAYS - 1),
        "covariates": {"grade": f"G{grade}", "site": f"S{site}", "contract": f"C{contract}", "age": age},
    }


# What is measured -----------------------------------------------------------------------------------------------------------


def answer() -> dict[str, Any]:
    """The JSON of the question, from the rows as they are stored."""
    from accounts.models import Organisation
    from outcomes.analysis.computing import compute_result
    from outcomes.models import AnalysisRequest

    request = AnalysisRequest(covariates=COVARIATES, as_of=(FIRST + timedelta(DAYS - 1)).isoformat())
    result = compute_result(Organisation.objects.get(slug="bench"), request, with_charts=False).result
    return json.loads(json.dumps(result))


def measure(rounds: int, *, beside: bool) -> dict[str, Any]:
    """Seconds of the processor of each round, and MiB of memory before the first and at the peak after the first.

    With `beside`, lifelines' fit is timed after each, and what both found goes with it.
    """
    import outcomes.analysis.computing  # noqa: F401 - a worker has it before the question comes

    found: dict[str, Any] = {"seconds": [], "lifelines": [], "before": _peak()}
    fit_lifelines = _lifelines() if beside else None
    for _round in range(rounds):
        seconds, result = _timed(answer)
        found["seconds"].append(seconds)
        found.setdefault("peak", _peak())
        if fit_lifelines is not None:
            seconds, fitter = _timed(fit_lifelines)
            found["lifelines"].append(seconds)
            found |= _compare(result, fitter)
    return found


def _lifelines() -> Callable[[], Any]:
    """The fit of lifelines on the start-stop rows of the question, which are made before the clock starts."""
    import pandas as pd
    from lifelines import CoxTimeVaryingFitter

    rows, covariates = _start_stop_rows()
    columns = {"exposed": rows.exposed.astype(float)} | {f"x{i}": column for i, column in enumerate(covariates.T)}
    frame = pd.DataFrame(columns).assign(id=rows.spell_index, start=rows.start, stop=rows.stop, event=rows.event)
    return lambda: CoxTimeVaryingFitter().fit(frame, id_col="id", event_col="event", start_col="start", stop_col="stop")


def _start_stop_rows() -> tuple[Any, Any]:
    """The rows that the question is answered from, and their covariates (rows, p), as the engine makes them."""
    from accounts.models import Organisation
    from outcomes.analysis.loading.people import load_people
    from outcomes.evidence.design import build_design
    from outcomes.evidence.question import Question, parse_covariates
    from outcomes.evidence.spells import build_spells, split_at_exposure

    question = Question("bench", covariates=parse_covariates(COVARIATES))
    units = load_people(Organisation.objects.get(slug="bench"), question.covariates, [COURSE.casefold()]).units
    spells = build_spells(units, question, FIRST + timedelta(DAYS - 1))
    design, _problems = build_design(question.covariates, units.covariates, len(units))
    rows = split_at_exposure(spells)
    return rows, design.matrix(spells.unit_index)[rows.spell_index]


def _compare(result: dict[str, Any], fitter: Any) -> dict[str, Any]:
    """The ratio of the JSON beside that of lifelines, and all coefficients and errors of the same fit beside its own."""
    from outcomes.evidence.cells import index_rows
    from outcomes.evidence.cox import fit_cox
    from outcomes.evidence.spells import RiskRows

    rows, covariates = _start_stop_rows()
    each = RiskRows(np.arange(len(rows)), rows.start, rows.stop, rows.exposed, rows.event)
    fit = fit_cox(index_rows(each, covariates))
    primary = next(estimate for estimate in result["estimates"] if estimate["primary"])
    theirs = [*fitter.params_.tolist(), *fitter.standard_errors_.tolist()]
    return {
        "ours": {"value": primary["value"], "se": primary["se"]},
        "theirs": {"value": theirs[0], "se": theirs[len(fit.beta)]},
        "all_ours": [*fit.beta.tolist(), *np.sqrt(np.diag(fit.covariance)).tolist()],
        "all_theirs": theirs,
    }


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.process_time()
    done = work()
    return time.process_time() - began, done


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _inside(what: str, size: int, rounds: int) -> dict[str, Any]:
    import django

    django.setup()
    if what == "fill":
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        fill(size)
        return {}
    return measure(rounds, beside=what == "beside")


if __name__ == "__main__":
    print(json.dumps(_inside(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1)))
