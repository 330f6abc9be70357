from django.db import models
from django.utils.translation import gettext_lazy as _


class ItemKind(models.TextChoices):
    SINGLE = "single", _("Single choice")
    MULTIPLE = "multiple", _("Multiple choice")


class ItemState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    TRIAL = "trial", _("Trial")
    LIVE = "live", _("Live")
    RETIRED = "retired", _("Retired")


class ItemUse(models.TextChoices):
    """A check and a test never share an item."""

    CHECK = "check", _("Knowledge check in a lesson")
    FORM = "form", _("Assessment")


class KeyProvenance(models.TextChoices):
    AUTHOR = "author", _("Author")
    PANEL = "panel", _("Panel of experts")
    CALIBRATED = "calibrated", _("Calibrated")


class Occasion(models.TextChoices):
    BEFORE = "before", _("Before the course")
    AFTER = "after", _("After the course")


class StudyKind(models.TextChoices):
    FIGURES = "figures", _("Figures of a form and its questions")
    FIT = "fit", _("Fit and differences between groups")
