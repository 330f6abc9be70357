"""The migration tells activities of earlier versions what publications remember today."""

from importlib import import_module

import pytest
from django.apps import apps

from courses.models import Activity
from courses.services import publish_version
from tests.courses.factories import block, content, lesson, published_course, uid

pytestmark = pytest.mark.django_db
migration = import_module("courses.migrations.0002_remember_where_activities_were")


def sheet(*columns: str):
    entries = [{"id": column, "label": column.title(), "hint": ""} for column in columns]
    return block("worksheet", "w1", {"title": f"Sheet of {len(columns)}", "columns": entries, "rows": 1})


def remembered() -> dict[str, tuple]:
    rows = Activity.objects.select_related("lesson")
    return {str(row.block_id): (row.lesson and str(row.lesson.uuid), row.value, row.parts) for row in rows}


def forget_and_migrate() -> dict[str, tuple]:
    Activity.objects.update(lesson=None, value={}, parts={})
    migration.remember(apps, None)
    return remembered()


def test_it_remembers_what_publications_do():
    words = block("reflection", "r1", {"prompt": "Whom?"})
    course = published_course([[lesson("l1", blocks=[words, sheet("who", "what")], checks=["c1"]), "l2"]], has_assessment=True)
    versions = [
        [[lesson("l1", blocks=[sheet("what")], checks=["c1"]), lesson("l2", blocks=[words])]],
        [[lesson("l1", blocks=[sheet("what", "when")]), "l2"]],
    ]
    for modules in versions:
        publish_version(course=course, content=content(modules, has_assessment=True))
    published_course([["m1"]], key="two")
    expected = remembered()
    assert expected[uid("w1")][2] == {"who": "Who", "what": "What", "when": "When"}
    assert expected[uid("r1")][:2] == (uid("l2"), {"prompt": "Whom?"})
    assert forget_and_migrate() == expected


def test_words_of_a_lesson_that_was_taken_back_go_back_to_it():
    """Earlier versions let a copy show the words of the lesson it was copied from, as soon as that was taken back."""
    words = block("reflection", "r1", {"prompt": "Whom?"})
    course = published_course([[lesson("ask", blocks=[words]), "second"]])
    publish_version(course=course, content=content([[lesson("second", blocks=[words])]]))
    assert forget_and_migrate()[uid("r1")][0] == uid("ask")


def test_an_activity_of_no_version_is_left_alone():
    course = published_course([["l1"]])
    activity = Activity.objects.create(course=course, block_id=uid("stray"), kind="reflection")
    migration.remember(apps, None)
    activity.refresh_from_db()
    assert (activity.lesson, activity.value, activity.parts) == (None, {}, {})
