"""Applies a checked file, whole or not at all, once.

Kinds with a table of their own are written by a few statements in one transaction; others by `imports.services.parts`.
"""

import logging
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.enums import AuditVerb
from accounts.errors import PeopleHeld
from accounts.models import Organisation
from accounts.types import Actor
from common.errors import UserError
from imports.enums import ImportState
from imports.errors import ChangedSinceCheck, NotReady
from imports.kinds import Report, import_kinds, silent
from imports.models import StagedImport
from imports.services.files import forget_file, forget_rows, import_of_file
from imports.services.parts import COUNTS, apply_in_parts, lock_import, require_checked
from imports.services.processing import finish_check, finish_reading, import_of, loaded_rows, other_currency, parsed_rows
from imports.staging import Staging, write_rows
from imports.tables.errors import Problem
from jobs.services import Complete, Progress, unasked

logger = logging.getLogger(__name__)


def apply_import(
    staged: StagedImport, *, actor: Actor = None, report: Report = silent, complete: Complete = unasked
) -> dict[str, Any]:
    """Apply a checked file whole or not at all; returns what the kind has to say.

    Applying it again changes nothing and says the same, and forgets what is still kept of the file.

    A `UserError` of the kind leaves everything as it was and the import refused, with the message as its problem.
    """
    if staged.state == ImportState.APPLIED:
        _forget(staged)
        return _result_of(staged)
    require_checked(staged)
    with loaded_rows(staged) as staging:
        return _apply(staged, staging, actor, report, complete)


def apply_job(progress: Progress) -> dict[str, Any]:
    return apply_import(
        import_of(progress), actor=progress.job.requested_by, report=progress.report, complete=progress.complete
    )


def import_file(
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
    staged = import_of_file(organisation=organisation, kind=kind, file=file, file_name=file_name, actor=actor, options=options)
    staged.save()
    with parsed_rows(staged, file, report=report) as reading:
        applies = apply and not reading.problems
        finish_reading(reading, counts=not applies, keeps=False)
        if applies and reading.staging:
            _apply(staged, reading.staging, actor, report)
    return staged


def _apply(
    staged: StagedImport, staging: Staging, actor: Actor, report: Report, complete: Complete = unasked
) -> dict[str, Any]:
    report(100, 100, _("Saving all rows"))
    kind = import_kinds[staged.kind]
    try:
        if kind.parts:
            applied = apply_in_parts(staged, staging, actor=actor, report=report, complete=complete)
        else:
            applied = _apply_at_once(staged, staging, actor, complete)
    except ChangedSinceCheck:
        _ask_for_check(staged)
        raise
    except PeopleHeld:
        _ask_for_decision(staged)
        raise
    except NotReady:
        raise
    except UserError as error:
        _refuse(staged, str(error))
        raise
    except IntegrityError:
        message = _("Your data changed while the file was waiting, so nothing was imported. Check the file again.")
        _refuse(staged, message)
        raise UserError(message) from None
    _copy(applied, staged, ("state", "applied_at", "results", "marker", *COUNTS))
    _forget(staged)
    return _result_of(staged)


def _forget(staged: StagedImport) -> None:
    """After the commit. What fails here, or is never come to, `forget_left_files` does."""
    try:
        forget_file(staged)
        forget_rows(staged)
    except Exception:
        logger.exception("The files of import %s could not be deleted", staged.uuid)


def _ask_for_check(staged: StagedImport) -> None:
    """What was checked holds no more; file and rows stay, and nothing but another check leads on."""
    staged.state = ImportState.UPLOADED
    checked = StagedImport.objects.filter(pk=staged.pk, state__in=[ImportState.READY, ImportState.APPLYING])
    checked.update(state=ImportState.UPLOADED, updated_at=timezone.now())


def _ask_for_decision(staged: StagedImport) -> None:
    """Another file has the people of the organisation just now. This one has been checked, and can be applied afterwards."""
    staged.state = ImportState.READY
    StagedImport.objects.filter(pk=staged.pk, state=ImportState.APPLYING, marker={}).update(
        state=ImportState.READY, updated_at=timezone.now()
    )


@transaction.atomic
def _apply_at_once(staged: StagedImport, staging: Staging, actor: Actor, complete: Complete) -> StagedImport:
    """Insert and update the rows of a kind that has a table of its own; a few statements, however many rows."""
    locked = lock_import(staged)
    if locked.state != ImportState.APPLIED:
        require_checked(locked)
        if locked.organisation.currency != staged.organisation.currency:
            raise NotReady(other_currency())
        locked.state, locked.applied_at = ImportState.APPLIED, timezone.now()
        locked.results = locked.results | {"applied": _write(locked, staging, actor)}
        locked.save(update_fields=["state", "applied_at", "results", "updated_at", *COUNTS])
        complete(_result_of(locked))
    return locked


def _result_of(staged: StagedImport) -> dict[str, Any]:
    """What was committed with the rows, now or before."""
    return staged.results.get("applied") or {"message": staged.result_message}


def _write(staged: StagedImport, staging: Staging, actor: Actor) -> dict[str, Any]:
    counted = write_rows(staging, staged)
    staged.rows_new, staged.rows_changed = counted.new, counted.changed
    # All other rows that were not refused repeat one of these.
    staged.rows_unchanged = staged.rows_total - staged.rows_refused - counted.new - counted.changed
    audit.record(
        verb=AuditVerb.OUTCOMES_IMPORTED,
        summary=_("Imported %(kind)s: %(new)s new, %(changed)s changed")
        % {"kind": import_kinds[staged.kind].title, "new": f"{counted.new:,}", "changed": f"{counted.changed:,}"},
        organisation=staged.organisation,
        actor=actor,
        target=staged,
        after={"checksum": staged.checksum, "rows": staged.rows_total, "set_aside": staged.skipped_rows},
    )
    return {"message": staged.summary}


def _copy(source: StagedImport, target: StagedImport, names: Iterable[str]) -> None:
    for name in names:
        setattr(target, name, getattr(source, name))


def _refuse(staged: StagedImport, message: str) -> None:
    staged.rows_refused, staged.findings = 0, {}
    finish_check(staged, [Problem(0, "", "", message)], is_refused=True)
