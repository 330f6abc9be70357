"""What the pages of outcomes show. No query here returns a person by name."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from accounts.models import Organisation
from imports.models import StagedImport
from needs.queries import Tally, expectations_of, tallies
from outcomes.asked import OUTCOMES, columns_of
from outcomes.kinds import KINDS
from outcomes.models import Customer, EvidenceRun, Person


def imports_of(organisation: Organisation) -> QuerySet[StagedImport]:
    """Files of our kinds, newest first."""
    return organisation.imports.filter(kind__in=KINDS).select_related("uploaded_by", "job")


def runs_of(organisation: Organisation) -> QuerySet[EvidenceRun]:
    """Questions asked, newest first, without pictures and tables."""
    return organisation.evidence_runs.select_related("requested_by", "job", "specification").defer("charts", "result")


def latest_answers(organisation: Organisation) -> dict[str, EvidenceRun]:
    """The newest answered run of each outcome, with its organisation at hand."""
    found: dict[str, EvidenceRun] = {}
    for outcome in OUTCOMES:
        run = organisation.evidence_runs.filter(outcome=outcome, exposure="completion", result__isnull=False).first()
        if run:
            run.organisation = organisation
            found[outcome] = run
    return found


@dataclass(frozen=True)
class Known:
    """What data there are: people and customers (ids, not rows), and the columns one may compare by."""

    people: int
    customers: int
    people_columns: tuple[str, ...]
    customer_columns: tuple[str, ...]

    @property
    def nothing(self) -> bool:
        return not self.people and not self.customers


def known_data(organisation: Organisation) -> Known:
    people = Person.objects.filter(organisation=organisation)
    customers = Customer.objects.filter(organisation=organisation)
    return Known(
        people.aggregate(n=Count("person_id", distinct=True))["n"],
        customers.aggregate(n=Count("customer_id", distinct=True))["n"],
        columns_of(people),
        columns_of(customers),
    )


def expectations_for(run: EvidenceRun) -> list[Tally]:
    """Expectations of the run's specification, or of every approved one of the organisation."""
    found = expectations_of(run.organisation)
    if run.specification_id:
        found = found.filter(specification=run.specification_id)
    return tallies(list(found))
