from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a member may do beside learning; every member is a learner."""

    OWNER = "owner", _("Owner")
    ADMIN = "admin", _("Administrator")
    LND_PARTNER = "lnd_partner", _("L&D partner")
    MANAGER = "manager", _("Team manager")
    BILLING = "billing", _("Billing")


class MembershipState(models.TextChoices):
    INVITED = "invited", _("Invited")
    ACTIVE = "active", _("Active")
    LEFT = "left", _("Left")
