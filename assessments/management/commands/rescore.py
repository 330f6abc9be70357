"""`manage.py rescore COURSE|--skill-checks [--dry-run | --in-background] [--json]`"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from assessments.jobs import checks_in_words, rescored_in_words, start_rescoring
from assessments.services import plan_rescoring, plan_rescoring_of_checks, rescore, rescore_checks
from courses.models import Course


class Command(BaseCommand):
    help = "Scores submitted attempts again where an author has changed which answer is best, and no word (docs/operations.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("course", metavar="COURSE", nargs="?", help="key of the course, as in its address")
        parser.add_argument("--skill-checks", action="store_true", help="the skill checks that people have kept, of no course")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--dry-run", action="store_true", help="tell who would move without changing anything")
        how.add_argument("--in-background", action="store_true", help="leave it to a worker")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["course"]) == options["skill_checks"]:
            raise CommandError("Name either a course or --skill-checks.", returncode=2)
        course = self.course(options["course"]) if options["course"] else None
        if options["in_background"]:
            self.print({"job": str(start_rescoring(course=course).uuid)}, options, "A worker scores it again: job {job}.")
        elif options["dry_run"]:
            plan = plan_rescoring(course=course) if course else plan_rescoring_of_checks()
            self.print_plan(plan.as_json(), as_json=options["json"])
        elif course:
            rescored = rescore(course=course, report=self.print_progress)
            self.print({"course": course.key, "rescored": rescored}, options, rescored_in_words(rescored))
        else:
            rescored = rescore_checks(report=self.print_progress)
            self.print({"course": None, "rescored": rescored}, options, checks_in_words(rescored))

    def course(self, key: str) -> Course:
        course = Course.objects.filter(key=key).first()
        if course is None:
            known = ", ".join(Course.objects.order_by("key").values_list("key", flat=True)) or "none yet"
            raise CommandError(f"There is no course “{key}”. There are: {known}.", returncode=2)
        return course

    def print_progress(self, done: int, total: int) -> None:
        self.stderr.write(f"{done:,} of {total:,} attempts looked at")

    def print(self, report: dict[str, Any], options: dict[str, Any], words: str) -> None:
        self.stdout.write(json.dumps(report, ensure_ascii=False, indent=2) if options["json"] else words.format(**report))

    def print_plan(self, report: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=2))
            return
        self.stdout.write(f"Questions keyed otherwise than before: {', '.join(report['questions']) or 'none'}.")
        self.stdout.write(f"Would be scored again: {report['attempts']} attempts of {report['learners']} learners.")
        self.stdout.write(
            f"Of these attempts {report['other_agreement']} would agree more or less often, and {report['other_likely_level']} "
            "would look like another level."
        )
        for slug, moves in report["skills"].items():
            self.stdout.write(
                f"  {slug}: {moves['attempts']} attempts, {moves['other_agreement']} with another agreement "
                f"(mean {_signed(moves['mean_move_in_points'])} points), {moves['other_likely_level']} with another likely "
                f"level (mean {_signed(moves['mean_move_in_levels'])} levels)"
            )
        self.stdout.write("Looked only; nothing was changed.")


def _signed(move: float | None) -> str:
    return "not told" if move is None else f"{move:+}"
