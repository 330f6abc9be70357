"""Enrolling people from a CSV file, as `manage.py enrol` does, beside a plain `bulk_create` of the rows that this wrote.

Every measurement runs in a process of its own over a copy of one prepared SQLite file, so that its peak memory is its own.
The plain insert knows all rows beforehand: it checks nothing, looks nothing up and stages nothing.
"""

import argparse
import contextlib
import csv
import io
import json
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.site import broker

COURSE = "uncover-what-others-expect"
ORGANISATION = "benchmark"
SIZES = {1_000: 3, 10_000: 3, 100_000: 1}  # people, and how often it is measured
QUICK_SIZES = {200: 1, 1_000: 1}
AIMED_SIZE = 10_000
MAX_TIMES = 4.0
MAX_GROWTH = 1.25  # processor time a person, against that at the size before


def run(*, quick: bool) -> list[dict]:
    from django.conf import settings

    from config.launcher import prepare

    sizes = QUICK_SIZES if quick else SIZES
    with broker(settings.VAR_DIR):
        prepare()
        base = prepare_base(settings.VAR_DIR)
        measured = {size: [measure(base, size, number) for number in range(times)] for size, times in sizes.items()}
    return rows(measured)


def rows(measured: dict[int, list[dict]]) -> list[dict]:
    table: list[dict] = []
    before = 0.0
    for size, times in measured.items():
        name = f"enrol {size:,} people"
        seconds, plain = (statistics.median(run[kind]["seconds"] for run in times) for kind in ("enrol", "plain"))
        aim = f"at most {MAX_TIMES:.0f}" if size == AIMED_SIZE else ""
        table += [
            row(name, seconds, "s", plain, ratio_of(times, "seconds"), aim),
            row(
                name,
                middle(times, "processor"),
                "s of processor",
                middle(times, "processor", "plain"),
                ratio_of(times, "processor"),
            ),
            row(name, middle(times, "peak"), "MB at the peak", middle(times, "started"), aim="linear, beside the start"),
        ]
        a_person = 1000 * middle(times, "processor") / size
        if before:
            growth = (a_person, "ms of processor a person", before, a_person / before, f"at most {MAX_GROWTH}")
            table.append(row(f"{name}, growth", *growth))
        before = a_person
    return table


def middle(times: list[dict], what: str, kind: str = "enrol") -> float:
    return statistics.median(run[kind][what] for run in times)


def ratio_of(times: list[dict], what: str) -> float:
    """Median of the ratios of neighbours in time, which share the noise of the machine."""
    return statistics.median(run["enrol"][what] / run["plain"][what] for run in times)


def row(name: str, value: float, unit: str, beside: Any = None, ratio: float | None = None, aim: str = "") -> dict:
    return {"name": name, "value": value, "unit": unit, "beside": beside, "ratio": ratio, "aim": aim}


# One measurement ------------------------------------------------------------------------------------------------------


def prepare_base(folder: Path) -> Path:
    """A file with the courses and an organisation without people, to be copied for each measurement."""
    from django.db import connection

    from accounts.services import create_organisation

    create_organisation(slug=ORGANISATION, name="Benchmark")
    base = folder / "base.sqlite3"
    connection.ensure_connection()
    base.write_bytes(connection.connection.serialize())
    return base


def measure(base: Path, size: int, number: int) -> dict[str, dict]:
    folder = base.parent / f"enrol-{size}-{number}"
    folder.mkdir()
    table = folder / "people.csv"
    write_people(table, size)
    figures = {}
    for kind in ("enrol", "plain"):
        (folder / f"{kind}.sqlite3").write_bytes(base.read_bytes())
        command = [sys.executable, "-m", "benchmarks.bench_enrol", kind, str(folder)]
        environment = os.environ | {"DATABASE_URL": f"sqlite:///{folder / kind}.sqlite3"}
        answer = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
        figures[kind] = json.loads(answer.stdout)
    assert figures["enrol"]["people"] == figures["plain"]["people"] == size, figures
    for left in folder.iterdir():
        left.unlink()
    return figures


def write_people(path: Path, size: int) -> None:
    """People of teams of twenty, as an organisation would export them."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["email", "first_name", "last_name", "person_id", "team", "manager_email"])
        for number in range(size):
            team = number // 20
            writer.writerow(
                [
                    f"person{number}@benchmark.example",
                    f"Given{number % 997}",
                    f"Family{number % 4999}",
                    f"P{number:07}",
                    f"Team {team:05}",
                    f"person{team * 20}@benchmark.example",
                ]
            )


def enrol(folder: Path) -> dict:
    from django.core.management import call_command

    out = io.StringIO()
    options = {"cohort": "Everybody", "course": COURSE, "json": True, "stdout": out}
    with clocked() as clock:
        call_command("enrol", ORGANISATION, str(folder / "people.csv"), **options)
    return clock | {"people": json.loads(out.getvalue())["placed"]}


def plain(folder: Path) -> dict:
    """Insert what the enrolment wrote, table by table in one transaction; building the objects is part of it."""
    from django.apps import apps
    from django.db import transaction

    from learning.models import CohortMembership

    with contextlib.closing(sqlite3.connect(folder / "enrol.sqlite3")) as enrolled:
        enrolled.row_factory = sqlite3.Row
        written = {model: new_rows(model, enrolled) for model in apps.get_models() if model._meta.managed}
    with clocked() as clock, transaction.atomic():
        for model, values in written.items():
            if values:
                model._base_manager.bulk_create([model(**fields) for fields in values], batch_size=1000)
    return clock | {"people": len(written[CohortMembership])}


def new_rows(model: Any, enrolled: sqlite3.Connection) -> list[dict]:
    """Rows that the enrolled file has and this one has not, as values for the model; whatever they are."""
    from django.db import connection
    from django.db.models import Max

    if model._meta.proxy or not model._meta.auto_field:
        return []
    key = model._meta.pk.column
    last = model._base_manager.aggregate(last=Max("pk"))["last"] or 0
    stored_rows = enrolled.execute(f'SELECT * FROM "{model._meta.db_table}" WHERE "{key}" > ?', [last])  # noqa: S608 - our own tables
    fields = [(field, field.get_db_converters(connection) + converters(field)) for field in model._meta.concrete_fields]
    return [{field.attname: _value(stored[field.column], field, chain) for field, chain in fields} for stored in stored_rows]


def converters(field: Any) -> list:
    from django.db import connection

    return connection.ops.get_db_converters(field.get_col(field.model._meta.db_table, field))


def _value(raw: Any, field: Any, chain: list) -> Any:
    from django.db import connection

    for convert in chain:
        raw = convert(raw, field.cached_col, connection)
    return raw


@contextlib.contextmanager
def clocked() -> Any:
    """Seconds by the clock and of the processor, and megabytes at the start and at the peak."""
    clock: dict[str, float] = {"started": peak()}
    start, processor = time.perf_counter(), time.process_time()
    yield clock
    clock |= {
        "seconds": time.perf_counter() - start,
        "processor": time.process_time() - processor,
        "peak": peak(),
    }


def peak() -> float:
    """The most that this process has held. Linux hands `ru_maxrss` on from the process that started it, so ask there first."""
    with contextlib.suppress(OSError):
        status = Path("/proc/self/status").read_text().splitlines()
        (held,) = (line.split()[1] for line in status if line.startswith("VmHWM:"))
        return int(held) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    import django

    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=("enrol", "plain"))
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    django.setup()
    figures = {"enrol": enrol, "plain": plain}[options.kind](options.folder)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
