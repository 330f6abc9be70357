from django.db import models
from django.utils.translation import gettext_lazy as _


class GrantSource(models.TextChoices):
    FREE = "free", _("Free course")
    ORDER = "order", _("Bought")
    SEAT = "seat", _("Seat of an organisation")
    GIFT = "gift", _("Gift")


class SeatState(models.TextChoices):
    FREE = "free", _("Free")
    ASSIGNED = "assigned", _("Assigned")
    ACTIVATED = "activated", _("Activated")
    REVOKED = "revoked", _("Revoked")
    EXPIRED = "expired", _("Expired")


# Somebody sits on these seats, or is invited to.
HELD_STATES = (SeatState.ASSIGNED, SeatState.ACTIVATED)
