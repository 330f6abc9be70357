"""Many questions as a file of another system: a worker writes it, who asked for it fetches it within two days."""

import logging
from datetime import timedelta
from typing import Any

from celery import shared_task
from django.core.files.base import ContentFile
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from assessments.enums import ItemUse
from assessments.errors import ExportNotPossible
from assessments.exchange import FileFormat
from assessments.jobs import may_see_bank
from assessments.models import Item
from assessments.services import Export, export_questions
from assessments.services.exporting import SUFFIXES
from assessments.storage import private_storage
from common.queues import Queue
from jobs.models import Job
from jobs.services import Progress, start_job

EXPORT_JOB = "assessments.export_questions"
FOLDER = "question-files"
KEPT = timedelta(days=2)
logger = logging.getLogger(__name__)


def start_export(*, ids: list[int], form: FileFormat, requested_by: User, result_url: str) -> Job:
    """Have a worker write the file. `result_url`: the page on which it is fetched."""
    title = ngettext("Export of %(n)s question", "Export of %(n)s questions", len(ids)) % {"n": f"{len(ids):,}"}
    parameters = {"items": ids, "form": str(form)}
    return start_job(
        kind=EXPORT_JOB, title=title, parameters=parameters, requested_by=requested_by, result_url=result_url, queue=Queue.BULK
    )


def write_file(progress: Progress) -> dict[str, Any]:
    """For whoever may still see the question bank. Repeating it writes the same file again."""
    person = User.objects.filter(pk=progress.parameters["actor"], is_active=True).first()
    if person is None or not may_see_bank(person):
        raise ExportNotPossible(_("Whoever asked for this may no longer see the question bank, so no file was written."))
    form, ids = FileFormat(progress.parameters["form"]), progress.parameters["items"]
    progress.report(0, len(ids), step=_("Reading the questions"))
    export = export_questions(exportable(ids), form)
    name = f"{FOLDER}/{progress.job.uuid}.{SUFFIXES[form]}"
    private_storage().delete(name)
    kept = private_storage().save(name, ContentFile(export.data))
    progress.report(len(ids), len(ids))
    return {
        "file": kept,
        "form": str(form),
        "questions": export.questions,
        "left_out": [[one.key, one.reason] for one in export.left_out],
        "without_levels": export.without_levels,
        "without_reasons": export.without_reasons,
        "without_rubrics": export.without_rubrics,
        "message": exported_in_words(export),
    }


def exportable(ids: list[int]) -> list[Item]:
    """Questions of assessments by id, in the order of their keys. One query; ids that are gone are passed over."""
    items = Item.objects.filter(use=ItemUse.FORM, pk__in=ids).select_related("current_version", "skill")
    return list(items.order_by("key", "pk"))


def exported_in_words(export: Export) -> str:
    written = ngettext("%(n)s question is in the file.", "%(n)s questions are in the file.", export.questions)
    if not export.left_out:
        return written % {"n": f"{export.questions:,}"}
    left = len(export.left_out)
    more = ngettext("%(n)s could not be written.", "%(n)s could not be written.", left) % {"n": f"{left:,}"}
    return f"{written % {'n': f'{export.questions:,}'}} {more}"


@shared_task(name="assessments.forget_question_files")
def forget_question_files() -> None:
    """Daily: files that somebody has had two days to fetch."""
    storage, before, count = private_storage(), timezone.now() - KEPT, 0
    try:
        names = [f"{FOLDER}/{name}" for name in storage.listdir(FOLDER)[1]]
    except FileNotFoundError:
        names = []
    for name in names:
        if storage.get_modified_time(name) < before:
            storage.delete(name)
            count += 1
    logger.info("Retention: %s files with questions deleted", count)
