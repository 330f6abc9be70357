"""The author's main job, from the editor to the learner."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from wagtail.models import Page, WorkflowState
from wagtail.test.utils.form_data import rich_text

from cms.blocks.base import RICH_TEXT
from cms.models import CourseIndexPage, CoursePage, LessonPage
from cms.site import ensure_site
from courses.models import CourseVersion
from learning.queries import progress
from learning.services import finish_activity, start_free
from tests.cms.editing import course_form, lesson_form
from tests.courses.factories import published_course
from tests.factories import UserFactory

EDIT = "wagtailadmin_pages:edit"


def rewritten(page: LessonPage, html: str) -> dict[str, str]:
    return lesson_form(page, **{"body-0-value": rich_text(html, features=RICH_TEXT)})


def test_an_edit_is_previewed_reviewed_and_published_and_a_learner_keeps_progress(
    loaded, lesson_page, author, reviewer, sign_in, django_capture_on_commit_callbacks
):
    learner = start_free(user=UserFactory(), course=loaded)
    lesson = loaded.current_version.content["modules"][0]["lessons"][0]
    for block_id in (lesson["id"], lesson["blocks"][1]["id"]):
        finish_activity(enrolment=learner, block_id=block_id)
    reached = learner.percentage
    page = lesson_page("ask")
    changed = rewritten(page, "<p>First <b>listen</b>, then go on.</p>")

    editor = sign_in(author)
    preview = reverse("wagtailadmin_pages:preview_on_edit", args=[page.pk])
    assert editor.post(preview, changed).json() == {"is_valid": True, "is_available": True}
    shown = editor.get(preview).content.decode()
    assert "First <strong>listen</strong>, then go on." in shown
    assert "What do you do first about ask?" in shown

    editor.post(reverse(EDIT, args=[page.pk]), changed | {"action-submit": "1"})
    assert CourseVersion.objects.filter(course=loaded).count() == 1
    state = WorkflowState.objects.get()
    assert (state.status, state.workflow.name) == ("in_progress", "Review before publishing")

    task_state = state.current_task_state
    approve = reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", task_state.pk])
    with django_capture_on_commit_callbacks(execute=True):
        sign_in(reviewer).post(approve, {"comment": ""})

    loaded.refresh_from_db()
    published = loaded.current_version.content["modules"][0]["lessons"][0]
    assert loaded.current_version.number == 2
    assert published["blocks"][0]["value"] == {"html": "<p>First <strong>listen</strong>, then go on.</p>"}
    assert [block["id"] for block in published["blocks"]] == [block["id"] for block in lesson["blocks"]]
    learner.refresh_from_db()
    assert learner.percentage == reached
    assert progress(learner).percentage == reached


def test_saving_a_lesson_unchanged_makes_no_new_version(
    loaded, lesson_page, reviewer, sign_in, django_capture_on_commit_callbacks
):
    page = lesson_page("ask")
    with django_capture_on_commit_callbacks(execute=True):
        sign_in(reviewer).post(reverse(EDIT, args=[page.pk]), lesson_form(page) | {"action-publish": "1"})
    page.refresh_from_db()
    loaded.refresh_from_db()
    assert page.revisions.count() == 2
    assert loaded.current_version.number == 1


def test_an_author_cannot_publish_past_the_review(loaded, lesson_page, author, sign_in):
    page = lesson_page("ask")
    changed = rewritten(page, "<p>Unreviewed.</p>")
    sign_in(author).post(reverse(EDIT, args=[page.pk]), changed | {"action-publish": "1"})
    page.refresh_from_db()
    assert "Unreviewed" not in str(page.body)
    assert "Unreviewed" in str(page.get_latest_revision_as_object().body)


def test_the_authoring_side_wears_the_colours_of_the_site(author, sign_in):
    assert '<link rel="stylesheet" href="/static/css/authoring.css">' in sign_in(author).get("/cms/").content.decode()


def test_an_author_does_not_reach_pages_outside_the_courses(author, sign_in):
    home = ensure_site().home
    assert sign_in(author).get(reverse(EDIT, args=[home.pk])).status_code == 302


def new_course(sign_in, author):
    index = CourseIndexPage.objects.get()
    return sign_in(author).post(reverse("wagtailadmin_pages:add", args=["cms", "coursepage", index.pk]), course_form())


def test_a_course_made_in_the_editor_has_its_identity_from_the_first_save(loaded, author, sign_in):
    assert new_course(sign_in, author).status_code == 302
    page = CoursePage.objects.get(slug="say-no")
    assert (page.course.key, page.course.uuid, page.course.is_listed) == ("say-no", page.translation_key, False)
    assert page.live is False


def test_a_course_slug_is_not_taken_twice(loaded, author, sign_in):
    published_course([["x"]], key="say-no", title="Elsewhere")
    response = new_course(sign_in, author)
    assert "The course “Elsewhere” keeps this slug" in response.content.decode()
    assert CoursePage.objects.filter(slug="say-no").count() == 0


def test_a_lesson_slug_is_not_taken_twice_in_a_module(loaded, lesson_page, author, sign_in):
    page, elsewhere = lesson_page("wait"), lesson_page("repeat")
    response = sign_in(author).post(reverse(EDIT, args=[page.pk]), lesson_form(page, slug="ask"))
    assert "already in use within the parent page" in response.content.decode()
    response = sign_in(author).post(reverse(EDIT, args=[elsewhere.pk]), lesson_form(elsewhere, slug="ask"))
    assert response.status_code == 302


def test_a_check_without_a_right_answer_is_not_submitted(loaded, lesson_page, author, sign_in):
    page = lesson_page("ask")
    changed = lesson_form(page)
    del changed["body-1-value-options-1-value-correct"]
    response = sign_in(author).post(reverse(EDIT, args=[page.pk]), changed | {"action-submit": "1"})
    assert "Mark exactly one answer as right." in response.content.decode()
    assert WorkflowState.objects.count() == 0


@pytest.mark.parametrize("slug", ["ask", "repeat"])
def test_editing_a_lesson_shows_its_form(loaded, lesson_page, author, sign_in, slug):
    assert sign_in(author).get(reverse(EDIT, args=[lesson_page(slug).pk])).status_code == 200


def test_previews_of_course_and_module_show_what_they_say(loaded, course_page, module_page, author, sign_in):
    client = sign_in(author)
    for page, words in ((course_page, "Ask one open question"), (module_page("hear"), "What did you hear?")):
        response = client.get(reverse("wagtailadmin_pages:view_draft", args=[page.pk]))
        assert words in response.content.decode()


def block_types() -> list[str]:
    return list(LessonPage.body.field.stream_block.child_blocks)


@pytest.mark.parametrize("kind", block_types())
def test_every_block_is_described_and_previewed(db, reviewer, sign_in, kind):
    block = LessonPage.body.field.stream_block.child_blocks[kind]
    assert (block.meta.icon != "placeholder", bool(block.get_description()), bool(block.meta.group)) == (True, True, True)
    address = reverse("wagtailadmin_block_preview")
    response = sign_in(reviewer).get(address, {"id": block.definition_prefix})
    assert response.status_code == 200
    assert "cms/block_preview.html" in [template.name for template in response.templates]


def test_the_tree_top_groups_and_workflow_are_made_once(db):
    first, second = ensure_site(), ensure_site()
    assert (first.home.pk, first.course_index.pk) == (second.home.pk, second.course_index.pk)
    assert list(Page.objects.order_by("path").values_list("slug", flat=True)) == ["root", "accord", "courses"]
    permissions = {
        group.name: sorted(permission.permission.codename for permission in group.page_permissions.all())
        for group in Group.objects.filter(name__in=["Authors", "Reviewers"])
    }
    assert permissions == {
        "Authors": ["add_page", "change_page"],
        "Reviewers": ["add_page", "change_page", "lock_page", "publish_page", "unlock_page"],
    }
    assert first.course_index.get_workflow().name == "Review before publishing"


def test_an_author_uploads_images(author, sign_in):
    client = sign_in(author)
    assert client.get(reverse("wagtailimages:add")).status_code == 200
    assert client.get(reverse("wagtailimages_chooser:choose")).status_code == 200


# What counts once a course is submitted or published -----------------------------------------------------------------


def sent(client, page: CoursePage, *, act: str = "", **fields: str):
    return client.post(reverse(EDIT, args=[page.pk]), course_form(slug=page.slug, **fields) | ({act: "1"} if act else {}))


@pytest.mark.parametrize("act", ["action-submit", "action-publish"])
@pytest.mark.parametrize("n", [2, 7])
def test_a_course_is_neither_submitted_nor_published_with_too_few_or_too_many_outcomes(course_page, reviewer, sign_in, act, n):
    live = course_page.live_revision_id
    answer = sent(sign_in(reviewer), course_page, act=act, outcomes="Say no\n" * n)
    assert f"Say in 3 to 6 lines what learners will be able to do; there are {n} now." in answer.text
    course_page.refresh_from_db()
    assert (course_page.current_workflow_state, course_page.live_revision_id) == (None, live)


def test_it_is_saved_as_a_draft_and_submitted_once_it_has_them(course_page, author, sign_in):
    client = sign_in(author)
    assert sent(client, course_page, outcomes="Say no").status_code == 302
    assert CoursePage.objects.get().get_latest_revision_as_object().outcomes == "Say no"
    refused = client.post(reverse("course_submit", args=[course_page.pk]), follow=True).text
    assert "there are 1 now." in refused
    assert CoursePage.objects.get().current_workflow_state is None
    assert sent(client, course_page, outcomes="Say no\nSay why\nSay when", act="action-submit").status_code == 302
    state = CoursePage.objects.get().current_workflow_state
    assert state is not None
    assert state.status == "in_progress"


def test_a_colour_in_which_the_cover_would_not_be_seen_is_refused(course_page, author, sign_in):
    client = sign_in(author)
    three = "Say no\nSay why\nSay when"
    refused = sent(client, course_page, act="action-submit", colour="#ffffff", outcomes=three)
    assert "The cover would show next to nothing in #FFFFFF. Choose a darker colour." in refused.text
    assert 'type="color"' in refused.text
    assert CoursePage.objects.get().current_workflow_state is None
    assert sent(client, course_page, act="action-submit", colour="#7a3b12", outcomes=three).status_code == 302


def test_a_colour_as_browsers_write_it_is_no_change(course_page):
    form = CoursePage.get_edit_handler().get_form_class()(course_form(colour="#0b5d57"), instance=course_page)
    assert "colour" not in form.changed_data
