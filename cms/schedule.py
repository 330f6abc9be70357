"""What authors scheduled happens: pages go live and expire at their time, each alone, so that one stops no other.

Wagtail's `publish_scheduled` does the same in one go, and ends at the first page that fails.
"""

import logging

from celery import shared_task
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from wagtail.models import Page, Revision

from cms.turns import lock_pages
from common.sweeps import each

logger = logging.getLogger(__name__)


@shared_task(name="cms.publish_scheduled")
def publish_scheduled() -> None:
    """Take back what has expired, then publish what is due; the course follows from Wagtail's signals."""
    each(list(_expired()), _take_back, name="Pages that expire")
    each(list(_due()), _publish, name="Revisions that go live")


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
