from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from common.forms import choice_of_rows
from outcomes.enums import CLOCKS, EMPLOYEE_EXIT, OUTCOMES
from outcomes.errors import QuestionNotUnderstood
from outcomes.models import AnalysisRequest


class QuestionForm(forms.Form):
    """A question about what became of colleagues or customers after a completion."""

    outcome = forms.ChoiceField(label=_("What to analyse"), choices=list(OUTCOMES.items()), initial=EMPLOYEE_EXIT)
    covariates = forms.CharField(
        label=_("Adjust for"),
        required=False,
        max_length=500,
        help_text=_(
            "Column names, separated by commas. Add :category if the values are categories rather than numbers: "
            "age,grade:category"
        ),
    )
    clock = forms.ChoiceField(label=_("Time scale"), choices=list(CLOCKS.items()), initial="day")
    specification: forms.ModelChoiceField = forms.ModelChoiceField(
        label=_("Specification"),
        queryset=None,
        required=False,
        empty_label=_("None"),
        help_text=_("The report shows its expectations."),
    )

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice_of_rows(self, "specification").queryset = organisation.specifications.filter(state="approved")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                self.analysis = AnalysisRequest(data["outcome"], "completion", data["covariates"], data["clock"])
            except QuestionNotUnderstood as error:
                self.add_error("covariates", str(error))
        return data
