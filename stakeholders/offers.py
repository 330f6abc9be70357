"""What the report of a file of teams says where no column has the day of the offer, and which one could."""

from typing import Any

from django.utils.translation import gettext as _

from imports.kinds import FileCheck
from imports.tables.layout import enumerate_names
from imports.tables.synonyms import SUGGESTED
from stakeholders.exits import bare, other_columns

OFFER = "offered_on"


def look_at_teams(check: FileCheck) -> dict[str, Any]:
    """Without that day no question about teams that were offered the training can be asked, and nothing else says why."""
    if OFFER not in check.staging.stored:
        could_be = [name for name, profile in other_columns(check) if bare(name) in SUGGESTED[OFFER] or "date" in profile.kinds]
        check.note(
            _("No column was taken as the day of the offer (offered_on): by this file no team was offered the training.")
            + (
                " " + _("It could be %(names)s: choose it under “Map columns”.") % {"names": enumerate_names(could_be)}
                if could_be
                else ""
            )
        )
    return {}
