"""What pages and other apps ask about what organisations imported. No query here returns a person by name."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from accounts.models import Organisation
from imports.models import StagedImport
from stakeholders.kinds import KINDS
from stakeholders.models import CustomerStint, EmploymentStint

COLUMNS_SEEN_IN = 50


def imports_of(organisation: Organisation) -> QuerySet[StagedImport]:
    """Files of our kinds, newest first."""
    return organisation.imports.filter(kind__in=[kind.name for kind in KINDS]).select_related("uploaded_by", "job")


@dataclass(frozen=True)
class DataOverview:
    """What data there are: people and customers (ids, not rows), and the columns one may compare by."""

    people: int
    customers: int
    people_columns: tuple[str, ...]
    customer_columns: tuple[str, ...]

    @property
    def nothing(self) -> bool:
        return not self.people and not self.customers


def known_data(organisation: Organisation) -> DataOverview:
    people = EmploymentStint.objects.filter(organisation=organisation)
    customers = CustomerStint.objects.filter(organisation=organisation)
    return DataOverview(
        people.aggregate(n=Count("person_id", distinct=True))["n"],
        customers.aggregate(n=Count("customer_id", distinct=True))["n"],
        columns_of(people),
        columns_of(customers),
    )


def columns_of(rows: QuerySet[Any]) -> tuple[str, ...]:
    """Names of the organisation's own columns in the latest rows."""
    latest = rows.order_by("-pk").values_list("covariates", flat=True)[:COLUMNS_SEEN_IN]
    return tuple(sorted({name for covariates in latest for name in covariates}))
