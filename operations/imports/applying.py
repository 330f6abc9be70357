"""Writes a checked file in one brief transaction, or not at all."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from operations.enums import ImportState
from operations.errors import UserError
from operations.imports.checking import forget_rows, store_problems
from operations.imports.kinds import Application, kind_of
from operations.models import StagedImport
from operations.tables import Problem


class NotReady(UserError):
    """Asked to apply a file that has not passed its check."""


def apply_import(staged: StagedImport, *, actor: Any = None) -> dict[str, Any]:
    """Apply a checked file whole, in one transaction; returns what the kind has to say. Applying it again changes nothing.

    A `UserError` of the kind leaves everything as it was and the import refused, with the message as its problem.
    """
    try:
        return _apply_locked(staged, actor)
    except NotReady:
        raise
    except UserError as error:
        _refuse(staged, str(error))
        raise
    except IntegrityError:
        message = _("Something changed while the file was waiting, so nothing was applied. Check the file again.")
        _refuse(staged, message)
        raise UserError(message) from None


@transaction.atomic
def _apply_locked(staged: StagedImport, actor: Any) -> dict[str, Any]:
    # One file at a time for each organisation: two would meet the same people in different orders.
    rows = StagedImport.objects.select_for_update(of=("self", "organisation"), no_key=True)
    locked = rows.select_related("organisation").get(pk=staged.pk)
    if locked.state == ImportState.APPLIED:
        return {}
    if locked.state not in (ImportState.READY, ImportState.APPLYING):
        raise NotReady(_("This file has not passed its check. Check it again before you apply it."))
    result = kind_of(locked.kind).apply(Application(locked, actor))
    forget_rows(locked)
    locked.state, locked.applied_at = ImportState.APPLIED, timezone.now()
    locked.save(update_fields=["state", "applied_at", "updated_at"])
    return result


@transaction.atomic
def _refuse(staged: StagedImport, message: str) -> None:
    StagedImport.objects.filter(pk=staged.pk).update(state=ImportState.REFUSED, updated_at=timezone.now())
    store_problems(staged, [Problem(0, "", "", message)])
