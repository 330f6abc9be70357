"""From the page tree to course versions, whatever authors do to it."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wagtail.models import Page

from assessments.models import Item
from cms.models import CoursePage, LessonPage, ModulePage
from cms.publishing import publish_changed_courses, publish_course_page
from cms.tasks import publish_course
from courses.models import Course, CourseVersion
from jobs.models import Job
from jobs.services import POSTPONED, sweep_jobs
from learning.models import Enrolment
from learning.queries import progress
from learning.services import finish_activity, start_free
from tests.courses.factories import published_course
from tests.factories import UserFactory


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def slugs(course: Course) -> list[list[str]]:
    course.refresh_from_db()
    return [[lesson["slug"] for lesson in module["lessons"]] for module in course.current_version.content["modules"]]


def ids(course: Course) -> dict[str, str]:
    course.refresh_from_db()
    modules = course.current_version.content["modules"]
    return {lesson["slug"]: lesson["id"] for module in modules for lesson in module["lessons"]}


def block_ids(course: Course) -> list[str]:
    course.refresh_from_db()
    modules = course.current_version.content["modules"]
    return [block["id"] for module in modules for lesson in module["lessons"] for block in lesson["blocks"]]


def test_several_changes_of_one_transaction_ask_once(loaded, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        for page in LessonPage.objects.all():
            page.save_revision().publish()
    asked = [callback for callback in callbacks if type(callback).__name__ == "PublishAfterCommit"]
    assert len(asked) == 1


def test_moving_a_lesson_keeps_its_identity(loaded, lesson_page, module_page, committed):
    before = ids(loaded)
    with committed():
        lesson_page("ask").move(module_page("answer"), pos="last-child")
    assert slugs(loaded) == [["wait"], ["repeat", "ask"]]
    assert ids(loaded) == before


def test_reordering_makes_a_version(loaded, lesson_page, committed):
    with committed():
        lesson_page("wait").move(lesson_page("ask"), pos="left")
    assert slugs(loaded) == [["wait", "ask"], ["repeat"]]


def test_a_renamed_lesson_keeps_its_identity(loaded, lesson_page, committed):
    before = ids(loaded)
    page = lesson_page("ask")
    page.title, page.slug = "Ask well", "ask-well"
    with committed():
        page.save_revision().publish()
    assert ids(loaded)["ask-well"] == before["ask"]


def test_a_draft_is_not_published(loaded, lesson_page, committed):
    page = lesson_page("ask")
    page.title = "A draft"
    with committed():
        page.save_revision()
    publish_changed_courses()
    assert CourseVersion.objects.filter(course=loaded).count() == 1


def test_an_unpublished_lesson_leaves_the_version_and_comes_back_the_same(loaded, lesson_page, committed):
    before = ids(loaded)
    with committed():
        lesson_page("ask").unpublish()
    assert slugs(loaded) == [["wait"], ["repeat"]]
    with committed():
        lesson_page("ask").save_revision().publish()
    assert ids(loaded) == before


def test_lessons_of_an_unpublished_module_are_left_out(loaded, module_page, committed):
    with committed():
        module_page("hear").unpublish()
    assert slugs(loaded) == [["repeat"]]


def test_an_unpublished_course_leaves_the_catalogue_and_returns_without_a_new_version(loaded, course_page, committed):
    with committed():
        course_page.unpublish()
    loaded.refresh_from_db()
    assert loaded.is_listed is False
    with committed():
        CoursePage.objects.get().save_revision().publish()
    loaded.refresh_from_db()
    assert (loaded.is_listed, loaded.current_version.number) == (True, 1)


def test_a_deleted_course_leaves_the_catalogue(loaded, course_page, committed):
    with committed():
        Page.objects.get(pk=course_page.pk).delete()
    loaded.refresh_from_db()
    assert (loaded.is_listed, CoursePage.objects.count()) == (False, 0)


def test_a_missed_signal_is_repaired(loaded, lesson_page):
    LessonPage.objects.filter(slug="ask").update(minutes=9)
    assert publish_changed_courses() == 1
    loaded.refresh_from_db()
    assert (loaded.current_version.number, loaded.minutes) == (2, 19)


def test_a_course_that_cannot_be_published_does_not_keep_others_from_it(loaded, course_page, caplog):
    copy = course_page.copy(update_attrs={"slug": "copy", "title": "Copy"}, recursive=True, keep_live=True)
    published_course([["x"]], key="copy", title="In the way")
    LessonPage.objects.filter(path__startswith=course_page.path, slug="ask").update(minutes=9)
    publish_changed_courses()
    loaded.refresh_from_db()
    assert loaded.current_version.number == 2
    assert f"Course pages: {copy.pk} failed, the others go on" in caplog.text


def test_a_copied_course_has_identities_of_its_own(loaded, course_page, committed):
    with committed():
        course_page.copy(update_attrs={"slug": "copy", "title": "Copy"}, recursive=True, keep_live=True)
    copy = Course.objects.get(slug="copy")
    assert slugs(copy) == slugs(loaded)
    assert set(ids(copy).values()).isdisjoint(ids(loaded).values())
    assert copy.items.count() == 2
    assert set(copy.items.values_list("uuid")).isdisjoint(loaded.items.values_list("uuid"))
    assert loaded.items.filter(use="check").count() == 2
    with committed():
        pages = CoursePage.objects.get(slug="copy")
        pages.save_revision().publish()
    assert CourseVersion.objects.filter(course=copy).count() == 1


def test_a_translation_stands_for_the_same_course(loaded, course_page):
    translation = CoursePage(title="Erst zuhören", slug="erst-zuhoeren", translation_key=course_page.translation_key)
    assert translation.ensure_course() == loaded


def test_a_lesson_copied_within_its_course_has_activities_of_its_own(loaded, lesson_page, committed):
    before = block_ids(loaded)
    with committed():
        lesson_page("ask").copy(update_attrs={"slug": "ask-again", "title": "Ask again"}, keep_live=True)
    after = block_ids(loaded)
    assert len(after) == len(set(after)) == len(before) + 3
    assert set(before) <= set(after)
    assert Item.objects.filter(course=loaded, use="check").count() == 3


def test_a_lesson_moved_to_another_course_stays_in_the_first_for_its_learners(loaded, course_page, lesson_page, committed):
    with committed():
        other = course_page.copy(update_attrs={"slug": "copy", "title": "Copy"}, recursive=True, keep_live=True)
    target = ModulePage.objects.child_of(other).get(slug="answer")
    identity = ids(loaded)["wait"]
    with committed():
        LessonPage.objects.descendant_of(course_page).get(slug="wait").move(target, pos="last-child")
    assert ids(Course.objects.get(slug="copy"))["wait"] != identity
    assert loaded.lessons.filter(uuid=identity).exists()
    assert slugs(loaded) == [["ask"], ["repeat"]]


def test_pages_name_what_they_stand_for(loaded, course_page, lesson_page):
    assert course_page.course == loaded
    assert str(lesson_page("ask").lesson.uuid) == ids(loaded)["ask"]


def test_publishing_a_page_that_is_gone_does_nothing(loaded):
    publish_course(0, "00000000-0000-4000-8000-000000000000")
    loaded.refresh_from_db()
    assert loaded.is_listed is True


# Whatever authors do, nobody's progress falls -------------------------------------------------------------------------

EDITS = st.sampled_from(["move", "rename", "unpublish", "publish", "reorder", "new check", "lose check"])
STEPS = st.lists(st.tuples(st.one_of(EDITS, st.just("learn")), st.integers(0, 5)), max_size=12)


def edit(kind: str, number: int) -> None:
    lessons = list(LessonPage.objects.order_by("pk"))
    modules = list(ModulePage.objects.order_by("pk"))
    lesson = lessons[number % len(lessons)]
    if kind == "move":
        lesson.move(modules[number % len(modules)], pos="first-child")
    elif kind == "reorder":
        modules[0].move(modules[1], pos="left" if number % 2 else "right")
    elif kind == "unpublish":
        lesson.unpublish()
    else:
        if kind == "rename":
            lesson.slug, lesson.title = f"renamed-{lesson.pk}-{number}", f"Renamed {number}"
        body = [dict(block) for block in lesson.body.raw_data]
        if kind == "new check":
            check = next(dict(b) for lesson in lessons for b in lesson.body.raw_data if b["type"] == "check")
            body.append(check | {"id": f"00000000-0000-4000-8000-{lesson.pk:06d}{number:06d}"})
        if kind == "lose check" and len([b for b in body if b["type"] == "check"]) > 1:
            body.remove(next(b for b in body if b["type"] == "check"))
        lesson.body = lesson.body.stream_block.to_python([b for i, b in enumerate(body) if b not in body[:i]])
        lesson.save_revision().publish()


def learn(enrolment: Enrolment, number: int) -> None:
    open_ones = [item["activity"] for item in enrolment.version.requirements if item["kind"] in ("read", "check")]
    finish_activity(enrolment=enrolment, block_id=open_ones[number % len(open_ones)])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_no_sequence_of_edits_lowers_what_a_learner_reached(loaded, steps):
    with transaction.atomic():
        enrolment = start_free(user=UserFactory(), course=loaded)
        reached, completed = 0, None
        for kind, number in steps:
            if kind == "learn":
                learn(enrolment, number)
            else:
                edit(kind, number)
                publish_course_page(CoursePage.objects.get())
            enrolment = Enrolment.objects.get(pk=enrolment.pk)
            assert reached <= enrolment.percentage <= 100
            assert 0 <= progress(enrolment).percentage <= 100
            assert completed is None or enrolment.completed_at == completed
            reached, completed = enrolment.percentage, enrolment.completed_at
        transaction.set_rollback(True)


def test_a_publication_waits_while_the_broker_is_away(course_page, broker_is_away, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        course_page.title = "Listen first, then speak"
        course_page.save_revision().publish()
    jobs = Job.objects.filter(kind=POSTPONED, parameters__task="cms.publish_course")
    assert (Course.objects.get().title, jobs.count()) == ("Listen first", 1)
    broker_is_away.is_back()
    jobs.update(updated_at=timezone.now() - timedelta(minutes=1))
    sweep_jobs()
    assert Course.objects.get().title == "Listen first, then speak"
