"""`manage.py export_items FILE --format moodle|qti [--course KEY] [--skill SLUG] [--state STATE] [--json]`"""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from assessments.enums import ItemState, ItemUse
from assessments.exchange import FileFormat
from assessments.models import Item
from assessments.services import Export, export_questions
from assessments.services.exporting import WRITERS
from common.text import counted

SHOWN = 50


class Command(BaseCommand):
    help = "Writes questions of assessments as a file for other systems (docs/csv-formats.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="the file to write; one that is there is not overwritten")
        parser.add_argument("--format", required=True, choices=[str(form) for form in WRITERS], help="format of the file")
        parser.add_argument("--course", metavar="KEY", help="those of a course alone; “bank” for those of none")
        parser.add_argument("--skill", metavar="SLUG", help="those of a skill alone")
        parser.add_argument("--state", choices=ItemState.values, help="those in a state alone")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        export = export_questions(self.items(options), FileFormat(options["format"]))
        if not export.questions:
            raise CommandError("No question can be written, so there is no file.", returncode=1)
        try:
            with options["file"].open("xb") as file:
                file.write(export.data)
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}.", returncode=2) from error
        if options["json"]:
            report = {
                "questions": export.questions,
                "left_out": [{"key": one.key, "reason": one.reason} for one in export.left_out],
                "without_levels": export.without_levels,
                "without_reasons": export.without_reasons,
                "without_rubrics": export.without_rubrics,
            }
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=2))
        else:
            self.print_report(export)

    def items(self, options: dict[str, Any]) -> QuerySet[Item]:
        items = Item.objects.filter(use=ItemUse.FORM).select_related("current_version", "skill").order_by("key", "pk")
        if options["course"]:
            items = items.filter(course=None) if options["course"] == "bank" else items.filter(course__key=options["course"])
        if options["skill"]:
            items = items.filter(skill__slug=options["skill"])
        return items.filter(state=options["state"]) if options["state"] else items

    def print_report(self, export: Export) -> None:
        self.stdout.write(f"{counted(export.questions, 'question')} written.")
        if export.without_levels:
            self.stdout.write(f"Without the levels of their answers: {export.without_levels:,}.")
        if export.without_reasons:
            self.stdout.write(f"Without why a step or a pair is right: {export.without_reasons:,}.")
        if export.without_rubrics:
            self.stdout.write(f"Without the rubric and the anchors of their raters: {export.without_rubrics:,}.")
        for one in export.left_out[:SHOWN]:
            self.stderr.write(f"{one.key}: {one.reason}")
        if len(export.left_out) > SHOWN:
            more = counted(len(export.left_out) - SHOWN, "more was", "more were")
            self.stderr.write(f"{more} left out; --json lists them.")
