"""`manage.py export_person WHO FILE`"""

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.management.people import account_of
from accounts.services.exporting import export_to


class Command(BaseCommand):
    help = "Writes everything that is held of somebody into a ZIP file, to be given to them and to nobody else."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("who", metavar="WHO", help="address or number of their account")
        parser.add_argument("file", metavar="FILE", help="where to write it; a file that exists is left alone")

    def handle(self, *args: Any, who: str, file: str, **options: Any) -> None:
        user = account_of(who)
        try:
            # Readable by whoever runs this, from the first byte on.
            descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from None
        with os.fdopen(descriptor, "w+b") as target:
            export_to(user=user, target=target)
        self.stdout.write(f"Wrote {file}. Delete it once they have it.")
