"""Whose rows an outcome is about: the kind of file, its table and columns, and which of our own one may compare by."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from imports.models import ImportedRow
from outcomes.enums import CUSTOMER_CHURN, EMPLOYEE_EXIT, PARTNER_EXIT, TENURE_EXIT
from outcomes.evidence.question import Outcome
from outcomes.models import CUSTOMER_COVARIATES, PARTNER_COVARIATES, PEOPLE_COVARIATES, TENURE_COVARIATES
from stakeholders.models import CustomerStint, EmploymentStint, PartnerStint, TenureRow
from stakeholders.windows import SPANS

PEOPLE_FILES = ("people", "person_history", "completions")


@dataclass(frozen=True)
class Subject:
    """`kind` names the files and `term` what the engine calls the outcome; `covariates` are our own columns.

    `is_owned`: they are looked after by a colleague, whose completion exposes them.
    """

    kind: str
    term: Outcome
    model: type[ImportedRow]
    id_column: str
    covariates: tuple[str, ...]
    is_owned: bool = True
    history: str = ""
    """The kind of file that says who was where, or with whom, over time."""

    @property
    def end_column(self) -> str:
        """What holds whether and when a row ended: a day, or yes and no where there are no dates."""
        return SPANS[self.kind][1] if self.kind in SPANS else "has_left"

    @property
    def files(self) -> tuple[str, ...]:
        """Kinds of file that an answer rests on."""
        if not self.is_owned:
            return PEOPLE_FILES if self.kind == "people" else (self.kind,)
        return (self.kind, *filter(None, [self.history]), *PEOPLE_FILES)

    def rows(self, organisation: Organisation) -> QuerySet[Any]:
        return self.model._default_manager.filter(organisation=organisation)


SUBJECTS: Mapping[str, Subject] = {
    EMPLOYEE_EXIT: Subject(
        "people", "employee_exit", EmploymentStint, "person_id", PEOPLE_COVARIATES, is_owned=False, history="person_history"
    ),
    CUSTOMER_CHURN: Subject(
        "customers", "customer_exit", CustomerStint, "customer_id", CUSTOMER_COVARIATES, history="customer_history"
    ),
    PARTNER_EXIT: Subject("partners", "partner_exit", PartnerStint, "partner_id", PARTNER_COVARIATES),
    TENURE_EXIT: Subject("tenure", "tenure_exit", TenureRow, "unit_id", TENURE_COVARIATES, is_owned=False),
}


# What pages call them ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Titles:
    """Of an outcome: `group` of those it is about, titles and links of its report, what is said beside the split curves."""

    group: Promise
    report: Promise
    question: Promise
    other: Promise
    link: Promise
    split: Promise


TITLES: Mapping[str, Titles] = {
    EMPLOYEE_EXIT: Titles(
        group=_("Employees"),
        report=_("Employee retention report"),
        question=_("Do employees stay?"),
        other=_("And employees?"),
        link=_("View the employee retention report"),
        split=_(
            "These curves are not the comparison: the estimate above is. People move from one curve to the other when they "
            "complete, and the curves begin with those who were there in their first month."
        ),
    ),
    CUSTOMER_CHURN: Titles(
        group=_("Customers"),
        report=_("Customer retention report"),
        question=_("Do customers stay?"),
        other=_("And customers?"),
        link=_("View the customer retention report"),
        split=_(
            "These curves are not the comparison: the estimate above is. Customers move from one curve to the other when their "
            "colleague completes, and the curves begin with those who were there in their first month."
        ),
    ),
    PARTNER_EXIT: Titles(
        group=_("Partners"),
        report=_("Partner retention report"),
        question=_("Do partners stay?"),
        other=_("And partners?"),
        link=_("View the partner retention report"),
        split=_(
            "These curves are not the comparison: the estimate above is. Partners move from one curve to the other when their "
            "colleague completes, and the curves begin with those who were there in their first month."
        ),
    ),
    TENURE_EXIT: Titles(
        group=_("Tenure"),
        report=_("Report on tenure"),
        question=_("How long do they stay?"),
        other=_("And by tenure alone?"),
        link=_("View the report on tenure"),
        split=_(
            "These curves are not a comparison. People move from one curve to the other when they complete, and the curves "
            "begin with those who were there in their first month."
        ),
    ),
    "rollout": Titles(
        group=_("Teams"),
        report=_("Report on teams offered the training"),
        question=_("Did teams that were offered the training change?"),
        other=_("And teams that were offered the training?"),
        link=_("View the report on teams"),
        split=_("These curves are not the comparison: the estimate above is."),
    ),
}
"""By outcome, and for teams that were offered a training."""
