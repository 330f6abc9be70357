"""What the units of a question are called, and whom it is about."""

from __future__ import annotations

from dataclasses import dataclass

from .marks import _


@dataclass(frozen=True)
class OutcomeTerms:
    """What the units of an outcome are called; `unit` and `exit` are one of them."""

    unit: str
    units: str
    population: str
    origin: str
    exit: str
    exits: str
    tenure: str
    month: str
    months: str
    """Heads an axis."""
    experienced: str
    columns: str
    equally_long: str = ""
    """Says that their tenure is the same; blank where `tenure` can stand in a list with the covariates."""


OUTCOME_TERMS = {
    "employee_exit": OutcomeTerms(
        unit=_("person"),
        units=_("people"),
        population=_("everyone employed"),
        origin=_("hire date"),
        exit=_("exit"),
        exits=_("exits"),
        tenure=_("tenure"),
        month=_("month of tenure"),
        months=_("Months of tenure"),
        experienced=_("long-serving people with newcomers"),
        columns=_("grade, site or manager"),
    ),
    "customer_exit": OutcomeTerms(
        unit=_("customer"),
        units=_("customers"),
        population=_("all customers"),
        origin=_("start date"),
        exit=_("departure"),
        exits=_("departures"),
        tenure=_("time as a customer"),
        month=_("month as a customer"),
        months=_("Months as a customer"),
        experienced=_("long-standing customers with new ones"),
        columns=_("segment, region or value of the contract"),
        equally_long=_("who had been customers equally long"),
    ),
    "partner_exit": OutcomeTerms(
        unit=_("partner"),
        units=_("partners"),
        population=_("all partners"),
        origin=_("start date"),
        exit=_("departure"),
        exits=_("departures"),
        tenure=_("time as a partner"),
        month=_("month as a partner"),
        months=_("Months as a partner"),
        experienced=_("long-standing partners with new ones"),
        columns=_("region, size or kind of partnership"),
        equally_long=_("who had been partners equally long"),
    ),
    "tenure_exit": OutcomeTerms(
        unit=_("person or customer"),
        units=_("people or customers"),
        population=_("everyone in the tenure figures"),
        origin=_("first day"),
        exit=_("exit"),
        exits=_("exits"),
        tenure=_("tenure"),
        month=_("month of tenure"),
        months=_("Months of tenure"),
        experienced=_("those who have been there long with newcomers"),
        columns=_("grade, site or segment"),
    ),
}
MEMBER_OF = ("segment", "team")
"""Columns that one is in; of the others one has the same."""
SAME_TENURE = _("{units} with the same {names}")
SAME_GROUP = _("in the same {names}")
SAME_VALUE = _("with the same {names}")

EVENT_KINDS = {"voluntary": _("voluntary"), "involuntary": _("involuntary"), "other": _("other")}
POPULATION = _(
    "{population} at some time between {first} and {last}, followed from the first day observed{within}; team as recorded in "
    "the data"
)
POPULATION_OF_DURATIONS = _("{population}, from their first day{within}; nothing is known of the calendar")
IN_TEAMS = _("{units} of {teams}")
POPULATION_NOT_OBSERVED = _("{population} (no one was observed)")
