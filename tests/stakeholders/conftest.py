import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from courses.models import CourseVersion
from imports.services import import_file
from learning.models import Enrolment
from stakeholders import services
from stakeholders.models import Objection
from stakeholders.windows import SPANS
from tests.factories import CourseFactory

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture
def bring(organisation):
    """Apply a file of everybody: `bring("people", "person_id,hire_date\\n1,2020-01-01\\n")`; else say another `extent`."""

    def run(kind, text, *, apply=True, to=organisation, **options):
        data = text if isinstance(text, bytes) else text.encode()
        options = ({"extent": "everybody"} if kind in SPANS else {}) | options
        return import_file(
            organisation=to, kind=kind, file=io.BytesIO(data), file_name=f"{kind}.csv", options=options, apply=apply
        )

    return run


@pytest.fixture
def complaints():
    """What an import complains of, as (row, column, value, message)."""

    def listed(staged):
        return [(p.row_number, p.column, p.value, p.message) for p in staged.problems.all()]

    return listed


def counts(staged):
    return staged.state, staged.rows_new, staged.rows_changed, staged.rows_unchanged


def complete_in_accord(memberships, day):
    """One course for all of them, at noon of the day (ISO)."""
    course = CourseFactory()
    version = CourseVersion.objects.create(course=course, number=1, digest="x", content={}, requirements=[])
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=UTC)
    for one in memberships:
        Enrolment.objects.create(
            user=one.user, course=course, organisation=one.organisation, version=version, completed_at=noon
        )


def left_out_yesterday(*, user, organisation):
    """Leave oneself out, a day ago: it counts from the day after on."""
    services.leave_out(user=user, organisation=organisation)
    mine = Objection.objects.filter(user=user, organisation=organisation, withdrawn_at=None)
    mine.update(counts_from=timezone.now() - timedelta(hours=1))


def took_part_yesterday(*, user, organisation):
    services.take_part(user=user, organisation=organisation)
    mine = Objection.objects.filter(user=user, organisation=organisation)
    mine.update(counts_until=timezone.now() - timedelta(minutes=1))


def address(name, organisation, *args):
    return reverse(f"org:{name}", args=[organisation.slug, *args])


def run_command(*arguments):
    out = io.StringIO()
    call_command(*arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


@pytest.fixture
def partner(organisation, member, sign_in):
    return sign_in(member(organisation, "lnd_partner", "data_steward").user)


@pytest.fixture
def colleagues(bring):
    """240 colleagues, enough leave on both sides to be answered."""
    rows = ["person_id,hire_date,exit_date,completion_date,observed_until,grade"]
    for i in range(240):
        left = f"2022-{1 + i % 12:02d}-{1 + i % 28:02d}" if i % 2 else ""
        done = f"2021-{1 + i % 12:02d}-15" if i % 3 == 0 else ""
        rows.append(f"P{i:03d},2020-{1 + i % 12:02d}-01,{left},{done},2022-12-31,{i // 2 % 4}")
    return bring("people", "\n".join(rows) + "\n", leavers_from="2022-02-01")


@pytest.fixture
def heart(organisation):
    run_command("outcomes_import", organisation.slug, "people", str(DATA / "stanford_heart/people.csv"))
    return organisation
