"""The kinds of file that bring stakeholder data: their columns, what a cell may hold, what makes a row one thing.

docs/csv-formats.md is the contract; this is the same table for the program.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

from imports.tables.columns import Columns
from stakeholders.models import (
    Assignment,
    Completion,
    CustomerStint,
    EmploymentStint,
    ImportedRow,
    PersonMetric,
    StakeholderTeam,
    TeamMetric,
)

CLEAR = "(clear)"
"""What a cell says to empty a value that is known; a blank says nothing and keeps it."""

CellType = Literal["identifier", "email", "text", "date", "month", "money", "number", "currency", "choice"]


@dataclass(frozen=True)
class Column:
    """One column of a kind; it is stored in the model's field of the same name. `longest` is in characters."""

    name: str
    type: CellType
    help: Any
    required: bool = False
    longest: int = 200
    choices: tuple[str, ...] = ()
    above_zero: bool = False

    @property
    def is_worded(self) -> bool:
        """Whether few words may stand here, and others may have to be explained."""
        return self.type in ("choice", "currency")


@dataclass(frozen=True)
class Order:
    """Of two dates in one row, `later` may not lie before `earlier`."""

    earlier: str
    later: str
    message: Any


@dataclass(frozen=True)
class Kind:
    """`key` are the columns that make a row one thing within the organisation; `any_of` of them at least one is filled."""

    name: str
    title: Any
    summary: Any
    model: type[ImportedRow]
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    any_of: tuple[str, ...] = ()
    only_one: bool = False
    keeps_others: bool = False
    orders: tuple[Order, ...] = ()
    sample: tuple[dict[str, str], ...] = ()

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @cached_property
    def header(self) -> Columns:
        """What a file of this kind may have in its first row."""
        required = tuple(column.name for column in self.columns if column.required)
        return Columns(
            required=required,
            any_of=(self.any_of,) if self.any_of else (),
            optional=tuple(name for name in self.names if name not in required and name not in self.any_of),
            keeps_others=self.keeps_others,
        )

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    def is_nullable(self, name: str) -> bool:
        return bool(self.model._meta.get_field(name).null)

    def sample_rows(self) -> list[list[str]]:
        return [[row.get(name, "") for name in self.names] for row in self.sample]


def _id(name: str, text: Any, *, required: bool = False) -> Column:
    return Column(name, "identifier", text, required=required, longest=100)


_TEAM = _("Name of the team.")
_FROM = _("First day from which you know who was there; blank if that is the first day of the row.")
_UNTIL = _("Last day up to which the row is known; blank for today.")
_METRIC = (
    Column("month", "month", _("YYYY-MM."), required=True),
    Column("metric", "text", _("What is measured, always written alike: nps, absence_days."), required=True, longest=100),
    Column("value", "number", _("The measured value."), required=True),
)

PEOPLE = Kind(
    name="people",
    title=_("People"),
    summary=_("Who works or worked for you, from when to when. A rehire is a second row with another hire date."),
    model=EmploymentStint,
    columns=(
        _id("person_id", _("Your own key of the person. Case and leading zeros count."), required=True),
        Column("hire_date", "date", _("First day of this stint."), required=True),
        Column("email", "email", _("Connects completions in Accord with the row."), longest=254),
        Column("team", "text", _TEAM),
        _id("manager_id", _("person_id of the manager.")),
        Column("exit_date", "date", _("Last day; blank while the person is there.")),
        Column("exit_kind", "choice", _("voluntary, involuntary or other."), choices=("voluntary", "involuntary", "other")),
        Column("notice_date", "date", _("Day on which notice was given.")),
        Column("completion_date", "date", _("Day on which training taken elsewhere was completed.")),
        Column("observed_from", "date", _FROM),
        Column("observed_until", "date", _UNTIL),
        Column("annual_cost", "money", _("What the person costs in a year, in your organisation's currency.")),
    ),
    key=("person_id", "hire_date"),
    keeps_others=True,
    orders=(
        Order("hire_date", "exit_date", _("The exit lies before the hire date {other}. Correct one of the two.")),
        Order("notice_date", "exit_date", _("The exit lies before the day of notice {other}. Correct one of the two.")),
        Order("observed_from", "observed_until", _("Observation ends before it begins on {other}. Correct one of the two.")),
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

COMPLETIONS = Kind(
    name="completions",
    title=_("Completions elsewhere"),
    summary=_("Who completed which training outside Accord, and when. Completions in Accord are known already."),
    model=Completion,
    columns=(
        _id("person_id", _("As in the people file; or give the e-mail address.")),
        Column("email", "email", _("As in the people file; or give person_id."), longest=254),
        Column("course", "text", _("Name of the training."), required=True),
        Column("completed_on", "date", _("Day of completion."), required=True),
    ),
    key=("person_id", "email", "course"),
    any_of=("person_id", "email"),
    sample=({"person_id": "0017", "course": "Listening", "completed_on": "2024-02-20"},),
)

CUSTOMERS = Kind(
    name="customers",
    title=_("Customers"),
    summary=_("Your customers, from when to when, and who looks after them. One who comes back is a second row."),
    model=CustomerStint,
    columns=(
        _id("customer_id", _("Your own key of the customer."), required=True),
        Column("start_date", "date", _("First day as a customer."), required=True),
        Column("end_date", "date", _("Last day; blank while they are a customer.")),
        Column("segment", "text", _("Kind of customer.")),
        Column("team", "text", _("Team that looks after them.")),
        _id("owner_person_id", _("person_id of the colleague who looks after them.")),
        Column("annual_value", "money", _("What they are worth in a year.")),
        Column("currency", "currency", _("Three letters, such as EUR; blank for your organisation's."), longest=3),
        Column("observed_from", "date", _FROM),
        Column("observed_until", "date", _UNTIL),
    ),
    key=("customer_id", "start_date"),
    keeps_others=True,
    orders=(
        Order("start_date", "end_date", _("The end lies before the start {other}. Correct one of the two.")),
        Order("observed_from", "observed_until", _("Observation ends before it begins on {other}. Correct one of the two.")),
    ),
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

TEAMS = Kind(
    name="teams",
    title=_("Teams"),
    summary=_("Your teams, and from when each was offered the training."),
    model=StakeholderTeam,
    columns=(
        Column("team", "text", _TEAM, required=True),
        Column("offered_on", "date", _("First day on which the training was offered to this team.")),
        Column("parent", "text", _("Name of the team above.")),
    ),
    key=("team",),
    keeps_others=True,
    sample=({"team": "Sales North", "offered_on": "2024-02-01", "parent": "Sales"},),
)

TEAM_METRICS = Kind(
    name="team_metrics",
    title=_("Figures of teams"),
    summary=_("One figure of one team in one month."),
    model=TeamMetric,
    columns=(
        Column("team", "text", _TEAM, required=True),
        *_METRIC,
        Column("numerator", "number", _("Where the value is a share: what was counted.")),
        Column("denominator", "number", _("Where the value is a share: out of how many."), above_zero=True),
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

PERSON_METRICS = Kind(
    name="person_metrics",
    title=_("Figures of people"),
    summary=_("One figure of one colleague in one month. No page ever shows it by name."),
    model=PersonMetric,
    columns=(_id("person_id", _("As in the people file."), required=True), *_METRIC),
    key=("metric", "person_id", "month"),
    sample=({"person_id": "0017", "month": "2024-01", "metric": "absence_days", "value": "1.5"},),
)

ASSIGNMENTS = Kind(
    name="assignments",
    title=_("Assignments by lot"),
    summary=_("Who was drawn into which arm, as recorded when it was drawn."),
    model=Assignment,
    columns=(
        _id("person_id", _("The person who was drawn; or give the team.")),
        Column("team", "text", _("The team that was drawn; or give person_id.")),
        Column("arm", "text", _("Name of the arm."), required=True, longest=100),
        Column("randomised_on", "date", _("Day of the draw."), required=True),
        Column("stratum", "text", _("Group within which the lot was drawn."), longest=100),
        Column("wave_on", "date", _("First day of the wave that was drawn.")),
    ),
    key=("person_id", "team", "randomised_on"),
    any_of=("person_id", "team"),
    only_one=True,
    orders=(Order("randomised_on", "wave_on", _("The wave lies before the draw on {other}. Correct one of the two.")),),
    sample=({"team": "Sales North", "arm": "first wave", "randomised_on": "2024-01-15", "wave_on": "2024-02-01"},),
)

KINDS: dict[str, Kind] = {
    kind.name: kind for kind in (PEOPLE, CUSTOMERS, COMPLETIONS, TEAMS, TEAM_METRICS, PERSON_METRICS, ASSIGNMENTS)
}
