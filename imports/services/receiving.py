"""Takes a file in and keeps it privately."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from celery import shared_task
from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.db.models import Q
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Organisation
from accounts.types import Actor
from imports.enums import ImportState
from imports.errors import NotReady
from imports.kinds import import_kinds
from imports.models import DAYS_FILES_ARE_KEPT, StagedImport
from imports.tables.errors import TableError

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
            _("“%(name)s” is not a table that we can read. Save it as CSV (UTF-8) or XLSX and upload that.") % {"name": name}
        )
    checksum, size = measure(file)
    staged = StagedImport(
        organisation=organisation,
        uploaded_by=actor if getattr(actor, "pk", None) else None,
        kind=import_kinds[kind].name,
        options=dict(options or {}),
        file_name=name,
        size=size,
        checksum=checksum,
    )
    # Stored under our own name: what people call their files is not for paths.
    staged.file.save(f"{staged.uuid.hex}{ending}", file if isinstance(file, File) else File(file), save=False)
    staged.save()
    return staged


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
    """The rows are stored or not wanted; a second copy of personal data would serve nobody. The checksum stays."""
    _delete(staged, "file")


def forget_rows(staged: StagedImport) -> None:
    _delete(staged, "rows_file")


def forget_skipped(staged: StagedImport) -> None:
    _delete(staged, "skipped_file")


@transaction.atomic
def forget_waiting_file(staged: StagedImport) -> None:
    """Nobody has done anything with this import for long; what is kept of the file goes."""
    if staged.state not in (ImportState.APPLIED, ImportState.WITHDRAWN, ImportState.REFUSED):
        staged.state = ImportState.REFUSED
        staged.save(update_fields=["state"])
        message = _("Nobody applied the file within %(days)s days, so it was deleted. Upload it again.")
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
    locked = StagedImport.objects.select_for_update(of=("self",)).get(pk=staged.pk)
    if locked.state in (ImportState.APPLIED, ImportState.WITHDRAWN):
        raise NotReady(_("This file has been applied. Withdraw it instead."))
    if locked.job and not locked.job.is_finished:
        raise NotReady(_("This file is being processed. Wait until it is finished, then discard it."))
    forget_file(locked)
    forget_rows(locked)
    forget_skipped(locked)
    locked.delete()


@shared_task(name="imports.forget_waiting_files")
def forget_waiting_files() -> None:
    """Files that were refused, or never applied, and rows that were skipped: kept for two weeks, not for ever."""
    before = timezone.now() - timedelta(days=DAYS_FILES_ARE_KEPT)
    ended = Q(state__in=[ImportState.APPLIED, ImportState.WITHDRAWN, ImportState.REFUSED])
    found = StagedImport.objects.filter(~Q(file="") | ~Q(rows_file="") | ~Q(skipped_file="") | ~ended, updated_at__lt=before)
    for staged in found.order_by("pk")[:500]:
        forget_waiting_file(staged)
