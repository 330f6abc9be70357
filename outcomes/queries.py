"""What the pages of outcomes show. No query here returns a person by name."""

from django.db.models import QuerySet

from accounts.models import Organisation
from needs.queries import Tally, expectations_of, tallies
from outcomes.enums import OUTCOMES
from outcomes.models import EvidenceRun


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


def expectations_for(run: EvidenceRun) -> list[Tally]:
    """Expectations of the run's specification, or of every approved one of the organisation."""
    found = expectations_of(run.organisation)
    if run.specification_id:
        found = found.filter(specification=run.specification_id)
    return tallies(list(found))
