"""`manage.py renew_secrets`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.services.second_factors import renew_secrets
from common.encryption import SecretUnreadable


class Command(BaseCommand):
    help = "Encrypts the secrets of second factors under the current SECRET_KEY, after which earlier keys may go."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = renew_secrets()
        except SecretUnreadable as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Second factors encrypted under the current key: {count}")
