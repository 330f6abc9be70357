"""One's own enrolments."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Schema
from ninja.security import django_auth

from accounts.console import signed_in
from api.service import api
from learning.queries import enrolments_of


class EnrolmentOut(Schema):
    course: str
    organisation: str | None
    percentage: int
    started_at: datetime | None
    completed_at: datetime | None
    due_on: date | None
    certificate: UUID | None


@api.get("/me/enrolments", response=list[EnrolmentOut], auth=django_auth, summary="Your own enrolments")
def my_enrolments(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        {
            "course": one.course.key,
            "organisation": one.organisation.slug if one.organisation else None,
            "percentage": one.percentage,
            "started_at": one.started_at,
            "completed_at": one.completed_at,
            "due_on": one.cohort.due_on if one.cohort else None,
            "certificate": one.certificate.uuid if hasattr(one, "certificate") else None,
        }
        for one in enrolments_of(signed_in(request))
    ]
