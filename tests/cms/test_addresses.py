"""No two lessons at one address, however they came to be there, and old addresses lead to where things are now."""

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wagtail.models import Locale, Page

from cms.addresses import free_slug
from cms.content_files import load
from cms.enrolment import open_for_enrolment
from cms.models import CoursePage, LessonPage, ModulePage
from cms.publishing import publish_course_page
from courses.content import lessons
from courses.models import Course
from learning.models import Enrolment
from learning.services import finish_activity, start_free
from tests.cms import files
from tests.courses.factories import published_course
from tests.factories import UserFactory


def publish() -> None:
    for page in CoursePage.objects.all():
        publish_course_page(page)


def addresses(course: Course) -> list[str]:
    course = Course.objects.get(pk=course.pk)
    return [f"{lesson.module_slug}/{lesson.slug}" for lesson in lessons(course.current_version)]


def copy_form(page: Page, **changes: str) -> dict[str, str]:
    parent = str(page.get_parent().pk)
    return {"new_title": page.title, "new_slug": page.slug, "new_parent_page": parent, "copy_subpages": "on"} | changes


@pytest.mark.parametrize(
    ("wanted", "taken", "slug"),
    [
        ("ask", [], "ask"),
        ("ask", ["ask"], "ask-2"),
        ("ask", ["ask", "ask-2"], "ask-3"),
        ("Größe", [], "groe"),
        ("聽", [], "page"),
        ("a" * 120, ["a" * 100], "a" * 94 + "-2"),
    ],
)
def test_a_slug_that_is_taken_gets_a_number_and_fits(wanted, taken, slug):
    assert free_slug(wanted, taken) == slug


def test_a_module_copied_in_its_course_is_read_lesson_by_lesson(loaded, module_page, client):
    module_page("hear").copy(update_attrs={"slug": "hear-2", "title": "Again"}, recursive=True, keep_live=True)
    publish()
    assert addresses(loaded) == ["hear/ask", "hear/wait", "answer/repeat", "hear-2/ask", "hear-2/wait"]
    for address in ("hear/ask", "hear-2/ask"):
        assert client.get(f"/courses/listen-first/{address}/").status_code == 200


def test_a_lesson_copied_to_a_module_where_there_is_one_of_its_name_is_refused_with_words(loaded, lesson_page, module_page):
    page = lesson_page("ask")
    page.copy(to=module_page("answer"), keep_live=True)
    with pytest.raises(ValidationError, match="already in use"):
        page.copy(to=module_page("answer"), keep_live=True)


def test_two_slugs_that_went_past_every_check_are_told_apart_when_published(loaded, lesson_page, client):
    LessonPage.objects.filter(slug="wait").update(slug="ask")
    publish()
    assert addresses(loaded) == ["hear/ask", "hear/ask-2", "answer/repeat"]


def test_an_old_text_does_not_bring_a_slug_back_that_another_lesson_has_now(loaded, lesson_page):
    page = lesson_page("ask")
    old = page.save_revision()
    page.slug = "ask-well"
    page.save_revision().publish()
    other = lesson_page("wait")
    other.slug = "ask"
    other.save_revision().publish()
    old.publish()
    publish()
    assert addresses(loaded) == ["hear/ask-2", "hear/ask", "answer/repeat"]


@pytest.mark.parametrize("slug", ["größe", "a" * 101])
def test_a_slug_that_no_address_can_hold_is_refused_with_words(loaded, lesson_page, slug):
    page = lesson_page("ask")
    page.slug = slug
    with pytest.raises(ValidationError, match="at most 100 letters"):
        page.save()


def test_moving_several_pages_of_one_name_to_the_same_place_is_refused_before_the_first(
    loaded, lesson_page, module_page, course_page, reviewer, sign_in
):
    copy = course_page.copy(update_attrs={"slug": "copy", "title": "Copy"}, recursive=True)
    both = list(LessonPage.objects.filter(slug="ask"))
    LessonPage.objects.filter(slug="repeat")
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "move"])
    query = "&".join(f"id={page.pk}" for page in both)
    answer = sign_in(reviewer).post(f"{address}?{query}", {"chooser": module_page_of(copy, "answer").pk}, follow=True)
    assert "called “ask”" in answer.text
    assert [page.get_parent().pk for page in LessonPage.objects.filter(slug="ask")] == [page.get_parent().pk for page in both]


def module_page_of(course_page: CoursePage, slug: str) -> ModulePage:
    return ModulePage.objects.child_of(course_page).get(slug=slug)


# Courses ----------------------------------------------------------------------------------------------------------------


def test_the_address_of_a_draft_that_was_deleted_is_free(loaded, course_page, reviewer, sign_in):
    draft = course_page.copy(update_attrs={"slug": "next", "title": "Next"}, recursive=True, keep_live=False)
    draft.ensure_course()
    assert Course.objects.filter(slug="next").exists()
    Page.objects.get(pk=draft.pk).delete()
    again = course_page.copy(update_attrs={"slug": "next", "title": "Next"}, recursive=True, keep_live=True)
    publish()
    assert Course.objects.get(slug="next").uuid == again.translation_key


def test_the_address_of_a_course_that_people_are_on_is_kept(loaded, course_page, reviewer, sign_in):
    published_course([["x"]], key="taken", title="Everything")
    page = sign_in(reviewer).post(
        reverse("wagtailadmin_pages:copy", args=[course_page.pk]), copy_form(course_page, new_slug="taken")
    )
    assert page.status_code == 200
    assert "keeps this slug: its page was deleted" in page.text
    with pytest.raises(ValidationError, match="keeps this slug"):
        course_page.copy(update_attrs={"slug": "taken", "title": "Copy"}, recursive=True)


def test_copying_proposes_a_free_address_and_no_alias(loaded, course_page, lesson_page, reviewer, sign_in):
    client = sign_in(reviewer)
    published_course([["x"]], key="listen-first-2")
    for page, slug in ((course_page, "listen-first-3"), (lesson_page("ask"), "ask-2")):
        form = client.get(reverse("wagtailadmin_pages:copy", args=[page.pk])).context["form"]
        assert (form["new_slug"].initial, "alias" in form.fields) == (slug, False)


# Where things were ------------------------------------------------------------------------------------------------------


def test_the_old_address_of_a_lesson_leads_to_it(loaded, lesson_page, module_page, client):
    page = lesson_page("ask")
    page.slug = "ask-well"
    page.save_revision().publish()
    publish()
    LessonPage.objects.get(slug="ask-well").move(module_page("answer"), pos="last-child")
    publish()
    for old in ("hear/ask", "hear/ask-well"):
        answer = client.get(f"/courses/listen-first/{old}/")
        assert (answer.status_code, answer.headers["Location"]) == (302, "/courses/listen-first/answer/ask-well/")
    newer = lesson_page("wait")
    newer.slug, newer.sample = "ask", True
    newer.save_revision().publish()
    publish()
    assert client.get("/courses/listen-first/hear/ask/").status_code == 200


def test_the_old_address_of_a_course_leads_to_it_until_another_course_has_it(loaded, course_page, client):
    course_page.slug = "listen"
    course_page.save_revision().publish()
    publish()
    assert client.get("/courses/listen-first/").headers["Location"] == "/courses/listen/"
    assert client.get("/courses/listen-first/hear/ask/").headers["Location"] == "/courses/listen/hear/ask/"
    copy = CoursePage.objects.get().copy(update_attrs={"slug": "listen-first", "title": "Copy"}, recursive=True, keep_live=True)
    publish()
    open_for_enrolment(Course.objects.get(uuid=copy.translation_key))
    assert "Copy" in client.get("/courses/listen-first/").text


# Files ------------------------------------------------------------------------------------------------------------------


def test_a_file_whose_slug_an_author_used_gets_one_of_its_own(loaded, folder, lesson_page, module_page):
    lesson_page("repeat").copy(to=module_page("hear"), update_attrs={"slug": "mine", "title": "Mine"}, keep_live=True)
    files.write(folder, "01-hear/03-mine.md", files.lesson("mine", more=""))
    load(folder)
    assert "hear/mine-2" in addresses(loaded)


def test_a_file_moves_to_a_folder_where_an_author_used_its_slug(loaded, folder, lesson_page, module_page):
    lesson_page("repeat").copy(to=module_page("answer"), update_attrs={"slug": "wait", "title": "Mine"}, keep_live=True)
    (folder / "courses/listen-first/01-hear/02-wait.md").rename(folder / "courses/listen-first/02-answer/02-wait.md")
    load(folder)
    assert sorted(addresses(loaded)) == ["answer/repeat", "answer/wait", "answer/wait-2", "hear/ask"]


# Translations -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def german(loaded, course_page) -> CoursePage:
    locale = Locale.objects.create(language_code="de")
    page = course_page.copy_for_translation(locale, copy_parents=True)
    page.title = "Erst zuhören"
    for part in course_page.get_descendants().specific():
        part.copy_for_translation(locale).save_revision().publish()
    return page


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def test_a_translation_never_overwrites_the_original(loaded, german, committed):
    before = Course.objects.get(pk=loaded.pk).current_version
    with committed():
        german.save_revision().publish()
        lesson = LessonPage.objects.descendant_of(german).first()
        lesson.title = "Fragen"
        lesson.save_revision().publish()
    with committed():
        lesson.move(ModulePage.objects.descendant_of(german).last(), pos="last-child")
    publish_course_page(CoursePage.objects.get(pk=german.pk))
    loaded.refresh_from_db()
    assert (loaded.title, loaded.current_version, Course.objects.count()) == ("Listen first", before, 1)


def test_taking_a_translation_back_or_deleting_it_leaves_the_original(loaded, german, committed):
    with committed():
        german.save_revision().publish()
        CoursePage.objects.get(pk=german.pk).unpublish()
    with committed():
        Page.objects.get(pk=german.pk).delete()
    loaded.refresh_from_db()
    assert loaded.is_listed


def test_where_there_is_one_language_nothing_speaks_of_languages(loaded, course_page, reviewer, sign_in):
    client = sign_in(reviewer)
    edit = client.get(reverse("wagtailadmin_pages:edit", args=[course_page.pk])).text
    listing = client.get(reverse("wagtailadmin_explore", args=[course_page.pk])).text
    assert "Locale" not in edit + listing


# Whatever authors do, a newcomer can finish -----------------------------------------------------------------------------

ACTS = st.sampled_from(["copy", "copy module", "move", "alias", "delete", "publish", "unpublish", "revert", "reorder"])
STEPS = st.lists(st.tuples(ACTS, st.integers(0, 7), st.integers(0, 7)), max_size=8)


def act(kind: str, first: int, second: int) -> None:
    pages = list(LessonPage.objects.order_by("pk"))
    modules = list(ModulePage.objects.order_by("pk"))
    if not pages or not modules:
        return
    page, module = pages[first % len(pages)], modules[second % len(modules)]
    if kind == "copy module":
        slug = free_slug(module.slug, {other.slug for other in modules})
        module.copy(update_attrs={"slug": slug}, recursive=True, keep_live=True)
    elif kind == "reorder":
        module.move(modules[first % len(modules)], pos="left")
    else:
        ACTS_ON_A_LESSON[kind](page, module)


def delete(page: LessonPage) -> None:
    if LessonPage.objects.count() > 1:
        Page.objects.get(pk=page.pk).delete()


def revert(page: LessonPage) -> None:
    if oldest := page.revisions.order_by("pk").first():
        oldest.as_object().save_revision().publish()


ACTS_ON_A_LESSON = {
    "copy": lambda page, module: page.copy(to=module, keep_live=True),
    "move": lambda page, module: page.move(module, pos="last-child"),
    "alias": lambda page, module: page.create_alias(parent=module),
    "delete": lambda page, module: delete(page),
    # An alias has no editor: Wagtail shows the page that it follows.
    "publish": lambda page, module: None if page.alias_of_id else page.save_revision().publish(),
    "unpublish": lambda page, module: page.unpublish(),
    "revert": lambda page, module: revert(page),
}


def read_everything(course: Course, client) -> Enrolment:
    """A newcomer opens each lesson at its address, and finishes what stands there."""
    enrolment = start_free(user=UserFactory(), course=course)
    client.force_login(enrolment.user)
    for lesson in lessons(course.current_version):
        answer = client.get(f"/courses/{course.slug}/{lesson.module_slug}/{lesson.slug}/")
        assert (answer.status_code, answer.context["lesson"].id) == (200, lesson.id)
        for block in answer.context["lesson"].required_blocks:
            finish_activity(enrolment=enrolment, block_id=block.id)
        finish_activity(enrolment=enrolment, block_id=answer.context["lesson"].id)
    return Enrolment.objects.get(pk=enrolment.pk)


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_a_newcomer_who_does_everything_finishes(loaded, client, steps):
    with transaction.atomic():
        for instrument in loaded.instruments.all():
            instrument.is_active = False
            instrument.save()
        publish()
        for step in steps:
            try:
                with transaction.atomic():
                    act(*step)
            except ValidationError:
                continue  # refused with words: nothing has changed
            publish()
        course = Course.objects.get(pk=loaded.pk)
        found = [(lesson.module_slug, lesson.slug) for lesson in lessons(course.current_version)]
        assert len(found) == len(set(found))
        if course.is_listed:
            enrolment = read_everything(course, client)
            assert (enrolment.percentage, enrolment.completed_at is not None) == (100, True)
        transaction.set_rollback(True)
