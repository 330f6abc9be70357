from django.db import models
from django.utils.translation import gettext_lazy as _


class ReminderReason(models.TextChoices):
    START = "start", _("Start date")
    BEFORE = "before", _("A week before the due date")
    DUE = "due", _("Due date")
    AFTER = "after", _("A week after the due date")
    ASKED = "asked", _("Sent by hand")


class AssessmentDone(models.TextChoices):
    """What became of the assessment after the course, for somebody who completed it."""

    NONE = "none", _("The course has none")
    TAKEN = "taken", _("Taken")
    WAIVED = "waived", _("Waived")
    ADDED_LATER = "added_later", _("Added later")


class CorrectionReason(models.TextChoices):
    """Why somebody corrects the name on their certificate."""

    MISSPELT = "misspelt", _("It is misspelt")
    CHANGED = "changed", _("My name has changed")
    SPELLING = "spelling", _("I want it in another script or spelling")
    OTHER = "other", _("Another reason")


class PlanOutcome(models.TextChoices):
    """Whether the *if* of a plan happened, and what came of the *then*."""

    DONE = "done", _("It happened, and I did it")
    OTHER = "other", _("It happened, and I did something else")
    NOT_YET = "not_yet", _("It has not happened yet")
