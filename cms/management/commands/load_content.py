"""manage.py load_content [PATH]: bring the courses of a content folder into the page tree and publish them."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from cms.content_files import ContentError, Report, load


class Command(BaseCommand):
    help = "Loads courses from text files (docs/content-format.md). Running it again loads only what has changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", nargs="?", default=str(settings.CONTENT_DIR), help="Folder with skills.yaml and courses/.")
        parser.add_argument(
            "--force", action="store_true", help="Overwrite pages that were edited in the CMS since the last load."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["path"])
        if not path.is_dir():
            raise CommandError(f"{path} is not a folder. Give the folder that holds skills.yaml and courses/.")
        try:
            report = load(path, force=options["force"])
        except ContentError as error:
            raise CommandError(f"Some courses could not be loaded; nothing in them was changed.\n{error}") from error
        self._say(report)

    def _say(self, report: Report) -> None:
        for conflict in report.conflicts:
            self.stderr.write(
                f"{conflict}: was edited in the CMS since it was loaded and differs from the file. The CMS version was kept; "
                "--force overwrites it."
            )
        self.stdout.write(
            f"{len(report.created)} created, {len(report.updated)} updated, {len(report.moved)} moved, "
            f"{len(report.unpublished)} unpublished, {len(report.unchanged)} unchanged; "
            f"{len(report.versions)} course versions published."
        )
