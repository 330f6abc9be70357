import uuid

import pytest
import time_machine
from django.utils import timezone

from access import queries as access_queries
from access.models import AccessGrant
from courses.content import assessment_block_id
from courses.models import Lesson
from learning import queries, services
from learning.errors import ActivityGone, CourseNotFree, CourseNotPublished, EntryChanged, EntryTooLong
from learning.models import ActivityState, Certificate, Enrolment
from learning.queries import Share
from tests.courses.factories import block, lesson, published_course, republish, uid
from tests.factories import CourseFactory, OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db


def start(course, user=None) -> Enrolment:
    return services.start_free(user=user or UserFactory(), course=course)


def finish(enrolment, *names: str) -> int:
    for name in names:
        services.finish_activity(enrolment=enrolment, block_id=uid(name))
    enrolment.refresh_from_db()
    return enrolment.percentage


def test_starting_twice_makes_one_enrolment_and_one_grant(user):
    course = published_course()
    assert start(course, user) == start(course, user)
    assert (Enrolment.objects.count(), AccessGrant.objects.count()) == (1, 1)
    assert access_queries.may_open(user, course) is True


def test_a_paid_course_is_not_started_for_nothing(user):
    with pytest.raises(CourseNotFree, match="not free"):
        start(published_course(is_free=False), user)


def test_an_unpublished_course_cannot_be_started(user):
    with pytest.raises(CourseNotPublished):
        start(CourseFactory(is_free=True, is_listed=True), user)
    assert AccessGrant.objects.count() == 0


def test_percentage_comes_from_the_requirements():
    enrolment = start(published_course([["l1", "l2"], ["l3"]], checks={"l1": ["c1"]}))
    assert finish(enrolment, "l1") == 25
    assert finish(enrolment, "l1") == 25
    assert finish(enrolment, "c1", "l2") == 75
    assert enrolment.completed_at is None
    assert finish(enrolment, "l3") == 100
    assert enrolment.completed_at is not None


def test_completing_issues_one_certificate_with_the_name_of_that_day(user):
    course = published_course([["l1"]])
    enrolment = start(course, user)
    with time_machine.travel("2026-03-05T10:00:00Z", tick=False):
        finish(enrolment, "l1")
    user.last_name = "Changed"
    user.save()
    finish(enrolment, "l1")
    certificate = Certificate.objects.get()
    assert certificate.name.startswith("Ada Okafor")
    assert (certificate.course_title, certificate.minutes, str(certificate.completed_on)) == (
        "Course of tests",
        5,
        "2026-03-05",
    )


def test_the_assessment_after_the_course_is_required_and_the_one_before_is_not():
    course = published_course([["l1"]], has_assessment=True)
    enrolment = start(course)
    assert finish(enrolment, "l1") == 50
    services.finish_activity(enrolment=enrolment, block_id=assessment_block_id(course, "before"))
    assert enrolment.percentage == 50
    services.finish_activity(enrolment=enrolment, block_id=assessment_block_id(course, "after"))
    assert (enrolment.percentage, Certificate.objects.count()) == (100, 1)


def test_reflections_are_kept_and_never_required():
    course = published_course([[lesson("l1", blocks=[block("reflection", "r1", {"prompt": "Whom?"})])]])
    enrolment = start(course)
    assert finish(enrolment, "l1") == 100
    state = services.save_entry(enrolment=enrolment, block_id=uid("r1"), data={"text": "My manager"})
    assert (state.data, state.revision) == ({"text": "My manager"}, 1)


def test_a_stale_revision_loses_no_words():
    course = published_course([[lesson("l1", blocks=[block("reflection", "r1")])]])
    enrolment = start(course)
    services.save_entry(enrolment=enrolment, block_id=uid("r1"), data={"text": "first tab"}, revision=0)
    with pytest.raises(EntryChanged) as caught:
        services.save_entry(enrolment=enrolment, block_id=uid("r1"), data={"text": "second tab"}, revision=0)
    assert (caught.value.state.data, caught.value.state.revision) == ({"text": "first tab"}, 1)
    assert ActivityState.objects.get().data == {"text": "first tab"}


def test_saving_the_same_words_twice_is_not_a_conflict():
    course = published_course([[lesson("l1", blocks=[block("plan", "p1")])]])
    enrolment = start(course)
    for _repeat in range(2):
        state = services.save_entry(enrolment=enrolment, block_id=uid("p1"), data={"if": "a", "then": "b"}, revision=0)
    assert state.revision == 1


def test_an_entry_has_a_limit_and_an_activity():
    course = published_course([[lesson("l1", blocks=[block("reflection", "r1")], checks=["c1"])]])
    enrolment = start(course)
    longest = "x\n" * 50_000
    with pytest.raises(EntryTooLong):
        services.save_entry(enrolment=enrolment, block_id=uid("r1"), data={"text": longest + "x"})
    assert services.save_entry(enrolment=enrolment, block_id=uid("r1"), data={"text": longest}).revision == 1
    published_course([[lesson("l2", blocks=[block("reflection", "r2")])]])
    for elsewhere in (uid("c1"), uid("r2"), uuid.uuid4()):
        with pytest.raises(ActivityGone):
            services.save_entry(enrolment=enrolment, block_id=elsewhere, data={"text": "x"})


def test_opening_a_lesson_remembers_the_position():
    course = published_course([["l1", "l2"]])
    enrolment = start(course)
    first, second = Lesson.objects.get(uuid=uid("l1")), Lesson.objects.get(uuid=uid("l2"))
    services.open_lesson(enrolment=enrolment, lesson=first)
    services.open_lesson(enrolment=enrolment, lesson=first, block_id=uid("l1-text"))
    enrolment.refresh_from_db()
    assert (enrolment.last_lesson, str(enrolment.last_block_id)) == (first, uid("l1-text"))
    assert enrolment.started_at is not None
    services.open_lesson(enrolment=enrolment, lesson=second)
    enrolment.refresh_from_db()
    assert (enrolment.last_lesson, enrolment.last_block_id) == (second, None)


@pytest.mark.parametrize(("before", "now"), [(None, None), (uid("l1-text"), uid("l1-text")), (uid("l1-text"), None)])
def test_looking_again_within_a_minute_writes_nothing(django_assert_num_queries, before, now):
    course = published_course([["l1"]])
    enrolment = start(course)
    services.open_lesson(enrolment=enrolment, lesson=Lesson.objects.get(), block_id=before)
    with django_assert_num_queries(0):
        services.open_lesson(enrolment=enrolment, lesson=enrolment.last_lesson, block_id=now)


def test_progress_tells_where_to_go_on():
    course = published_course([["l1", "l2"], ["l3"]], checks={"l2": ["c1"]}, has_assessment=True)
    enrolment = start(course)
    finish(enrolment, "l1", "l2")
    enrolment = queries.current_enrolment(enrolment.user, course)
    progress = queries.progress(enrolment)
    assert progress.finished == {uid("l1"), uid("l2")}
    assert progress.lessons == {uid("l1"): Share(1, 1), uid("l2"): Share(1, 2), uid("l3"): Share(0, 1)}
    assert progress.modules == {uid("module-1"): Share(1, 2), uid("module-2"): Share(0, 1)}
    assert (progress.percentage, progress.next_lesson.slug, progress.minutes_left) == (40, "l2", 6)
    assert (progress.needs_before_assessment, progress.needs_after_assessment) == (True, True)


def test_what_was_written_and_not_finished_is_not_finished():
    enrolment = start(published_course([[lesson("l1", blocks=[block("reflection", "r1")])]]))
    services.save_entry(enrolment=enrolment, block_id=uid("r1"), data={"text": "x"})
    assert queries.progress(enrolment).finished == set()


def test_each_course_has_its_own_enrolment(user):
    courses = [published_course([["l1"]]), published_course([["m1"]])]
    enrolments = [start(course, user) for course in courses]
    assert [queries.current_enrolment(user, course) for course in courses] == enrolments


def test_an_unfinished_enrolment_of_an_organisation_comes_first(user):
    course = published_course()
    own = start(course, user)
    services.open_lesson(enrolment=own, lesson=course.lessons.first())
    with_organisation = services.enrol(user=user, course=course, organisation=OrganisationFactory())
    assert queries.current_enrolment(user, course) == with_organisation
    Enrolment.objects.filter(pk=with_organisation.pk).update(completed_at=timezone.now(), percentage=100)
    assert queries.current_enrolment(user, course) == own


def test_new_requirements_are_not_imposed():
    course = published_course([["l1", "l2"]])
    enrolment = start(course)
    finish(enrolment, "l1")
    republish(course, [["l1", "l2", "l3", "l4"]])
    assert finish(enrolment, "l3") == 50
    assert finish(enrolment, "l2") == 100


def test_a_removed_lesson_keeps_completion_in_reach():
    course = published_course([["l1", "l2", "l3"]])
    enrolment = start(course)
    assert finish(enrolment, "l1") == 33
    republish(course, [["l1", "l3"]])
    assert finish(enrolment, "l3") == 100


def test_publishing_completes_who_waited_only_for_what_is_gone(django_capture_on_commit_callbacks):
    course = published_course([["l1", "l2", "l3"]])
    enrolment = start(course)
    finish(enrolment, "l1", "l2")
    with django_capture_on_commit_callbacks(execute=True):
        republish(course, [["l1", "l2", "l4"]])
    enrolment.refresh_from_db()
    assert (enrolment.percentage, Certificate.objects.count()) == (100, 1)
    assert services.settle_enrolments(course=course) == 0


def test_enrolments_are_settled_after_the_commit_and_only_where_something_has_gone(django_capture_on_commit_callbacks):
    course = published_course([["l1", "l2"]])
    enrolment = start(course)
    finish(enrolment, "l1")
    with django_capture_on_commit_callbacks() as after_an_addition:
        republish(course, [["l1", "l2", "l3"]])
        republish(course, [["l1", "l2", "l3"]])
    with django_capture_on_commit_callbacks() as after_a_removal:
        republish(course, [["l1", "l3"]])
    enrolment.refresh_from_db()
    assert (len(after_an_addition), len(after_a_removal), enrolment.completed_at) == (0, 1, None)
    after_a_removal[0]()
    enrolment.refresh_from_db()
    assert enrolment.completed_at is not None


def test_a_course_that_was_replaced_gives_no_certificate_for_nothing(django_capture_on_commit_callbacks):
    course = published_course([["l1", "l2", "l3", "l4", "l5"]])
    enrolment = start(course)
    assert finish(enrolment, "l1") == 20
    with django_capture_on_commit_callbacks(execute=True):
        version = republish(course, [["m1", "m2", "m3", "m4"]])
    enrolment.refresh_from_db()
    assert (enrolment.version, enrolment.percentage, enrolment.completed_at) == (version, 20, None)
    assert finish(enrolment, "m1") == 25
    assert finish(enrolment, "m2", "m3", "m4") == 100


def test_a_completion_survives_every_new_version(django_capture_on_commit_callbacks):
    course = published_course([["l1"]])
    enrolment = start(course)
    finish(enrolment, "l1")
    with django_capture_on_commit_callbacks(execute=True):
        republish(course, [["m1", "m2"]])
    services.finish_activity(enrolment=enrolment, block_id=uid("m1"))
    enrolment.refresh_from_db()
    assert (enrolment.percentage, enrolment.completed_at is not None, Certificate.objects.count()) == (100, True, 1)


def test_certificate_without_a_name_takes_one_once():
    course = published_course([["l1"]])
    enrolment = start(course, UserFactory(first_name="", last_name=""))
    finish(enrolment, "l1")
    certificate = Certificate.objects.get()
    assert certificate.name == ""
    assert services.name_certificate(certificate=certificate, name=" Zoë Ångström ") is True
    assert services.name_certificate(certificate=certificate, name="Someone else") is False
    certificate.refresh_from_db()
    assert certificate.name == "Zoë Ångström"


def test_erasing_somebody_withdraws_their_certificates(user):
    enrolment = start(published_course([["l1"]]), user)
    finish(enrolment, "l1")
    assert services.withdraw_certificates_of(user=user) == 1
    certificate = Certificate.objects.get()
    assert (certificate.name, certificate.is_withdrawn, certificate.revoked_at is not None) == ("", True, True)


def test_erasing_somebody_keeps_when_and_why_a_certificate_was_revoked_before(user):
    finish(start(published_course([["l1"]]), user), "l1")
    services.revoke_certificate(certificate=Certificate.objects.get(), reason="by mistake", actor=None)
    revoked_at = Certificate.objects.get().revoked_at
    services.withdraw_certificates_of(user=user)
    certificate = Certificate.objects.get()
    assert (certificate.revoked_at, certificate.revoked_reason, certificate.name) == (revoked_at, "by mistake", "")


def test_a_course_without_requirements_is_neither_begun_nor_finished(user, monkeypatch):
    course = published_course([["r1"]], key="bare")
    enrolment = services.enrol(user=user, course=course)
    monkeypatch.setattr("learning.services.progress.requirements_in_force", lambda version, *_args: (version, set()))
    services.settle_enrolments(course=course)
    enrolment.refresh_from_db()
    assert (enrolment.percentage, enrolment.completed_at) == (0, None)
