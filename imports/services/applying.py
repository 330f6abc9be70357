"""Writes a checked file in one brief transaction, or not at all."""

from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.errors import UserError
from imports.enums import ImportState
from imports.errors import NotReady, Refused
from imports.kinds import Application, Report, import_kinds, silent
from imports.models import StagedImport
from imports.services.checking import COUNTS, FOUND, check_file, finish_check, forget_rows, open_file
from imports.services.receiving import forget_file, measure
from imports.tables.errors import Problem


def apply_import(staged: StagedImport, *, actor: Any = None, report: Report = silent) -> dict[str, Any]:
    """Apply a checked file whole, in one transaction; returns what the kind has to say. Applying it again changes nothing.

    A `UserError` of the kind leaves everything as it was and the import refused, with the message as its problem.
    """
    if staged.state == ImportState.APPLIED:
        return {}
    if staged.state not in (ImportState.READY, ImportState.APPLYING):
        raise NotReady(_("This file has not passed its check. Check it again before you apply it."))
    if not import_kinds[staged.kind].reads_aside:
        return _apply(staged, actor, report)
    results: list[dict[str, Any]] = []
    with open_file(staged) as file:
        check_file(staged, file, report=report, then=lambda aside: results.append(_apply(staged, actor, report, aside)))
    if not results:
        raise Refused(_("The file no longer passes its check, so nothing was changed. Its report says why."))
    return results[0]


def bring_file(
    *,
    organisation: Any,
    kind: str,
    file: BinaryIO,
    file_name: str,
    actor: Any = None,
    options: Mapping[str, Any] | None = None,
    apply: bool = True,
    report: Report = silent,
) -> StagedImport:
    """Check a file that is at hand and, unless `apply` is false, apply it in the same reading; the file itself is not kept.

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

    check_file(staged, file, report=report, then=(lambda aside: _apply(staged, actor, report, aside)) if apply else None)
    return staged


def _apply(staged: StagedImport, actor: Any, report: Report, aside: Any = None) -> dict[str, Any]:
    report(100, 100, _("Writing everything at once"))
    try:
        result = _apply_locked(staged, actor, aside)
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
    return result


@transaction.atomic
def _apply_locked(staged: StagedImport, actor: Any, aside: Any) -> dict[str, Any]:
    # One file at a time for each organisation: two would meet the same people in different orders.
    rows = StagedImport.objects.select_for_update(of=("self", "organisation"), no_key=True)
    locked = rows.select_related("organisation").get(pk=staged.pk)
    result: dict[str, Any] = {}
    if locked.state != ImportState.APPLIED:
        if aside is not None:  # read a moment ago
            _copy(staged, locked, FOUND)
        elif locked.state not in (ImportState.READY, ImportState.APPLYING):
            raise NotReady(_("This file has not passed its check. Check it again before you apply it."))
        locked.state, locked.applied_at = ImportState.APPLIED, timezone.now()
        result = import_kinds[locked.kind].apply(Application(locked, actor, aside))
        forget_rows(locked)
        locked.save(update_fields=["state", "applied_at", "updated_at", *FOUND])
    _copy(locked, staged, ("state", "applied_at", *COUNTS))
    return result


def _copy(source: StagedImport, target: StagedImport, names: Iterable[str]) -> None:
    for name in names:
        setattr(target, name, getattr(source, name))


def _refuse(staged: StagedImport, message: str) -> None:
    staged.rows_refused, staged.findings = 1, {}
    finish_check(staged, [Problem(0, "", "", message)], is_refused=True)
