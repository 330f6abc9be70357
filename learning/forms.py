from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from common.forms import LongTextField
from common.names import NameField
from courses.models import Course
from learning.enums import CorrectionReason, PlanOutcome
from learning.errors import CohortNameTaken
from learning.models import PlanFollowUp
from learning.queries import cohort_named, today_in


class NameForm(forms.Form):
    name = NameField(
        label=_("Your name as it should appear on the certificate"),
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class CorrectionForm(NameForm):
    reason = forms.ChoiceField(label=_("Why you correct it"), choices=CorrectionReason, widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("In your own words"),
        max_length=200,
        required=False,
        help_text=_("If you like. You and the operators of this site can read it, and nobody else."),
    )


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class CohortDatesForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=200, help_text=_("A name your colleagues will recognise, such as “Ward leads, spring”.")
    )
    starts_on = forms.DateField(
        label=_("Start date"),
        required=False,
        widget=DateInput(),
        help_text=_("Learners see this date, and are reminded of it. They can begin earlier."),
    )
    due_on = forms.DateField(
        label=_("Due date"),
        required=False,
        widget=DateInput(),
        help_text=_("Learners see this date. Nothing closes once it has passed."),
    )
    sends_reminders = forms.BooleanField(
        label=_("Remind people by e-mail"),
        required=False,
        initial=True,
        help_text=_(
            "On the start date, those who have not started; a week before the due date, on it and a week after, those who have "
            "not finished. E-mails go out between 8:00 and 18:00 local time."
        ),
    )
    is_obligatory = forms.BooleanField(
        label=_("This course is mandatory"),
        required=False,
        help_text=_("People cannot stop the reminders themselves."),
    )

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organisation = organisation

    def clean_due_on(self) -> date | None:
        """A day to come: one that has passed would make everybody late in the same second. One that stands may stay."""
        due_on: date | None = self.cleaned_data["due_on"]
        if due_on and due_on != self.initial.get("due_on") and due_on < today_in(self.organisation):
            raise forms.ValidationError(_("This day has passed. Choose today or a later date, or leave it empty."))
        return due_on

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        starts_on, due_on = cleaned.get("starts_on"), cleaned.get("due_on")
        if starts_on and due_on and due_on < starts_on:
            self.add_error("due_on", _("This is before the start date. Choose a later date, or leave it empty."))
        return cleaned


class CohortForm(CohortDatesForm):
    course = forms.ModelChoiceField(
        label=_("Course"),
        queryset=Course.objects.filter(is_listed=True, current_version__isnull=False).order_by("title"),
        to_field_name="slug",
        empty_label=_("Choose a course"),
        help_text=_("A paid course needs one seat for each person."),
    )
    field_order = ["name", "course", "starts_on", "due_on", "sends_reminders", "is_obligatory"]

    def clean_name(self) -> str:
        """A cohort of that name would be found, and the dates of this form be thrown away."""
        name: str = self.cleaned_data["name"]
        if taken := cohort_named(self.organisation, name):
            raise forms.ValidationError(str(CohortNameTaken(taken)))
        return name


class AddressForm(forms.Form):
    """Where to write to when a course is complete."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"invalid": _("This is not an e-mail address. Enter one like name@example.org.")},
    )


class PlanFollowUpForm(forms.Form):
    """What came of an if-then plan."""

    happened = forms.ChoiceField(
        label=_("Did the “if” happen?"),
        choices=PlanOutcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the three."), "invalid_choice": _("Choose one of the three.")},
    )
    what_done = LongTextField(label=_("What did you do, and what would you do next time?"), required=False, limit=5000, rows=4)

    def __init__(self, *args: Any, note: PlanFollowUp, **kwargs: Any) -> None:
        if note.answered_at:
            kwargs.setdefault("initial", {"happened": note.happened, "what_done": note.what_done})
        super().__init__(*args, **kwargs)
