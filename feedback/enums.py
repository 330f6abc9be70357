from django.db import models
from django.utils.translation import gettext_lazy as _


class RaterGroup(models.TextChoices):
    """How somebody works with the person who asks."""

    MANAGER = "manager", _("Manager")
    PEERS = "peers", _("Peers")
    CUSTOMERS = "customers", _("Customers")
    PARTNERS = "partners", _("Partners")


class RoundState(models.TextChoices):
    DRAFT = "draft", _("Not sent yet")
    OPEN = "open", _("Running")
    CLOSED = "closed", _("Closed")
    CANCELLED = "cancelled", _("Called off")


class Frequency(models.IntegerChoices):
    """How often a behaviour is seen. What could not be observed counts nowhere."""

    NOT_OBSERVED = 0, _("Could not observe")
    NEVER = 1, _("Never")
    RARELY = 2, _("Rarely")
    SOMETIMES = 3, _("Sometimes")
    OFTEN = 4, _("Often")
    ALWAYS = 5, _("Almost always")


class Question(models.TextChoices):
    """What is asked in words."""

    KEEP = "keep", _("What you should go on doing")
    CHANGE = "change", _("What you could do differently")


class Shown(models.TextChoices):
    """Whose answers are shown together: the names of `scoring.grouping`."""

    MANAGER = "manager", _("Your managers")
    ONE_MANAGER = "one_manager", _("Your manager")
    MANAGER_AND_PEERS = "manager_and_peers", _("Your manager and peers, together")
    PEERS = "peers", _("Your peers")
    CUSTOMERS = "customers", _("Your customers")
    PARTNERS = "partners", _("Your partners")
