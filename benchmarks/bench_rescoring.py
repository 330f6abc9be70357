"""Scoring attempts again after a key has changed, beside a plain `bulk_create` of the rows that this wrote.

Every size runs in a process of its own over one SQLite file that is filled first; the plain insert over a copy from before.
SQLite keeps pages of its file in memory, 64 MB of its own and 128 MB of the file as it is (`SQLITE_OPTIONS`); the larger the
file, the more of that is used. So memory is measured twice: as shipped, and over another copy with next to none of that.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

SIZES = (1_000, 10_000, 100_000)
QUICK_SIZES = (50, 200)
QUESTIONS, CHANGED = 20, 2
TOGETHER = 1_000
MAX_GROWTH = 1.25  # processor time an attempt, against that at the size before
ROOT = Path(__file__).resolve().parent.parent


def run(*, quick: bool = False, sizes: tuple[int, ...] = SIZES) -> list[dict]:
    with tempfile.TemporaryDirectory(prefix="accord-bench-") as folder:
        return rows({size: measure(size, Path(folder)) for size in (QUICK_SIZES if quick else sizes)})


def measure(size: int, folder: Path) -> dict[str, dict]:
    base = folder / "base.db"
    if not base.exists():
        apart("migrate", 0, folder, database=base)
    shutil.copy(base, folder / "bench.sqlite3")
    apart("fill", size, folder)
    copies = {what: folder / f"{what}.sqlite3" for what in ("plain", "bare")}
    for copy in copies.values():
        shutil.copy(folder / "bench.sqlite3", copy)
    figures = {"rescore": apart("rescore", size, folder)}
    figures |= {what: apart(what, size, folder, database=copy) for what, copy in copies.items()}
    for left in folder.glob("*.sqlite3*"):
        left.unlink()
    return figures


def apart(what: str, size: int, folder: Path, database: Path | None = None) -> dict:
    environment = os.environ | {
        "ACCORD_VAR": str(folder / "var"),
        "DATABASE_URL": f"sqlite:///{database or folder / 'bench.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "config.settings.embedded",
        "CELERY_BROKER_URL": "memory://",
        "CACHE_URL": "locmemcache://",
        "LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "benchmarks.bench_rescoring", what, str(size)]
    done = subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def rows(measured: dict[int, dict[str, dict]]) -> list[dict]:
    table, before = [], 0.0
    for size, found in measured.items():
        name, again, plain = f"score {size:,} attempts again", found["rescore"], found["plain"]
        an_attempt, beside = (1000 * side["processor"] / size for side in (again, plain))
        ratio = an_attempt / beside
        table += [
            row(name, again["seconds"], "s", plain["seconds"], again["seconds"] / plain["seconds"]),
            row(f"{name}, processor time", an_attempt, "ms an attempt", beside, ratio),
            row(f"{name}, queries", again["queries"] / size, "an attempt"),
            row(f"{name}, peak memory", again["peak"], "MB", again["started"], aim="at most 192 MB of SQLite beside the start"),
            row(f"{name}, peak memory without SQLite's", found["bare"]["peak"], "MB", found["bare"]["started"], aim="flat"),
        ]
        if before:
            aim = f"at most {MAX_GROWTH}"
            table.append(row(f"{name}, growth", an_attempt, "ms an attempt", before, an_attempt / before, aim))
        before = an_attempt
    return table


def row(name: str, value: float, unit: str, beside: Any = None, ratio: float | None = None, aim: str = "") -> dict:
    return {"name": name, "value": value, "unit": unit, "beside": beside, "ratio": ratio, "aim": aim}


# The attempts -----------------------------------------------------------------------------------------------------------


def fill(size: int) -> dict:
    """Attempts of `QUESTIONS` answers, scored and with evidence on two skills; then another key for `CHANGED` questions."""
    form = _form()
    for first in range(0, size, TOGETHER):
        _sit(form, range(first, min(first + TOGETHER, size)))
    for item in form.course.items.order_by("key")[:CHANGED]:
        _ask(form.course, item.key, item.skill, correct="a")
    return {"attempts": size}


def _form() -> Any:
    from assessments.models import Instrument
    from courses.models import Course, CourseVersion
    from skills.models import Framework, Skill

    course = Course.objects.create(key="bench", slug="bench", title="Bench")
    CourseVersion.objects.create(course=course, number=1, content={}, requirements=[], digest="")
    framework = Framework.objects.create(slug="accord", title="Accord")
    skills = [Skill.objects.create(framework=framework, slug=name, name=name) for name in ("asking", "explaining")]
    for number in range(QUESTIONS):
        _ask(course, f"q{number:02}", skills[number % 2], correct="b")
    return Instrument.objects.create(course=course, key="form", title="Form")


def _ask(course: Any, key: str, skill: Any, *, correct: str) -> None:
    from uuid import NAMESPACE_URL, uuid5

    from assessments.services import upsert_item

    options = [{"id": name, "text": name.upper(), "level": level} for level, name in enumerate("abcd", start=1)]
    upsert_item(
        course=course,
        key=key,
        uuid=uuid5(NAMESPACE_URL, key),
        use="form",
        kind="single",
        skill_slug=skill.slug,
        situation="",
        prompt=key,
        options=options,
        correct=[correct],
    )


def _sit(form: Any, numbers: range) -> None:
    from accounts.models import User
    from assessments.models import Attempt, AttemptItem, Response
    from learning.models import Enrolment

    course, version = form.course, form.course.versions.get()
    users = User.objects.bulk_create(User(email=f"person{number}@bench.example") for number in numbers)
    enrolments = Enrolment.objects.bulk_create(Enrolment(user=user, course=course, version=version) for user in users)
    attempts = Attempt.objects.bulk_create(
        Attempt(enrolment=enrolment, user=enrolment.user, instrument=form, occasion="before", submitted_at=_long_ago())
        for enrolment in enrolments
    )
    items = list(course.items.order_by("key"))
    AttemptItem.objects.bulk_create(
        AttemptItem(attempt=attempt, item=item, item_version_id=item.current_version_id, position=position)
        for attempt in attempts
        for position, item in enumerate(items, start=1)
    )
    Response.objects.bulk_create(
        Response(attempt=attempt, item_version_id=item.current_version_id, chosen=["abcd"[(number * 7 + position) % 4]])
        for number, attempt in zip(numbers, attempts, strict=True)
        for position, item in enumerate(items)
    )
    _score(attempts)


def _long_ago() -> Any:
    from django.utils import timezone

    return timezone.now() - timedelta(days=7)


def _score(attempts: list) -> None:
    from django.db import transaction

    from assessments.queries import answers_of
    from assessments.services.scoring import findings_of, score, source_of
    from skills.services import record_findings

    with transaction.atomic():
        for attempt in attempts:
            answers = answers_of(attempt)
            record = score(attempt=attempt, answers=answers)
            record_findings(
                user=attempt.user,
                kind="assessment",
                source=source_of(attempt),
                label="Bench",
                occurred_at=attempt.submitted_at,
                findings=findings_of(record, answers),
            )


# Both sides -------------------------------------------------------------------------------------------------------------


def rescore(size: int) -> dict:
    from django.db import connection

    from assessments.services import rescore as rescore_course
    from courses.models import Course

    queries = 0

    def counted(execute: Any, sql: str, *arguments: Any) -> Any:
        nonlocal queries
        queries += 1
        return execute(sql, *arguments)

    clock = Clock()
    with clock, connection.execute_wrapper(counted):
        rescored = rescore_course(course=Course.objects.get())
    assert rescored == size, rescored
    return clock.figures | {"queries": queries}


def bare(size: int) -> dict:
    """The same with next to nothing of the file in memory: what is left is what scoring again takes."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA mmap_size=0")
        cursor.execute("PRAGMA cache_size=-2000")
    return rescore(size)


def plain(size: int) -> dict:
    """Rows like those that scoring again writes, a thousand at a time. They are there before the clock starts."""
    from uuid import uuid4

    from django.db import transaction

    from assessments.models import ScoringRecord
    from skills.models import Evidence

    clock, last = Clock(), 0
    first = ScoringRecord.objects.select_related("attempt").filter(pk__lte=size)
    while records := list(first.filter(pk__gt=last).order_by("pk")[:TOGETHER]):
        last = records[-1].pk
        pieces = list(Evidence.objects.filter(source__in=[f"attempt:{record.attempt.uuid}" for record in records]))
        for piece in pieces:
            piece.replaces_id, piece.uuid = piece.pk, uuid4()
        for entry in [*records, *pieces]:
            entry.pk, entry._state.adding = None, True
        with clock, transaction.atomic():
            ScoringRecord.objects.bulk_create(records)
            Evidence.objects.bulk_create(pieces)
    return clock.figures


class Clock:
    """Seconds by the clock and of the processor within it, however often it runs; megabytes at the start and at the peak."""

    def __init__(self) -> None:
        self.seconds = self.processor = 0.0
        self.started = peak()

    def __enter__(self) -> None:
        self.begun, self.computed = time.perf_counter(), time.process_time()

    def __exit__(self, *error: object) -> None:
        self.seconds += time.perf_counter() - self.begun
        self.processor += time.process_time() - self.computed

    @property
    def figures(self) -> dict:
        return {"seconds": self.seconds, "processor": self.processor, "started": self.started, "peak": peak()}


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    import django
    from django.core.management import call_command

    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("migrate", "fill", "rescore", "plain", "bare"))
    parser.add_argument("size", type=int)
    options = parser.parse_args()
    django.setup()
    if options.what == "migrate":
        call_command("migrate", verbosity=0)
        print("{}")
        return
    print(json.dumps({"fill": fill, "rescore": rescore, "plain": plain, "bare": bare}[options.what](options.size)))


if __name__ == "__main__":
    main()
