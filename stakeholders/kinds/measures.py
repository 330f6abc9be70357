"""Files about teams and what was measured: offers of a training, metrics, performance, and random assignments."""

from django.utils.translation import gettext_lazy as _

from accounts.rules import can_upload_outcomes
from imports.kinds import Column, ImportKind, Order
from stakeholders.kinds.columns import METRIC, TEAM, identifier
from stakeholders.kinds.uploads import PAGES, StakeholderUpload
from stakeholders.models import Assignment, Performance, PersonMetric, StakeholderTeam, TeamMetric
from stakeholders.offers import look_at_teams

TEAMS = ImportKind(
    pages=PAGES,
    may=can_upload_outcomes,
    upload_form=StakeholderUpload,
    name="teams",
    title=_("Teams"),
    summary=_("Your teams, and when each was first offered the training."),
    model=StakeholderTeam,
    columns=(
        Column("team", "text", TEAM, required=True),
        Column("offered_on", "date", _("First day on which the training was offered to this team.")),
        Column("parent", "text", _("Name of the parent team.")),
    ),
    key=("team",),
    keeps_others=True,
    look=look_at_teams,
    sample=({"team": "Sales North", "offered_on": "2024-02-01", "parent": "Sales"},),
)

TEAM_METRICS = ImportKind(
    pages=PAGES,
    may=can_upload_outcomes,
    upload_form=StakeholderUpload,
    name="team_metrics",
    title=_("Team metrics"),
    summary=_("One metric for one team in one month."),
    model=TeamMetric,
    columns=(
        Column("team", "text", TEAM, required=True),
        *METRIC,
        Column("numerator", "number", _("If the value is a share: how many were counted.")),
        Column("denominator", "number", _("If the value is a share: out of how many."), above_zero=True),
        Column("first_trained_month", "month", _("First month in which the training was offered to this team.")),
    ),
    key=("metric", "team", "month"),
    sample=(
        {
            "team": "Sales North",
            "month": "2024-01",
            "metric": "renewal_rate",
            "value": "0.9",
            "numerator": "18",
            "denominator": "20",
        },
    ),
)

PERSON_METRICS = ImportKind(
    pages=PAGES,
    may=can_upload_outcomes,
    upload_form=StakeholderUpload,
    name="person_metrics",
    title=_("Person metrics"),
    summary=_("One metric for one employee in one month. No page shows it by name."),
    model=PersonMetric,
    columns=(identifier("person_id", _("As in the people file."), required=True), *METRIC),
    key=("metric", "person_id", "month"),
    sample=({"person_id": "0017", "month": "2024-01", "metric": "absence_days", "value": "1.5"},),
)

PERFORMANCE = ImportKind(
    pages=PAGES,
    may=can_upload_outcomes,
    upload_form=StakeholderUpload,
    name="performance",
    title=_("Performance"),
    summary=_("What one person or team was expected to reach in one period, and what they reached. No page shows it by name."),
    model=Performance,
    columns=(
        identifier("person_id", _("As in the people file; or give the team.")),
        Column("team", "text", _("Name of the team; or give person_id.")),
        Column(
            "measure",
            "text",
            _("What is measured, always spelled the same way, such as complaints."),
            required=True,
            longest=100,
        ),
        Column("expected", "number", _("The value that was expected."), required=True),
        Column("actual", "number", _("The value that was reached."), required=True),
        Column("period", "period", _("Year, half-year, quarter or month: 2024, 2024-H1, 2024-Q1 or 2024-01."), required=True),
        Column("goal", "text", _("The goal that the measure serves.")),
        Column("unit", "text", _("Unit of both values, such as % or days."), longest=40),
        Column("higher_is_better", "choice", _("yes or no; blank if nobody knows."), choices=("yes", "no")),
    ),
    key=("measure", "person_id", "team", "period"),
    any_of=("person_id", "team"),
    only_one=True,
    sample=(
        {
            "team": "Care",
            "measure": "complaints",
            "expected": "12",
            "actual": "9",
            "period": "2024-Q1",
            "goal": "Families stay with us",
            "higher_is_better": "no",
        },
    ),
)

ASSIGNMENTS = ImportKind(
    pages=PAGES,
    may=can_upload_outcomes,
    upload_form=StakeholderUpload,
    name="assignments",
    title=_("Random assignments"),
    summary=_("Who was assigned to which arm, as recorded at randomisation."),
    model=Assignment,
    columns=(
        identifier("person_id", _("The person assigned; or give the team.")),
        Column("team", "text", _("The team assigned; or give person_id.")),
        Column("arm", "text", _("Name of the arm."), required=True, longest=100),
        Column("randomised_on", "date", _("Day of randomisation."), required=True),
        Column("stratum", "text", _("Group within which assignment was randomised."), longest=100),
        Column("wave_on", "date", _("First day of the assigned wave.")),
    ),
    key=("person_id", "team", "randomised_on"),
    any_of=("person_id", "team"),
    only_one=True,
    orders=(Order("randomised_on", "wave_on", _("The wave is before the randomisation on {other}. Correct one of the two.")),),
    sample=({"team": "Sales North", "arm": "first wave", "randomised_on": "2024-01-15", "wave_on": "2024-02-01"},),
)
