"""Writes a checked file in one brief transaction, or not at all."""

from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.enums import AuditVerb
from accounts.models import Organisation
from accounts.types import Actor
from common.errors import UserError
from imports.enums import ImportState
from imports.errors import NotReady
from imports.kinds import ImportApplication, Report, import_kinds, silent
from imports.models import StagedImport
from imports.services.checking import COUNTS, finish_check, finish_reading, parsed_rows
from imports.services.receiving import forget_file, forget_rows, measure
from imports.services.rows_file import loaded_rows
from imports.staging import Staging, write_rows
from imports.summary import summary_of
from imports.tables.errors import Problem


def apply_import(staged: StagedImport, *, actor: Actor = None, report: Report = silent) -> dict[str, Any]:
    """Apply a checked file whole, in one transaction; returns what the kind has to say. Applying it again changes nothing.

    A `UserError` of the kind leaves everything as it was and the import refused, with the message as its problem.
    """
    if staged.state == ImportState.APPLIED:
        return {}
    _require_checked(staged)
    with loaded_rows(staged) as staging:
        return _apply(staged, staging, actor, report)


def bring_file(
    *,
    organisation: Organisation,
    kind: str,
    file: BinaryIO,
    file_name: str,
    actor: Actor = None,
    options: Mapping[str, Any] | None = None,
    apply: bool = True,
    report: Report = silent,
) -> StagedImport:
    """Check a file that is at hand and, unless `apply` is false, apply the rows as they were read; nothing of it is kept.

    `file` must be binary and seekable. Raises `TableError` for a file that is empty or too large.
    """
    checksum, size = measure(file)
    staged = StagedImport.objects.create(
        organisation=organisation,
        uploaded_by=actor,
        kind=import_kinds[kind].name,
        options=dict(options or {}),
        file_name=file_name[-200:],
        size=size,
        checksum=checksum,
    )
    with parsed_rows(staged, file, report=report) as reading:
        applies = apply and not reading.problems
        finish_reading(reading, counts=not applies, keeps=False)
        if applies and reading.check:
            _apply(staged, reading.check.staging, actor, report)
    return staged


def _require_checked(staged: StagedImport) -> None:
    if staged.state not in (ImportState.READY, ImportState.APPLYING):
        raise NotReady(_("This file has not passed its check. Check it again before you apply it."))


def _apply(staged: StagedImport, staging: Staging, actor: Actor, report: Report) -> dict[str, Any]:
    report(100, 100, _("Writing everything at once"))
    try:
        result = _apply_locked(staged, staging, actor)
    except NotReady:
        raise
    except UserError as error:
        _refuse(staged, str(error))
        raise
    except IntegrityError:
        message = _("Something changed while the file was waiting, so nothing was applied. Check the file again.")
        _refuse(staged, message)
        raise UserError(message) from None
    forget_file(staged)
    forget_rows(staged)
    return result


@transaction.atomic
def _apply_locked(staged: StagedImport, staging: Staging, actor: Actor) -> dict[str, Any]:
    # One file at a time for each organisation: two would meet the same people in different orders.
    rows = StagedImport.objects.select_for_update(of=("self", "organisation"), no_key=True)
    locked = rows.select_related("organisation").get(pk=staged.pk)
    result: dict[str, Any] = {}
    if locked.state != ImportState.APPLIED:
        _require_checked(locked)
        locked.state, locked.applied_at = ImportState.APPLIED, timezone.now()
        result = (import_kinds[locked.kind].apply or _write)(ImportApplication(locked, actor, staging))
        locked.save(update_fields=["state", "applied_at", "updated_at", *COUNTS])
    _copy(locked, staged, ("state", "applied_at", *COUNTS))
    return result


def _write(application: ImportApplication) -> dict[str, Any]:
    """Insert and update the rows of a kind that has a table of its own."""
    staged = application.staged
    counted = write_rows(application.staging, staged)
    application.count(new=counted.new, changed=counted.changed, unchanged=counted.unchanged)
    audit.record(
        verb=AuditVerb.OUTCOMES_IMPORTED,
        summary=_("Imported %(kind)s: %(new)s new, %(changed)s changed")
        % {"kind": staged.kind, "new": counted.new, "changed": counted.changed},
        organisation=staged.organisation,
        actor=application.actor,
        target=staged,
        after={"checksum": staged.checksum, "rows": staged.rows_total, "set_aside": staged.skipped_rows},
    )
    return {"message": summary_of(staged)}


def _copy(source: StagedImport, target: StagedImport, names: Iterable[str]) -> None:
    for name in names:
        setattr(target, name, getattr(source, name))


def _refuse(staged: StagedImport, message: str) -> None:
    staged.rows_refused, staged.findings = 1, {}
    finish_check(staged, [Problem(0, "", "", message)], is_refused=True)
