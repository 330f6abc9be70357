from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from common.cells import DATE_FORMATS, ISO
from common.forms import choice_of_rows
from outcomes.asked import CLOCKS, EMPLOYEE_EXIT, OUTCOMES, Asked
from outcomes.errors import QuestionNotUnderstood
from outcomes.kinds import KINDS


class UploadForm(forms.Form):
    """A file of one kind."""

    kind = forms.ChoiceField(label=_("What the file holds"), choices=[(kind.name, kind.title) for kind in KINDS.values()])
    file = forms.FileField(label=_("The file"), help_text=_("CSV or XLSX, with the names of the columns in the first row."))
    date_format = forms.ChoiceField(
        label=_("How dates are written"),
        choices=[(name, name) for name in DATE_FORMATS],
        initial=ISO,
        help_text=_("Dates like 2024-03-01 are always understood; choose the other format that the file uses."),
    )


class QuestionForm(forms.Form):
    """A question about what became of colleagues or customers after a completion."""

    outcome = forms.ChoiceField(label=_("Who"), choices=list(OUTCOMES.items()), initial=EMPLOYEE_EXIT)
    covariates = forms.CharField(
        label=_("Compare only people who are alike in"),
        required=False,
        max_length=500,
        help_text=_("Names of columns, separated by commas. Add :category to kinds that are not amounts: age,grade:category"),
    )
    clock = forms.ChoiceField(label=_("Count in"), choices=list(CLOCKS.items()), initial="day")
    specification: forms.ModelChoiceField = forms.ModelChoiceField(
        label=_("For the specification"),
        queryset=None,
        required=False,
        empty_label=_("None in particular"),
        help_text=_("Its expectations stand in the report."),
    )

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice_of_rows(self, "specification").queryset = organisation.specifications.filter(state="approved")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                self.asked = Asked(data["outcome"], "completion", data["covariates"], data["clock"])
            except QuestionNotUnderstood as error:
                self.add_error("covariates", str(error))
        return data
