import logging
from datetime import timedelta
from importlib import import_module

from celery import shared_task
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from operations import jobs
from operations.enums import DeliveryState, ImportState, JobState
from operations.imports.receiving import forget_waiting_file
from operations.mail import services as mail
from operations.models import DAYS_FILES_ARE_KEPT, Job, MailDelivery, StagedImport

logger = logging.getLogger(__name__)


@shared_task
def run_job(job_id: int) -> None:
    jobs.perform(job_id)


@shared_task
def send_deliveries(delivery_ids: list[int]) -> None:
    for delivery_id in delivery_ids:
        mail.send(delivery_id)


@shared_task
def send_waiting_mail() -> None:
    """Mails whose task was lost, or that failed and are due again."""
    waiting = MailDelivery.objects.filter(state=DeliveryState.QUEUED, created_at__lt=timezone.now() - timedelta(minutes=2))
    for delivery_id in waiting.order_by("pk").values_list("pk", flat=True)[:500]:
        mail.send(delivery_id)


@shared_task
def close_abandoned_jobs() -> None:
    """Jobs that have said nothing for three hours are not going to."""
    silent = Job.objects.filter(
        state__in=[JobState.QUEUED, JobState.RUNNING], updated_at__lt=timezone.now() - timedelta(hours=3)
    )
    count = silent.update(
        state=JobState.FAILED,
        finished_at=timezone.now(),
        error=_("This was interrupted and did not finish. Please start it again."),
    )
    if count:
        logger.warning("Closed %s abandoned jobs", count)


@shared_task
def forget_waiting_files() -> None:
    """Files that were refused, or never applied, and rows that were set aside: kept for two weeks, not for ever."""
    before = timezone.now() - timedelta(days=DAYS_FILES_ARE_KEPT)
    ended = Q(state__in=[ImportState.APPLIED, ImportState.WITHDRAWN, ImportState.REFUSED])
    found = StagedImport.objects.filter(~Q(file="") | ~Q(set_aside="") | ~ended, updated_at__lt=before)
    for staged in found.order_by("pk")[:500]:
        forget_waiting_file(staged)


@shared_task
def run_library_task(path: str, args: list, kwargs: dict) -> None:
    """A task of a library (Wagtail's indexing), handed over by `operations.tasks_backend`."""
    module, _dot, name = path.rpartition(".")
    getattr(import_module(module), name).func(*args, **kwargs)
