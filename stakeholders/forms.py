"""What is asked for when an objection is recorded."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class ObjectionForm(forms.Form):
    """Whom to leave out, as the files name them."""

    person_id = forms.CharField(
        label=_("person_id"),
        max_length=100,
        required=False,
        help_text=_("As in the people file. Upper and lower case and leading zeros count."),
    )
    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, required=False, help_text=_("Or the address in the files.")
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and not data.get("person_id") and not data.get("email"):
            raise forms.ValidationError(_("Enter a person_id or an e-mail address."))
        return data
