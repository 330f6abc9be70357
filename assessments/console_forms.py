from django import forms
from django.utils.translation import gettext_lazy as _

from assessments.models import MOST_EXTRA


class ExtraTimeForm(forms.Form):
    percent = forms.IntegerField(
        label=_("Extra time in per cent"),
        min_value=0,
        max_value=MOST_EXTRA,
        help_text=_("25 gives 38 minutes where others have 30. 0 is no extra time."),
    )
