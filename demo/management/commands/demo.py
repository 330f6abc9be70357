"""manage.py demo: fill the fictional organisation of the demonstration."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from demo.fill import fill
from demo.people import sign_in_text


class Command(BaseCommand):
    help = "Fills the demo organisation. Refuses outside demo mode; running it again adds only what is missing."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.ACCORD_DEMO:
            raise CommandError("This is not the demonstration. Set ACCORD_DEMO=1, on a machine of your own only.")
        fill()
        self.stdout.write(sign_in_text(settings.ACCORD_BASE_URL))
