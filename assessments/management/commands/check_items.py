"""manage.py check_items [PATH]: hold items and forms to the sixteen rules (docs/item-rules.md)."""

import json
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from assessments.item_rules import Report, check, read_bank
from common.text import counted


class Command(BaseCommand):
    help = "Checks item files against the sixteen rules (docs/item-rules.md). Exits with 1 where a rule does not hold."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        items = Path(settings.CONTENT_DIR) / "items"
        parser.add_argument("path", nargs="?", default=str(items), help="Folder or file of items; content/items by default.")
        parser.add_argument(
            "--lessons",
            metavar="FOLDER",
            help="Courses whose lessons must share no wording with items; by default the folder courses beside PATH.",
        )
        parser.add_argument(
            "--rule", type=int, action="append", default=[], metavar="N", help="Only this rule; may be given several times."
        )
        parser.add_argument("--json", action="store_true", help="Print the findings and the figures behind them as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["path"])
        if not path.exists():
            raise CommandError(f"There is no {path}. Name a folder or a file with items.", returncode=2)
        bank, problems = read_bank(path, _lessons(path, options["lessons"]))
        report = check(bank, problems, only=options["rule"])
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
        else:
            self._print(report)
        if report.errors:
            sys.exit(1)

    def _print(self, report: Report) -> None:
        for finding in report.warnings:
            self.stdout.write(f"warning: {finding}")
        for finding in report.errors:
            self.stderr.write(str(finding))
        counts = ", ".join(counted(count, name.removesuffix("s")) for name, count in report.counts.items())
        failed = ", ".join(map(str, report.failed_rules))
        verdict = f"Rules that do not hold: {failed}." if failed else "All rules hold."
        errors, warnings = counted(len(report.errors), "error"), counted(len(report.warnings), "warning")
        self.stdout.write(f"{counts}. {errors}, {warnings}. {verdict}")


def _lessons(path: Path, named: str | None) -> Path | None:
    if named is not None:
        folder = Path(named)
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}. Name a folder of courses.", returncode=2)
        return folder
    beside = (path.parent if path.is_dir() else path.parent.parent) / "courses"
    return beside if beside.is_dir() else None
