"""What search finds of courses: written with each publication, when skills are renamed, and after `migrate`."""

from django.conf import settings
from django.db import connection, transaction

from cms.blocks.base import lesson_blocks
from common.sweeps import each
from courses.content import LessonText
from courses.events import VersionPublished
from courses.models import Course, CourseVersion, SearchEntry
from courses.services import write_search_entries
from skills.models import Framework


def keep_searchable(published: VersionPublished) -> None:
    """Called with the course locked."""
    _write(published.version)


def keep_skills_searchable(framework: Framework) -> None:
    make_searchable()


def make_searchable() -> None:
    """Write the entries of every published course that has none, or has them from other words or by an earlier version.

    After a first `migrate` to a version that searches, these are all of them. One that cannot be read is in the log, and
    stops neither the others nor `migrate`.
    """
    if SearchEntry._meta.db_table not in connection.introspection.table_names():
        return  # a database that is only part of the way through its migrations
    keys = Course.objects.filter(current_version__isnull=False).order_by("pk").values_list("pk", flat=True)
    each(list(keys), _make_searchable, name="Search entries of courses")


@transaction.atomic
def _make_searchable(key: int) -> None:
    course = Course.objects.select_for_update(no_key=True).get(pk=key)
    if course.current_version is not None:
        _write(course.current_version)


def _write(version: CourseVersion) -> None:
    write_search_entries(version=version, words_shown=words_shown, locale=settings.LANGUAGE_CODE)


def words_shown(lesson: LessonText) -> list[str]:
    """The texts of a lesson as anybody meets it: without what is asked in checks, and what comes of answering them."""
    blocks = (block for block in lesson.blocks if block.type in lesson_blocks)
    shown = [words for block in blocks for words in lesson_blocks[block.type].block.words_in(block.value)]
    return [words for words in [*shown, *lesson.sources] if words]
