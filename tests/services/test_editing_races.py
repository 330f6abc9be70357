"""An approval and the autosave of the same tab at the same moment: nothing is taken back, nothing is left over."""

from functools import partial

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from wagtail.models import Page, PageLogEntry, WorkflowState

from cms.models import LessonPage, ModulePage
from cms.site import AUTHORS, REVIEWERS, ensure_site
from mail.models import MailDelivery
from tests.cms.editing import course_form, lesson_form
from tests.factories import UserFactory
from tests.services.threads import at_once

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("tops_of_trees")]
APPROVE = {"action-workflow-action": "true", "workflow-action-name": "approve"}
JSON = {"Accept": "application/json"}


def member_of(group: str) -> Client:
    user = UserFactory()
    user.groups.add(Group.objects.get(name=group))
    client = Client(raise_request_exception=False)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    client.user = user
    return client


class Waiting:
    """A new lesson that an author has submitted, and a reviewer with it open in the editor."""

    def __init__(self) -> None:
        index = ensure_site().course_index
        self.author, self.reviewer = member_of(AUTHORS), member_of(REVIEWERS)
        self.author.post(reverse("wagtailadmin_pages:add", args=["cms", "coursepage", index.pk]), course_form())
        course = Page.objects.get(slug="say-no")
        module = course.add_child(instance=ModulePage(title="Module", slug="module", outcome="Do", live=True))
        page = module.add_child(instance=LessonPage(title="Waits", slug="waits", live=False, minutes=5, owner=self.author.user))
        page.save_revision(user=self.author.user)
        self.page_id = page.pk
        self.edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
        assert self.author.post(self.edit, self.form() | {"action-submit": "1"}).status_code == 302
        self.approval = WorkflowState.objects.get().current_task_state

    @property
    def page(self) -> LessonPage:
        return LessonPage.objects.get(pk=self.page_id)

    def form(self, **changes: str) -> dict[str, str]:
        revision = Page.objects.get(pk=self.page_id).latest_revision
        seen = {"loaded_revision_id": str(revision.pk), "loaded_revision_created_at": revision.created_at.isoformat()}
        return lesson_form(self.page.get_latest_revision_as_object()) | seen | changes

    def check(self, *, drafts: bool = False) -> None:
        page = self.page
        assert (page.live, page.live_revision is None) == (True, False)
        assert drafts or (page.has_unpublished_changes, page.latest_revision_id) == (False, page.live_revision_id)
        assert WorkflowState.objects.get().status == "approved"
        assert PageLogEntry.objects.filter(page=self.page_id, action="wagtail.publish").count() == 1
        assert MailDelivery.objects.filter(recipient=self.author.user.email).count() == 1


def send(client: Client, address: str, form: dict[str, str], **headers: str):
    answer = client.post(address, form, headers=headers)
    assert answer.status_code < 500, answer.status_code
    return answer


@pytest.mark.parametrize("_time", range(5))
def test_approval_and_the_autosave_that_repeats_it(_time):
    waiting = Waiting()
    form = waiting.form() | APPROVE
    at_once([partial(send, waiting.reviewer, waiting.edit, form), partial(send, waiting.reviewer, waiting.edit, form, **JSON)])
    waiting.check()


@pytest.mark.parametrize("_time", range(5))
def test_approval_and_an_autosave_that_was_on_its_way(_time):
    waiting = Waiting()
    saved = send(waiting.reviewer, waiting.edit, waiting.form(sources="Read"), **JSON).json()
    form = waiting.form(sources="Read")
    late = form | {"overwrite_revision_id": str(saved["revision_id"]), "sources": "Read again"}
    at_once(
        [
            partial(send, waiting.reviewer, waiting.edit, form | APPROVE),
            partial(send, waiting.reviewer, waiting.edit, late, **JSON),
        ]
    )
    # Whichever came first: the approval publishes what it was sent with, and what was saved before it is in its revision.
    page = waiting.page
    assert (page.live, page.sources) == (True, "Read")
    waiting.check()


@pytest.mark.parametrize("_time", range(5))
def test_two_approvals_of_two_reviewers_are_one(_time):
    waiting = Waiting()
    other = member_of(REVIEWERS)
    dashboard = reverse("wagtailadmin_pages:workflow_action", args=[waiting.page_id, "approve", waiting.approval.pk])
    at_once(
        [
            partial(send, waiting.reviewer, waiting.edit, waiting.form() | APPROVE),
            partial(send, other, dashboard, {"comment": ""}),
        ]
    )
    waiting.check()


@pytest.mark.parametrize("_time", range(3))
def test_two_pages_made_at_once_under_one_page(_time):
    """Both would get one place in the tree."""
    waiting = Waiting()
    address = reverse("wagtailadmin_pages:add", args=["cms", "lessonpage", waiting.page.get_parent().pk])
    forms = [waiting.form(title=f"Lesson {n}", slug=f"lesson-{n}") for n in (1, 2)]
    at_once([partial(send, waiting.author, address, form) for form in forms])
    assert LessonPage.objects.filter(slug__startswith="lesson-").count() == 2
