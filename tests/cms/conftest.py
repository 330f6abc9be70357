"""A small course in files, and the people who work on it."""

from pathlib import Path

import pytest
from django.contrib.auth.models import Group

from cms.content_files import load
from cms.models import CoursePage, LessonPage, ModulePage
from cms.publishing import PublishAfterCommit
from cms.site import AUTHORS, REVIEWERS, ensure_site
from courses.models import Course
from tests.cms import files
from tests.factories import UserFactory


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The content folder of a course with two modules and three lessons."""
    files.write_course(tmp_path)
    return tmp_path


@pytest.fixture
def loaded(db, folder, django_capture_on_commit_callbacks) -> Course:
    with django_capture_on_commit_callbacks() as callbacks:
        load(folder)
    for callback in callbacks:  # not Wagtail's indexing, which takes its time
        if isinstance(callback, PublishAfterCommit):
            callback()
    return Course.objects.get(key="listen-first")


@pytest.fixture
def course_page(loaded) -> CoursePage:
    return CoursePage.objects.get(slug="listen-first")


@pytest.fixture
def lesson_page(loaded):
    return lambda slug: LessonPage.objects.get(slug=slug)


@pytest.fixture
def module_page(loaded):
    return lambda slug: ModulePage.objects.get(slug=slug)


@pytest.fixture
def author(db):
    ensure_site()
    user = UserFactory()
    user.groups.add(Group.objects.get(name=AUTHORS))
    return user


@pytest.fixture
def reviewer(db):
    ensure_site()
    user = UserFactory()
    user.groups.add(Group.objects.get(name=REVIEWERS))
    return user
