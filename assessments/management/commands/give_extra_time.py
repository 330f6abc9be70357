"""`manage.py give_extra_time ADDRESS PERCENT`"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from assessments.services import give_extra_time_alone
from common.errors import UserError


class Command(BaseCommand):
    help = "Gives somebody who learns without an organisation more time in assessments with a time limit; 0 takes it back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", metavar="ADDRESS", help="e-mail address of the account")
        parser.add_argument("percent", metavar="PERCENT", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["address"]).first()
        if user is None:
            raise CommandError("There is no account with this address.", returncode=2)
        try:
            give_extra_time_alone(user=user, percent=options["percent"])
        except UserError as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write("Saved.")
