"""manage.py load_content [PATH]: bring the courses of a content folder into the page tree and publish them."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from cms.content_files import ContentError, Report, load
from cms.content_files.force import Force
from cms.models import LoadedFile
from common.text import counted


class Command(BaseCommand):
    help = "Loads courses from text files (docs/content-format.md). Running it again loads only what has changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", nargs="?", default=str(settings.CONTENT_DIR), help="Folder with skills.yaml and courses/.")
        parser.add_argument(
            "--force", action="store_true", help="Overwrite pages that were edited in the CMS since the last load."
        )
        parser.add_argument(
            "--force-file",
            action="append",
            default=[],
            metavar="FILE",
            help="Overwrite only the page of this file, or of all files in this folder, as conflicts name it (courses/…). "
            "May be given several times.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["path"])
        if not path.is_dir():
            raise CommandError(f"{path} is not a folder. Give the folder that holds skills.yaml and courses/.")
        force: Force = options["force"] or _named(options["force_file"], path)
        try:
            report = load(path, force=force)
        except ContentError as error:
            self._say(error.report)
            raise CommandError(_summary(error)) from error
        self._say(report)

    def _say(self, report: Report) -> None:
        for conflict in report.conflicts:
            self.stderr.write(
                f"{conflict}: was edited in the CMS since it was loaded and differs from the file. The CMS version was kept; "
                f"--force-file {conflict.partition(' (')[0]} overwrites it, --force all of them."
            )
        for lessons in dict.fromkeys(report.shared):
            self.stderr.write(
                f"{lessons}: these lessons contain the same exercise. What learners wrote stays in the lesson where they wrote "
                "it; in the others it starts empty. Remove it from all but one, or give it another id."
            )
        self.stdout.write(
            f"{len(report.created)} created, {len(report.updated)} updated, {len(report.moved)} moved, "
            f"{len(report.unpublished)} unpublished, {len(report.unchanged)} unchanged; "
            f"{counted(len(report.versions), 'course version')} published."
        )


def _summary(error: ContentError) -> str:
    """How much is wrong, then all of it."""
    problems, files = len(error.problems), len({problem.file for problem in error.problems})
    counted = f"{problems} {'problem' if problems == 1 else 'problems'} in {files} {'file' if files == 1 else 'files'}"
    return f"{counted}. Their courses were left as they were; everything else was loaded.\n{error}"


def _named(files: list[str], path: Path) -> frozenset[str]:
    """Files and folders to be forced; each is there, or was when its page was loaded."""
    named = frozenset(file.strip("/") for file in files)
    for name in sorted(named):
        if not (path / name).exists() and not LoadedFile.objects.filter(path=name).exists():
            raise CommandError(f"There is no {name} in {path}. Name it as the conflicts do, beginning with courses/.")
    return named
