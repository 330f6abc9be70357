"""`manage.py enrol ORG FILE.csv [--cohort NAME --course SLUG] [--dry-run] [--json]`"""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Organisation
from common.errors import UserError
from common.text import counted
from imports import services
from imports.enums import ImportState
from imports.models import StagedImport
from imports.reports import report_of
from learning.enrolling import KIND


class Command(BaseCommand):
    help = "Adds the people in a file to an organisation, invites them and adds them to a cohort: either all of them or none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organisation", metavar="ORG", help="slug of the organisation")
        parser.add_argument("file", metavar="FILE", type=Path, help="CSV or XLSX; columns as in docs/csv-formats.md")
        parser.add_argument("--cohort", default="", help="cohort for rows that do not name one; created if it does not exist")
        parser.add_argument("--course", default="", help="slug of the course that the cohort takes")
        parser.add_argument("--dry-run", action="store_true", help="check and report without changing anything")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        staged = self._receive(options)
        try:
            services.check_import(staged)
            applied = self._apply(staged, options)
            staged.refresh_from_db()
            report = report_of(staged, dry_run=options["dry_run"]) | applied
        finally:
            if options["dry_run"]:
                services.discard_import(staged)
        self._print(report, as_json=options["json"])
        if report["problems"]:
            sys.exit(1)

    def _receive(self, options: dict[str, Any]) -> StagedImport:
        organisation = Organisation.objects.filter(slug=options["organisation"].lower()).first()
        if organisation is None:
            raise CommandError(
                f"There is no organisation “{options['organisation']}”. Create it with: manage.py create_organisation "
                f"{options['organisation']}"
            )
        chosen = {name: options[name].strip() for name in ("cohort", "course") if options[name].strip()}
        try:
            with options["file"].open("rb") as file:
                return services.receive_upload(
                    organisation=organisation, kind=KIND, file=file, file_name=options["file"].name, options=chosen
                )
        except (OSError, UserError) as error:
            raise CommandError(str(error)) from None

    def _apply(self, staged: StagedImport, options: dict[str, Any]) -> dict[str, Any]:
        nothing: dict[str, Any] = {"applied": False, "invited": 0, "placed": 0, "cohorts": []}
        if options["dry_run"] or staged.state != ImportState.READY:
            return nothing
        try:
            result = services.apply_import(staged)
        except services.NotReady as error:
            raise CommandError(str(error)) from None
        except UserError:
            return nothing  # the message stands among the problems
        return {"applied": True} | {name: result[name] for name in ("invited", "placed", "cohorts")}

    def _print(self, report: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=2))
            return
        for note in report["notes"]:
            self.stdout.write(f"Note: {note}")
        for problem in report["problems"]:
            where = f"Row {problem['row']}" if problem["row"] else "File"
            column = f", {problem['column']}" if problem["column"] else ""
            self.stderr.write(f"{where}{column}: {problem['message']}")
        self.stdout.write(
            f"{counted(report['rows'], 'row')}: {report['new']} new, {report['changed']} changed, "
            f"{report['unchanged']} unchanged, {report['refused']} rejected."
        )
        if report["problems"]:
            self.stderr.write("Nothing was changed. Correct the file and run the command again.")
        elif report["dry_run"]:
            self.stdout.write("Checked only; nothing was changed.")
        else:
            self.stdout.write(f"{report['invited']} invited, {report['placed']} added to a cohort.")
