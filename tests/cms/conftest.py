"""A small course in files, and the people who work on it."""

import shutil
from functools import partial
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command

from cms.models import CoursePage, LessonPage, ModulePage
from cms.site import AUTHORS, REVIEWERS, ensure_site
from courses.models import Course
from tests.cms import files, learners
from tests.cms.bank import write_bank
from tests.cms.loading import load_written
from tests.factories import UserFactory
from tests.kept import kept, makers


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The content folder of a course with two modules and three lessons."""
    files.write_course(tmp_path)
    return tmp_path


@pytest.fixture
def with_bank(folder: Path) -> Path:
    """A course whose own forms have made way for two of the bank."""
    shutil.rmtree(folder / "courses" / "listen-first" / "assessment")
    write_bank(folder)
    return folder


makers["small_course"] = partial(load_written, files.write_course)
makers["course_to_write_in"] = partial(load_written, learners.write_course)
makers["shipped"] = partial(call_command, "load_content", verbosity=0)


@pytest.fixture
def small_course(db):
    kept.ensure("small_course")


@pytest.fixture
def course_to_write_in(db):
    kept.ensure("course_to_write_in")


@pytest.fixture
def shipped(db):
    """The courses of `content/`."""
    kept.ensure("shipped")


@pytest.fixture
def loaded(small_course) -> Course:
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
