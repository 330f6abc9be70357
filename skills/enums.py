from django.db import models
from django.utils.translation import gettext_lazy as _

DEFAULT_FRAMEWORK = "accord"
"""Slug of the framework that ships with Accord (content/skills.yaml). A slug without a framework names a skill of this one."""


class EvidenceKind(models.TextChoices):
    ASSESSMENT = "assessment", _("Assessment")
    PRACTICE = "practice", _("Practice")
    WORKPLACE = "workplace", _("At work")
    FEEDBACK = "360", _("360 feedback")


class WordsFrom(models.TextChoices):
    FILE = "file", _("Content file")
    CMS = "cms", _("CMS")
    CONSOLE = "console", _("Console")
