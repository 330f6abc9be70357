from django import forms
from django.utils.translation import gettext_lazy as _

from common.cells import DATE_FORMATS, ISO
from stakeholders.kinds import KINDS


class UploadForm(forms.Form):
    """A file of one kind."""

    kind = forms.ChoiceField(label=_("File contents"), choices=[(kind.name, kind.title) for kind in KINDS])
    file = forms.FileField(label=_("The file"), help_text=_("CSV or XLSX, with column names in the first row."))
    date_format = forms.ChoiceField(
        label=_("Date format"),
        choices=[(name, name) for name in DATE_FORMATS],
        initial=ISO,
        help_text=_("Dates like 2024-03-01 are always understood. Choose the other format the file uses, if any."),
    )
