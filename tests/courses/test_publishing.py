import pytest

from access.models import CourseSet
from courses import services as course_services
from courses.content import (
    CONTENT_SCHEMA,
    READERS,
    UnknownSchema,
    assessment_block_id,
    block,
    lesson_at,
    lessons,
    parse,
    text_of,
)
from courses.models import Course, CourseVersion, Lesson
from courses.queries import catalogue
from tests.courses.factories import content, lesson, published_course, republish, uid

pytestmark = pytest.mark.django_db


def test_ensure_course_is_idempotent_and_has_a_set_of_its_own():
    first = course_services.ensure_course(key="k", slug="one", title="One", is_free=True)
    again = course_services.ensure_course(key="k", slug="one", title="One", is_free=True)
    assert first == again
    assert [(row.slug, list(row.courses.all())) for row in CourseSet.objects.all()] == [("one", [first])]


def test_ensure_course_renames_course_and_set_together():
    course_services.ensure_course(key="k", slug="one", title="One")
    course = course_services.ensure_course(key="k", slug="two", title="Two", colour="#112233")
    assert (course.slug, course.title, course.colour) == ("two", "Two", "#112233")
    assert list(CourseSet.objects.values_list("slug", "title")) == [("two", "Two")]


def test_publishing_derives_requirements_and_identities():
    course = published_course([["l1"], ["l2"]], checks={"l1": ["c1"]}, has_assessment=True)
    version = course.current_version
    after = str(assessment_block_id(course, "after"))
    assert version.requirements == [
        {"activity": uid("c1"), "lesson": uid("l1"), "kind": "check"},
        {"activity": uid("l1"), "lesson": uid("l1"), "kind": "read"},
        {"activity": uid("l2"), "lesson": uid("l2"), "kind": "read"},
        {"activity": after, "lesson": None, "kind": "assessment_after"},
    ]
    assert sorted(str(value) for value in course.lessons.values_list("uuid", flat=True)) == sorted([uid("l1"), uid("l2")])
    assert {(str(row.block_id), row.kind) for row in course.activities.all()} == {
        (uid("c1"), "check"),
        (uid("l1"), "read"),
        (uid("l2"), "read"),
        (after, "assessment_after"),
        (str(assessment_block_id(course, "before")), "assessment_before"),
    }
    assert (course.is_listed, course.title, course.minutes) == (True, "Course of tests", 10)


def test_equal_content_makes_no_second_version():
    course = published_course([["l1"]])
    again = republish(course, [["l1"]])
    assert (again, CourseVersion.objects.count()) == (course.current_version, 1)


def test_publishing_lists_no_course_and_listing_is_an_act_of_its_own():
    course = published_course([["l1"]])
    course_services.unpublish(course=course)
    republish(course, [["l1", "l2"]])
    assert list(catalogue()) == []
    course_services.list_course(course=course)
    assert list(catalogue()) == [course]


def test_changed_content_makes_the_next_version_and_keeps_the_old():
    course = published_course([["l1"]])
    version = republish(course, [["l1", "l2"]])
    course.refresh_from_db()
    assert (version.number, course.current_version, CourseVersion.objects.count()) == (2, version, 2)


def test_a_renamed_lesson_keeps_its_identity():
    course = published_course([[lesson("l1", title="Old")]])
    republish(course, [[lesson("l1", title="New")]])
    assert list(Lesson.objects.values_list("title", flat=True)) == ["New"]


def test_a_lesson_written_again_under_its_old_key_gets_in():
    course = published_course([[lesson("l1")]])
    republish(course, [[lesson("l1") | {"id": uid("other")}]])
    assert sorted(Lesson.objects.values_list("key", flat=True)) == ["l1", f"l1-{uid('other')[:8]}"]


def test_catalogue_tells_skills_without_reading_the_text(django_assert_num_queries):
    published_course([["l1"]])
    with django_assert_num_queries(1):
        rows = [(course.title, course.skills) for course in catalogue()]
    assert rows == [("Course of tests", [{"slug": "discover-expectations", "level": 3}])]


def test_text_is_read_once_per_version(django_assert_num_queries):
    course = published_course([["l1"], ["l2"]], checks={"l2": ["c1"]})
    version = CourseVersion.objects.defer("content").get(pk=course.current_version.pk)
    text_of(version)
    with django_assert_num_queries(0):
        assert [lesson.slug for lesson in lessons(version)] == ["l1", "l2"]
        assert lesson_at(version, "module-2", "l2").title == "Lesson l2"
        assert lesson_at(version, "module-1", "l2") is None
        assert block(version, uid("c1"))[0].slug == "l2"


def test_the_version_that_was_read_longest_ago_makes_room(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr("courses.content.KEPT_TEXTS", 1)
    older, newer = (published_course([[name]]).current_version for name in ("l1", "l2"))
    for version in (older, newer):
        text_of(version)
    with django_assert_num_queries(0):
        text_of(CourseVersion(pk=newer.pk, uuid=newer.uuid))
    with pytest.raises(UnknownSchema):
        text_of(CourseVersion(uuid=older.uuid, content={}))


def test_each_schema_is_read_by_its_own_reader(monkeypatch):
    text = parse(content([["l1"]]))
    monkeypatch.setitem(READERS, 2, lambda _content: text)
    assert parse({"schema": 2}) is text


def test_minutes_of_the_author_win():
    course = published_course([["l1"]], minutes=42)
    assert Course.objects.get(pk=course.pk).minutes == 42
    assert content([["l1"]])["minutes"] == 0


def test_a_version_says_in_which_schema_it_is_written():
    course = published_course([["l1"]])
    assert course.current_version.content["schema"] == CONTENT_SCHEMA == 1


@pytest.mark.parametrize("schema", [None, 0, 2, "1"])
def test_a_version_of_another_schema_is_refused_with_what_to_do(schema):
    with pytest.raises(UnknownSchema, match=r"this version of Accord reads 1\. Use a newer version of Accord\."):
        parse(content([["l1"]]) | {"schema": schema})


def test_a_version_that_says_no_schema_is_not_taken_for_the_first():
    unmarked = content([["l1"]])
    del unmarked["schema"]
    with pytest.raises(UnknownSchema, match="has schema None"):
        parse(unmarked)


def test_every_schema_that_was_ever_written_has_a_reader():
    assert sorted(READERS) == list(range(1, CONTENT_SCHEMA + 1))
