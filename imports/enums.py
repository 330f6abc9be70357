from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportState(models.TextChoices):
    UPLOADED = "uploaded", _("Uploaded")
    CHECKING = "checking", _("Checking")
    REFUSED = "refused", _("Rejected")
    READY = "ready", _("Ready to import")
    APPLYING = "applying", _("Importing")
    APPLIED = "applied", _("Imported")
    WITHDRAWN = "withdrawn", _("Withdrawn")


ENDED = (ImportState.APPLIED, ImportState.WITHDRAWN)
