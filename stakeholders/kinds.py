"""The kinds of file with stakeholder data: their columns, what a cell may hold, what makes a row one thing.

docs/csv-formats.md is the contract; this is the same table for the program.
"""

from dataclasses import replace
from datetime import date
from typing import Any

from django import forms
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.rules import can_upload_outcomes
from common.dates import DATE_FORMATS
from common.errors import UserError
from imports.enums import ImportState
from imports.kinds import Column, ImportKind, KindPages, Order, UploadForm
from imports.models import StagedImport
from imports.services import effect_of_withdrawal
from stakeholders.errors import WindowNotUnderstood
from stakeholders.exits import look_at_people
from stakeholders.matches import look_at_completions
from stakeholders.models import (
    Assignment,
    Completion,
    Contract,
    CustomerPeriod,
    CustomerStint,
    EmploymentStint,
    PartnerStint,
    Performance,
    PersonMetric,
    PersonPeriod,
    StakeholderTeam,
    TeamMetric,
    TenureRow,
)
from stakeholders.offers import look_at_teams
from stakeholders.windows import ASKED, ASKED_OF_CONTRACTS, SPANS, FileWindow, look_for_window, missing_from

MISSING_SHOWN = 100
"""Of the rows that are not in a file, on the page of its report."""


def _what_withdrawing_does(staged: StagedImport) -> dict[str, Any]:
    return {"effect": effect_of_withdrawal(staged) if staged.state == ImportState.APPLIED else None}


def _what_it_knows(staged: StagedImport) -> dict[str, Any]:
    """What was said of its leavers, and where its own dates speak against it."""
    found = staged.findings.get("window", {})
    window = {
        "said": FileWindow.of(staged),
        "has_columns": found.get("has_columns", False),
        "has_from": found.get("has_from", False),
        "has_until": found.get("has_until", False),
        "none_before": parse_date(found["from"]) if found.get("none_before") else None,
        "none_after": parse_date(found["until"]) if found.get("none_after") else None,
    }
    return _what_withdrawing_does(staged) | {"window": window, "missing": _missing(staged)}


def _missing(staged: StagedImport) -> dict[str, Any] | None:
    """How many rows of earlier files are not in it, and which: the first of them."""
    missing = missing_from(staged) if staged.state == ImportState.APPLIED else None
    if missing is None or not (n := len(missing)):
        return None
    return {"n": n, "names": missing.names, "rows": missing.first(MISSING_SHOWN), "are_all": n <= MISSING_SHOWN}


def _kinds() -> list[tuple[str, str | Promise]]:
    return [(kind.name, kind.title) for kind in KINDS]


class StakeholderUpload(UploadForm):
    """A file of one of our kinds, and how its dates are written."""

    kind = forms.ChoiceField(label=_("File contents"), choices=_kinds)
    file = forms.FileField(label=_("File"), help_text=_("CSV or XLSX, with column names in the first row."))
    date_format = forms.ChoiceField(
        label=_("Date format"),
        choices=[("", _("Detect automatically")), *((name, name) for name in DATE_FORMATS)],
        required=False,
        help_text=_("Usually detected. If dates can be read two ways, you are asked before anything is imported."),
    )
    as_of = forms.DateField(
        label=_("Day of the figures"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("For tenure files only: the day on which the lengths were counted, usually that of the export."),
    )
    field_order = ["kind", "file", "date_format", "as_of"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("as_of"):
            try:
                require_as_of(data["as_of"], data.get("kind", ""), today=self.organisation.today)
            except UserError as error:
                self.add_error("as_of", str(error))
        return data

    def chosen(self) -> dict[str, Any]:
        chosen = super().chosen()
        return chosen | ({"as_of": chosen["as_of"].isoformat()} if "as_of" in chosen else {})


def require_as_of(day: date, kind: str, *, today: date) -> None:
    """Raises `WindowNotUnderstood` where a file of this kind cannot be of that day; `today` is the organisation's."""
    if kind != TENURE.name:
        raise WindowNotUnderstood(_("Only tenure files are of one day. Leave the day out."))
    if day > today:
        raise WindowNotUnderstood(_("This day has not come yet. Give the day on which the lengths were counted."))


PAGES = KindPages(
    active="outcomes",
    upload_address="org:outcomes_import",
    report_template="console/outcomes_file.html",
    report_context=_what_withdrawing_does,
)
PAGES_OF_LEAVERS = replace(PAGES, report_context=_what_it_knows, asked=ASKED)
PAGES_OF_CONTRACTS = replace(PAGES_OF_LEAVERS, asked=ASKED_OF_CONTRACTS)


def _id(name: str, text: Any, *, required: bool = False) -> Column:
    return Column(name, "identifier", text, required=required, longest=100)


_TEAM = _("Name of the team.")
_FROM = _("First day from which you know who was there; blank if that is the day since which leavers are in the file.")
_UNTIL = _("Last day up to which the row is known; blank if that is the day until which leavers are in the file.")
_LOOKED_AFTER = (
    Column("team", "text", _("Team that looks after them.")),
    _id("owner_person_id", _("person_id of the colleague who looks after them.")),
)
_CURRENCY = Column("currency", "currency", _("Three letters, such as EUR; blank for your organisation's."), longest=3)
_OBSERVED = (Column("observed_from", "date", _FROM), Column("observed_until", "date", _UNTIL))
_END_AFTER_START = Order("start_date", "end_date", _("The end is before the start {other}. Correct one of the two."))
_OBSERVED_IN_ORDER = Order(
    "observed_from", "observed_until", _("Observation ends before it begins on {other}. Correct one of the two.")
)
_METRIC = (
    Column("month", "month", _("YYYY-MM."), required=True),
    Column(
        "metric",
        "text",
        _("Name of the metric, always spelled the same way, such as nps or absence_days."),
        required=True,
        longest=100,
    ),
    Column("value", "number", _("The measured value."), required=True),
)

EARLIEST = 1900
"""A year before it is one of another calendar, or a slip."""
CALLED_EXIT = (
    "termination_date", "date_of_termination", "last_working_day", "last_day_worked", "last_day_of_work", "leaving_date",
    "date_of_leaving", "leave_date", "date_left", "separation_date", "date_of_separation", "employment_end_date",
    "letzter_arbeitstag", "letzter_tag", "austritt_am", "dernier_jour_travaille", "date_de_fin_de_contrat",
    "ultimo_dia_trabajado", "fecha_de_cese", "fecha_de_terminacion",
)  # fmt: skip
"""What no file means otherwise. "End Date" and "Last Day" may be of a contract or a trial, and are suggested only."""

PEOPLE = ImportKind(
    pages=PAGES_OF_LEAVERS,
    may=can_upload_outcomes,
    upload_form=StakeholderUpload,
    name="people",
    title=_("People"),
    summary=_("Current and former employees with their dates. A rehire is a second row with a different hire date."),
    model=EmploymentStint,
    columns=(
        _id("person_id", _("Your own ID for the person. Upper and lower case and leading zeros count."), required=True),
        Column(
            "hire_date", "date", _("First day of this period of employment."), required=True, happens=True, earliest=EARLIEST
        ),
        Column("email", "email", _("Links completions in Accord to this row."), longest=254),
        Column("team", "text", _TEAM),
        _id("manager_id", _("person_id of the manager.")),
        Column(
            "exit_date",
            "date",
            _("Last day; blank while they are still employed."),
            happens=True,
            earliest=EARLIEST,
            also_called=CALLED_EXIT,
        ),
        Column(
            "exit_kind",
            "choice",
            _("voluntary, involuntary or other."),
            choices=("voluntary", "involuntary", "other"),
            blank_means=_("Has not left"),
        ),
        Column("notice_date", "date", _("Day on which notice was given.")),
        Column("completion_date", "date", _("Day on which training taken elsewhere was completed."), happens=True),
        *_OBSERVED,
        Column("annual_cost", "money", _("Annual cost of the person, in your organisation's currency.")),
    ),
    key=("person_id", "hire_date"),
    span=SPANS["people"],
    has_window=True,
    look=look_at_people,
    too_late=("completion_date", "exit_date"),
    keeps_others=True,
    orders=(
        Order("hire_date", "exit_date", _("The exit is before the hire date {other}. Correct one of the two.")),
        Order("notice_date", "exit_date", _("The exit is before the notice date {other}. Correct one of the two.")),
        _OBSERVED_IN_ORDER,
    ),
    sample=(
        {
            "person_id": "0017",
            "hire_date": "2022-03-01",
            "email": "ann@example.org",
            "team": "Sales North",
            "annual_cost": "52000",
        },
        {"person_id": "0018", "hire_date": "2021-09-15", "team": "Care", "exit_date": "2024-05-31", "exit_kind": "voluntary"},
    ),
)

COMPLETIONS = ImportKind(
    pages=PAGES,
    may=can_upload_outcomes,
    upload_form=StakeholderUpload,
    name="completions",
    title=_("Completions elsewhere"),
    summary=_("Who completed which training outside Accord, and when. Completions in Accord are already included."),
    model=Completion,
    columns=(
        _id("person_id", _("As in the people file; or give the e-mail address.")),
        Column("email", "email", _("As in the people file; or give person_id."), longest=254),
        Column("course", "text", _("Name of the training."), required=True),
        Column("completed_on", "date", _("Day of completion."), required=True, happens=True),
    ),
    key=("person_id", "email", "course"),
    any_of=("person_id", "email"),
    look=look_at_completions,
    sample=({"person_id": "0017", "course": "Listening", "completed_on": "2024-02-20"},),
)

CUSTOMERS = ImportKind(
    pages=PAGES_OF_LEAVERS,
    may=can_upload_outcomes,
    upload_form=StakeholderUpload,
    name="customers",
    title=_("Customers"),
    summary=_("Your customers, their start and end dates, and who looks after them. A customer who returns is a second row."),
    model=CustomerStint,
    columns=(
        _id("customer_id", _("Your own ID for the customer."), required=True),
        Column("start_date", "date", _("First day as a customer."), required=True, happens=True),
        Column("end_date", "date", _("Last day; blank while they are a customer."), happens=True),
        Column("segment", "text", _("Kind of customer.")),
        *_LOOKED_AFTER,
        Column("annual_value", "money", _("Annual value of the customer."), currency_column="currency"),
        _CURRENCY,
        *_OBSERVED,
    ),
    key=("customer_id", "start_date"),
    span=SPANS["customers"],
    has_window=True,
    look=look_for_window,
    keeps_others=True,
    orders=(_END_AFTER_START, _OBSERVED_IN_ORDER),
    sample=(
        {
            "customer_id": "C-204",
            "start_date": "2021-01-01",
            "segment": "Care home",
            "owner_person_id": "0017",
            "annual_value": "18000",
            "currency": "EUR",
        },
    ),
)

PARTNERS = ImportKind(
    pages=PAGES_OF_LEAVERS,
    may=can_upload_outcomes,
    upload_form=StakeholderUpload,
    name="partners",
    title=_("Partners"),
    summary=_("Your partners, their start and end dates, and who looks after them. A partner who returns is a second row."),
    model=PartnerStint,
    columns=(
        _id("partner_id", _("Your own ID for the partner."), required=True),
        Column("start_date", "date", _("First day as a partner."), required=True, happens=True),
        Column("end_date", "date", _("Last day; blank while they are a partner."), happens=True),
        *_LOOKED_AFTER,
        Column("annual_value", "money", _("Annual value of the partnership, in your organisation's currency.")),
        *_OBSERVED,
    ),
    key=("partner_id", "start_date"),
    span=SPANS["partners"],
    has_window=True,
    look=look_for_window,
    keeps_others=True,
    orders=(_END_AFTER_START, _OBSERVED_IN_ORDER),
    sample=({"partner_id": "P-12", "start_date": "2021-04-01", "team": "Alliances", "owner_person_id": "0018"},),
)

CONTRACTS = ImportKind(
    pages=PAGES_OF_CONTRACTS,
    may=can_upload_outcomes,
    upload_form=StakeholderUpload,
    name="contracts",
    title=_("Contracts"),
    summary=_("Your contracts with customers: from when to when, how much, and what became of them when they ended."),
    model=Contract,
    columns=(
        _id("customer_id", _("As in the customers file."), required=True),
        Column("start_date", "date", _("First day of the contract."), required=True),
        Column("end_date", "date", _("Last day of the contract, also if that is still to come."), required=True),
        Column("value", "money", _("Value of the whole contract."), currency_column="currency"),
        _CURRENCY,
        Column(
            "result",
            "choice",
            _("What became of it: renewed, expanded, reduced or lost; blank while it runs."),
            choices=("renewed", "expanded", "reduced", "lost"),
            blank_means=_("Still runs"),
        ),
    ),
    key=("customer_id", "start_date"),
    has_window=True,
    look=look_for_window,
    orders=(_END_AFTER_START,),
    sample=(
        {
            "customer_id": "C-204",
            "start_date": "2021-01-01",
            "end_date": "2023-12-31",
            "value": "54000",
            "currency": "EUR",
            "result": "renewed",
        },
        {"customer_id": "C-204", "start_date": "2024-01-01", "end_date": "2026-12-31", "value": "60000", "currency": "EUR"},
    ),
)

TEAMS = ImportKind(
    pages=PAGES,
    may=can_upload_outcomes,
    upload_form=StakeholderUpload,
    name="teams",
    title=_("Teams"),
    summary=_("Your teams, and when each was first offered the training."),
    model=StakeholderTeam,
    columns=(
        Column("team", "text", _TEAM, required=True),
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
        Column("team", "text", _TEAM, required=True),
        *_METRIC,
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
    columns=(_id("person_id", _("As in the people file."), required=True), *_METRIC),
    key=("metric", "person_id", "month"),
    sample=({"person_id": "0017", "month": "2024-01", "metric": "absence_days", "value": "1.5"},),
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
        _id("person_id", _("The person assigned; or give the team.")),
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

PERFORMANCE = ImportKind(
    pages=PAGES,
    may=can_upload_outcomes,
    upload_form=StakeholderUpload,
    name="performance",
    title=_("Performance"),
    summary=_("What one person or team was expected to reach in one period, and what they reached. No page shows it by name."),
    model=Performance,
    columns=(
        _id("person_id", _("As in the people file; or give the team.")),
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

_PERIODS_APART = Order("from", "to", _("The period ends before it begins on {other}. Correct one of the two."))
_PERIOD_FROM = Column("from", "date", _("First day of the period."), required=True, happens=True, stored_as="from_date")
_PERIOD_TO = Column(
    "to", "date", _("Last day of the period; blank if it lasts until the next one, or still does."), stored_as="to_date"
)

PERSON_HISTORY = ImportKind(
    pages=PAGES,
    may=can_upload_outcomes,
    upload_form=StakeholderUpload,
    name="person_history",
    title=_("History of people"),
    summary=_("In which team each colleague was, from when to when. One row for each period."),
    model=PersonPeriod,
    columns=(
        _id("person_id", _("As in the people file."), required=True),
        _PERIOD_FROM,
        _PERIOD_TO,
        Column("team", "text", _TEAM),
        _id("manager_id", _("person_id of the manager.")),
    ),
    key=("person_id", "from"),
    says_nothing_without=("team", "manager_id"),
    span=("from", "to"),
    apart=True,
    orders=(_PERIODS_APART,),
    sample=(
        {"person_id": "0017", "from": "2022-03-01", "to": "2023-06-30", "team": "Sales North"},
        {"person_id": "0017", "from": "2023-07-01", "team": "Sales South"},
    ),
)

CUSTOMER_HISTORY = ImportKind(
    pages=PAGES,
    may=can_upload_outcomes,
    upload_form=StakeholderUpload,
    name="customer_history",
    title=_("History of customers"),
    summary=_("Who looked after each customer, from when to when. One row for each period."),
    model=CustomerPeriod,
    columns=(
        _id("customer_id", _("As in the customers file."), required=True),
        _PERIOD_FROM,
        _PERIOD_TO,
        Column("team", "text", _("Team that looked after them.")),
        _id("owner_person_id", _("person_id of the colleague who looked after them.")),
        Column("annual_value", "money", _("Annual value of the customer in this period, in your organisation's currency.")),
    ),
    key=("customer_id", "from"),
    says_nothing_without=("owner_person_id", "team"),
    span=("from", "to"),
    apart=True,
    orders=(_PERIODS_APART,),
    sample=(
        {"customer_id": "C-204", "from": "2021-01-01", "to": "2022-12-31", "owner_person_id": "0017"},
        {"customer_id": "C-204", "from": "2023-01-01", "owner_person_id": "0018"},
    ),
)

_CALLED = {
    "unit_id": (
        "id customerid customer_id client_id person_id employeenumber employee_number employee_id employeeid empid "
        "emp_id account_id clientnum"
    ),
    "months": (
        "tenure tenure_months tenure_in_months months_of_tenure month stag duration months_on_book yearsatcompany "
        "years_at_company tenure_years years_of_service"
    ),
    "left": "attrition attrition_flag churn churned churn_label exited event has_left turnover",
}
"""What public files with durations call our columns."""
_called = {name: tuple(names.split()) for name, names in _CALLED.items()}

TENURE = ImportKind(
    pages=PAGES,
    may=can_upload_outcomes,
    upload_form=StakeholderUpload,
    name="tenure",
    title=_("Tenure without dates"),
    summary=_("How long each person or customer has been there, and whether they left: for files that know no dates."),
    model=TenureRow,
    columns=(
        Column(
            "unit_id",
            "identifier",
            _("Your own ID for the person or customer. Without this column each row is known by its number."),
            required=True,
            longest=100,
            also_called=_called["unit_id"],
            otherwise="row number",
        ),
        Column(
            "months",
            "duration",
            _("Months they have been there, or had when they left. A column named after years, weeks or days is converted."),
            required=True,
            not_negative=True,
            also_called=_called["months"],
        ),
        Column(
            "left",
            "yes_no",
            _("yes if they left, no if they were still there."),
            required=True,
            choices=("yes", "no"),
            stored_as="has_left",
            also_called=_called["left"],
        ),
        Column(
            "as_of", "date", _("Day of the figures, the same in all rows."), required=True, happens=True, otherwise="option"
        ),
        Column("team", "text", _TEAM),
        Column(
            "completed_months_before",
            "duration",
            _("Months between completing the training and leaving, or the day of the figures; blank if not completed."),
            not_negative=True,
        ),
    ),
    key=("unit_id", "as_of"),
    one_value="as_of",
    keeps_others=True,
    orders=(
        Order(
            "completed_months_before",
            "months",
            _("Nobody can have completed {other} months ago who has been there for less. Correct one of the two."),
            of_numbers=True,
        ),
    ),
    sample=(
        {"unit_id": "0017", "months": "31", "left": "no", "as_of": "2024-06-30", "completed_months_before": "6"},
        {"unit_id": "0018", "months": "9", "left": "yes", "as_of": "2024-06-30"},
    ),
)

KINDS = (
    PEOPLE,
    PERSON_HISTORY,
    CUSTOMERS,
    CUSTOMER_HISTORY,
    PARTNERS,
    COMPLETIONS,
    TENURE,
    TEAMS,
    CONTRACTS,
    TEAM_METRICS,
    PERSON_METRICS,
    PERFORMANCE,
    ASSIGNMENTS,
)
