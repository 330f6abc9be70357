"""Cases from files as drafts in the CMS, and drafts as files."""

import json

import yaml
from django.db import transaction

from accounts.models import User
from cms.cases.conversion import raw_value
from cms.cases.models import SimulationCase, check
from practice.cases import case_to_data
from practice.cases.reading import Case
from practice.models import Simulation

LINE_WIDTH = 120


def written(case: Case) -> str:
    """The case as text that `case_from_yaml` reads back the same."""
    return str(yaml.safe_dump(case_to_data(case), allow_unicode=True, sort_keys=False, width=LINE_WIDTH))


@transaction.atomic
def draft_of(case: Case, *, user: User | None = None) -> SimulationCase:
    """The case as the newest draft of what has its key; published is what was published before."""
    body = json.dumps(raw_value(case_to_data(case)))
    found = SimulationCase.objects.select_for_update(of=("self",)).filter(key=case.id).first()
    if found is None:
        position = Simulation.objects.filter(key=case.id).values_list("position", flat=True).first() or 0
        found = SimulationCase(key=case.id, position=position, live=False, has_unpublished_changes=True)
        found.body = body
        found.imported_as = case.id
        found.save()
    elif found.imported_as != case.id:
        SimulationCase.objects.filter(pk=found.pk).update(imported_as=case.id)
    found.body, found.imported_as = body, case.id
    found.save_revision(user=user)
    return found


def is_written_here(key: str) -> bool:
    """Whether what is played of this key was published from the CMS: then its file is not what authors mean by now."""
    return SimulationCase.objects.filter(key=key, live=True).exists()


@transaction.atomic
def publish_file(case: Case) -> None:
    """A file that wins over what was published here: as a draft after the others, checked and published."""
    draft = draft_of(case)
    check(case)
    if draft.latest_revision is not None:
        draft.latest_revision.publish()
