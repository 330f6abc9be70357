from django.db import models
from django.utils.translation import gettext_lazy as _


class GrantSource(models.TextChoices):
    FREE = "free", _("Free course")
    ORDER = "order", _("Purchase")
    SEAT = "seat", _("Organisation seat")
    GIFT = "gift", _("Gift")


class SeatState(models.TextChoices):
    FREE = "free", _("Available")
    ASSIGNED = "assigned", _("Invited")
    ACTIVATED = "activated", _("In use")
    REVOKED = "revoked", _("Withdrawn")
    EXPIRED = "expired", _("Expired")


# Somebody sits on these seats, or is invited to.
HELD_STATES = (SeatState.ASSIGNED, SeatState.ACTIVATED)
# What was bought and has neither been withdrawn nor ended.
CURRENT_STATES = (SeatState.FREE, *HELD_STATES)
