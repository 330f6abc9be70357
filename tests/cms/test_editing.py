"""The editor and its autosave write the same page: neither writes over the other, and what is sent twice is done once.

What a browser really sends is in tests/browser/test_author_day.py; what happens at the same moment in tests/services.
"""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry, Page, PageLogEntry, Revision, TaskState, WorkflowState

from cms import turns
from cms.models import CourseIndexPage, CoursePage, LessonPage
from mail.models import MailDelivery
from tests.cms.editing import course_form, lesson_form

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}
APPROVE = {"action-workflow-action": "true", "workflow-action-name": "approve"}


def edit(page: Page) -> str:
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def loaded_as(page: Page) -> dict[str, str]:
    """What the form says of the revision that the editor was opened with."""
    revision = Page.objects.get(pk=page.pk).latest_revision
    return {"loaded_revision_id": str(revision.pk), "loaded_revision_created_at": revision.created_at.isoformat()}


def form_of(page: LessonPage, words: str = "", **more: str) -> dict[str, str]:
    sources = {"sources": words} if words else {}
    newest = LessonPage.objects.get(pk=page.pk).get_latest_revision_as_object()
    return lesson_form(newest, **sources) | loaded_as(page) | more


def kept(page: Page) -> dict[str, list]:
    """Everything that an act on a page may change."""
    return {
        "pages": list(Page.objects.order_by("pk").values_list("pk", "live", "live_revision", "latest_revision", "title")),
        "revisions": list(Revision.objects.order_by("pk").values_list("pk", "created_at", "approved_go_live_at", "content")),
        "workflows": list(WorkflowState.objects.order_by("pk").values_list("pk", "status")),
        "tasks": list(TaskState.objects.order_by("pk").values_list("pk", "status", "comment")),
        "mails": [MailDelivery.objects.count()],
        "log": [PageLogEntry.objects.count(), ModelLogEntry.objects.count()],
    }


@pytest.fixture
def submitted(loaded, lesson_page, author, sign_in) -> LessonPage:
    """A new lesson that waits for review."""
    parent = lesson_page("ask").get_parent()
    page = parent.add_child(instance=LessonPage(title="Waits", slug="waits", live=False, minutes=5, owner=author))
    page.save_revision(user=author)
    answer = sign_in(author).post(edit(page), form_of(page, "To be reviewed.") | {"action-submit": "1"})
    assert answer.status_code == 302
    return LessonPage.objects.get(pk=page.pk)


@pytest.mark.parametrize(
    "act",
    [
        APPROVE,
        APPROVE | {"workflow-action-extra-data": '{"comment": "Well done"}'},
        {"action-workflow-action": "true", "workflow-action-name": "reject"},
        {"action-publish": "action-publish"},
        {"action-publish": "action-publish", "go_live_at": "2031-01-01 10:00"},
        {"action-submit": "action-submit"},
        {"action-restart-workflow": "true"},
        {"action-cancel-workflow": "true"},
    ],
    ids=["approve", "approve with words", "send back", "publish", "schedule", "submit", "restart", "cancel"],
)
def test_autosave_never_acts(submitted, reviewer, sign_in, act):
    client = sign_in(reviewer)
    before = kept(submitted)
    answer = client.post(edit(submitted), form_of(submitted, "Late.") | act, headers=JSON)
    assert (answer.status_code, answer.json()["success"]) == (409, False)
    assert kept(submitted) == before


def test_autosave_makes_no_page_that_it_would_publish(loaded, reviewer, sign_in):
    address = reverse("wagtailadmin_pages:add", args=["cms", "coursepage", CourseIndexPage.objects.get().pk])
    client = sign_in(reviewer)
    assert client.post(address, course_form() | {"action-publish": "1"}, headers=JSON).status_code == 409
    assert not CoursePage.objects.filter(slug="say-no").exists()
    assert client.post(address, course_form(), headers=JSON).json()["success"] is True
    assert CoursePage.objects.get(slug="say-no").course is not None


def test_an_approval_followed_by_the_autosave_of_the_same_tab_stays_what_it_was(submitted, reviewer, sign_in):
    """Autosave after autosave writes to one revision; an approval without further changes publishes that very revision."""
    client = sign_in(reviewer)
    saved = client.post(edit(submitted), form_of(submitted, "Better."), headers=JSON).json()
    overwriting = {"overwrite_revision_id": str(saved["revision_id"])}
    form = form_of(submitted, "Better.")
    assert client.post(edit(submitted), form | APPROVE).status_code == 302

    page = LessonPage.objects.get(pk=submitted.pk)
    assert (page.live, page.live_revision_id, page.has_unpublished_changes) == (True, saved["revision_id"], False)
    before = kept(page)
    for late in (form | APPROVE, form, form_of(submitted, "Written before the approval arrived.")):
        answer = client.post(edit(page), late | overwriting, headers=JSON)
        assert (answer.status_code, answer.json()["success"]) == (409, False)
    assert kept(page) == before
    # Saved by hand it is a new draft, and what is published stays.
    assert (
        client.post(edit(page), form_of(submitted, "Typed since.") | overwriting | {"overwrite_revision_id": ""}).status_code
        == 302
    )
    page.refresh_from_db()
    assert (page.live, page.live_revision_id, page.has_unpublished_changes) == (True, saved["revision_id"], True)


def test_autosave_does_not_take_back_a_schedule(submitted, reviewer, sign_in):
    """Wagtail's overwriting would clear the time of a revision that has been approved for later."""
    later = timezone.now() + timedelta(days=1)
    page = submitted
    revision = page.get_latest_revision()
    Revision.objects.filter(pk=revision.pk).update(approved_go_live_at=later, user=reviewer)
    before = kept(page)
    form = form_of(page, "Late.") | {"overwrite_revision_id": str(revision.pk)}
    assert sign_in(reviewer).post(edit(page), form, headers=JSON).status_code == 409
    assert kept(page) == before


def test_an_approval_that_is_sent_twice_is_given_once(submitted, reviewer, sign_in):
    client, form = sign_in(reviewer), form_of(submitted)
    first = client.post(edit(submitted), form | APPROVE)
    page = Page.objects.get(pk=submitted.pk)
    assert (first.status_code, page.live, page.has_unpublished_changes) == (302, True, False)
    before = kept(page)
    again = client.post(edit(page), form | APPROVE, follow=True)
    assert "no longer waiting for review. Nothing was changed." in again.content.decode()
    assert kept(page) == before


def test_a_late_approval_with_changes_keeps_them_as_a_draft(submitted, reviewer, sign_in):
    client, form = sign_in(reviewer), form_of(submitted, "What the reviewer changed.")
    client.post(edit(submitted), form_of(submitted) | APPROVE)
    published = Page.objects.get(pk=submitted.pk).live_revision_id
    again = client.post(edit(submitted), form | APPROVE, follow=True)
    assert "Your changes were saved as a draft only." in again.content.decode()
    page = LessonPage.objects.get(pk=submitted.pk)
    assert (page.live, page.live_revision_id, page.has_unpublished_changes) == (True, published, True)
    assert page.get_latest_revision_as_object().sources == "What the reviewer changed."


def test_an_autosave_that_changes_nothing_stores_nothing(loaded, lesson_page, author, sign_in):
    page, client = lesson_page("ask"), sign_in(author)
    client.post(edit(page), form_of(page, "Once changed."))
    before = kept(page)
    answer = client.post(edit(page), form_of(page), headers=JSON)
    assert answer.json() == {"success": True, "pk": page.pk}
    assert kept(page) == before
    assert (
        client.post(edit(page), form_of(page, "Changed again."), headers=JSON).json()["revision_id"]
        > before["revisions"][-1][0]
    )


def test_an_approval_that_fails_on_the_way_changes_nothing(submitted, reviewer, sign_in):
    """Wagtail approves, then publishes, in one go; the form before it, the mails and the log belong to the same act."""
    from wagtail.signals import workflow_approved

    def fail(sender, instance, **kwargs):
        raise RuntimeError("on the last step")

    workflow_approved.connect(fail, dispatch_uid="test")
    try:
        client = sign_in(reviewer)
        before = kept(submitted)
        with pytest.raises(RuntimeError, match="on the last step"):
            client.post(edit(submitted), form_of(submitted, "Better.") | APPROVE)
    finally:
        workflow_approved.disconnect(dispatch_uid="test")
    assert kept(submitted) == before


# Turns ------------------------------------------------------------------------------------------------------------------


def test_whatever_changes_a_page_names_it_in_a_way_that_is_known():
    [pages] = [entry for entry in get_resolver().url_patterns if str(entry.pattern) == "cms/"]
    [inside] = [entry for entry in pages.url_patterns if getattr(entry, "namespace", "") == turns.PAGES]
    unknown = {
        entry.name
        for entry in inside.url_patterns
        if not any(f"int:{name}" in str(entry.pattern) for name in turns.NAMES_A_PAGE)
    }
    # These only read, whatever is sent to them.
    assert unknown == {"type_use", "type_use_results", "choose_parent", "search", "search_results", "revisions_compare"}
    assert {entry.name for entry in inside.url_patterns} >= turns.HARMLESS | turns.IN_THE_TREE


@pytest.mark.services
def test_an_act_locks_its_page_before_it_looks(submitted, reviewer, sign_in):
    client, sent = sign_in(reviewer), form_of(submitted) | APPROVE
    with CaptureQueriesContext(connection) as queries:
        client.post(edit(submitted), sent)
    about_pages = [query["sql"] for query in queries if '"wagtailcore_page"' in query["sql"]]
    assert "FOR NO KEY UPDATE" in about_pages[0]


def test_what_is_harmless_takes_no_lock(submitted, reviewer, sign_in):
    client = sign_in(reviewer)
    with CaptureQueriesContext(connection) as queries:
        client.post(reverse("wagtailadmin_pages:preview_on_edit", args=[submitted.pk]), form_of(submitted))
    assert not [query["sql"] for query in queries if "FOR NO KEY UPDATE" in query["sql"]]


def test_structural_acts_hold_the_parent_too(submitted, rf):
    class Match:
        url_name, view_name, namespace = "delete", "wagtailadmin_pages:delete", turns.PAGES
        kwargs = {"page_id": submitted.pk}

    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        turns.lock_for(rf.post("/"), Match())
    assert f"{submitted.get_parent().pk}" in queries[-1]["sql"]
    assert f"{submitted.pk}" in queries[-1]["sql"]
