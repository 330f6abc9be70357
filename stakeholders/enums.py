"""What rows say in a word."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CircleKind(models.TextChoices):
    """Among whom circles are drawn: whoever objects by themselves has an account, so they hide among others who have one."""

    MEMBERS = "members", _("members with an account")
    PEOPLE = "people", _("everybody in the data")
    TENURE = "tenure", _("units of lengths of tenure alone")
