from django.db import models
from django.utils.translation import gettext_lazy as _


class Begun(models.TextChoices):
    """Why an edition of a rubric was begun."""

    WRITTEN = "written", _("Written")
    CHANGED = "changed", _("Rubric or anchors changed")
    TRAINING = "training", _("Raters train again")


class SkipReason(models.TextChoices):
    """Why a rater gives an answer to somebody else."""

    CONFLICT = "conflict", _("I know who wrote this, or have another conflict of interest")
    LANGUAGE = "language", _("I cannot judge this language")
    UNREADABLE = "unreadable", _("It cannot be read")
    OTHER = "other", _("Another reason")
