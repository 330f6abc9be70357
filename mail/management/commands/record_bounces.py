"""`manage.py record_bounces`."""

import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mail.services.bounces import read_notifications, record_bounces


class Command(BaseCommand):
    help = "Notes which e-mails came back, from the messages that mail servers send about them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="A mailbox (mbox) or a single message; - reads it from standard input.")

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        if file != "-":
            self._record(Path(file))
            return
        with tempfile.NamedTemporaryFile() as copy:
            copy.write(sys.stdin.buffer.read())
            copy.flush()
            self._record(Path(copy.name))

    def _record(self, path: Path) -> None:
        try:
            count = record_bounces(read_notifications(path))
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
        self.stdout.write(f"Returned e-mails: {count}")
