from django.db import models
from django.utils.translation import gettext_lazy as _


class ReminderReason(models.TextChoices):
    START = "start", _("Start date")
    BEFORE = "before", _("A week before the due date")
    DUE = "due", _("Due date")
    AFTER = "after", _("A week after the due date")
    ASKED = "asked", _("Sent by hand")
