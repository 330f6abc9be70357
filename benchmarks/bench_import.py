"""People from a file: `import_file` beside reading the same file with `csv`, in the same run.

Every size runs in a process of its own, with an SQLite file and the embedded settings, so that its peak memory is its own.
The plain read is timed before and after the import, and the mean stands beside it.
"""

import csv
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

SIZES = (10_000, 100_000, 1_000_000)
ROOT = Path(__file__).resolve().parent.parent
HEADER = (
    "person_id,email,team,manager_id,hire_date,exit_date,exit_kind,completion_date,observed_from,observed_until,"
    "annual_cost,grade,site"
)


def run(sizes: Sequence[int] = SIZES, *, quick: bool = False) -> list[dict]:
    """Rows of name, value, unit, beside (the plain read's value), ratio (how many times as long, or as much) and aim."""
    sizes = [size for size in sizes if size <= 100_000] if quick else sizes
    table: list[dict] = []
    with tempfile.TemporaryDirectory(prefix="accord-bench-") as folder:
        for size in sizes:
            measured = _in_a_process_of_its_own(size, Path(folder))
            table += _rows(f"import {size:,} people", size, measured)
    return table


def _rows(name: str, size: int, measured: dict) -> list[dict]:
    read = measured["read"]
    rows = [
        {
            "name": f"{name}{what}",
            "value": round(size / measured[key][clock]),
            "unit": unit,
            "beside": round(size / read[clock]),
            "ratio": round(measured[key][clock] / read[clock], 2),
            "aim": aim if size == max(SIZES) else None,
        }
        for key, clock, what, unit, aim in (
            ("import", 0, "", "rows/s", "≤ 10"),
            ("import", 1, ", processor time", "rows/s", "≤ 10"),
            ("again", 0, ", the same file again", "rows/s", None),
        )
    ]
    memory = {"value": measured["peak"], "unit": "MB", "beside": measured["before"], "aim": "flat"}
    return [*rows, {"name": f"{name}, peak memory", "ratio": round(measured["peak"] / measured["before"], 2)} | memory]


def write_people(path: Path, size: int) -> None:
    """A people file as personnel systems export it: all the usual columns, some blank, two of their own."""
    chance = random.Random(size)
    days = [(date(2012, 1, 1) + timedelta(n)).isoformat() for n in range(4700)]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER.split(","))
        for i in range(size):
            hired, has_left, has_completed = chance.randrange(3600), chance.random() < 0.3, chance.random() < 0.4
            writer.writerow(
                [
                    f"P{i:07d}",
                    f"person{i}@example.org",
                    f"Team {i % 2000}",
                    f"P{i % 5000:07d}",
                    days[hired],
                    days[hired + chance.randrange(1000)] if has_left else "",
                    "voluntary" if has_left else "",
                    days[hired + chance.randrange(1000)] if has_completed else "",
                    "2022-01-01",
                    "2024-12-31",
                    20_000 + 100 * chance.randrange(600),
                    chance.randrange(8),
                    f"S{chance.randrange(40)}",
                ]
            )


def _in_a_process_of_its_own(size: int, folder: Path) -> dict:
    path = folder / f"people-{size}.csv"
    write_people(path, size)
    environment = os.environ | {
        "ACCORD_VAR": str(folder / f"var-{size}"),
        "DATABASE_URL": f"sqlite:///{folder}/bench-{size}.sqlite3",
        "DJANGO_SETTINGS_MODULE": "config.settings.embedded",
        "CELERY_BROKER_URL": "memory://",
        "CACHE_URL": "locmemcache://",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, __file__, str(path)]
    done = subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    path.unlink()
    return json.loads(done.stdout.splitlines()[-1])


def _measure(path: Path) -> dict:
    """Seconds (wall, processor) of the plain read and of two imports, and memory in MB before and at its peak."""
    import django

    django.setup()
    from django.core.management import call_command

    from accounts.models import Organisation
    from imports.services import import_file

    call_command("migrate", verbosity=0)
    organisation = Organisation.objects.create(slug="bench", name="Bench")

    def bring() -> None:
        with path.open("rb") as file:
            staged = import_file(organisation=organisation, kind="people", file=file, file_name=path.name)
        assert staged.state == "applied", list(staged.problems.all()[:3])

    reads = [_timed(_read, path)]
    before = _peak()
    first = _timed(bring)
    reads.append(_timed(_read, path))
    again = _timed(bring)
    reads.append(_timed(_read, path))
    read = [sum(times) / len(reads) for times in zip(*reads, strict=True)]
    return {"read": read, "import": first, "again": again, "before": before, "peak": _peak()}


def _timed(work: Callable[..., None], *arguments: Path) -> tuple[float, float]:
    """Seconds by the clock on the wall, and of the processor."""
    wall, processor = time.perf_counter(), time.process_time()
    work(*arguments)
    return time.perf_counter() - wall, time.process_time() - processor


def _read(path: Path) -> None:
    with path.open(newline="", encoding="utf-8") as file:
        for _row in csv.reader(file):
            pass


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    print(json.dumps(_measure(Path(sys.argv[1]))))
