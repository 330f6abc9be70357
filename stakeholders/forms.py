from django import forms
from django.utils.translation import gettext_lazy as _

from common.cells import DATE_FORMATS, ISO
from stakeholders.kinds import KINDS


class UploadForm(forms.Form):
    """A file of one kind."""

    kind = forms.ChoiceField(label=_("What the file holds"), choices=[(kind.name, kind.title) for kind in KINDS])
    file = forms.FileField(label=_("The file"), help_text=_("CSV or XLSX, with the names of the columns in the first row."))
    date_format = forms.ChoiceField(
        label=_("How dates are written"),
        choices=[(name, name) for name in DATE_FORMATS],
        initial=ISO,
        help_text=_("Dates like 2024-03-01 are always understood; choose the other format that the file uses."),
    )
