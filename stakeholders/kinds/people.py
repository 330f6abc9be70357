"""Files about colleagues: their dates, the teams they were in, and what they completed elsewhere."""

from django.utils.translation import gettext_lazy as _

from accounts.rules import can_upload_outcomes
from imports.kinds import Column, ImportKind, Order
from stakeholders.exits import look_at_people
from stakeholders.kinds.columns import OBSERVED, OBSERVED_IN_ORDER, PERIOD_FROM, PERIOD_TO, PERIODS_APART, TEAM, identifier
from stakeholders.kinds.uploads import PAGES, PAGES_OF_LEAVERS, StakeholderUpload
from stakeholders.matches import look_at_completions
from stakeholders.models import Completion, EmploymentStint, PersonPeriod
from stakeholders.windows import SPANS

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
        identifier("person_id", _("Your own ID for the person. Upper and lower case and leading zeros count."), required=True),
        Column(
            "hire_date", "date", _("First day of this period of employment."), required=True, happens=True, earliest=EARLIEST
        ),
        Column("email", "email", _("Links completions in Accord to this row."), longest=254),
        Column("team", "text", TEAM),
        identifier("manager_id", _("person_id of the manager.")),
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
        *OBSERVED,
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
        OBSERVED_IN_ORDER,
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

PERSON_HISTORY = ImportKind(
    pages=PAGES,
    may=can_upload_outcomes,
    upload_form=StakeholderUpload,
    name="person_history",
    title=_("History of people"),
    summary=_("In which team each colleague was, from when to when. One row for each period."),
    model=PersonPeriod,
    columns=(
        identifier("person_id", _("As in the people file."), required=True),
        PERIOD_FROM,
        PERIOD_TO,
        Column("team", "text", TEAM),
        identifier("manager_id", _("person_id of the manager.")),
    ),
    key=("person_id", "from"),
    says_nothing_without=("team", "manager_id"),
    span=("from", "to"),
    apart=True,
    orders=(PERIODS_APART,),
    sample=(
        {"person_id": "0017", "from": "2022-03-01", "to": "2023-06-30", "team": "Sales North"},
        {"person_id": "0017", "from": "2023-07-01", "team": "Sales South"},
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
        identifier("person_id", _("As in the people file; or give the e-mail address.")),
        Column("email", "email", _("As in the people file; or give person_id."), longest=254),
        Column("course", "text", _("Name of the training."), required=True),
        Column("completed_on", "date", _("Day of completion."), required=True, happens=True),
    ),
    key=("person_id", "email", "course"),
    any_of=("person_id", "email"),
    look=look_at_completions,
    sample=({"person_id": "0017", "course": "Listening", "completed_on": "2024-02-20"},),
)
