"""Checks and applies in a worker, with progress."""

from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from imports.enums import ImportState
from imports.errors import NotReady
from imports.models import StagedImport
from imports.reports import summary_of
from imports.services.applying import apply_import
from imports.services.checking import ENDED, check_import
from imports.services.setting_aside import set_rows_aside
from jobs.kinds import JobKind, Progress, job_kinds
from jobs.models import Job
from jobs.services import start_job

CHECK_JOB, APPLY_JOB, SET_ASIDE_JOB = "import_check", "import_apply", "import_set_aside"


def is_busy(staged: StagedImport) -> bool:
    """Whether a worker has it, or is going to."""
    return staged.job is not None and not staged.job.is_finished


def start_check(staged: StagedImport, *, actor: Any) -> Job:
    """Check in a worker; the import names the job, so that its page can show how far it is."""
    if staged.state in ENDED or is_busy(staged):
        raise NotReady(_("This file is being worked on, or has been applied already. Nothing was changed."))
    if not staged.file:
        raise NotReady(_("The file is not kept any more. Upload it again."))
    return start_work(staged, CHECK_JOB, _("Checking %(file)s"), ImportState.CHECKING, actor=actor)


def start_apply(staged: StagedImport, *, actor: Any) -> Job:
    """Apply in a worker. Raises `NotReady` unless the file has passed its check."""
    if staged.state != ImportState.READY:
        raise NotReady(_("This file has not passed its check, or has been applied already. Nothing was changed."))
    return start_work(staged, APPLY_JOB, _("Applying %(file)s"), ImportState.APPLYING, actor=actor)


def start_setting_aside(staged: StagedImport, *, expected: int, actor: Any) -> Job:
    """Set the refused rows aside and apply the others in a worker.

    `expected` is how many rows somebody has agreed to do without; when it turns out to be another number, nothing is applied
    before they have seen it. Raises `NotReady`.
    """
    if is_busy(staged) or not expected or staged.rows_to_set_aside != expected:
        raise NotReady(_("The file has changed its state in the meantime. Look at its report again; nothing was changed."))
    title = _("Setting rows of %(file)s aside")
    return start_work(staged, SET_ASIDE_JOB, title, ImportState.CHECKING, actor=actor, expected=expected)


@transaction.atomic
def start_work(staged: StagedImport, kind: str, title: str, state: str, *, actor: Any, **parameters: Any) -> Job:
    """Have a worker do something with an import, which is in `state` meanwhile. `title` has a place for the `file`.

    Raises `NotReady` where somebody was quicker.
    """
    job = start_job(
        kind=kind,
        title=(title % {"file": staged.file_name})[:200],
        parameters={"import": staged.pk} | parameters,
        organisation=staged.organisation,
        requested_by=actor,
        result_url=reverse("org:import_report", args=[staged.organisation.slug, staged.uuid]),
    )
    as_seen = StagedImport.objects.filter(pk=staged.pk, state=staged.state, job=staged.job_id)
    if not as_seen.update(job=job, state=state, updated_at=timezone.now()):
        raise NotReady(_("Somebody else has begun to work on this file. Nothing was changed twice."))
    staged.job, staged.state = job, ImportState(state)
    return job


def import_of(progress: Progress) -> StagedImport:
    return StagedImport.objects.select_related("organisation").get(pk=progress.parameters["import"])


def _check_job(progress: Progress) -> dict[str, Any]:
    staged = import_of(progress)
    check_import(staged, report=progress.report)
    return {"message": summary_of(staged)}


def _apply_job(progress: Progress) -> dict[str, Any]:
    return apply_import(import_of(progress), actor=progress.job.requested_by, report=progress.report)


def _set_aside_job(progress: Progress) -> dict[str, Any]:
    staged = set_rows_aside(import_of(progress), report=progress.report)
    if staged.state != ImportState.READY or staged.rows_refused != progress.parameters["expected"]:
        return {"message": summary_of(staged)}
    return apply_import(staged, actor=progress.job.requested_by, report=progress.report)


def register_jobs() -> None:
    """Called by `ImportsConfig.ready`."""
    job_kinds.register(JobKind(CHECK_JOB, _check_job))
    job_kinds.register(JobKind(APPLY_JOB, _apply_job))
    job_kinds.register(JobKind(SET_ASIDE_JOB, _set_aside_job))
