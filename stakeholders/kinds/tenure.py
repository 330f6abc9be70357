"""Files that know no dates: how long each has been there."""

from django.utils.translation import gettext_lazy as _

from accounts.rules import can_upload_outcomes
from imports.kinds import Column, ImportKind, Order
from stakeholders.kinds.columns import TEAM
from stakeholders.kinds.uploads import OF_ONE_DAY, PAGES, StakeholderUpload
from stakeholders.models import TenureRow

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
_ALSO_CALLED = {name: tuple(names.split()) for name, names in _CALLED.items()}

TENURE = ImportKind(
    pages=PAGES,
    may=can_upload_outcomes,
    upload_form=StakeholderUpload,
    name=OF_ONE_DAY,
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
            also_called=_ALSO_CALLED["unit_id"],
            otherwise="row number",
        ),
        Column(
            "months",
            "duration",
            _("Months they have been there, or had when they left. A column named after years, weeks or days is converted."),
            required=True,
            not_negative=True,
            also_called=_ALSO_CALLED["months"],
        ),
        Column(
            "left",
            "yes_no",
            _("yes if they left, no if they were still there."),
            required=True,
            choices=("yes", "no"),
            stored_as="has_left",
            also_called=_ALSO_CALLED["left"],
        ),
        Column(
            "as_of", "date", _("Day of the figures, the same in all rows."), required=True, happens=True, otherwise="option"
        ),
        Column("team", "text", TEAM),
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
