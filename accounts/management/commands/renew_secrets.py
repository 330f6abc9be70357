"""`manage.py renew_secrets`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.services.second_factors import renew_secrets


class Command(BaseCommand):
    help = "Encrypts the secrets of second factors under the current SECRET_KEY. Once it succeeds, earlier keys may go."

    def handle(self, *args: Any, **options: Any) -> None:
        renewal = renew_secrets()
        self.stdout.write(f"Second factors encrypted under the current key: {renewal.written}")
        if renewal.unreadable:
            raise CommandError(_complaint(renewal.unreadable))


def _complaint(ids: list[int]) -> str:
    """Ids and no names: it ends up in logs. `/admin/mfa/authenticator/` finds whose they are."""
    counted = "1 second factor" if len(ids) == 1 else f"{len(ids)} second factors"
    return (
        f"{counted} could not be read: {', '.join(map(str, ids))}. Name the SECRET_KEY under which they were encrypted in "
        "SECRET_KEY_FALLBACKS and run this again. Where that key is lost, remove these second factors in /admin/."
    )
