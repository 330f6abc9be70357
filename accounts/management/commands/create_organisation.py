"""`manage.py create_organisation SLUG [--name NAME] [--owner EMAIL]`"""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.enums import Role
from accounts.models import Organisation, RoleAssignment
from accounts.services import assign_role, create_organisation
from accounts.services.people import RosterImport, invites
from common.cells import CellError, read_email
from common.names import validate_organisation_name


class Command(BaseCommand):
    help = "Creates an organisation. Running it again changes only the name."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", metavar="SLUG", help="its part of the web address: letters, digits, hyphens, underscores")
        parser.add_argument("--name", default="", help="name of the organisation; derived from the slug if omitted")
        parser.add_argument("--owner", default="", metavar="EMAIL", help="address of the owner, who is invited by e-mail")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        existed = Organisation.objects.filter(slug=options["slug"].lower()).exists()
        try:
            validate_organisation_name(options["name"])
        except ValidationError as error:
            raise CommandError(error.message) from None
        try:
            organisation = create_organisation(slug=options["slug"], name=options["name"])
            if options["owner"]:
                self._invite_owner(organisation, read_email(options["owner"]))
        except ValidationError:
            raise CommandError("A slug can contain only letters, digits, hyphens and underscores.") from None
        except CellError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{'Found' if existed else 'Created'} {organisation.name}: /org/{organisation.slug}/")
        if not RoleAssignment.objects.filter(membership__organisation=organisation, role=Role.OWNER).exists():
            self.stdout.write("It has no owner, so nobody can enter it. Run the command again with --owner EMAIL.")

    def _invite_owner(self, organisation: Organisation, email: str) -> None:
        roster = RosterImport(organisation=organisation)
        (membership,) = roster.add_batch([{"email": email}])
        if invites(roster.changes.get(membership.pk, {})):
            roster.invite([membership])
        roster.finish()
        assign_role(membership=membership, role=Role.OWNER)
