"""Checks and applies in a worker, with progress."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from operations import jobs
from operations.enums import ImportState
from operations.imports.applying import NotReady, apply_import
from operations.imports.checking import check_import
from operations.imports.reporting import summary_of
from operations.models import Job, StagedImport

CHECK_JOB, APPLY_JOB = "import_check", "import_apply"


def is_busy(staged: StagedImport) -> bool:
    """Whether a worker has it, or is going to."""
    is_worked_on = staged.state in (ImportState.CHECKING, ImportState.APPLYING)
    return is_worked_on and staged.job is not None and not staged.job.is_finished


def start_check(staged: StagedImport, *, actor: Any, result_url: str = "") -> Job:
    """Check in a worker; the import names the job, so that its page can show how far it is."""
    if staged.state == ImportState.APPLIED or is_busy(staged):
        raise NotReady(_("This file is being worked on, or has been applied already. Nothing was changed."))
    return _start(
        staged, CHECK_JOB, _("Checking %(file)s") % {"file": staged.file_name}, ImportState.CHECKING, actor, result_url
    )


def start_apply(staged: StagedImport, *, actor: Any, result_url: str = "") -> Job:
    """Apply in a worker. Raises `NotReady` unless the file has passed its check."""
    if staged.state != ImportState.READY:
        raise NotReady(_("This file has not passed its check, or has been applied already. Nothing was changed."))
    return _start(
        staged, APPLY_JOB, _("Applying %(file)s") % {"file": staged.file_name}, ImportState.APPLYING, actor, result_url
    )


@transaction.atomic
def _start(staged: StagedImport, kind: str, title: str, state: ImportState, actor: Any, result_url: str) -> Job:
    job = jobs.start_job(
        kind=kind,
        title=title[:200],
        parameters={"import": staged.pk},
        organisation=staged.organisation,
        requested_by=actor,
        result_url=result_url,
    )
    StagedImport.objects.filter(pk=staged.pk).update(job=job, state=state, updated_at=timezone.now())
    return job


def _check_job(progress: jobs.Progress) -> dict[str, Any]:
    staged = StagedImport.objects.select_related("organisation").get(pk=progress.parameters["import"])
    check_import(staged, report=progress.report)
    return {"message": summary_of(staged)}


def _apply_job(progress: jobs.Progress) -> dict[str, Any]:
    staged = StagedImport.objects.select_related("organisation").get(pk=progress.parameters["import"])
    progress.report(0, step=_("Writing everything at once"))
    return apply_import(staged, actor=progress.job.requested_by)


def register_jobs() -> None:
    """Called by `OperationsConfig.ready`."""
    jobs.register_kind(CHECK_JOB, _check_job)
    jobs.register_kind(APPLY_JOB, _apply_job)
