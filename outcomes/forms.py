from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from common.forms import choice_of_rows
from needs.enums import EXIT_KINDS, MAX_HORIZON_MONTHS
from needs.models import Specification, StakeholderGroup
from outcomes.columns import ColumnList, columns_for
from outcomes.covariate_fields import CovariatesField
from outcomes.enums import (
    CLOCKS,
    CUSTOMER_CHURN,
    EMPLOYEE_EXIT,
    OUTCOMES,
    PARTNER_EXIT,
    TENURE_EXIT,
)
from outcomes.errors import QuestionNotUnderstood
from outcomes.models import AnalysisRequest
from outcomes.teams import problem_with_teams, team_choices, teams_of
from stakeholders.history import offers_of
from stakeholders.queries import has_tenure_figures, known_courses, knows_exit_kinds

OUTCOME_OF_GROUP = {
    StakeholderGroup.EMPLOYEES: EMPLOYEE_EXIT,
    StakeholderGroup.CUSTOMERS: CUSTOMER_CHURN,
    StakeholderGroup.PARTNERS: PARTNER_EXIT,
}


class QuestionForm(forms.Form):
    """A question about what became of colleagues, customers or partners after a completion."""

    exposure = forms.ChoiceField(
        label=_("What is compared"),
        choices=[
            ("completion", _("Those who completed with those who had not yet")),
            ("rollout", _("Teams that were offered the training with teams not yet offered it")),
        ],
        initial="completion",
        help_text=_("Teams are compared by the exits of employees. Course, columns, horizon and time scale then do not count."),
    )
    outcome = forms.ChoiceField(label=_("What to analyse"), choices=list(OUTCOMES.items()), initial=EMPLOYEE_EXIT)
    courses = forms.MultipleChoiceField(
        label=_("Course"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Whose completion is meant. Choose several only if they are meant to work alike."),
    )
    teams = forms.MultipleChoiceField(
        label=_("Teams"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 6}),
        help_text=_("Whom it is about. Choose none for everybody. The fewer they are, the less can be said."),
    )
    events = forms.MultipleChoiceField(
        label=_("Exits that count"),
        choices=list(EXIT_KINDS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Of employees. Choose none to count every exit. Other exits end the time at risk without counting."),
    )
    covariates = CovariatesField(
        label=_("Adjust for"),
        required=False,
        help_text=_(
            "Columns in which the two sides may differ. Choose what was known at the start and not changed because of an exit. "
            "Only those of the group you analyse count."
        ),
    )
    as_of = forms.DateField(
        label=_("As of"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Nothing after this day counts as having happened. Blank for today."),
    )
    horizon_months = forms.IntegerField(
        label=_("Horizon in months"),
        required=False,
        min_value=1,
        max_value=MAX_HORIZON_MONTHS,
        help_text=_("Follow nobody for longer than this after they joined. Blank to follow everybody as long as the data go."),
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
        self.organisation = organisation
        specifications = organisation.specifications.filter(state="approved").select_related("course", "gap__team")
        choice_of_rows(self, "specification").queryset = specifications
        courses = known_courses(organisation)
        self._set_choices("courses", list(courses.items()))
        is_of_teams = self.data.get("exposure") == "rollout"
        self.fields["courses"].required = self.data.get("outcome") != TENURE_EXIT and not is_of_teams
        if not has_tenure_figures(organisation):
            self._set_choices("outcome", [(name, str(title)) for name, title in OUTCOMES.items() if name != TENURE_EXIT])
        if len(courses) < 2:  # nothing to choose
            del self.fields["courses"]
        columns = columns_for(organisation)
        self.known_teams = teams_of(organisation)
        self._set_choices("teams", team_choices(self.known_teams, columns))
        if len({team for teams in self.known_teams.values() for team in teams}) < 2:
            del self.fields["teams"]
        if offers_of(organisation) is None:
            del self.fields["exposure"]
        if not knows_exit_kinds(organisation):
            del self.fields["events"]
        else:
            self.fields["events"].initial = ["voluntary"]
        self._begin_with(specifications)
        self._offer_columns(columns)

    def _offer_columns(self, columns: Mapping[str, ColumnList]) -> None:
        field = self.fields["covariates"]
        if isinstance(field, CovariatesField):
            field.offer(columns, opened=str(self["outcome"].value()))

    def _begin_with(self, specifications: QuerySet[Specification]) -> None:
        """Prefill from the specification that the address names."""
        try:
            wanted = UUID(self.initial.pop("specification") or "")
        except ValueError:
            return
        if chosen := specifications.filter(uuid=wanted).first():
            self.initial["specification"], self.initial["courses"] = chosen.pk, [chosen.course.key]
            self.initial["outcome"] = OUTCOME_OF_GROUP[StakeholderGroup(chosen.gap.stakeholder_group)]
            self.initial["teams"] = [chosen.gap.team.name] if chosen.gap.team else []
            if chosen.event_kinds:
                self.initial["events"] = chosen.event_kinds
            self.initial["horizon_months"] = chosen.horizon_months
            if chosen.analysis_on and chosen.analysis_on <= self.organisation.today:
                self.initial["as_of"] = chosen.analysis_on

    def _set_choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def clean_as_of(self) -> date | None:
        as_of: date | None = self.cleaned_data["as_of"]
        if as_of and as_of > self.organisation.today:
            raise forms.ValidationError(_("This day has not come yet. Choose today or an earlier day."))
        return as_of

    def clean_teams(self) -> list[str]:
        teams: list[str] = self.cleaned_data["teams"]
        if problem := problem_with_teams(teams, self.cleaned_data.get("outcome", EMPLOYEE_EXIT), self.known_teams):
            raise forms.ValidationError(problem)
        return teams

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            is_of_teams = data.get("exposure") == "rollout"
            try:
                self.analysis = self._of_teams(data) if is_of_teams else self._of_people(data)
            except QuestionNotUnderstood as error:
                self.add_error(None, str(error))
        return data

    def _of_people(self, data: dict[str, Any]) -> AnalysisRequest:
        is_tenure = data["outcome"] == TENURE_EXIT
        return AnalysisRequest(
            data["outcome"],
            "completion",
            data["covariates"].get(data["outcome"], ""),
            "day" if is_tenure else data["clock"],
            courses=() if is_tenure else tuple(data.get("courses", ())),
            events=tuple(data.get("events", ())) if data["outcome"] == EMPLOYEE_EXIT else (),
            as_of=data["as_of"].isoformat() if data["as_of"] else "",
            horizon_months=data["horizon_months"],
            teams=tuple(data.get("teams", ())),
        )

    def _of_teams(self, data: dict[str, Any]) -> AnalysisRequest:
        if data["outcome"] != EMPLOYEE_EXIT:
            raise QuestionNotUnderstood(_("Teams are compared by exits of employees. Choose these, or compare completions."))
        return AnalysisRequest(
            EMPLOYEE_EXIT,
            "rollout",
            events=tuple(data.get("events", ())),
            as_of=data["as_of"].isoformat() if data["as_of"] else "",
            teams=tuple(data.get("teams", ())),
        )
