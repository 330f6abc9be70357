"""`manage.py import_items FILE --format gift|aiken|moodle|qti [--dry-run] [--json]`"""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError

from assessments.exchange import FileFormat, Reading, Remark, read_path
from assessments.services import ImportResult, import_questions, not_kept
from common.errors import UserError
from common.text import counted

SHOWN_REFUSALS = 50


class Command(BaseCommand):
    help = "Imports questions of other systems into the item bank as drafts (docs/csv-formats.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="question file; for QTI also a zip package or a folder")
        parser.add_argument("--format", required=True, choices=[str(form) for form in FileFormat], help="format of the file")
        parser.add_argument("--dry-run", action="store_true", help="check and report without changing anything")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            reading = read_path(path, FileFormat(options["format"]))
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}.", returncode=2) from error
        result = ImportResult() if options["dry_run"] else self.keep(reading, path)
        refused = sorted([*reading.refused, *result.refused], key=lambda remark: remark.line)
        notes = [*reading.notes, *result.notes]
        unkept = not_kept(reading.questions) if options["dry_run"] else []
        if options["json"]:
            report = _report(reading, result, refused, notes, options) | {"not_kept": _listed(unkept)}
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=2))
        else:
            self.print_report(reading, result, refused, notes, unkept, dry_run=options["dry_run"])
        if refused:
            raise SystemExit(1)

    def keep(self, reading: Reading, path: Path) -> ImportResult:
        try:
            return import_questions(questions=reading.questions, file_name=path.resolve().name)
        except UserError as error:
            raise CommandError(f"Nothing was imported. {error}", returncode=1) from error
        except IntegrityError as error:
            message = "Nothing was imported: another import was writing the same questions. Run the command again."
            raise CommandError(message, returncode=1) from error

    def print_report(
        self,
        reading: Reading,
        result: ImportResult,
        refused: list[Remark],
        notes: list[Remark],
        unkept: list[Remark],
        *,
        dry_run: bool,
    ) -> None:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in reading.counted().items())
        self.stdout.write(f"{counted(len(reading.questions), 'question')} read" + (f": {kinds}." if kinds else "."))
        for note in notes[:SHOWN_REFUSALS]:
            self.stdout.write(f"Note, line {note.line}: {note.message}")
        for remark in refused[:SHOWN_REFUSALS]:
            self.stderr.write(f"Line {remark.line}: {remark.message}")
        if len(refused) > SHOWN_REFUSALS:
            self.stderr.write(f"{counted(len(refused) - SHOWN_REFUSALS, 'more was', 'more were')} refused; --json lists them.")
        for remark in unkept[:SHOWN_REFUSALS]:
            self.stdout.write(f"Would not be kept, line {remark.line}: {remark.message}")
        if len(unkept) > SHOWN_REFUSALS:
            count = counted(len(unkept) - SHOWN_REFUSALS, "more question")
            self.stdout.write(f"{count} would not be kept; --json lists all.")
        if dry_run:
            self.stdout.write("Checked only; nothing was changed.")
        else:
            self.stdout.write(
                f"{counted(result.new, 'new draft')}, {result.changed:,} changed, {result.unchanged:,} unchanged."
            )


def _report(
    reading: Reading, result: ImportResult, refused: list[Remark], notes: list[Remark], options: dict[str, Any]
) -> dict[str, Any]:
    return {
        "questions": len(reading.questions),
        "by_type": reading.counted(),
        "refused": _listed(refused),
        "notes": _listed(notes),
        "dry_run": options["dry_run"],
        "new": result.new,
        "changed": result.changed,
        "unchanged": result.unchanged,
    }


def _listed(remarks: list[Remark]) -> list[dict[str, Any]]:
    return [{"line": remark.line, "message": remark.message} for remark in remarks]
