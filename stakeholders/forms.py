"""What is asked of a file of people or customers beside its rows."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.errors import UserError
from stakeholders.services import require_window
from stakeholders.windows import Extent


class WindowForm(forms.Form):
    """From when to when the leavers of a file are complete, and what it lists."""

    leavers_from = forms.DateField(
        label=_("Leavers are in this file since"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Everybody who left on this day or later is in the file. Nobody counts as observed before it."),
    )
    leavers_until = forms.DateField(
        label=_("Leavers are in this file until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Usually the day the file was exported. Nobody counts as observed after it."),
    )
    extent = forms.ChoiceField(
        label=_("What the file lists"),
        choices=[
            (Extent.EVERYBODY.value, _("Everybody: all current staff or customers, and the leavers since that day")),
            (Extent.CHANGES.value, _("Changes only: rows that are new or different since the last file")),
        ],
        widget=forms.RadioSelect,
        initial=Extent.EVERYBODY.value,
    )
    every_exit_listed = forms.BooleanField(
        label=_("The changes hold every exit since the last file"),
        required=False,
        help_text=_("Only then is everybody else known to have stayed until the day above."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                require_window(
                    data["leavers_from"], data["leavers_until"], Extent(data["extent"]), every_exit=data["every_exit_listed"]
                )
            except UserError as error:
                self.add_error("leavers_until", str(error))
        return data
