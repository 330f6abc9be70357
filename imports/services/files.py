"""Takes files in and keeps them privately; what people ask of them is put on record and handed to a worker."""

import hashlib
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from celery import shared_task
from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.db.models import Q
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.enums import AuditVerb
from accounts.errors import PeopleHeld
from accounts.models import Organisation, User, changing_people_of
from accounts.rules import by_rule
from accounts.types import Actor
from common.private_files import stored_before
from common.retention import delete_in_batches, expired_before
from common.sweeps import each
from imports.enums import ENDED, ImportState
from imports.errors import NotReady
from imports.kinds import ImportApplication, import_kinds
from imports.models import DAYS_CHANGES_ARE_KEPT, DAYS_FILES_ARE_KEPT, FOLDER, ImportProblem, RowChange, StagedImport
from imports.storage import private_storage
from imports.tables.errors import TableError
from jobs.enums import JobState
from jobs.models import Job
from jobs.services import restart_job, start_job, stop_job

CHECK_JOB, APPLY_JOB, SKIP_JOB, WITHDRAW_JOB = "import_check", "import_apply", "import_skip", "import_withdraw"
FILES = ("file", "rows_file", "skipped_file")
MAPPED = ("mapping", "words", "reasons")
LEFT_AFTER = timedelta(days=1)
MAX_FORGOTTEN = 500
ENDINGS = (".csv", ".tsv", ".txt", ".tab", ".xlsx")


def receive_upload(
    *,
    organisation: Organisation,
    kind: str,
    file: Any,
    file_name: str,
    actor: Actor = None,
    options: Mapping[str, Any] | None = None,
) -> StagedImport:
    """Keep a file privately, with its checksum. `TableError` for one that is empty, too large or of another type.

    `file` is an uploaded file or any binary file that can be rewound.
    """
    name = PurePosixPath(file_name.replace("\\", "/")).name[-200:] or "table.csv"
    ending = PurePosixPath(name.lower()).suffix
    if ending not in ENDINGS:
        raise TableError(
            _("“%(name)s” is not a table we can read. Save it as CSV (UTF-8) or XLSX and upload that.") % {"name": name}
        )
    staged = import_of_file(organisation=organisation, kind=kind, file=file, file_name=name, actor=actor, options=options)
    # Stored under our own name: what people call their files is not for paths.
    staged.file.save(f"{staged.uuid.hex}{ending}", file if isinstance(file, File) else File(file), save=False)
    staged.save()
    return staged


def import_of_file(
    *,
    organisation: Organisation,
    kind: str,
    file: BinaryIO,
    file_name: str,
    actor: Actor = None,
    options: Mapping[str, Any] | None = None,
) -> StagedImport:
    """Not saved yet. `TableError` for a file that is empty or too large."""
    checksum, size = measure(file)
    return StagedImport(
        organisation=organisation,
        uploaded_by=actor,
        kind=import_kinds[kind].name,
        options=dict(options or {}),
        file_name=file_name[-200:],
        size=size,
        checksum=checksum,
    )


def measure(file: BinaryIO) -> tuple[str, int]:
    """SHA-256 and size, read once in blocks; refuses as soon as the limit is passed."""
    digest, size = hashlib.sha256(), 0
    file.seek(0)
    while block := file.read(1024 * 1024):
        digest.update(block)
        size += len(block)
        if size > settings.ACCORD_MAX_UPLOAD_BYTES:
            raise TableError(
                _("The file is larger than %(limit)s. Split it into several files.")
                % {"limit": filesizeformat(settings.ACCORD_MAX_UPLOAD_BYTES)}
            )
    if not size:
        raise TableError(_("The file is empty. Save the table again and upload the new file."))
    file.seek(0)
    return digest.hexdigest(), size


def forget_file(staged: StagedImport) -> None:
    """The rows are stored or not wanted; a second copy of personal data would serve nobody. The checksum stays.

    What the check saw of the file goes with it.
    """
    _delete(staged, "file")
    if staged.look:
        StagedImport.objects.filter(pk=staged.pk).update(look={})
        staged.look = {}


def forget_rows(staged: StagedImport) -> None:
    _delete(staged, "rows_file")


def forget_skipped(staged: StagedImport) -> None:
    _delete(staged, "skipped_file")


@transaction.atomic
def forget_waiting_file(staged: StagedImport) -> None:
    """Nobody has done anything with this import for long; what is kept of the file goes."""
    seen_at = staged.updated_at
    lock(staged)
    if staged.updated_at != seen_at or is_busy(staged):
        return  # somebody has, at this moment
    if staged.state not in (*ENDED, ImportState.REFUSED):
        staged.state = ImportState.REFUSED
        staged.save(update_fields=["state"])
        message = _("The file was not imported within %(days)s days, so it was deleted. Upload it again.")
        staged.problems.create(row_number=0, message=message % {"days": DAYS_FILES_ARE_KEPT})
    forget_file(staged)
    forget_rows(staged)
    forget_skipped(staged)


def _delete(staged: StagedImport, field: str) -> None:
    """The row first, the file once that has been committed."""
    stored = getattr(staged, field)
    if stored:
        storage, name = stored.storage, stored.name
        StagedImport.objects.filter(pk=staged.pk).update(**{field: ""})
        setattr(staged, field, "")
        transaction.on_commit(lambda: storage.delete(name))


@transaction.atomic
def discard_import(staged: StagedImport) -> None:
    """Forget a file that was uploaded and never applied. Raises `NotReady`."""
    lock(staged)
    if staged.state in ENDED:
        raise NotReady(_("This file has already been imported. Withdraw the import instead."))
    if is_busy(staged) or staged.is_in_parts:
        raise NotReady(_("This file is being processed. Stop it, or wait until it is finished, then discard it."))
    if staged.job:
        stop_job(staged.job)
    forget_file(staged)
    forget_rows(staged)
    forget_skipped(staged)
    staged.delete()


@shared_task(name="imports.forget_waiting_files")
def forget_waiting_files() -> None:
    """Files that were refused, or never applied, and rows that were skipped: kept for two weeks, not for ever."""
    before = timezone.now() - timedelta(days=DAYS_FILES_ARE_KEPT)
    ended = Q(state__in=[*ENDED, ImportState.REFUSED])
    found = StagedImport.objects.filter(~Q(file="") | ~Q(rows_file="") | ~Q(skipped_file="") | ~ended, updated_at__lt=before)
    each(found.order_by("pk")[:MAX_FORGOTTEN], forget_waiting_file, name="Files that were not imported")


@shared_task(name="imports.forget_left_files")
def forget_left_files() -> None:
    """Files that should be gone: of imports that have ended, and those that no import names.

    Their deletion failed, or a worker was killed before it came to that.
    """
    left = StagedImport.objects.filter(~Q(file="") | ~Q(rows_file=""), state__in=ENDED)
    each(left.order_by("pk")[:MAX_FORGOTTEN], _forget_left, name="Files of imports that have ended")
    storage = private_storage()
    names = stored_before(storage, FOLDER, timezone.now() - LEFT_AFTER)
    orphans = names.difference(*(StagedImport.objects.values_list(field, flat=True) for field in FILES))
    each(sorted(orphans)[:MAX_FORGOTTEN], storage.delete, name="Files that no import names")


def _forget_left(staged: StagedImport) -> None:
    forget_file(staged)
    forget_rows(staged)


@shared_task(name="imports.forget_old_problems")
def forget_old_problems() -> None:
    """What was wrong with a file, with the cells that were wrong; that it was received, and what became of it, stays."""
    old = ImportProblem.objects.filter(staged_import__updated_at__lt=expired_before("import_problems"))
    delete_in_batches(old, name="problems of imported files deleted")


@shared_task(name="imports.forget_old_changes")
def forget_old_changes() -> None:
    """What imports of people replaced, once they can no longer be withdrawn; rows of other kinds are there to be restored."""
    kinds = [kind.name for kind in import_kinds if kind.parts]
    before = timezone.now() - timedelta(days=DAYS_CHANGES_ARE_KEPT)
    old = RowChange.objects.filter(
        staged_import__kind__in=kinds, staged_import__applied_at__lt=before, staged_import__marker={}
    )
    delete_in_batches(old, name="replaced details of imported people deleted")


# What people ask for in the console ----------------------------------------------------------------------------------------


@transaction.atomic
def upload(
    *, organisation: Organisation, kind: str, file: BinaryIO, file_name: str, actor: User, options: Mapping[str, Any]
) -> StagedImport:
    """Keep an uploaded file and start its check. `TableError` when the file is refused at the door."""
    staged = receive_upload(organisation=organisation, kind=kind, file=file, file_name=file_name, actor=actor, options=options)
    after = {"checksum": staged.checksum, "size": staged.size}
    _record(AuditVerb.IMPORT_RECEIVED, _("Uploaded a file: %(kind)s"), staged, actor=actor, after=after)
    start_check(staged, actor=actor)
    return staged


def is_busy(staged: StagedImport) -> bool:
    """Whether a worker has it, or is going to. Of a job that is stuck nobody has to wait for the end."""
    return is_open(staged) and not (staged.job and staged.job.is_stuck)


def is_open(staged: StagedImport) -> bool:
    """Whether its job is not over, be it stuck."""
    return staged.job is not None and staged.job.state in (JobState.QUEUED, JobState.RUNNING)


def lock(staged: StagedImport) -> None:
    """Bring `staged` up to date; until the transaction ends nobody else changes it. Raises `NotReady` where it is gone."""
    try:
        staged.refresh_from_db(from_queryset=StagedImport.objects.select_for_update(of=("self",), no_key=True))
    except StagedImport.DoesNotExist:
        raise NotReady(_("This file has been discarded. Upload it again if you need it.")) from None


def lock_import(staged: StagedImport) -> StagedImport:
    """The import as it is now, locked to the end of the transaction, and before it its organisation. Raises `PeopleHeld`.

    One file at a time is applied or withdrawn in an organisation: two would meet the same people in different orders. Kinds
    with a table of their own change no people, and wait for nobody who does.
    """
    with nullcontext() if import_kinds[staged.kind].parts else changing_people_of(staged.organisation_id):
        Organisation.objects.lock(staged.organisation_id)
    rows = StagedImport.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("organisation").get(pk=staged.pk)


def require_checked(staged: StagedImport) -> None:
    if staged.state not in (ImportState.READY, ImportState.APPLYING):
        raise NotReady(_("This file has not passed its check. Check it again before you import it."))


def _lock_idle(staged: StagedImport) -> None:
    """`lock`, and nobody is at work on it. Raises `NotReady`."""
    lock(staged)
    if is_busy(staged):
        raise NotReady(_("This file is already being processed. Nothing was done twice."))
    if staged.is_in_parts:
        raise NotReady(_("The import of this file was interrupted. It will be finished or taken back within a few minutes."))


def stop(staged: StagedImport) -> None:
    """Have the worker stop that is at it. What was uploaded stays; what had been checked is as if it had not been."""
    if not is_open(staged) or staged.job is None:
        raise NotReady(_("This file is not being processed any more. Nothing was stopped."))
    if staged.cannot_turn_back:
        raise NotReady(_("This is too far along to be stopped. Once an import is finished, you can withdraw it."))
    stop_job(staged.job)


def restart(staged: StagedImport) -> None:
    """Begin again what is stuck. Raises `NotReady` where there is nothing to begin."""
    if staged.job is None or not staged.job.is_stuck:
        raise NotReady(_("This file is being processed, or its processing is finished. Nothing was started again."))
    restart_job(staged.job)


@transaction.atomic
def start_check(staged: StagedImport, *, actor: Actor) -> Job:
    """Check in a worker; the import names the job, so that its page can show how far it is. Raises `NotReady`."""
    _lock_idle(staged)
    if staged.state in ENDED:
        raise NotReady(_("This file has already been imported. Nothing was changed."))
    if not staged.file:
        raise NotReady(_("The file is no longer stored. Upload it again."))
    return _start_work(staged, CHECK_JOB, _("Checking %(file)s"), ImportState.CHECKING, actor=actor)


@transaction.atomic
def map_columns(
    staged: StagedImport,
    columns: dict[str, str],
    words: dict[str, dict[str, str]],
    reasons: dict[str, str] | None = None,
    *,
    actor: User,
) -> None:
    """Keep which column and which word is which, for the next file too, and check the file again. Raises `NotReady`.

    `reasons`: as `StagedImport.keep_mapping`.
    """
    _lock_idle(staged)
    if "header" not in staged.look:
        raise NotReady(_("The status of this file has changed in the meantime, so nothing was done. See its report again."))
    staged.keep_mapping(staged.look["header"], columns, words, reasons)
    after = {"columns": len(columns), "words": sum(map(len, words.values()))} | ({"reasons": reasons} if reasons else {})
    _record(AuditVerb.IMPORT_MAPPED, _("Mapped the columns of a file: %(kind)s"), staged, actor=actor, after=after)
    start_check(staged, actor=actor)


@transaction.atomic
def choose_reading(staged: StagedImport, *, header_row: int, encoding: str, actor: User) -> None:
    """Read this file from another row on or in another encoding, and check it again. Raises `NotReady`."""
    _lock_idle(staged)
    said = {"header_row": header_row} | ({"encoding": encoding} if encoding else {})
    staged.options = {name: value for name, value in staged.options.items() if name not in MAPPED} | said
    staged.save(update_fields=["options", "updated_at"])
    _record(AuditVerb.IMPORT_MAPPED, _("Changed how a file is read: %(kind)s"), staged, actor=actor, after=said)
    start_check(staged, actor=actor)


@transaction.atomic
def choose_date_format(staged: StagedImport, *, date_format: str, actor: User) -> None:
    """Read the dates of this file as somebody says, and check it again. Raises `NotReady`."""
    _lock_idle(staged)
    staged.options = staged.options | {"date_format": date_format}
    staged.save(update_fields=["options", "updated_at"])
    after = {"date_format": date_format}
    _record(AuditVerb.IMPORT_MAPPED, _("Changed how a file is read: %(kind)s"), staged, actor=actor, after=after)
    start_check(staged, actor=actor)


@transaction.atomic
def start_apply(staged: StagedImport, *, actor: Actor) -> Job:
    """Apply in a worker. Raises `NotReady` unless the file has passed its check."""
    _lock_idle(staged)
    if staged.state != ImportState.READY:
        raise NotReady(_("This file has not passed its check, or has already been imported. Nothing was changed."))
    if import_kinds[staged.kind].parts and staged.organisation.people_held_at:
        raise NotReady(str(PeopleHeld()))
    job = _start_work(staged, APPLY_JOB, _("Importing %(file)s"), ImportState.APPLYING, actor=actor)
    after = {
        "new": staged.rows_new,
        "changed": staged.rows_changed,
        "unchanged": staged.rows_unchanged,
        "set_aside": staged.skipped_rows,
    }
    # A worker does it, and may find that it cannot: what was imported, the kind records.
    _record(AuditVerb.IMPORT_APPLIED, _("Requested the import of a file: %(kind)s"), staged, actor=actor, after=after)
    return job


@transaction.atomic
def start_skipping(staged: StagedImport, *, expected: int, actor: Actor) -> Job:
    """Skip the refused rows and apply the others in a worker.

    `expected` is how many rows somebody has agreed to skip; when it turns out to be another number, nothing is applied before
    they have seen it. Raises `NotReady`.
    """
    _lock_idle(staged)
    rows, total = staged.skippable_rows, staged.rows_total
    if not expected or rows != expected:
        raise NotReady(_("The status of this file has changed in the meantime, so nothing was done. See its report again."))
    title = _("Importing the valid rows of %(file)s")
    job = _start_work(staged, SKIP_JOB, title, ImportState.CHECKING, actor=actor, expected=expected)
    summary = _("Requested the import of a file without %(rows)s of its %(total)s rows: %(kind)s")
    after = {"checksum": staged.checksum, "rows": total, "set_aside": rows}
    _record(AuditVerb.IMPORT_ROWS_SKIPPED, summary, staged, actor=actor, after=after, rows=f"{rows:,}", total=f"{total:,}")
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


@transaction.atomic
def start_withdrawal(staged: StagedImport, *, actor: Actor) -> Job:
    """Have an import withdrawn by a worker. Raises `NotReady`."""
    _lock_idle(staged)
    if staged.state != ImportState.APPLIED:
        raise NotReady(_("This file was never imported, or has already been withdrawn. Nothing was changed."))
    kind = import_kinds[staged.kind]
    if kind.parts:
        kind.parts_of(ImportApplication(staged, actor)).refuse_withdrawal(staged)
    return _start_work(staged, WITHDRAW_JOB, _("Withdrawing %(file)s"), ImportState.APPLIED, actor=actor)


def may_import(person: int, job: Job) -> bool:
    """Whether somebody may import files of the kind that a job works on; of a discarded one the job itself says the kind."""
    staged = StagedImport.objects.filter(pk=job.parameters["import"], organisation=job.organisation_id).first()
    kind = import_kinds.get(staged.kind if staged else job.parameters.get("kind", ""))
    return kind is not None and by_rule(kind.may)(person, job)


def _record(verb: AuditVerb, summary: str, staged: StagedImport, *, actor: Actor, after: dict[str, Any], **shown: str) -> None:
    """`summary` has room for the `kind`, and for what is `shown`."""
    record(
        verb=verb,
        summary=summary % {"kind": import_kinds[staged.kind].title, **shown},
        organisation=staged.organisation,
        actor=actor,
        target=staged,
        after=after,
    )


def _start_work(staged: StagedImport, kind: str, title: str, state: str, *, actor: Actor, **parameters: Any) -> Job:
    """Have a worker do something with an import that is locked, and in `state` meanwhile. `title` has room for the `file`."""
    job = start_job(
        kind=kind,
        title=(title % {"file": staged.file_name})[:200],
        parameters={"import": staged.pk, "kind": staged.kind} | parameters,
        organisation=staged.organisation,
        requested_by=actor,
        result_url=reverse("org:import_report", args=[staged.organisation.slug, staged.uuid]),
        queue=staged.queue,
    )
    if is_open(staged) and staged.job:
        stop_job(staged.job)  # it is stuck, and must not come back
    staged.job, staged.state = job, ImportState(state)
    staged.save(update_fields=["job", "state", "updated_at"])
    return job
