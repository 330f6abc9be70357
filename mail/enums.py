from django.db import models
from django.utils.translation import gettext_lazy as _


class DeliveryState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    BOUNCED = "bounced", _("Returned")
    EXPIRED = "expired", _("Expired")
    CANCELLED = "cancelled", _("Not sent")


WAITING = (DeliveryState.QUEUED, DeliveryState.SENDING)
UNDELIVERED = (DeliveryState.FAILED, DeliveryState.BOUNCED)


class Priority(models.TextChoices):
    """What stands in line together; a line never waits for another."""

    URGENT = "urgent", _("Urgent")
    DEFAULT = "default", _("Default")
    BULK = "bulk", _("Bulk")
