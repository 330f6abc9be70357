"""manage.py demo: fill the fictional organisation of the demonstration."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from demo.fill import fill
from demo.people import sign_in_text


class Command(BaseCommand):
    help = "Fills the demo organisation. Runs only in demo mode; running it again adds only what is missing."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.ACCORD_DEMO:
            raise CommandError("This is not a demo installation. Set ACCORD_DEMO=1, and only on your own machine.")
        fill()
        self.stdout.write(sign_in_text(settings.ACCORD_BASE_URL))
