"""Three organisations, of 25, 200 and 2,000 people, and what each sort of reader sees of them.

`python -m benchmarks.worked_examples > docs/worked-examples.md` draws them from a kept seed, imports their people as a file,
asks the product's own question and prints its own words and counts. Only the people are made up. `tests/benchmarks/` holds the
document against this.
"""

import io
import os
import random
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

SEED = 20_261_129
SIZES = (25, 200, 2_000)
FIRST, LAST = date(2022, 1, 1), date(2025, 12, 31)
MONTHLY_EXIT, EFFECT, MONTHLY_COMPLETION = 0.017, 0.7, 0.035
HEAD = (
    "# Worked examples: who sees what at 25, 200 and 2,000 people\n\n"
    "Three organisations that do not exist, drawn with a kept seed. In each, completing the course lowers the rate of leaving "
    "to 0.7 times. Their people come in as a file, and everything below is what Accord itself says; "
    "`python -m benchmarks.worked_examples` prints this document again, and a test holds the two together. What is shown to "
    "whom, and why: [privacy-of-outcomes.md](privacy-of-outcomes.md).\n\n"
    "A *learner* sees none of it, whatever the size. Under *Your data* they read what their organisation may analyse, in "
    "totals only, and can leave their data out.\n"
)
STEWARD = (
    "Who brings the file sees the exact totals of the whole organisation: {people:,} people, {exits:,} exits. Then what the "
    "data can say, with numbers from 1 to 9 not shown:"
)
READER = "The same report once it is finished, and its downloads; no page on the data, no list of files, no form."


@dataclass(frozen=True)
class Person:
    person_id: str
    team: str
    hired: date
    left: date | None
    completed: date | None


def draw(size: int) -> list[Person]:
    """`size` people who were there in the four years, in teams of about ten; whoever left before them is not drawn."""
    rng = random.Random(SEED + size)
    people: list[Person] = []
    while len(people) < size:
        hired = date(2016, 1, 1) + timedelta(days=rng.randrange(3_500))
        team = f"Team {1 + rng.randrange(max(size // 10, 2)):03d}"
        people.append(_live(f"E{len(people):04d}", team, hired, rng))
    return people


def _live(person_id: str, team: str, hired: date, rng: random.Random) -> Person:
    completed = None
    for month in _months(max(hired, FIRST)):
        day = month + timedelta(days=rng.randrange(28))
        if day <= max(hired, FIRST):
            continue
        if rng.random() < MONTHLY_EXIT * (EFFECT if completed else 1):
            return Person(person_id, team, hired, day, completed)
        if completed is None and month >= date(2022, 7, 1) and rng.random() < MONTHLY_COMPLETION:
            completed = day
    return Person(person_id, team, hired, None, completed)


def _months(first: date) -> Iterator[date]:
    """First days of the months from that of `first` to `LAST`."""
    number = 12 * first.year + first.month - 1
    while (month := date(number // 12, number % 12 + 1, 1)) <= LAST:
        yield month
        number += 1


def people_csv(people: Iterable[Person]) -> str:
    rows = ["person_id,hire_date,exit_date,completion_date,team"]
    rows += [f"{p.person_id},{p.hired},{p.left or ''},{p.completed or ''},{p.team}" for p in people]
    return "\n".join(rows) + "\n"


# What is said of it ---------------------------------------------------------------------------------------------------------


def document() -> str:
    """The whole document in Markdown, from rows written into the database that is configured."""
    return "\n".join([HEAD, *(_example(size) for size in SIZES)])


def _example(size: int) -> str:
    from accounts.models import Organisation
    from outcomes.analysis.computing import compute_result
    from outcomes.models import AnalysisRequest, EvidenceRun
    from outcomes.reports import report_of
    from stakeholders.coverage import coverage_of

    people = draw(size)
    organisation = Organisation.objects.create(slug=f"example-{size}", name=f"Example of {size:,}")
    _bring(organisation, people)
    answer = compute_result(organisation, AnalysisRequest(as_of=LAST.isoformat()), with_charts=False)
    run = EvidenceRun(outcome="employee_exit", exposure="completion", result=answer.result, report=answer.report)
    report = report_of(run)
    exits = sum(person.left is not None for person in people)
    return "\n".join(
        [
            f"## {size:,} people",
            "",
            "### Data steward",
            "",
            STEWARD.format(people=size, exits=exits),
            "",
            *_coverage(coverage_of(organisation, exact=True)[0]),
            "",
            "No report, and no analysis of their own.",
            "",
            "### L&D partner",
            "",
            "The page on the data, as far as it may be read by somebody who does not bring them:",
            "",
            *_coverage(coverage_of(organisation)[0]),
            "",
            "And the report of the analysis that they ran:",
            "",
            *_report(report),
            "### Reader of outcomes",
            "",
            READER,
            "",
        ]
    )


def _coverage(found: Any) -> Iterator[str]:
    """The findings, and of a run chart of fewer than ten exits its quarters with what may be expected."""
    yield from _table(["What", "Found"], [[finding.title, finding.found] for finding in found.findings])
    if found.with_limits:
        yield ""
        yield from _table(["From", "Exits", "What may be expected, 95% interval"], found.months)


def _bring(organisation: Any, people: Sequence[Person]) -> None:
    from imports.services import import_file

    staged = import_file(
        organisation=organisation,
        kind="people",
        file=io.BytesIO(people_csv(people).encode()),
        file_name="people.csv",
        options={"leavers_from": FIRST.isoformat(), "leavers_until": LAST.isoformat(), "extent": "everybody"},
    )
    if staged.state != "applied":
        raise RuntimeError(f"The example of {len(people)} people was not applied: {staged.state}.")


def _report(report: Any) -> Iterator[str]:
    yield f"> {report.words['answer']}"
    yield ""
    yield f"*{report.words['grade']}.* {report.words['grade_meaning']}"
    yield ""
    for title, notices in (("Why there is no result", report.result["refusals"]), ("Keep in mind", report.result["warnings"])):
        if notices:
            yield f"{title}:"
            yield ""
            yield from (f"- {notice['message']}" for notice in notices)
            yield ""
    counts = report.tables["counts"]
    yield from _table(counts.header, counts.rows)
    yield ""
    curve = [point for point in report.result["curves"] if point["group"] == "everyone"]
    drawn = sum(point["retained"] is not None for point in curve)
    yield f"Of the curve of everyone, {drawn} of {len(curve)} months are drawn." if curve else "No curve is drawn."
    yield ""


def _table(header: Sequence[object], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield "| " + " | ".join(str(cell) for cell in header) + " |"
    yield "| " + " | ".join("---" for _ in header) + " |"
    for row in rows:
        yield "| " + " | ".join(str(cell) for cell in row) + " |"


def main() -> None:
    """Print the document, from a database of its own that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="accord-examples-") as folder:
        os.environ |= {"ACCORD_VAR": folder, "DJANGO_SETTINGS_MODULE": "config.settings.embedded", "LOG_LEVEL": "ERROR"}
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        print(document(), end="")


if __name__ == "__main__":
    main()
