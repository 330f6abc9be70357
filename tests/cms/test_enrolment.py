"""Opening a course for enrolment and closing it: apart from publishing, never by a draft, kept in the history."""

from importlib import import_module

import pytest
from django.apps import apps
from wagtail.models import PageLogEntry

from cms.content_files import load
from cms.enrolment import close_for_enrolment, open_for_enrolment
from cms.models import CoursePage
from cms.publishing import publish_course_page
from courses.models import Course
from tests.cms import files


@pytest.fixture
def closed(db, tmp_path) -> Course:
    """A published course that nobody has opened."""
    files.write_course(tmp_path)
    files.write(tmp_path, "course.md", files.COURSE.replace("open_for_enrolment: true\n", ""))
    load(tmp_path)
    return Course.objects.get(key="listen-first")


def is_listed(course: Course) -> bool:
    course.refresh_from_db()
    return course.is_listed


def test_publishing_opens_no_course(closed):
    publish_course_page(CoursePage.objects.get())
    assert (closed.current_version is not None, is_listed(closed)) == (True, False)


def test_it_is_opened_and_closed_by_somebody_whom_the_history_names(closed, reviewer):
    open_for_enrolment(closed, reviewer)
    open_for_enrolment(closed, reviewer)
    assert is_listed(closed)
    close_for_enrolment(closed, reviewer)
    assert not is_listed(closed)
    entries = PageLogEntry.objects.filter(action__endswith="_for_enrolment").order_by("pk")
    assert [(entry.action, entry.user, entry.message) for entry in entries] == [
        ("cms.open_for_enrolment", reviewer, "Opened the course for enrolment"),
        ("cms.close_for_enrolment", reviewer, "Closed the course for enrolment"),
    ]


def test_a_course_that_is_not_published_yet_is_open_from_its_publication_on(loaded, course_page):
    close_for_enrolment(loaded)
    course_page.unpublish()
    open_for_enrolment(loaded)
    assert not is_listed(loaded)
    CoursePage.objects.get().save_revision().publish()
    publish_course_page(CoursePage.objects.get())
    assert is_listed(loaded)


def test_no_draft_from_before_undoes_it(closed):
    draft = CoursePage.objects.get().save_revision()
    open_for_enrolment(closed)
    draft.publish()
    publish_course_page(CoursePage.objects.get())
    assert is_listed(closed)


def test_a_copy_is_closed(loaded, course_page):
    copy = course_page.copy(update_attrs={"slug": "copy", "title": "Copy"}, recursive=True, keep_live=True)
    publish_course_page(copy)
    assert is_listed(loaded)
    assert not is_listed(Course.objects.get(slug="copy"))


def test_a_file_opens_its_course(loaded):
    assert is_listed(loaded)


def test_what_was_published_before_there_was_this_act_is_open_after_the_migration(closed, course_page):
    draft = course_page.copy(update_attrs={"slug": "copy", "title": "Copy"}, recursive=True, keep_live=False)
    draft.ensure_course()
    migration = import_module("cms.migrations.0005_courses_are_opened_by_their_authors")
    migration.open_published_courses(apps, None)
    assert CoursePage.objects.get(slug="listen-first").open_for_enrolment
    assert not CoursePage.objects.get(pk=draft.pk).open_for_enrolment
