from django.db import models
from django.utils.translation import gettext_lazy as _


class ActivityKind(models.TextChoices):
    READ = "read", _("Read")
    CHECK = "check", _("Knowledge check")
    REFLECTION = "reflection", _("Reflection")
    PLAN = "plan", _("If-then plan")
    WORKSHEET = "worksheet", _("Worksheet")
    AGREEMENT = "agreement", _("Workplace agreement")
    ASSESSMENT_BEFORE = "assessment_before", _("Assessment before the course")
    ASSESSMENT_AFTER = "assessment_after", _("Assessment after the course")
