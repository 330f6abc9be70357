"""A certificate names exactly what was done."""

from datetime import UTC, date, datetime
from importlib import import_module
from unittest import mock

import pytest
from django.apps import apps

from courses.content import assessment_block_id
from learning import services
from learning.certificates.done import done_of
from learning.certificates.printing import pdf_of
from learning.certificates.words import scope
from learning.models import Certificate, Enrolment
from tests.courses.factories import content, lesson, published_course, republish, uid
from tests.factories import UserFactory
from tests.pdf_text import text_of

pytestmark = pytest.mark.django_db
MODULES = [["l1", "l2"], ["l3"]]


def finish(enrolment: Enrolment, *names: str) -> Certificate | None:
    for name in names:
        services.finish_activity(enrolment=enrolment, block_id=uid(name))
    return Certificate.objects.filter(enrolment=enrolment).first()


def said_of(certificate: Certificate) -> list[str]:
    return scope(done_of(certificate))


def test_a_whole_course_is_named_with_its_modules_and_lessons(user):
    certificate = finish(services.start_free(user=user, course=published_course(MODULES)), "l1", "l2", "l3")
    assert said_of(certificate) == ["2 modules, 3 lessons.", "The course had no assessment."]
    assert certificate.minutes == 15


def test_the_assessment_is_said_to_be_taken(user):
    course = published_course(MODULES, has_assessment=True)
    enrolment = services.start_free(user=user, course=course)
    finish(enrolment, "l1", "l2", "l3")
    services.finish_activity(enrolment=enrolment, block_id=assessment_block_id(course, "after"))
    assert said_of(Certificate.objects.get())[-1] == "The assessment after the course was taken. It has no pass mark."


def test_what_left_the_course_before_it_was_done_is_said_to_be_waived(user):
    course = published_course([["l1", "l2", "l3", "l4"]], checks={"l1": ["c1", "c2"], "l2": ["c3"]}, has_assessment=True)
    enrolment = services.start_free(user=user, course=course)
    finish(enrolment, "l1", "l2", "c1")
    republish(course, [["l1", "l2", "l3"]])
    certificate = finish(enrolment, "l3")
    assert certificate.done["waived_checks"] == 2
    assert said_of(certificate) == [
        "1 module, 3 lessons.",
        "Waived, because it left the course before it was done: one lesson, 2 knowledge checks.",
        "The assessment after the course was waived, because it left the course.",
    ]


def test_what_was_added_later_is_not_claimed(user):
    course = published_course(MODULES)
    enrolment = services.start_free(user=user, course=course)
    republish(course, [["l1", "l2", "new"], ["l3"]], has_assessment=True)
    assert said_of(finish(enrolment, "l1", "l2", "l3")) == [
        "2 modules, 3 lessons.",
        "One lesson that was added later is not part of it.",
        "The assessment after the course was not taken: it was added later.",
    ]


def test_lessons_that_were_finished_and_have_left_are_counted(user):
    course = published_course([["l1", "l2"], ["l3"]])
    enrolment = services.start_free(user=user, course=course)
    finish(enrolment, "l1")
    republish(course, [["l2"], ["l3"]])
    certificate = finish(enrolment, "l2", "l3")
    assert (said_of(certificate)[0], certificate.minutes) == ("2 modules, 3 lessons.", 15)


def test_who_began_before_modules_were_announced_gets_a_certificate_of_the_part(user):
    course = published_course([["l1", "l2"]], title="Negotiate mutual value")
    enrolment = services.start_free(user=user, course=course)
    republish(course, [["l1", "l2"]], title="Negotiate mutual value", modules_planned=4)
    certificate = finish(enrolment, "l1", "l2")
    assert said_of(certificate) == [
        "Module 1: Module 1 (2 lessons).",
        "The course will have 4 modules; 3 of them are not part of this certificate.",
        "The course had no assessment.",
    ]
    text = text_of(pdf_of(certificate))
    assert "Certificate of partial completion" in text
    assert "has completed a part of the course" in text


def test_the_page_says_what_the_certificate_says(user, client):
    course = published_course([["l1", "l2"]])
    enrolment = services.start_free(user=user, course=course)
    republish(course, [["l1", "l2"], ["l3"]])
    page = client.get(finish(enrolment, "l1", "l2").get_absolute_url()).content.decode()
    assert "Certificate of partial completion" in page
    assert "Module 1: Module 1 (2 lessons)." in page
    assert "The course had 2 modules by then; one of them is not part of this certificate." in page


@pytest.mark.parametrize(
    ("zone", "organisation_zone", "day"),
    [
        ("Asia/Tokyo", "", date(2026, 3, 6)),
        ("America/New_York", "", date(2026, 3, 5)),
        ("", "Asia/Tokyo", date(2026, 3, 6)),
        ("Not/AZone", "Asia/Tokyo", date(2026, 3, 6)),
    ],
)
def test_the_day_is_the_day_where_the_learner_is(organisation, zone, organisation_zone, day):
    user = UserFactory(time_zone=zone)
    organisation.time_zone = organisation_zone or "UTC"
    organisation.save()
    course = published_course([["l1"]])
    enrolment = services.enrol(user=user, course=course, organisation=organisation if organisation_zone else None)
    with mock.patch("learning.services.progress.timezone.now", return_value=datetime(2026, 3, 5, 20, tzinfo=UTC)):
        assert finish(enrolment, "l1").completed_on == day


def test_many_modules_are_counted_and_not_named(user):
    course = published_course([[f"l{n}"] for n in range(6)])
    enrolment = services.start_free(user=user, course=course)
    republish(course, [[f"l{n}"] for n in range(6)], modules_planned=7)
    assert said_of(finish(enrolment, *(f"l{n}" for n in range(6))))[0] == "6 modules, 6 lessons."


def test_certificates_of_earlier_versions_say_what_their_learner_had_done(user):
    """What the migration works out is what would be written today."""
    migration = import_module("learning.migrations.0008_certificates_say_what_was_done")
    course = published_course(
        [["l1", "l2", "l3", "gone"], [lesson("l4")]], checks={"l1": ["c1"], "gone": ["c2"]}, has_assessment=True
    )
    enrolment = services.start_free(user=user, course=course)
    finish(enrolment, "l1", "c1", "l3")
    republish(course, [["l1", "l2"], [lesson("l4"), lesson("l5")]], checks={"l1": ["c1"]}, has_assessment=True)
    finish(enrolment, "l2", "l4")
    services.finish_activity(enrolment=enrolment, block_id=assessment_block_id(course, "after"))
    written = Certificate.objects.get().done
    assert (written["departed"], written["waived_lessons"], written["waived_checks"]) == (1, 1, 1)
    services.finish_activity(enrolment=enrolment, block_id=uid("l5"))
    republish(course, [["l1"]])
    Certificate.objects.update(done={})
    Enrolment.objects.update(completion_shown_at=None)
    migration.add_what_was_done(apps, None)
    migration.say_that_they_were_shown(apps, None)
    assert Certificate.objects.get().done == written
    enrolment.refresh_from_db()
    assert enrolment.completion_shown_at == enrolment.completed_at


def test_what_is_not_known_is_not_said():
    assert scope(done_of(Certificate())) == []
    assert content([["l1"]]).get("modules_planned") is None
