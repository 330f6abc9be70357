"""Search follows what authors publish, take back, move and rename."""

import pytest
from django.core.management import call_command
from wagtail.models import Page

from cms.models import CoursePage
from courses.models import Course, SearchEntry
from courses.queries import catalogue
from courses.queries.search import search
from learning.services import start_free
from tests.cms import files
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def found(query: str) -> dict[str, list[str]]:
    """What the catalogue shows: titles of lessons by the title of their course."""
    result = search(query, among=[course.pk for course in catalogue()], is_exact=True)
    courses = Course.objects.in_bulk([course.course for course in result.courses])
    entries = SearchEntry.objects.in_bulk([entry for course in result.courses for entry in course.entries])
    return {courses[own.course].title: [entries[entry].title for entry in own.entries] for own in result.courses}


def edit(page, **fields) -> None:
    for name, value in fields.items():
        setattr(page, name, value)
    page.save_revision().publish()


def test_a_course_is_found_as_soon_as_it_is_published(loaded):
    assert found("wait heading") == {"Listen first": ["The lesson wait"]}
    assert found("discovering") == {"Listen first": []}


def test_what_checks_ask_and_answer_is_not_found(loaded):
    assert found("early") == found("answer feedback") == {}


def test_drafts_are_not_found(loaded, lesson_page, committed):
    with committed():
        page = lesson_page("wait")
        page.title = "Silence"
        page.save_revision()
    assert found("silence") == {}


def test_a_renamed_lesson_module_and_course_are_found_by_their_new_names_only(
    loaded, course_page, module_page, lesson_page, committed
):
    with committed():
        edit(lesson_page("wait"), title="Silence")
    assert found("silence") == {"Listen first": ["Silence"]}
    with committed():
        edit(module_page("answer"), title="Echo")
    assert found("echo") == {"Listen first": ["The lesson repeat"]}
    with committed():
        edit(CoursePage.objects.get(pk=course_page.pk), title="Hearken")
    assert found("hearken") == {"Hearken": []}
    assert found('"listen first"') == {}


def test_an_unpublished_lesson_is_found_no_more_and_returns(loaded, lesson_page, committed):
    with committed():
        lesson_page("wait").unpublish()
    assert found("wait") == {"Listen first": []}  # in the outcomes of the course
    with committed():
        lesson_page("wait").save_revision().publish()
    assert found("lesson wait") == {"Listen first": ["The lesson wait"]}


def test_a_moved_lesson_is_found_where_it_is(loaded, module_page, lesson_page, committed):
    with committed():
        lesson_page("ask").move(module_page("answer"), pos="last-child")
    entry = SearchEntry.objects.get(title="The lesson ask")
    assert (entry.module_slug, entry.heading) == ("answer", module_page("answer").title)


def test_an_unpublished_or_deleted_course_is_found_no_more(loaded, course_page, committed):
    start_free(user=UserFactory(), course=loaded)
    with committed():
        course_page.unpublish()
    assert found("wait") == {}
    with committed():
        CoursePage.objects.get(pk=course_page.pk).save_revision().publish()
    assert found("lesson wait") == {"Listen first": ["The lesson wait"]}
    with committed():
        Page.objects.get(pk=course_page.pk).delete()
    assert found("wait") == {}


def test_other_words_of_the_author_find_the_course(loaded, course_page, committed, client):
    with committed():
        edit(course_page, search_words="active listening\nempathy")
    assert found("empathy") == {"Listen first": []}
    assert "empathy" not in client.get("/courses/listen-first/").content.decode()


def test_other_words_come_from_files_too(db, folder):
    path = folder / "courses" / "listen-first" / "course.md"
    path.write_text(files.COURSE.replace("price: free\n", "price: free\nsearch_words: [empathy, active listening]\n"))
    call_command("load_content", str(folder), verbosity=0)
    assert CoursePage.objects.get(slug="listen-first").search_words == "empathy\nactive listening"
    assert found("empathy") == {"Listen first": []}


@pytest.mark.parametrize(
    ("query", "course", "lesson"),
    [
        ("interest", "Uncover what others expect", "What a demand is for"),
        ("negotiation", "Negotiate mutual value", "Two sides on one sheet"),
        ("expectation", "Uncover what others expect", "Who else expects something"),
        ("demand", "Uncover what others expect", "What a demand is for"),
        ("interview", "Uncover what others expect", "A twenty-minute interview"),
        ("stakeholder", "Uncover what others expect", None),
        ("listening", "Uncover what others expect", None),
    ],
)
def test_the_shipped_courses_are_found(shipped, query, course, lesson):
    courses = found(query)
    assert next(iter(courses)) == course
    assert lesson is None or lesson in courses[course]
