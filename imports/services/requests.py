"""What people ask for in the console: written into the audit log, and handed to a worker that shows how far it is."""

from collections.abc import Mapping
from typing import Any, BinaryIO

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.enums import AuditVerb
from accounts.models import Organisation, User
from accounts.types import Actor
from imports.enums import ImportState
from imports.errors import NotReady
from imports.kinds import import_kinds
from imports.matching import keep_mapping
from imports.models import StagedImport
from imports.services.checking import ENDED
from imports.services.receiving import discard_import, receive_upload
from jobs.models import Job
from jobs.services import start_job

CHECK_JOB, APPLY_JOB, SKIP_JOB, WITHDRAW_JOB = "import_check", "import_apply", "import_skip", "import_withdraw"


@transaction.atomic
def upload(
    *, organisation: Organisation, kind: str, file: BinaryIO, file_name: str, actor: User, options: Mapping[str, Any]
) -> StagedImport:
    """Keep an uploaded file and start its check. `TableError` when the file is refused at the door."""
    staged = receive_upload(organisation=organisation, kind=kind, file=file, file_name=file_name, actor=actor, options=options)
    record(
        verb=AuditVerb.IMPORT_RECEIVED,
        summary=_("Uploaded a file: %(kind)s") % {"kind": import_kinds[kind].title},
        organisation=organisation,
        actor=actor,
        target=staged,
        after={"checksum": staged.checksum, "size": staged.size},
    )
    start_check(staged, actor=actor)
    return staged


def is_busy(staged: StagedImport) -> bool:
    """Whether a worker has it, or is going to."""
    return staged.job is not None and not staged.job.is_finished


def start_check(staged: StagedImport, *, actor: Actor) -> Job:
    """Check in a worker; the import names the job, so that its page can show how far it is."""
    if staged.state in ENDED or is_busy(staged):
        raise NotReady(_("This file is being processed or has already been applied. Nothing was changed."))
    if not staged.file:
        raise NotReady(_("The file is no longer kept. Upload it again."))
    return _start_work(staged, CHECK_JOB, _("Checking %(file)s"), ImportState.CHECKING, actor=actor)


@transaction.atomic
def map_columns(
    staged: StagedImport, header: list[str], columns: dict[str, str], words: dict[str, dict[str, str]], *, actor: User
) -> None:
    """Keep which column and which word is which, for the next file too, and check the file again. Raises `NotReady`."""
    keep_mapping(staged, header, columns, words)
    record(
        verb=AuditVerb.IMPORT_MAPPED,
        summary=_("Mapped the columns of a file: %(kind)s") % {"kind": import_kinds[staged.kind].title},
        organisation=staged.organisation,
        actor=actor,
        target=staged,
        after={"columns": len(columns), "words": sum(map(len, words.values()))},
    )
    start_check(staged, actor=actor)


@transaction.atomic
def start_apply(staged: StagedImport, *, actor: Actor) -> Job:
    """Apply in a worker. Raises `NotReady` unless the file has passed its check."""
    if staged.state != ImportState.READY:
        raise NotReady(_("This file has not passed its check, or has been applied already. Nothing was changed."))
    job = _start_work(staged, APPLY_JOB, _("Applying %(file)s"), ImportState.APPLYING, actor=actor)
    record(
        verb=AuditVerb.IMPORT_APPLIED,
        summary=_("Applied a file: %(kind)s") % {"kind": import_kinds[staged.kind].title},
        organisation=staged.organisation,
        actor=actor,
        target=staged,
        after={
            "new": staged.rows_new,
            "changed": staged.rows_changed,
            "unchanged": staged.rows_unchanged,
            "set_aside": staged.skipped_rows,
        },
    )
    return job


@transaction.atomic
def start_skipping(staged: StagedImport, *, expected: int, actor: Actor) -> Job:
    """Skip the refused rows and apply the others in a worker.

    `expected` is how many rows somebody has agreed to skip; when it turns out to be another number, nothing is applied before
    they have seen it. Raises `NotReady`.
    """
    rows, total = staged.skippable_rows, staged.rows_total
    if is_busy(staged) or not expected or rows != expected:
        raise NotReady(_("The state of this file has changed in the meantime. Nothing was changed. See its report again."))
    title = _("Importing the valid rows of %(file)s")
    job = _start_work(staged, SKIP_JOB, title, ImportState.CHECKING, actor=actor, expected=expected)
    record(
        verb=AuditVerb.IMPORT_ROWS_SKIPPED,
        summary=_("Skipped %(rows)s of %(total)s rows of a file to import the others: %(kind)s")
        % {"rows": f"{rows:,}", "total": f"{total:,}", "kind": import_kinds[staged.kind].title},
        organisation=staged.organisation,
        actor=actor,
        target=staged,
        after={"checksum": staged.checksum, "rows": total, "set_aside": rows},
    )
    return job


@transaction.atomic
def discard(staged: StagedImport, *, actor: User) -> None:
    """Forget a file that was not applied. Raises `NotReady`."""
    checksum, organisation, kind = staged.checksum, staged.organisation, import_kinds[staged.kind]
    discard_import(staged)
    record(
        verb=AuditVerb.IMPORT_DISCARDED,
        summary=_("Discarded a file: %(kind)s") % {"kind": kind.title},
        organisation=organisation,
        actor=actor,
        after={"checksum": checksum},
    )


def start_withdrawal(staged: StagedImport, *, actor: Actor) -> Job:
    """Have an import withdrawn by a worker."""
    if staged.state != ImportState.APPLIED:
        raise NotReady(_("This file was never applied, or has been withdrawn already. Nothing was changed."))
    return _start_work(staged, WITHDRAW_JOB, _("Withdrawing %(file)s"), ImportState.APPLIED, actor=actor)


@transaction.atomic
def _start_work(staged: StagedImport, kind: str, title: str, state: str, *, actor: Actor, **parameters: Any) -> Job:
    """Have a worker do something with an import, which is in `state` meanwhile. `title` has room for the `file`.

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
        raise NotReady(_("Someone else is already processing this file. Nothing was changed twice."))
    staged.job, staged.state = job, ImportState(state)
    return job
