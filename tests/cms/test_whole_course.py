"""A course is reviewed, published and scheduled as one, opened by who may, and its author reads whom an act touches."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page, WorkflowState

from cms.models import CoursePage, CourseSubmission, LessonPage, ModulePage
from cms.publishing import publish as publish_page
from cms.reach import effect_of_moving, effect_of_publishing, effect_of_taking_back
from cms.whole_course import NotAllowed, NothingToPublish, NotUnderReview, approve, drafts_of, publish, submit
from courses.models import Course
from learning.models import Enrolment
from learning.services import finish_activity, start_free
from mail.models import MailDelivery
from tests.cms.editing import lesson_form
from tests.factories import UserFactory


@pytest.fixture
def draft(loaded, course_page, author) -> CoursePage:
    """A new course of two modules and three lessons, nothing of it published."""
    copy = course_page.copy(update_attrs={"slug": "new", "title": "New"}, recursive=True, keep_live=False, user=author)
    return CoursePage.objects.get(pk=copy.pk)


def live(page: CoursePage) -> list[bool]:
    return list(Page.objects.descendant_of(page, inclusive=True).order_by("path").values_list("live", flat=True))


def act(client, name: str, page: CoursePage, **data: str):
    return client.post(reverse(f"course_{name}", args=[page.pk]), data, follow=True)


# Review ---------------------------------------------------------------------------------------------------------------


def test_one_submission_and_one_approval_publish_a_course(draft, author, reviewer, sign_in, django_capture_on_commit_callbacks):
    before = MailDelivery.objects.count()
    with django_capture_on_commit_callbacks(execute=True):
        answer = act(sign_in(author), "submit", draft)
    assert "The whole course is waiting for review." in answer.text
    assert MailDelivery.objects.count() == before + 1
    assert live(draft) == [False] * 6
    with django_capture_on_commit_callbacks(execute=True):
        answer = act(sign_in(reviewer), "approve", draft)
    assert "Approved" in answer.text
    assert MailDelivery.objects.count() == before + 2
    assert live(draft) == [True] * 6
    course = Course.objects.get(slug="new")
    assert (course.current_version.number, course.is_listed) == (1, False)


UNFINISHED = {
    "no name": {"label": "", "kind": "text", "options": ""},
    "nothing to choose from": {"label": "Status", "kind": "choice", "options": ""},
}


@pytest.mark.parametrize("column", UNFINISHED.values(), ids=UNFINISHED)
def test_a_worksheet_that_is_not_finished_goes_to_no_learner_with_its_course(draft, author, reviewer, sign_in, column):
    page = LessonPage.objects.descendant_of(draft).first().get_latest_revision_as_object()
    sheet = {
        "title": "Map",
        "intro": "",
        "rows": 2,
        "columns": [{"type": "item", "id": "status", "value": column | {"hint": "", "example": ""}}],
    }
    page.body = page.body.stream_block.to_python([{"type": "worksheet", "id": page.body[0].id, "value": sheet}])
    form = lesson_form(page)
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    saved = sign_in(author).post(address, form, headers={"Accept": "application/json"})
    assert json.loads(saved.content)["success"] is True
    for name, person in (("submit", author), ("publish", reviewer)):
        answer = act(sign_in(person), name, draft)
        assert f"Edit the page of “{page.title}” first." in unescape(answer.text)
        assert live(draft) == [False] * 6


def test_approving_on_the_page_of_the_course_is_the_same_decision(draft, author, reviewer):
    submit(draft, by=author)
    state = WorkflowState.objects.get(status=WorkflowState.STATUS_IN_PROGRESS)
    state.current_task_state.specific.approve(user=reviewer)
    assert live(draft) == [True] * 6


def test_what_is_written_during_the_review_is_not_what_is_published(draft, author, reviewer):
    submit(draft, by=author)
    lesson = LessonPage.objects.descendant_of(draft).first().get_latest_revision_as_object()
    lesson.title = "Written later"
    lesson.save_revision()
    approve(draft, by=reviewer)
    lesson = LessonPage.objects.get(pk=lesson.pk)
    assert (lesson.title, lesson.has_unpublished_changes, lesson.draft_title) == ("The lesson ask", True, "Written later")


def test_a_lesson_that_is_under_review_by_itself_goes_along(draft, author, reviewer):
    lesson = LessonPage.objects.descendant_of(draft).first()
    lesson.save_revision()
    lesson.get_workflow().start(lesson, author)
    submit(draft, by=author)
    assert WorkflowState.objects.filter(status=WorkflowState.STATUS_IN_PROGRESS).count() == 1
    approve(draft, by=reviewer)
    assert live(draft) == [True] * 6


def test_a_course_that_is_submitted_again_is_reviewed_as_it_is_now(draft, author, reviewer):
    submit(draft, by=author)
    state = WorkflowState.objects.get(status=WorkflowState.STATUS_IN_PROGRESS)
    state.current_task_state.specific.reject(user=reviewer)
    lesson = LessonPage.objects.descendant_of(draft).first().get_latest_revision_as_object()
    lesson.title = "Better"
    lesson.save_revision()
    WorkflowState.objects.get(pk=state.pk).resume(author)
    approve(draft, by=reviewer)
    assert LessonPage.objects.get(pk=lesson.pk).title == "Better"
    assert CourseSubmission.objects.count() == 1


def test_a_lesson_that_was_published_or_deleted_meanwhile_stays_as_it_is(draft, author, reviewer):
    submit(draft, by=author)
    first, second = LessonPage.objects.descendant_of(draft)[:2]
    newer = first.get_latest_revision_as_object()
    newer.title = "Newer"
    newer.save_revision().publish()
    Page.objects.get(pk=second.pk).delete()
    approve(CoursePage.objects.get(pk=draft.pk), by=reviewer)
    assert LessonPage.objects.get(pk=first.pk).title == "Newer"
    assert not LessonPage.objects.filter(pk=second.pk).exists()


def test_what_was_taken_back_stays_back(loaded, course_page, lesson_page, reviewer):
    lesson_page("ask").unpublish()
    assert drafts_of(course_page) == []
    with pytest.raises(NothingToPublish):
        publish(course_page, by=reviewer)
    assert not lesson_page("ask").live


def test_reviewers_publish_all_at_once_or_at_a_time_to_come(draft, reviewer, sign_in):
    client = sign_in(reviewer)
    at = timezone.localtime(timezone.now() + timedelta(days=2)).strftime("%Y-%m-%d %H:%M")
    assert "6 drafts will be published then." in act(client, "publish", draft, at=at).text
    assert live(draft) == [False] * 6
    assert all(page.approved_schedule for page in Page.objects.descendant_of(draft, inclusive=True))
    past = act(client, "publish", draft, at="2020-01-01 10:00")
    assert (past.status_code, "This time has passed." in past.text) == (422, True)


def test_an_author_schedules_with_the_review(draft, author, reviewer):
    submit(draft, by=author, at=timezone.now() + timedelta(days=2))
    approve(draft, by=reviewer)
    assert live(draft) == [False] * 6
    assert all(page.approved_schedule for page in Page.objects.descendant_of(draft, inclusive=True))


@pytest.mark.parametrize("name", ["publish", "open", "close"])
def test_an_author_neither_publishes_nor_opens(draft, author, sign_in, name):
    assert "you do not have permission" in act(sign_in(author), name, draft).text
    assert live(draft) == [False] * 6
    assert not CoursePage.objects.get(pk=draft.pk).open_for_enrolment


def test_an_author_does_not_approve_what_they_submitted(draft, author):
    submit(draft, by=author)
    with pytest.raises(NotAllowed):
        approve(draft, by=author)
    assert live(draft) == [False] * 6


@pytest.mark.parametrize("name", ["desk", "submit", "approve", "publish", "open", "close", "publish_part"])
def test_nobody_else_gets_near(draft, user, sign_in, client, name):
    address = reverse(f"course_{name}", args=[draft.pk])
    assert sign_in(user).post(address).status_code == 403
    client.logout()
    assert client.post(address).status_code == 302
    assert not WorkflowState.objects.exists()


def test_two_reviewers_decide_once(draft, author, reviewer):
    submit(draft, by=author)
    approve(draft, by=reviewer)
    with pytest.raises(NotUnderReview):
        approve(draft, by=reviewer)


def test_a_locked_lesson_is_named_and_nothing_is_submitted(draft, author):
    lesson = LessonPage.objects.descendant_of(draft).first()
    LessonPage.objects.filter(pk=lesson.pk).update(locked=True)
    with pytest.raises(NotAllowed, match="The lesson ask"):
        submit(draft, by=author)
    assert not WorkflowState.objects.exists()


def test_a_reviewer_opens_and_closes(loaded, course_page, reviewer, sign_in):
    client = sign_in(reviewer)
    assert "closed for newcomers" in act(client, "close", course_page).text
    assert not Course.objects.get().is_listed
    assert "The course is open for enrolment." in act(client, "open", course_page).text
    assert Course.objects.get().is_listed


# Whom it touches ------------------------------------------------------------------------------------------------------


@pytest.fixture
def learners(loaded) -> Course:
    """One has read a lesson and answered its check, one has read another, one has not begun."""
    for lesson in (0, 1):
        enrolment = start_free(user=UserFactory(), course=loaded)
        read = [item for item in loaded.current_version.requirements if item["kind"] in ("read", "check")]
        of_lesson = sorted({item["lesson"] for item in read}, key=[item["lesson"] for item in read].index)[lesson]
        for item in read:
            if item["lesson"] == of_lesson:
                finish_activity(enrolment=enrolment, block_id=item["activity"])
    start_free(user=UserFactory(), course=loaded)
    assert Enrolment.objects.filter(started_at__isnull=False).count() == 2
    return loaded


def test_taking_a_lesson_back_says_what_is_waived_for_how_many(learners, lesson_page):
    assert effect_of_taking_back(lesson_page("ask")).sentences == [
        "3 people are on this course: 2 half-way, 0 finished, 1 not started.",
        "2 lessons and checks that had to be done leave the course.",
        "1 half-way learner has not done all of that; it is waived.",
        "Nobody loses progress.",
    ]


def test_taking_a_course_back_says_that_they_keep_it(learners, course_page):
    assert effect_of_taking_back(course_page).sentences[1] == "They keep the course and their progress. Nobody new finds it."


def test_moving_within_a_course_takes_nothing_away(learners, lesson_page, module_page, course_page):
    page, other = lesson_page("ask"), course_page.copy(update_attrs={"slug": "copy", "title": "Copy"}, recursive=True)
    assert effect_of_moving(page, module_page_of(course_page)).waived_things == 0
    assert effect_of_moving(page, module_page_of(other)).waived_things == 2


def module_page_of(course_page: CoursePage) -> ModulePage:
    return ModulePage.objects.child_of(course_page).get(slug="answer")


def without_check(page: LessonPage) -> LessonPage:
    blocks = [block for block in page.body.raw_data if block["type"] != "check"]
    page.body = page.body.stream_block.to_python([dict(block) for block in blocks])
    return page


def test_publishing_a_lesson_that_asks_less_says_so_and_asks_first(learners, lesson_page, reviewer, sign_in):
    without_check(lesson_page("ask")).save_revision()
    page = lesson_page("ask")
    assert (effect_of_publishing(page).waived_things, effect_of_publishing(page).waived_for) == (1, 1)
    client = sign_in(reviewer)
    assert "had to be done leaves the course" in client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).text


def test_a_draft_that_asks_no_less_takes_nothing_away(learners, lesson_page):
    assert effect_of_publishing(lesson_page("wait")).sentences[1:] == ["Nothing that they have to do is taken away."]


@pytest.mark.parametrize("act_name", ["unpublish", "delete"])
def test_the_page_that_asks_before_it_is_done_says_whom_it_touches(learners, lesson_page, reviewer, sign_in, act_name):
    answer = sign_in(reviewer).get(reverse(f"wagtailadmin_pages:{act_name}", args=[lesson_page("ask").pk]))
    assert "3 people are on this course" in answer.text
    assert not re.search(r"person\d+@", answer.text)


def test_the_page_that_asks_before_a_move_says_it_too(learners, lesson_page, module_page, reviewer, sign_in):
    address = reverse("wagtailadmin_pages:move_confirm", args=[lesson_page("ask").pk, module_page("answer").pk])
    assert "Nothing that they have to do is taken away." in sign_in(reviewer).get(address).text


@pytest.mark.parametrize("act_name", ["unpublish", "delete", "move", "publish"])
def test_acts_on_several_pages_say_it_for_each(learners, lesson_page, reviewer, sign_in, act_name):
    pages = [lesson_page("ask"), lesson_page("wait")]
    if act_name == "publish":
        for page in pages:
            page.save_revision()
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", act_name])
    answer = sign_in(reviewer).get(f"{address}?{'&'.join(f'id={page.pk}' for page in pages)}")
    assert answer.text.count("3 people are on this course") == 2


def test_publishing_what_asks_less_is_confirmed_and_then_done(learners, lesson_page, reviewer, sign_in):
    client, page = sign_in(reviewer), lesson_page("ask")
    form = lesson_form(without_check(page)) | {"action-publish": "1"}
    answer = client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), form)
    assert "Publishing it takes away something that learners had to do" in answer.text
    publish_page(CoursePage.objects.get())
    assert Course.objects.get().current_version.number == 1
    client.post(reverse("course_publish_part", args=[page.pk]))
    publish_page(CoursePage.objects.get())
    assert Course.objects.get().current_version.number == 2


@pytest.fixture
def asked_less(learners, lesson_page, author, reviewer, sign_in) -> LessonPage:
    """A lesson without its check, submitted for review."""
    page = lesson_page("ask")
    sign_in(author).post(
        reverse("wagtailadmin_pages:edit", args=[page.pk]), lesson_form(without_check(page)) | {"action-submit": "1"}
    )
    return LessonPage.objects.get(pk=page.pk)


def live_version() -> int:
    publish_page(CoursePage.objects.get())
    return Course.objects.get().current_version.number


def sent_again(answer) -> dict[str, str]:
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', answer)
    return {name: unescape(value) for name, value in fields if name != "csrfmiddlewaretoken"}


def test_approving_what_asks_less_in_the_editor_is_confirmed_and_loses_nothing_typed(asked_less, reviewer, sign_in):
    client, address = sign_in(reviewer), reverse("wagtailadmin_pages:edit", args=[asked_less.pk])
    form = lesson_form(asked_less.get_latest_revision_as_object(), title="Ask “first” & <then>")
    form |= {"action-workflow-action": "true", "workflow-action-name": "approve"}
    answer = client.post(address, form)
    assert "takes away something that learners had to do" in answer.text
    assert "3 people are on this course" in answer.text
    assert live_version() == 1
    again = sent_again(answer.text)
    assert {name: str(value) for name, value in form.items()}.items() <= again.items()
    client.post(address, again)
    assert live_version() == 2
    assert LessonPage.objects.get(pk=asked_less.pk).title == "Ask “first” & <then>"


def approve_in_the_editor(client, form) -> str:
    address = reverse("wagtailadmin_pages:edit", args=[LessonPage.objects.get(slug="ask").pk])
    return client.post(address, form | {"action-workflow-action": "true", "workflow-action-name": "approve"}).text


def test_a_reviewer_who_takes_a_check_out_and_approves_at_once_is_asked(learners, lesson_page, author, reviewer, sign_in):
    page = lesson_page("ask")
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    sign_in(author).post(address, lesson_form(page, title="Ask more") | {"action-submit": "1"})
    client = sign_in(reviewer)
    answer = approve_in_the_editor(client, lesson_form(without_check(lesson_page("ask"))))
    assert "takes away something that learners had to do" in answer
    assert live_version() == 1
    assert lesson_page("ask").get_latest_revision_as_object().title == "Ask more"
    client.post(address, sent_again(answer))
    assert live_version() == 2


def test_a_reviewer_who_puts_the_check_back_and_approves_at_once_is_not_asked(asked_less, reviewer, sign_in):
    form = lesson_form(LessonPage.objects.get(pk=asked_less.pk), title="Ask again")
    assert "takes away" not in approve_in_the_editor(sign_in(reviewer), form)
    assert LessonPage.objects.get(pk=asked_less.pk).title == "Ask again"


def test_a_form_that_is_refused_is_refused_before_it_is_asked_about(asked_less, reviewer, sign_in):
    answer = approve_in_the_editor(sign_in(reviewer), lesson_form(asked_less.get_latest_revision_as_object(), title=""))
    assert "This field is required" in answer
    assert live_version() == 1


@pytest.mark.parametrize("headers", [{}, {"X-Requested-With": "XMLHttpRequest"}], ids=["page", "window"])
def test_approving_what_asks_less_from_the_first_page_is_confirmed(asked_less, reviewer, sign_in, headers):
    client, state = sign_in(reviewer), WorkflowState.objects.get().current_task_state
    address = reverse("wagtailadmin_pages:workflow_action", args=[asked_less.pk, "approve", state.pk])
    answer = client.post(address, {"comment": "Shorter"}, headers=headers)
    shown = answer.json()["html"] if headers else answer.text
    assert "takes away something that learners had to do" in shown
    assert live_version() == 1
    client.post(address, sent_again(shown), headers=headers)
    assert live_version() == 2
    state.refresh_from_db()
    assert state.comment == "Shorter"


def test_whoever_may_not_approve_is_told_nothing_of_learners(asked_less, author, sign_in):
    state = WorkflowState.objects.get().current_task_state
    address = reverse("wagtailadmin_pages:workflow_action", args=[asked_less.pk, "approve", state.pk])
    answer = sign_in(author).post(address, {"comment": ""}, follow=True)
    assert "people are on this course" not in answer.text
    assert live_version() == 1
