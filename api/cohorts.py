"""How far a cohort is: who has started and finished, nothing else."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Schema
from ninja.errors import HttpError
from ninja.security import django_auth

from accounts.enums import MembershipState
from accounts.models import Organisation
from accounts.rules import can_see_people
from api.service import api
from learning import queries
from learning.models import Cohort


class PersonOut(Schema):
    email: str
    person_id: str
    state: str
    started_on: date | None
    finished_on: date | None


class CohortOut(Schema):
    cohort: UUID
    name: str
    course: str
    due_on: date | None
    people: int
    invited: int
    started: int
    finished: int
    late: int
    members: list[PersonOut]


@api.get(
    "/organisations/{slug}/cohorts/{uuid}/progress",
    response=CohortOut,
    auth=django_auth,
    summary="Who in a cohort has started and finished",
)
def cohort_progress(request: HttpRequest, slug: str, uuid: UUID) -> dict[str, Any]:
    cohort = _cohort(request, slug, uuid)
    progress = queries.cohort_progress(cohort)
    return {
        "cohort": cohort.uuid,
        "name": cohort.name,
        "course": cohort.course.key,
        "due_on": cohort.due_on,
        **{name: getattr(progress, name) for name in ("people", "invited", "started", "finished", "late")},
        "members": [
            {
                "email": membership.email,
                "person_id": membership.person_id,
                "state": membership.state,
                "started_on": membership.started_at and membership.started_at.date(),  # type: ignore[attr-defined]  # annotated
                "finished_on": membership.finished_at and membership.finished_at.date(),  # type: ignore[attr-defined]  # annotated
            }
            for membership in queries.cohort_people(cohort)
        ],
    }


def _cohort(request: HttpRequest, slug: str, uuid: UUID) -> Cohort:
    """A cohort of an organisation of which the caller is an active member with the right; else it might as well not exist."""
    organisation = Organisation.objects.filter(
        slug=slug, memberships__user=request.user.pk, memberships__state=MembershipState.ACTIVE
    ).first()
    if organisation is None:
        raise HttpError(404, "Not found")
    if not can_see_people(request.user, organisation):
        raise HttpError(403, "You do not have access to the people of this organisation")
    cohort = organisation.cohorts.select_related("course", "organisation").filter(uuid=uuid).first()
    if cohort is None:
        raise HttpError(404, "Not found")
    return cohort
