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
            "course": enrolment.course.key,
            "organisation": enrolment.organisation.slug if enrolment.organisation else None,
            "percentage": enrolment.percentage,
            "started_at": enrolment.started_at,
            "completed_at": enrolment.completed_at,
            "due_on": enrolment.cohort.due_on if enrolment.cohort else None,
            "certificate": enrolment.certificate.uuid if hasattr(enrolment, "certificate") else None,
        }
        for enrolment in enrolments_of(signed_in(request))
    ]
