"""Forms of the needs pages."""

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from common.figures import plain
from common.forms import LongTextField, choice_of_rows
from common.money import MINOR_DIGITS
from courses.models import Course
from learning.models import Cohort
from needs.enums import EXIT_KINDS, MAX_HORIZON_MONTHS
from needs.models import CauseFactor, CauseWeight, Expectation, Gap, Specification, StakeholderGroup
from skills.models import Skill
from skills.queries import calling, framework_in, skills_of


class DayInput(forms.DateInput):
    """The browser's own date field; its value is ISO 8601 in every language."""

    input_type = "date"

    def __init__(self, attrs: dict | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class FigureForm(forms.ModelForm):
    """A form that gives figures back as they were typed: 6.5, not 6.5000."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        figures = {name: plain(value) for name, value in self.initial.items() if isinstance(value, Decimal)}
        self.initial = {**self.initial, **figures}


class GapForm(FigureForm):
    yearly_cost = forms.DecimalField(
        label=_("Annual cost"), min_value=Decimal(0), decimal_places=2, max_digits=14, required=False,
    )  # fmt: skip

    class Meta:
        model = Gap
        fields = [
            "title", "requested", "who", "team", "stakeholder_group", "measure", "unit", "expected", "actual",
            "higher_is_better", "since", "yearly_cost", "business_goal", "source",
        ]  # fmt: skip
        labels = {
            "title": _("The gap in a few words"),
            "requested": _("What was requested"),
            "who": _("Whose performance"),
            "team": _("Team"),
            "stakeholder_group": _("Who is affected"),
            "measure": _("Measure"),
            "unit": _("Unit"),
            "expected": _("Target"),
            "actual": _("Current value"),
            "higher_is_better": _("A higher value is better"),
            "since": _("Since"),
            "business_goal": _("Business goal it affects"),
            "source": _("Source of the figures"),
        }
        widgets = {"requested": forms.Textarea(attrs={"rows": 3}), "since": DayInput()}

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scale = 10 ** MINOR_DIGITS.get(organisation.currency, 2)
        choice_of_rows(self, "team").queryset = organisation.teams.all()
        choice_of_rows(self, "team").empty_label = _("No team in particular")
        self.fields["yearly_cost"].help_text = _("In %(currency)s. A careful estimate is better than none.") % {
            "currency": organisation.currency
        }
        if self.instance.yearly_cost is not None:
            self.initial["yearly_cost"] = Decimal(self.instance.yearly_cost) / self.scale

    def clean_yearly_cost(self) -> int | None:
        amount = self.cleaned_data["yearly_cost"]
        return None if amount is None else int(amount * self.scale)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        expected, actual = data.get("expected"), data.get("actual")
        if expected is not None and actual is not None:
            higher = bool(data.get("higher_is_better"))
            if expected == actual or (expected > actual) != higher:
                self.add_error(
                    "actual",
                    _(
                        "There is no gap: the current value is as good as the target. Check both values, and "
                        "whether a higher value is better."
                    ),
                )
        return data


class CausesForm(forms.Form):
    """Six factors on one page, each with a weight, what speaks for it, what against it, and a remedy."""

    PARTS = ("weight", "evidence_for", "evidence_against", "remedy")

    def __init__(self, *args: Any, gap: Gap, **kwargs: Any) -> None:
        known = {cause.factor: cause for cause in gap.causes.all()}
        initial = {
            f"{factor}-{part}": getattr(known[factor], part) for factor in CauseFactor if factor in known for part in self.PARTS
        }
        super().__init__(*args, **(kwargs | {"initial": initial}))
        text = {
            "evidence_for": _("Evidence for"),
            "evidence_against": _("Evidence against"),
            "remedy": _("What would help"),
        }
        for factor in CauseFactor:
            self.fields[f"{factor}-weight"] = forms.ChoiceField(
                label=_("What did you find?"), choices=CauseWeight, initial=CauseWeight.UNKNOWN
            )
            for part, label in text.items():
                self.fields[f"{factor}-{part}"] = LongTextField(label=label, required=False, limit=2000, rows=2)

    @property
    def factors(self) -> list[dict[str, Any]]:
        """What the page loops over: the factor and its four bound fields."""
        return [{"factor": factor, "fields": [self[f"{factor}-{part}"] for part in self.PARTS]} for factor in CauseFactor]

    def findings(self) -> dict[str, dict[str, str]]:
        return {factor: {part: self.cleaned_data[f"{factor}-{part}"] for part in self.PARTS} for factor in CauseFactor.values}


LEVELS = [(number, str(number)) for number in range(1, 6)]


class SpecificationForm(forms.ModelForm):
    skill = forms.ModelChoiceField(label=_("Skill"), queryset=Skill.objects.none())
    from_level = forms.TypedChoiceField(label=_("From level"), choices=LEVELS, coerce=int, initial=1)
    to_level = forms.TypedChoiceField(label=_("To level"), choices=LEVELS, coerce=int, initial=3)
    event_kinds = forms.MultipleChoiceField(
        label=_("Exits that count"),
        choices=list(EXIT_KINDS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("If the analysis is about employees who leave. Choose none if that has not been decided."),
    )
    horizon_months = forms.IntegerField(
        label=_("Horizon in months"),
        required=False,
        min_value=1,
        max_value=MAX_HORIZON_MONTHS,
        help_text=_("If the analysis is to follow nobody for longer than this after they joined."),
    )

    class Meta:
        model = Specification
        fields = [
            "title", "course", "cohort", "people", "evaluation", "analysis_on", "event_kinds", "horizon_months",
            "despite_reason",
        ]  # fmt: skip
        labels = {
            "title": _("Specification name"),
            "course": _("Course"),
            "cohort": _("Cohort that takes the course"),
            "people": _("Number of people"),
            "evaluation": _("How it will be evaluated"),
            "analysis_on": _("Analysis date"),
            "despite_reason": _("Why training goes ahead anyway"),
        }
        widgets = {
            "evaluation": forms.Textarea(attrs={"rows": 4}),
            "despite_reason": forms.Textarea(attrs={"rows": 3}),
            "analysis_on": DayInput(),
        }

    field_order = [
        "title", "skill", "from_level", "to_level", "course", "cohort", "people", "evaluation", "analysis_on", "event_kinds",
        "horizon_months",
    ]  # fmt: skip

    def __init__(
        self, *args: Any, organisation: Organisation, needs_reason: bool, is_about_employees: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        skill = choice_of_rows(self, "skill")
        skill.queryset = skills_of()
        skill.label_from_instance = calling(framework_in(organisation))  # type: ignore[assignment, method-assign]  # Django’s way
        choice_of_rows(self, "course").queryset = Course.objects.filter(is_listed=True)
        offered = Q(archived_at=None) | Q(pk=self.instance.cohort_id)
        cohorts = Cohort.objects.filter(offered, organisation=organisation)
        choice_of_rows(self, "cohort").queryset = cohorts.select_related("course")
        self.fields["cohort"].help_text = _("You can choose it later, before approval.")
        empty = {"skill": _("Choose a skill"), "course": _("Choose a course"), "cohort": _("None yet")}
        for name, words in empty.items():
            choice_of_rows(self, name).empty_label = words
        if needs_reason:
            self.fields["despite_reason"].required = True
        else:
            del self.fields["despite_reason"]
        if not is_about_employees:
            del self.fields["event_kinds"]
        if self.instance.pk and (first := self.instance.skills.first()):
            self.initial = {**self.initial, "skill": first.skill_id, "from_level": first.from_level, "to_level": first.to_level}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if (data.get("from_level") or 0) >= (data.get("to_level") or 9):
            self.add_error("to_level", _("The level to reach must be higher than the starting level."))
        cohort, course = data.get("cohort"), data.get("course")
        if cohort and course and cohort.course_id != course.pk:
            self.add_error(
                "cohort", _("This cohort takes a different course. Choose a cohort for this course, or change the course.")
            )
        return data

    def specification_fields(self) -> dict[str, Any]:
        fields = {name: self.cleaned_data[name] for name in self.Meta.fields if name in self.cleaned_data}
        level = (self.cleaned_data["skill"], self.cleaned_data["from_level"], self.cleaned_data["to_level"])
        return fields | {"skills": [level]}


class ExpectationForm(FigureForm):
    class Meta:
        model = Expectation
        fields = ["stakeholder_group", "owner", "statement", "measure", "unit", "baseline", "target", "due_on", "importance"]
        labels = {
            "stakeholder_group": _("Who expects it"),
            "owner": _("Name or role"),
            "statement": _("The expectation, in their words"),
            "measure": _("Measure"),
            "unit": _("Unit"),
            "baseline": _("Baseline"),
            "target": _("Target"),
            "due_on": _("Due date"),
            "importance": _("Importance"),
        }
        widgets = {
            "due_on": DayInput(),
            "importance": forms.Select(
                choices=[(1, _("1 – nice to have")), (2, "2"), (3, _("3 – important")), (4, "4"), (5, _("5 – decisive"))]
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        group: Any = self.fields["stakeholder_group"]
        group.choices = [("", _("Choose a group")), *StakeholderGroup.choices]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("baseline") is not None and data.get("baseline") == data.get("target"):
            self.add_error(
                "target", _("The baseline and the target are the same, so there is nothing to expect. Change one of them.")
            )
        return data


class MeasureForm(FigureForm):
    class Meta:
        model = Expectation
        fields = ["measured", "measured_on", "remark"]
        labels = {"measured": _("Measured value"), "measured_on": _("Measured on"), "remark": _("Comment")}
        widgets = {"measured_on": DayInput(), "remark": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["measured"].required = self.fields["measured_on"].required = True


class RemeasureForm(FigureForm):
    class Meta:
        model = Gap
        fields = ["remeasured", "remeasured_on"]
        labels = {"remeasured": _("Current value"), "remeasured_on": _("Measured on")}
        widgets = {"remeasured_on": DayInput()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["remeasured"].required = self.fields["remeasured_on"].required = True
