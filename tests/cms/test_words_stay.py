"""Whatever authors do, words stay under the block in which they were written, and their writer finds them."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse
from wagtail.actions.copy_page import CopyPageAction
from wagtail.models import Locale, Page

from cms.block_ids import own_id
from cms.content_files import load
from cms.models import CoursePage, LessonPage
from cms.ownership import shared_with
from cms.publishing import publish_course_page
from courses.models import Activity, Course
from learning.models import ActivityState, Enrolment
from learning.services import start_free
from tests.cms import files
from tests.cms.learners import (
    answer,
    answer_of,
    exercises,
    reachable,
    reflect,
    reflection_of,
    shown,
    text_of_page,
    write_course,
)
from tests.factories import UserFactory


@pytest.fixture
def folder(tmp_path):
    write_course(tmp_path)
    return tmp_path


@pytest.fixture
def loaded(course_to_write_in) -> Course:
    return Course.objects.get(key="listen-first")


@pytest.fixture
def leila(loaded) -> Enrolment:
    return start_free(user=UserFactory(), course=loaded)


def publish() -> None:
    for page in CoursePage.objects.order_by("pk"):
        publish_course_page(page)


def lesson(slug: str) -> LessonPage:
    return LessonPage.objects.get(slug=slug)


def copy_of(page: Page, slug: str, **options) -> Page:
    return page.copy(update_attrs={"slug": slug, "title": slug.title()}, **options)


def ids(page: LessonPage) -> list[str]:
    return [child.id for child in page.body]


def old_copy(page: LessonPage, slug: str) -> LessonPage:
    """A copy as earlier versions made it: with the ids of the lesson that was copied."""
    made = copy_of(page, slug)
    return with_body(made, page.body)


def with_body(page: LessonPage, body) -> LessonPage:
    page = LessonPage.objects.get(pk=page.pk)
    page.body = page.body.stream_block.to_python(list(body.get_prep_value()))
    page.save_revision().publish()
    return LessonPage.objects.get(pk=page.pk)


def without(page: LessonPage, kind: str) -> LessonPage:
    page = LessonPage.objects.get(pk=page.pk)
    page.body = page.body.stream_block.to_python([block for block in page.body.get_prep_value() if block["type"] != kind])
    page.save_revision().publish()
    return page


# Copies have ids of their own -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("keep_live", [True, False])
def test_a_copy_has_ids_of_its_own_in_its_text_its_draft_and_its_history(loaded, keep_live):
    page = lesson("ask")
    page.minutes = 7
    page.save_revision()
    made = LessonPage.objects.get(pk=copy_of(page, "second", keep_live=keep_live).pk)
    wanted = [own_id(made.translation_key, block_id) for block_id in ids(page)]
    assert ids(made) == wanted
    assert ids(made.get_latest_revision_as_object()) == wanted
    assert [ids(revision.as_object()) for revision in made.revisions.all()] == [wanted] * made.revisions.count()
    assert made.revisions.count() == page.revisions.count() + 1


def test_copies_with_subpages_and_copies_of_copies_share_nothing(loaded, course_page, module_page):
    copy_of(copy_of(lesson("repeat"), "second"), "third")
    CopyPageAction(page=lesson("third"), update_attrs={"slug": "fourth"}, keep_live=False).execute()
    lesson("third").create_alias(update_slug="alias")
    copy_of(module_page("hear"), "hear-again", recursive=True)
    copy_of(CoursePage.objects.get(pk=course_page.pk), "course-again", recursive=True)
    found = [block_id for page in LessonPage.objects.all() for block_id in ids(page)]
    assert LessonPage.objects.count() == (3 + 2 + 2 + 2) * 2
    assert len(found) == len(set(found))


def test_an_alias_that_follows_its_page_keeps_its_own_ids(loaded):
    alias = lesson("ask").create_alias(update_slug="alias")
    before = ids(alias)
    lesson("ask").save_revision().publish()
    assert ids(LessonPage.objects.get(pk=alias.pk)) == before


def test_a_translation_keeps_the_ids_so_that_words_are_in_both(loaded):
    locale = Locale.objects.create(language_code="de")
    translated = lesson("ask").copy(update_attrs={"locale": locale, "slug": "fragen"}, reset_translation_key=False)
    assert ids(LessonPage.objects.get(pk=translated.pk)) == ids(lesson("ask"))


# The finding, step by step --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make_copy", [copy_of, old_copy], ids=["copied today", "copied by an earlier version"])
def test_words_stay_in_their_lesson_when_the_copied_one_is_taken_back_and_returns(leila, make_copy):
    make_copy(lesson("ask"), "second")
    publish()
    reflect(leila, lesson("ask"), "WORDS IN ASK")
    reflect(leila, lesson("second"), "WORDS IN SECOND")
    answer(leila, lesson("ask"), "a")
    answer(leila, lesson("second"), "b")
    lesson("ask").unpublish()
    publish()
    assert text_of_page(leila.course, lesson("ask")) is None
    assert reflection_of(leila, lesson("second")) == "WORDS IN SECOND"
    assert answer_of(leila, lesson("second")) == ["b"]
    assert reachable(leila) == {"Second": ["WORDS IN SECOND"], "The lesson ask": ["WORDS IN ASK"]}
    reflect(leila, lesson("second"), "REWRITTEN IN SECOND")
    lesson("ask").save_revision().publish()
    publish()
    assert reflection_of(leila, lesson("ask")) == "WORDS IN ASK"
    assert reflection_of(leila, lesson("second")) == "REWRITTEN IN SECOND"
    assert (answer_of(leila, lesson("ask")), answer_of(leila, lesson("second"))) == (["a"], ["b"])


@pytest.mark.parametrize("make_copy", [copy_of, old_copy], ids=["copied today", "copied by an earlier version"])
def test_a_copy_that_is_published_while_the_first_is_away_begins_empty(leila, make_copy):
    reflect(leila, lesson("ask"), "WORDS IN ASK")
    make_copy(lesson("ask"), "second")
    lesson("ask").unpublish()
    publish()
    assert reflection_of(leila, lesson("second")) == ""
    reflect(leila, lesson("second"), "WORDS IN SECOND")
    lesson("ask").save_revision().publish()
    publish()
    assert (reflection_of(leila, lesson("ask")), reflection_of(leila, lesson("second"))) == ("WORDS IN ASK", "WORDS IN SECOND")


def test_moving_a_lesson_takes_its_words_along(leila, module_page):
    reflect(leila, lesson("ask"), "WORDS IN ASK")
    lesson("ask").move(module_page("answer"), pos="last-child")
    publish()
    assert reflection_of(leila, lesson("ask")) == "WORDS IN ASK"


def test_a_lesson_that_went_to_another_course_and_came_back_finds_its_words(leila, course_page, module_page):
    reflect(leila, lesson("ask"), "WORDS IN ASK")
    hear = module_page("hear")
    other = copy_of(CoursePage.objects.get(pk=course_page.pk), "other", recursive=True)
    lesson_page = LessonPage.objects.descendant_of(course_page).get(slug="ask")
    lesson_page.move(other.get_children().get(slug="answer"), pos="last-child")
    publish()
    assert reachable(leila) == {"The lesson ask": ["WORDS IN ASK"]}
    LessonPage.objects.get(pk=lesson_page.pk).move(hear, pos="last-child")
    publish()
    assert reflection_of(leila, LessonPage.objects.get(pk=lesson_page.pk)) == "WORDS IN ASK"


def test_an_older_revision_of_a_copy_that_is_restored_touches_no_other_lesson(leila):
    reflect(leila, lesson("ask"), "WORDS IN ASK")
    made = LessonPage.objects.get(pk=copy_of(lesson("ask"), "second").pk)
    publish()
    older = made.revisions.order_by("pk").first().as_object()
    older.slug = "second"
    older.save_revision().publish()
    publish()
    assert (reflection_of(leila, lesson("ask")), reflection_of(leila, lesson("second"))) == ("WORDS IN ASK", "")


# The same id in two lessons -------------------------------------------------------------------------------------------


def test_a_block_that_left_its_lesson_takes_its_words_to_the_lesson_that_has_it(leila):
    reflect(leila, lesson("ask"), "WORDS IN ASK")
    with_body(lesson("repeat"), lesson("ask").body)
    without(lesson("ask"), "reflection")
    publish()
    assert reflection_of(leila, lesson("repeat")) == "WORDS IN ASK"
    assert reachable(leila) == {"The lesson repeat": ["WORDS IN ASK"]}


def test_the_order_of_cutting_and_pasting_does_not_matter_as_long_as_nobody_wrote_in_between(leila):
    reflect(leila, lesson("ask"), "WORDS IN ASK")
    with_body(lesson("repeat"), lesson("ask").body)
    publish()
    assert (reflection_of(leila, lesson("ask")), reflection_of(leila, lesson("repeat"))) == ("WORDS IN ASK", "")
    without(lesson("ask"), "reflection")
    publish()
    assert reflection_of(leila, lesson("repeat")) == "WORDS IN ASK"


def test_words_that_were_written_in_between_stay_where_they_are(leila):
    reflect(leila, lesson("ask"), "WORDS IN ASK")
    with_body(lesson("repeat"), lesson("ask").body)
    publish()
    reflect(leila, lesson("repeat"), "WORDS IN REPEAT")
    without(lesson("ask"), "reflection")
    publish()
    assert reflection_of(leila, lesson("repeat")) == "WORDS IN REPEAT"
    assert reachable(leila) == {"The lesson ask": ["WORDS IN ASK"], "The lesson repeat": ["WORDS IN REPEAT"]}


def test_a_block_twice_in_one_lesson_is_two_exercises(leila):
    page = lesson("ask")
    page.body = page.body.stream_block.to_python([*page.body.get_prep_value()] * 2)
    page.save_revision().publish()
    publish()
    found = [block.id for block in text_of_page(leila.course, page).blocks]
    assert len(found) == len(set(found)) == 2 * len(set(ids(page)))
    publish()
    assert [block.id for block in text_of_page(leila.course, page).blocks] == found


def test_a_block_that_becomes_one_of_another_kind_is_another_block_until_it_changes_back(leila):
    reflect(leila, lesson("ask"), "WORDS IN ASK")
    before = lesson("ask").body
    plan = {"prompt": "When?", "if_hint": "", "then_hint": ""}
    page = lesson("ask")
    blocks = page.body.get_prep_value()
    changed = [block | {"type": "plan", "value": plan} if block["type"] == "reflection" else block for block in blocks]
    page.body = page.body.stream_block.to_python(changed)
    page.save_revision().publish()
    publish()
    assert shown(leila, page)["plan"]["data"] == {}
    assert reachable(leila) == {"The lesson ask": ["WORDS IN ASK"]}
    with_body(page, before)
    publish()
    assert reflection_of(leila, page) == "WORDS IN ASK"


def test_words_follow_a_block_that_moves_from_one_file_to_another(leila, folder):
    reflect(leila, lesson("ask"), "WORDS IN ASK")
    files.write(folder, "02-answer/01-repeat.md", files.lesson("repeat", more=exercises("repeat") + exercises("ask")))
    (folder / "courses/listen-first/01-hear/01-ask.md").unlink()
    load(folder)
    assert lesson("ask").live is False
    assert reachable(leila) == {"The lesson repeat": ["WORDS IN ASK"]}


def test_loading_names_lessons_that_contain_the_same_exercise(leila, folder, capsys):
    page = lesson("ask")
    page.title = "Ask, edited by an author"
    page.save_revision().publish()
    files.write(folder, "02-answer/01-repeat.md", files.lesson("repeat", more=exercises("ask")))
    files.write(folder, "01-hear/01-ask.md", files.lesson("ask", more=""))
    complaints = StringIO()
    call_command("load_content", str(folder), stderr=complaints)
    assert "Ask, edited by an author, The lesson repeat: these lessons contain the same exercise." in complaints.getvalue()


def test_an_author_reads_that_two_lessons_share_an_exercise(leila, reviewer, sign_in):
    from tests.cms.editing import lesson_form  # the form of the editor is built of models

    old_copy(lesson("ask"), "second")
    client = sign_in(reviewer)
    address = reverse("wagtailadmin_pages:edit", args=[lesson("second").pk])
    saved = client.post(address, lesson_form(lesson("second")), follow=True)
    assert "This lesson and “The lesson ask” contain the same exercise." in saved.content.decode()
    assert [page.slug for page in shared_with(lesson("ask"))] == ["second"]
    assert shared_with(lesson("wait")) == []
    saved = client.post(reverse("wagtailadmin_pages:edit", args=[lesson("wait").pk]), lesson_form(lesson("wait")), follow=True)
    assert "contain the same exercise" not in saved.content.decode()


# What is remembered ---------------------------------------------------------------------------------------------------


def test_an_activity_remembers_its_lesson_what_it_said_last_and_all_its_columns(leila):
    page = lesson("ask")
    blocks = page.body.get_prep_value()
    sheet = next(block for block in blocks if block["type"] == "worksheet")
    activity = Activity.objects.get(course=leila.course, block_id=sheet["id"])
    assert (activity.lesson.uuid, activity.value["title"]) == (page.translation_key, "Worksheet of ask")
    sheet["value"]["columns"] = sheet["value"]["columns"][:1]
    page.body = page.body.stream_block.to_python(blocks)
    page.save_revision().publish()
    publish()
    activity.refresh_from_db()
    assert [column["id"] for column in activity.value["columns"]] == ["who"]
    assert activity.parts == {"who": "Who", "what": "What"}
    without(page, "worksheet")
    publish()
    activity.refresh_from_db()
    assert (activity.value["title"], activity.lesson.uuid) == ("Worksheet of ask", page.translation_key)


def test_deleting_a_lesson_or_a_course_deletes_no_words(leila, course_page):
    reflect(leila, lesson("ask"), "WORDS IN ASK")
    lesson("ask").delete()
    publish()
    assert reachable(leila) == {"The lesson ask": ["WORDS IN ASK"]}
    Page.objects.get(pk=course_page.pk).delete()
    assert Course.objects.filter(pk=leila.course_id).exists()
    assert ActivityState.objects.get().data == {"text": "WORDS IN ASK"}
    assert reachable(leila) == {"The lesson ask": ["WORDS IN ASK"]}
