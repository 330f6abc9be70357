"""What a specification may say of the analysis that it asks for."""

from django.utils.translation import gettext_lazy as _

EXIT_KINDS = {"voluntary": _("Voluntary"), "involuntary": _("Involuntary"), "other": _("Other")}
MAX_HORIZON_MONTHS = 600
