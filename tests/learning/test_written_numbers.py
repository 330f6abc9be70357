"""Thousands in sentences are written so that somebody can read them."""

import pytest
from django.template.loader import render_to_string

from access.errors import SeatsExhausted
from access.models import SeatPool
from accounts.models import AuditEvent
from accounts.services import invitations
from accounts.services.people import RosterImport
from learning import services
from learning.services.cohorts import record_added
from tests.courses.factories import published_course

pytestmark = pytest.mark.django_db
MANY = 40_000


def test_seats_that_are_missing():
    assert str(SeatsExhausted(published_course(), MANY)).startswith("You need 40,000 more seats for “")


def test_people_in_the_audit_log(organisation):
    cohort = services.create_cohort(organisation=organisation, name="Spring", course=published_course(), actor=None)
    AuditEvent.objects.all().delete()
    record_added(cohort, MANY, actor=None)
    invitations._record_resending(organisation, None, MANY)
    roster = RosterImport(organisation=organisation)
    roster.new, roster.changed = MANY, 2 * MANY
    roster.finish()
    assert set(AuditEvent.objects.values_list("summary", flat=True)) == {
        "Added 40,000 people to “Spring”",
        "Resent 40,000 invitations",
        "Added 40,000 people, changed 80,000",
    }


def test_seats_in_mails_and_lists():
    line = {"quantity": MANY, "description": "Course", "amount": 100, "unit_amount": 100}
    for template in ("emails/receipt/body.txt", "emails/refund_failed/body.html", "billing/_lines.html"):
        page = render_to_string(
            template,
            {
                "lines": [line],
                "currency": "EUR",
                "total": 100,
                "refunded": 100,
                "amount": 100,
                "order": {"currency": "EUR", "total": 100},
            },
        )
        assert "40,000" in page
    assert "× 40,000" in str(SeatPool(quantity=MANY, course_set=published_course().sets.get()))
