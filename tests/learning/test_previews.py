"""A course of which modules are still to follow is a preview: it is read, not completed."""

from datetime import UTC, date, datetime

import pytest

from courses.content import text_of
from learning.models import Certificate, Cohort, Enrolment
from learning.queries import cohort_progress
from learning.rules import percentage_of
from learning.services import enrol, finish_activity, settle_enrolments, start_free
from learning.services.reminders import remind_those_awake
from tests.courses.factories import published_course, republish, uid

pytestmark = pytest.mark.django_db
MODULES = [["l1", "l2"]]


def finish(enrolment: Enrolment, *names: str) -> None:
    for name in names:
        finish_activity(enrolment=enrolment, block_id=uid(name))


def test_a_course_says_whether_it_is_whole():
    course = published_course(MODULES)
    assert course.is_whole
    republish(course, MODULES, modules_planned=4)
    course.refresh_from_db()
    assert not course.is_whole
    republish(course, MODULES)
    course.refresh_from_db()
    assert course.is_whole


def test_a_preview_is_a_part_of_the_course_to_come_and_is_not_completed(user):
    enrolment = start_free(user=user, course=published_course(MODULES, modules_planned=4))
    finish(enrolment, "l1", "l2")
    enrolment.refresh_from_db()
    assert (enrolment.percentage, enrolment.completed_at) == (25, None)
    assert not Certificate.objects.exists()


def test_who_began_with_a_preview_goes_on_with_the_whole_course(user):
    course = published_course(MODULES, modules_planned=4)
    enrolment = start_free(user=user, course=course)
    finish(enrolment, "l1", "l2")
    whole = republish(course, [*MODULES, ["l3", "l4"]])
    finish(enrolment, "l3")
    assert (enrolment.percentage, enrolment.completed_at, enrolment.version) == (75, None, whole)
    finish(enrolment, "l4")
    assert enrolment.completed_at is not None
    assert Certificate.objects.get().enrolment == enrolment


def test_who_has_done_all_of_a_preview_is_completed_when_the_author_says_that_it_is_the_whole(
    user, django_capture_on_commit_callbacks
):
    course = published_course(MODULES, modules_planned=4)
    enrolment = start_free(user=user, course=course)
    finish(enrolment, "l1", "l2")
    with django_capture_on_commit_callbacks(execute=True):
        republish(course, MODULES)
    enrolment.refresh_from_db()
    assert (enrolment.percentage, enrolment.completed_at is not None) == (100, True)


def test_who_began_with_a_whole_course_needs_none_of_what_is_announced_later(user):
    course = published_course(MODULES)
    enrolment = start_free(user=user, course=course)
    republish(course, MODULES, modules_planned=4)
    finish(enrolment, "l1", "l2")
    assert enrolment.completed_at is not None


def test_settling_completes_nobody_in_a_preview(user):
    course = published_course([["l1", "l2"]], modules_planned=4)
    enrolment = start_free(user=user, course=course)
    finish(enrolment, "l1")
    republish(course, [["l1"]], modules_planned=4)
    settle_enrolments(course=course)
    enrolment.refresh_from_db()
    assert (enrolment.percentage, enrolment.completed_at) == (25, None)


def test_a_share_of_nothing_is_nothing():
    text = text_of(published_course([["l1"]]).current_version)
    assert percentage_of(text, set(), {uid("l1")}) == 0


def test_nobody_is_overdue_in_a_preview_nor_reminded_of_its_due_day(user, organisation, member):
    course = published_course(MODULES, modules_planned=4)
    cohort = Cohort.objects.create(organisation=organisation, name="First", course=course, due_on=date(2020, 1, 1))
    membership = member(organisation)
    cohort.memberships.create(membership=membership)
    enrol(user=membership.user, course=course, organisation=organisation, cohort=cohort)
    assert cohort_progress(cohort).late == 0
    assert remind_those_awake(cohort, datetime(2020, 1, 1, 12, tzinfo=UTC)) == 0
    republish(course, MODULES)
    cohort.course.refresh_from_db()
    assert cohort_progress(cohort).late == 1
    assert remind_those_awake(cohort, datetime(2020, 1, 1, 12, tzinfo=UTC)) == 1


def test_the_course_page_of_a_preview_promises_no_certificate(client):
    course = published_course(MODULES, modules_planned=4)
    page = client.get(course.get_absolute_url()).content.decode()
    assert "once all its modules are here" in page
    assert "certificate of completion" not in page
    republish(course, MODULES)
    page = client.get(course.get_absolute_url()).content.decode()
    assert "certificate of completion" in page
    assert "once all its modules are here" not in page
