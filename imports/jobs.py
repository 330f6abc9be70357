"""What a worker does with an import, with progress."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from imports.enums import ImportState
from imports.models import StagedImport
from imports.services.applying import apply_import
from imports.services.checking import check_import
from imports.services.requests import APPLY_JOB, CHECK_JOB, SKIP_JOB, WITHDRAW_JOB
from imports.services.skipping import skip_rows
from imports.services.withdrawing import withdraw
from imports.summary import summary_of
from jobs.kinds import JobKind, Progress, job_kinds


def _import_of(progress: Progress) -> StagedImport:
    return StagedImport.objects.select_related("organisation").get(pk=progress.parameters["import"])


def _check(progress: Progress) -> dict[str, Any]:
    staged = _import_of(progress)
    check_import(staged, report=progress.report)
    return {"message": summary_of(staged)}


def _apply(progress: Progress) -> dict[str, Any]:
    return apply_import(_import_of(progress), actor=progress.job.requested_by, report=progress.report)


def _skip(progress: Progress) -> dict[str, Any]:
    """Applies the others only when as many rows are skipped as somebody has agreed to."""
    staged = skip_rows(_import_of(progress), report=progress.report)
    if staged.state != ImportState.READY or staged.rows_refused != progress.parameters["expected"]:
        return {"message": summary_of(staged)}
    return apply_import(staged, actor=progress.job.requested_by, report=progress.report)


def _withdraw(progress: Progress) -> dict[str, Any]:
    progress.report(0, step=_("Withdrawing everything at once"))
    done = withdraw(staged=_import_of(progress), actor=progress.job.requested_by)
    removed = ngettext("%(n)s row removed", "%(n)s rows removed", done.removed) % {"n": f"{done.removed:,}"}
    restored = ngettext("%(n)s restored", "%(n)s restored", done.restored) % {"n": f"{done.restored:,}"}
    return {"message": f"{removed}, {restored}."}


def register_jobs() -> None:
    """Called by `ImportsConfig.ready`."""
    for name, handler in ((CHECK_JOB, _check), (APPLY_JOB, _apply), (SKIP_JOB, _skip), (WITHDRAW_JOB, _withdraw)):
        job_kinds.register(JobKind(name, handler))
