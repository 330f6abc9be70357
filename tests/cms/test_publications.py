"""What authors read of how publishing went: in the editor, in the list, on their first page; and how the sweep tries again."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cms.content_files import load
from cms.models import CoursePage, CoursePublication, LessonPage
from cms.overview import CoursesPanel
from cms.publications import Stage, state_of
from cms.publishing import LONGEST_PAUSE, AddressTaken, note_failure, publish, publish_changed_courses
from courses.models import Course
from tests.cms import files
from tests.courses.factories import published_course


def page() -> CoursePage:
    return CoursePage.objects.get(slug="listen-first")


@pytest.fixture
def failing(loaded) -> CoursePage:
    """A course whose slug somebody has taken behind everybody's back."""
    CoursePage.objects.filter(slug="listen-first").update(slug="taken")
    published_course([["x"]], key="taken", title="Everything")
    with pytest.raises(AddressTaken):
        publish(CoursePage.objects.get())
    return CoursePage.objects.get()


def test_a_course_says_how_it_stands(loaded):
    assert state_of(page()).stage is Stage.OPEN
    CoursePage.objects.update(open_for_enrolment=False)
    assert state_of(page()).stage is Stage.CLOSED
    for lesson in LessonPage.objects.all():
        lesson.unpublish()
    assert (state_of(page()).stage, state_of(page()).remedy[:30]) == (Stage.EMPTY, "Publish at least one module wi")
    page().unpublish()
    assert state_of(page()).stage is Stage.DRAFT


def test_a_publication_that_has_not_happened_yet_is_no_publication(loaded):
    LessonPage.objects.first().save_revision().publish()
    assert state_of(page()).stage is Stage.PENDING
    publish(page())
    assert state_of(page()).stage is Stage.OPEN


def test_a_failure_is_kept_with_its_remedy_until_it_is_put_right(failing):
    state = state_of(failing)
    assert state.stage is Stage.FAILING
    assert "“Everything” keeps this slug" in state.remedy
    since = CoursePublication.objects.get().failing_since
    with pytest.raises(AddressTaken):
        publish(failing)
    again = CoursePublication.objects.get()
    assert (again.failing_since, again.attempts) == (since, 2)
    CoursePage.objects.update(slug="listen-well")
    publish(CoursePage.objects.get())
    assert state_of(CoursePage.objects.get()).stage is Stage.OPEN
    assert Course.objects.get(slug="listen-well").title == "Listen first"


def test_the_sweep_pauses_longer_each_time_and_authors_do_not(failing, caplog):
    pauses = []
    for _time in range(9):
        publication = CoursePublication.objects.get()
        pauses.append(publication.next_try_at - publication.updated_at)
        publish_changed_courses()
        assert CoursePublication.objects.get().attempts == publication.attempts
        CoursePublication.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))
        publish_changed_courses()
        assert CoursePublication.objects.get().attempts == publication.attempts + 1
    assert pauses[:3] == [timedelta(minutes=15), timedelta(minutes=30), timedelta(hours=1)]
    assert pauses[-1] == LONGEST_PAUSE


def test_nothing_is_told_of_an_error_that_may_name_anything(loaded):
    note_failure(page(), ValueError("password of somebody@example.com"))
    remedy = state_of(page()).remedy
    assert "ValueError" in remedy
    assert "example.com" not in remedy


def test_a_sweep_that_finds_nothing_writes_nothing(loaded):
    publish_changed_courses()
    before = CoursePublication.objects.get().updated_at
    publish_changed_courses()
    assert CoursePublication.objects.get().updated_at == before


def test_the_state_stands_in_the_editor_the_list_and_on_the_first_page(failing, author, sign_in):
    client = sign_in(author)
    lesson = LessonPage.objects.first()
    for address in (
        reverse("wagtailadmin_pages:edit", args=[failing.pk]),
        reverse("wagtailadmin_pages:edit", args=[lesson.pk]),
        reverse("wagtailadmin_home"),
        reverse("course_desk", args=[failing.pk]),
    ):
        answer = client.get(address).text
        assert "Publishing fails" in answer
        assert "keeps this slug" in answer
    listing = client.get(reverse("wagtailadmin_explore", args=[failing.get_parent().pk])).text
    assert "Learners see" in listing
    assert "Publishing fails" in listing


def test_a_new_author_finds_the_way_to_a_new_course(author, sign_in):
    answer = sign_in(author).get(reverse("wagtailadmin_home")).text
    assert "There is no course yet that you work on." in answer
    assert "/cms/pages/add/cms/coursepage/" in answer


@pytest.mark.parametrize("courses", [1, 3])
def test_the_first_page_asks_as_much_for_three_courses_as_for_one(tmp_path, courses, rf, author, django_assert_num_queries):
    files.write_course(tmp_path)
    load(tmp_path)
    for number in range(1, courses):
        page().copy(update_attrs={"slug": f"copy-{number}", "title": "Copy"}, recursive=True)
    request = rf.get("/")
    request.user = author
    panel = CoursesPanel()
    panel.get_context_data({"request": request})
    with django_assert_num_queries(6):
        context = panel.get_context_data({"request": request})
    assert len(context["lines"]) == courses
