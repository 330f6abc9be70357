"""What authors scheduled happens: pages and questions go live and expire at their time, each alone, so that one stops no other.

Wagtail's `publish_scheduled` does the same in one go, and ends at the first page that fails.
"""

import logging

from celery import shared_task
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from wagtail.log_actions import log
from wagtail.models import Page, Revision

from assessments.errors import QuestionNotPublished
from cms.models import OpenQuestionDraft, QuestionDraft
from cms.questions.base import BankDraft
from cms.turns import lock_pages
from common.sweeps import each

logger = logging.getLogger(__name__)
QUESTIONS: tuple[type[BankDraft], ...] = (QuestionDraft, OpenQuestionDraft)


@shared_task(name="cms.publish_scheduled")
def publish_scheduled() -> None:
    """Take back what has expired, then publish what is due; the course follows from Wagtail's signals."""
    each(list(_expired()), _take_back, name="Pages that expire")
    each(list(_due()), _publish, name="Revisions that go live")
    for kind in QUESTIONS:
        each(list(_expired_questions(kind)), _retire, name="Questions that expire")
        each(list(_due_questions(kind)), _publish_question, name="Questions that go live")


def _expired() -> QuerySet[Page]:
    return Page.objects.filter(live=True, expire_at__lt=timezone.now()).order_by("expire_at")


def _due() -> QuerySet[Revision]:
    return Revision.page_revisions.filter(approved_go_live_at__lt=timezone.now()).order_by("approved_go_live_at")


@transaction.atomic
def _take_back(page: Page) -> None:
    lock_pages([page.pk])
    # An author may have changed it in the meantime.
    still = _expired().filter(pk=page.pk).first()
    if still is not None:
        still.specific.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")


@transaction.atomic
def _publish(revision: Revision) -> None:
    lock_pages([int(revision.object_id)])
    still = _due().filter(pk=revision.pk).first()
    if still is not None:
        still.publish(log_action="wagtail.publish.scheduled")


# Questions ----------------------------------------------------------------------------------------------------------------


def _expired_questions(kind: type[BankDraft]) -> QuerySet[BankDraft]:
    return kind._default_manager.filter(live=True, expire_at__lt=timezone.now()).order_by("expire_at")


def _due_questions(kind: type[BankDraft]) -> QuerySet[Revision]:
    drafts = ContentType.objects.get_for_model(kind)
    due = Revision.objects.filter(base_content_type=drafts, approved_go_live_at__lt=timezone.now())
    return due.order_by("approved_go_live_at")


@transaction.atomic
def _retire(draft: BankDraft) -> None:
    _lock_draft(type(draft), draft.pk)
    still = _expired_questions(type(draft)).filter(pk=draft.pk).first()
    if still is not None:
        still.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")


@transaction.atomic
def _publish_question(revision: Revision) -> None:
    """One that cannot be published any more is taken off the schedule, so that its author can open it and see why."""
    kind = revision.base_content_type.model_class()
    _lock_draft(kind, int(revision.object_id))
    still = _due_questions(kind).filter(pk=revision.pk).first()
    if still is None:
        return
    try:
        still.publish(log_action="wagtail.publish.scheduled")
    except QuestionNotPublished:
        logger.warning("%s %s was due and cannot be published; it is a draft again", kind.__name__, still.object_id)
        Revision.objects.filter(pk=still.pk).update(approved_go_live_at=None)
        log(still.content_object, "wagtail.schedule.cancel", revision=still)


def _lock_draft(kind: type[BankDraft], pk: int) -> None:
    list(kind._default_manager.filter(pk=pk).select_for_update(no_key=True).values_list("pk", flat=True))
