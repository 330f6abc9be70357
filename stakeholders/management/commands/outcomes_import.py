"""`manage.py outcomes_import ORG KIND FILE`: import stakeholder data from the command line."""

import json
import time
from argparse import ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Organisation
from common.dates import DATE_FORMATS
from common.errors import UserError
from common.text import counted
from imports.enums import ImportState
from imports.kinds import Report
from imports.models import StagedImport
from imports.reports import report_of
from imports.services import discard_import, effect_of_withdrawal, import_file, withdraw
from imports.tables.errors import Problem
from stakeholders.kinds import KINDS
from stakeholders.kinds.uploads import require_as_of
from stakeholders.windows import SPANS, Extent, missing_from, require_window, said_of

SHOWN_PROBLEMS = 50
MISSING_SHOWN = 20
REMEDY_FOR_DATES = "Run the command again with --date-format DD/MM/YYYY or --date-format MM/DD/YYYY."


class Command(BaseCommand):
    help = "Imports people, customers, partners, contracts, metrics and the like from a file (docs/csv-formats.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organisation", help="slug of the organisation")
        parser.add_argument("kind", nargs="?", choices=[kind.name for kind in KINDS], help="what the file contains")
        parser.add_argument("file", nargs="?", help="CSV or XLSX file")
        parser.add_argument(
            "--date-format", choices=DATE_FORMATS, default="", help="date format of the file; without it, formats are detected"
        )
        parser.add_argument(
            "--keep",
            metavar="COLUMN=REASON",
            action="append",
            default=[],
            help="keep a column that seems to hold names, health, origin or the like, and say why (repeatable)",
        )
        parser.add_argument(
            "--leavers-from", type=_a_day, metavar="DAY", help="everybody who left since that day is in the file"
        )
        parser.add_argument("--leavers-until", type=_a_day, metavar="DAY", help="last day up to which the file knows who left")
        extent = parser.add_mutually_exclusive_group()
        extent.add_argument("--complete", action="store_true", help="the file lists everybody (default)")
        extent.add_argument("--changes-only", action="store_true", help="the file lists what has changed since the last one")
        parser.add_argument(
            "--every-exit-listed", action="store_true", help="with --changes-only: no exit since the last file is missing"
        )
        parser.add_argument(
            "--as-of", type=_a_day, metavar="DAY", help="tenure only: the day on which the lengths were counted"
        )
        parser.add_argument("--dry-run", action="store_true", help="check the file without changing anything")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument("--withdraw", metavar="ID", help="withdraw the import with this id instead of importing a file")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = Organisation.objects.filter(slug=options["organisation"]).first()
        if organisation is None:
            raise CommandError(f"There is no organisation {options['organisation']!r}.", returncode=2)
        if options["withdraw"]:
            self.withdraw(organisation, options)
        elif options["kind"] and options["file"]:
            self.import_data(organisation, options)
        else:
            raise CommandError("Give the kind and the file: outcomes_import ORG KIND FILE.csv", returncode=2)

    def import_data(self, organisation: Organisation, options: dict[str, Any]) -> None:
        path, window = Path(options["file"]), self.window(organisation, options)
        said = {"date_format": options["date_format"]} if options["date_format"] else {}
        try:
            with path.open("rb") as file:
                staged = import_file(
                    organisation=organisation,
                    kind=options["kind"],
                    file=file,
                    file_name=path.name,
                    options=said | window | self.day_of_figures(organisation, options) | _reasons(options["keep"]),
                    remedy_for_dates=REMEDY_FOR_DATES,
                    apply=not options["dry_run"],
                    report=_silent if options["json"] else self.progress(),
                )
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}.", returncode=2) from error
        except UserError as error:
            raise CommandError(str(error), returncode=1) from error
        report = report_of(staged, dry_run=options["dry_run"]) | {"import": None if options["dry_run"] else str(staged.uuid)}
        missing = missing_from(staged) if staged.state == ImportState.APPLIED else None
        if missing is not None and len(missing):
            report |= {"missing": len(missing), "missing_ids": [key[0] for key in missing.first(MISSING_SHOWN)]}
        self.print_report(staged, report, as_json=options["json"])
        refused = staged.state == ImportState.REFUSED
        if options["dry_run"]:
            discard_import(staged)
        if refused:
            raise SystemExit(1)

    def day_of_figures(self, organisation: Organisation, options: dict[str, Any]) -> dict[str, str]:
        """Of a tenure file. Ends with 2 where that cannot be."""
        day: date | None = options["as_of"]
        if not day:
            return {}
        try:
            require_as_of(day, options["kind"], today=organisation.today)
        except UserError as error:
            raise CommandError(str(error), returncode=2) from error
        return {"as_of": day.isoformat()}

    def window(self, organisation: Organisation, options: dict[str, Any]) -> dict[str, str | bool]:
        """What is said of the leavers of the file. Ends with 2 where that cannot be, or the kind knows no leavers."""
        first, last, every_exit = options["leavers_from"], options["leavers_until"], options["every_exit_listed"]
        extent = Extent.CHANGES if options["changes_only"] else Extent.EVERYBODY
        if options["kind"] not in SPANS:
            if first or last or every_exit or options["changes_only"]:
                raise CommandError(f"Files of {options['kind']} know no leavers. Leave these options out.", returncode=2)
            return {}
        try:
            require_window(first, last, extent, every_exit=every_exit, today=organisation.today)
        except UserError as error:
            raise CommandError(str(error), returncode=2) from error
        return said_of(first, last, extent, every_exit=every_exit)

    def progress(self) -> Report:
        last = time.monotonic()

        def report(done: int, total: int | None = None, step: str = "") -> None:
            nonlocal last
            if time.monotonic() - last > 0.5:
                self.stderr.write(f"{step} ({done}%)" if total else step)
                last = time.monotonic()

        return report

    def print_report(self, staged: StagedImport, report: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=2))
            return
        done = {"applied": "Imported", "ready": "Would be imported"}.get(str(staged.state), "Rejected")
        self.stdout.write(f"{done}: {counted(staged.rows_total, 'row')}, {staged.summary}.")
        for note in staged.notes:
            self.stdout.write(f"Note: {note}")
        if "missing" in report:
            self.stdout.write(_not_in_it(report["missing"], report["missing_ids"]))
        for problem in report["problems"][:SHOWN_PROBLEMS]:
            described = Problem(problem["row"], problem["column"], problem["value"], problem["message"])
            self.stdout.write(f"{described}" + (f" (“{described.value}”)" if described.value else ""))
        if staged.state == ImportState.REFUSED:
            self.stdout.write("Nothing was changed. Correct the file and run the command again.")
        elif report["import"]:
            self.stdout.write(
                f"To withdraw it: manage.py outcomes_import {report['organisation']} --withdraw {report['import']}"
            )

    def withdraw(self, organisation: Organisation, options: dict[str, Any]) -> None:
        uuid = _uuid(options["withdraw"])
        known = StagedImport.objects.filter(organisation=organisation, kind__in=[kind.name for kind in KINDS])
        staged = known.filter(uuid=uuid).first() if uuid else None
        if staged is None or staged.state not in (ImportState.APPLIED, ImportState.WITHDRAWN):
            raise CommandError(f"{organisation.slug} has no completed import {options['withdraw']}.", returncode=2)
        effect = effect_of_withdrawal(staged)
        if not options["dry_run"]:
            try:
                effect = withdraw(staged=staged)
            except UserError as error:
                raise CommandError(str(error), returncode=1) from error
        if options["json"]:
            summary = {"import": str(staged.uuid), "state": str(staged.state), "dry_run": options["dry_run"]}
            self.stdout.write(json.dumps(summary | {"removed": effect.removed, "restored": effect.restored}, indent=2))
            return
        verb = "Would remove" if options["dry_run"] else "Removed"
        self.stdout.write(f"{verb} {effect.removed:,} rows and restore{'' if options['dry_run'] else 'd'} {effect.restored:,}.")


def _a_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a day. Write it as YYYY-MM-DD.") from None


def _not_in_it(n: int, ids: list[str]) -> str:
    """How many rows of earlier files a file of everybody lacks, and which."""
    named = ", ".join(ids) if n <= len(ids) else f"{', '.join(ids)} and {n - len(ids):,} more"
    rows, are, count = ("row", "is", "counts") if n == 1 else ("rows", "are", "count")
    return f"{n:,} {rows} of earlier files {are} not in it and {count} as observed only until their last day: {named}."


def _reasons(kept: list[str]) -> dict[str, dict[str, str]]:
    """What `--keep` says, as options of an import."""
    pairs = [text.partition("=") for text in kept]
    if not all(name.strip() and reason.strip() for name, _equals, reason in pairs):
        raise CommandError('Give each column to keep with a reason: --keep "Gender=Pay equity report"', returncode=2)
    return {"reasons": {name.strip(): reason.strip() for name, _equals, reason in pairs}} if pairs else {}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _silent(done: int, total: int | None = None, step: str = "") -> None:
    """With --json nothing but JSON is printed."""
