"""A course is submitted, approved, published and scheduled as one: its own page with all drafts of its modules and lessons.

One decision is one workflow of Wagtail on the page of the course, with its one mail to reviewers and one to the author; what
else was submitted goes with it (`CourseSubmission`). Whoever wants to decide on a single lesson still can.
"""

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.models import Page, Revision, TaskState, WorkflowState

from accounts.models import User
from cms.course_rules import problems_of
from cms.models import CoursePage, CourseSubmission, LessonPage
from cms.rules import may_edit_page, may_publish_page
from cms.turns import lock_pages
from common.errors import UserError


class NothingToPublish(UserError):
    def __init__(self, page: CoursePage) -> None:
        words = _("“%(course)s” has no drafts: everything in it is published as it is.")
        super().__init__(words % {"course": page.title})


class NotAllowed(UserError):
    """Something in the course is not for this person to change or to publish."""

    def __init__(self, pages: Iterable[Page]) -> None:
        titles = "”, “".join(page.draft_title for page in pages)
        words = _("Nothing was changed: you may not do this with “%(pages)s”, or somebody has locked it.")
        super().__init__(words % {"pages": titles})


class NotReady(UserError):
    """The page of the course, or a lesson, lacks something that a draft may lack."""

    def __init__(self, page: CoursePage, problems: Iterable[str]) -> None:
        words = _("Nothing was changed. Edit the page of “%(course)s” first. %(problems)s")
        super().__init__(words % {"course": page.draft_title, "problems": " ".join(problems)})


class NoReview(UserError):
    def __init__(self) -> None:
        super().__init__(_("There is no review for courses on this site. Ask those who run it to assign a workflow."))


class NotUnderReview(UserError):
    def __init__(self) -> None:
        super().__init__(_("This course is not waiting for review, or somebody has decided already. Nothing was changed."))


def drafts_of(course_page: CoursePage) -> list[Page]:
    """The page of the course, its modules and lessons, as far as something of them is not published; in reading order.

    What was published once and taken back since stays back: it is published by itself.
    """
    pages = Page.objects.descendant_of(course_page, inclusive=True).order_by("path")
    drafts = [page for page in pages.filter(has_unpublished_changes=True) if page.live or not page.first_published_at]
    return [page.specific for page in drafts]


def taken_back(course_page: CoursePage) -> list[Page]:
    """What `drafts_of` leaves out."""
    back = Page.objects.descendant_of(course_page, inclusive=True).filter(live=False, first_published_at__isnull=False)
    return list(back.order_by("path"))


def submission_of(course_page: CoursePage) -> CourseSubmission | None:
    """The review of the whole course that is under way."""
    state = course_page.current_workflow_state
    if state is None or state.status != WorkflowState.STATUS_IN_PROGRESS:
        return None
    return CourseSubmission.objects.filter(workflow_state=state).first()


@transaction.atomic
def submit(course_page: CoursePage, *, by: User, at: datetime | None = None) -> CourseSubmission:
    """Ask for one review of everything that is not published; with `at`, to be published then.

    A review under way of a part of it, or of all as it was before, ends: this one takes its place. Raises
    `NothingToPublish`, `NotReady`, `NotAllowed`, `NoReview`.
    """
    course_page = _lock(course_page)
    drafts = _drafts_or_refuse(course_page)
    _refuse(page for page in drafts if not (may_edit_page(by, page) and not page.locked))
    workflow = course_page.get_workflow()
    if workflow is None:
        raise NoReview
    for page in {page.pk: page for page in [course_page, *drafts]}.values():
        if page.current_workflow_state is not None:
            page.current_workflow_state.cancel(user=by)
    revisions = _revise(course_page, drafts, by=by, at=at)
    workflow.start(course_page, by)
    state = WorkflowState.objects.for_instance(course_page).filter(status=WorkflowState.STATUS_IN_PROGRESS).get()
    return CourseSubmission.objects.create(workflow_state=state, revision_ids=[revision.pk for revision in revisions])


def submit_newest_drafts(state: WorkflowState) -> None:
    """A course that was sent back is submitted again with what its author has written since."""
    submission = CourseSubmission.objects.filter(workflow_state=state).first()
    if submission is not None:
        course_page = state.content_object.specific
        drafts = [page for page in drafts_of(course_page) if page.pk != course_page.pk]
        submission.revision_ids = [page.latest_revision_id for page in drafts]
        submission.save(update_fields=["revision_ids", "updated_at"])


@transaction.atomic
def approve(course_page: CoursePage, *, by: User) -> None:
    """Decide for the whole course, as on the page of the course. Raises `NotUnderReview`, `NotAllowed`."""
    course_page = _lock(course_page)
    submission = submission_of(course_page)
    task_state: TaskState | None = submission.workflow_state.current_task_state if submission else None
    if task_state is None or task_state.status != TaskState.STATUS_IN_PROGRESS:
        raise NotUnderReview
    task = task_state.task.specific
    if "approve" not in [name for name, _label, _modal in task.get_actions(course_page, by)]:
        raise NotAllowed([course_page])
    task.on_action(task_state.specific, by, "approve")


def publish_submitted(state: WorkflowState, *, by: User | None) -> None:
    """The drafts that were reviewed with the course go the way of its page; called when that has been approved."""
    submission = CourseSubmission.objects.filter(workflow_state=state).first()
    if submission is None:
        return
    course_page = state.content_object
    for revision in Revision.objects.filter(pk__in=submission.revision_ids).order_by("pk"):
        page = Page.objects.filter(pk=int(revision.object_id)).first()
        if page is not None and page.is_descendant_of(course_page) and not _is_older_than_live(revision, page):
            revision.publish(user=by)


def _is_older_than_live(revision: Revision, page: Page) -> bool:
    live = page.live_revision
    return live is not None and live.created_at > revision.created_at


@transaction.atomic
def publish(course_page: CoursePage, *, by: User, at: datetime | None = None) -> int:
    """Publish all drafts without a review, now or at an instant to come. Returns how many.

    Raises `NothingToPublish`, `NotReady`, `NotAllowed`.
    """
    course_page = _lock(course_page)
    drafts = _drafts_or_refuse(course_page)
    _refuse(page for page in drafts if page.locked or not may_publish_page(by, page))
    for page in drafts:
        revision = _revised(page, by=by, at=at)
        revision.publish(user=by)
    return len(drafts)


def _lock(course_page: CoursePage) -> CoursePage:
    """With all its parts until the transaction ends, so that nobody writes or decides at the same moment."""
    lock_pages(Page.objects.descendant_of(course_page, inclusive=True).values_list("pk", flat=True))
    return CoursePage.objects.get(pk=course_page.pk)


def _drafts_or_refuse(course_page: CoursePage) -> list[Page]:
    drafts = drafts_of(course_page)
    if not drafts:
        raise NothingToPublish(course_page)
    is_draft = course_page.pk in [page.pk for page in drafts]
    if is_draft and (problems := problems_of(course_page.get_latest_revision_as_object())):
        raise NotReady(course_page, problems.values())
    for lesson in [page for page in drafts if isinstance(page, LessonPage) and _is_unfinished(page)]:
        raise NotReady(lesson, [_("Something in this lesson is not finished: publish it from its editor to see what.")])
    return drafts


def _is_unfinished(page: LessonPage) -> bool:
    """Whether the editor would not publish the newest draft: a draft may lack the name of a column, or what to choose from."""
    body = page.get_latest_revision_as_object().body
    try:
        body.stream_block.clean(body)
    except ValidationError:
        return True
    return False


def _refuse(pages: Iterable[Page]) -> None:
    if refused := list(pages):
        raise NotAllowed(refused)


def _revise(course_page: CoursePage, drafts: list[Page], *, by: User, at: datetime | None) -> list[Revision]:
    """A revision of its own for each draft, so that what somebody goes on writing is not what is reviewed."""
    if course_page.pk not in [page.pk for page in drafts]:
        course_page.get_latest_revision_as_object().save_revision(user=by, changed=False)
    return [revision for page in drafts if (revision := _revised(page, by=by, at=at)) and page.pk != course_page.pk]


def _revised(page: Page, *, by: User, at: datetime | None) -> Revision:
    draft = page.get_latest_revision_as_object()
    if at is not None:
        draft.go_live_at = at
    revision: Revision = draft.save_revision(user=by, changed=False)
    return revision
