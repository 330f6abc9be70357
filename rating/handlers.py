"""What rating does when something happens below it."""

from assessments.enums import ItemKind
from assessments.models import Attempt, Response
from rating.models import Work


def add_works(attempt: Attempt) -> None:
    """Have the texts of a submitted attempt rated; empty ones are not. Safe to repeat. Two queries."""
    written = Response.objects.filter(attempt=attempt, item_version__kind=ItemKind.OPEN).exclude(chosen=[])
    rows = written.values_list("pk", "item_version__item")
    works = [Work(response_id=response, item_id=item) for response, item in rows]
    Work.objects.bulk_create(works, ignore_conflicts=True)
