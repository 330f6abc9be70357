"""`manage.py check_blueprints [COURSE]`"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from assessments.coverage import coverage_of
from assessments.models import Instrument
from assessments.services.drawing import forecast


class Command(BaseCommand):
    help = "Says of each drawn form whether the bank fills it, for how many sittings, and what a sitting can tell."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("course", metavar="COURSE", nargs="?", help="key of one course; otherwise all, and the skill check")

    def handle(self, *args: Any, **options: Any) -> None:
        drawn = Instrument.objects.filter(is_active=True).exclude(blueprint={}).select_related("course")
        if options["course"]:
            drawn = drawn.filter(course__key=options["course"])
        found = list(drawn.order_by("course__key", "key"))
        if not found:
            self.stdout.write("No form is drawn by a blueprint.")
            return
        for instrument in found:
            self.stdout.write(f"{instrument.course.key if instrument.course else 'for everybody'}, {instrument.title}:")
            for line in coverage_of(instrument):
                self.stdout.write(f"  {line}")
        unfilled = [instrument.title for instrument in found if forecast(instrument).lacks]
        if unfilled:
            raise CommandError(f"Cannot be filled: {', '.join(unfilled)}.", returncode=1)
