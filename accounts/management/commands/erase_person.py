"""`manage.py erase_person WHO [--dry-run]`"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.management.people import account_of
from accounts.models import User
from accounts.personal_data import in_order, obstacles_of
from accounts.services.closing import erase_now, is_erased
from common.errors import UserError


class Command(BaseCommand):
    help = "Erases somebody's account and what is theirs, at once and for good, without the days of grace."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("who", metavar="WHO", help="address or number of their account")
        parser.add_argument("--dry-run", action="store_true", help="say what is held and what is in the way; change nothing")

    def handle(self, *args: Any, who: str, dry_run: bool, **options: Any) -> None:
        user = account_of(who)
        if is_erased(user):
            self.stdout.write(f"Account {user.pk} has been erased already.")
            return
        if dry_run:
            self._say(user)
            return
        try:
            erase_now(user=user)
        except UserError as error:
            raise CommandError(str(error)) from None
        self.stdout.write("Erased. A last e-mail says so to the address; backups hold the account until they are replaced.")

    def _say(self, user: User) -> None:
        for part in in_order():
            self.stdout.write(f"{part.count(user):>8}  {part.name}")
        for obstacle in obstacles_of(user):
            self.stdout.write(f"In the way: {obstacle.text}")
        self.stdout.write("Nothing was changed.")
