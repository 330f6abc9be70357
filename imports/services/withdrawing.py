"""Taking an import back as a whole: what it inserted goes, what it changed is as it was."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import audit
from accounts.enums import AuditVerb
from accounts.types import Actor
from imports.enums import ImportState
from imports.errors import NotReady
from imports.kinds import import_kinds
from imports.models import RowChange, StagedImport
from imports.services.files import lock_import
from imports.services.parts import withdraw_in_parts
from imports.services.processing import import_of
from imports.staging import later_imports, take_back_rows
from jobs.services import Complete, Progress, unasked

NAMED = 20


@dataclass(frozen=True)
class Effect:
    """What withdrawing an import does. `first` have to be withdrawn before it; `again` held some of the same rows again."""

    removed: int
    restored: int
    first: list[StagedImport]
    again: list[StagedImport]


def effect_of_withdrawal(staged: StagedImport) -> Effect:
    kind = import_kinds[staged.kind]
    inserted = kind.rows.filter(organisation=staged.organisation_id, source=staged)
    return Effect(
        removed=inserted.count(),
        restored=RowChange.objects.filter(staged_import=staged).count(),
        first=later_imports(kind, staged),
        again=later_mentions(staged),
    )


def later_mentions(staged: StagedImport) -> list[StagedImport]:
    """The latest of the later files with rows that changed nothing: some of these may be about what this one brought."""
    later = StagedImport.objects.filter(
        organisation=staged.organisation_id,
        kind=staged.kind,
        state=ImportState.APPLIED,
        rows_unchanged__gt=0,
        applied_at__gt=staged.applied_at,
    )
    return list(later.order_by("-applied_at")[:NAMED])


@transaction.atomic
def withdraw(*, staged: StagedImport, actor: Actor = None, complete: Complete = unasked) -> Effect:
    """Remove the rows an import inserted and restore those it changed. Raises `NotReady`; repeating it says the same."""
    kind = import_kinds[staged.kind]
    lock_import(staged)
    staged.refresh_from_db()
    if staged.state == ImportState.WITHDRAWN:
        return _effect_of(staged)
    if staged.state != ImportState.APPLIED:
        raise NotReady(_("This file was never imported, so there is nothing to withdraw."))
    first = later_imports(kind, staged)
    if first:
        raise NotReady(
            _("Later files changed some of the same rows: %(files)s. Withdraw those first, starting with the latest.")
            % {"files": ", ".join(one.file_name for one in first)}
        )
    done = take_back_rows(kind, staged)
    staged.state, staged.withdrawn_at = ImportState.WITHDRAWN, timezone.now()
    staged.results = staged.results | {"withdrawn": {"removed": done.new, "restored": done.changed}}
    staged.save(update_fields=["state", "withdrawn_at", "results", "updated_at"])
    audit.record(
        verb=AuditVerb.OUTCOMES_WITHDRAWN,
        summary=_("Withdrew an import: %(kind)s; rows removed: %(removed)s, restored: %(restored)s")
        % {"kind": kind.title, "removed": f"{done.new:,}", "restored": f"{done.changed:,}"},
        organisation=staged.organisation,
        actor=actor,
        target=staged,
    )
    effect = _effect_of(staged)
    complete({"message": _in_words(effect)})
    return effect


def _effect_of(staged: StagedImport) -> Effect:
    """What was committed, now or before."""
    counts = staged.results.get("withdrawn", {})
    return Effect(counts.get("removed", 0), counts.get("restored", 0), [], [])


def withdraw_job(progress: Progress) -> dict[str, Any]:
    progress.report(0, step=_("Withdrawing all rows"))
    staged, actor = import_of(progress), progress.job.requested_by
    if import_kinds[staged.kind].parts:
        withdrawn = withdraw_in_parts(staged, actor=actor, complete=progress.complete)
        return dict(withdrawn.results["withdrawn"])
    done = withdraw(staged=staged, actor=actor, complete=progress.complete)
    return {"message": _in_words(done)}


def _in_words(done: Effect) -> str:
    removed = ngettext("%(n)s row removed", "%(n)s rows removed", done.removed) % {"n": f"{done.removed:,}"}
    restored = ngettext("%(n)s restored", "%(n)s restored", done.restored) % {"n": f"{done.restored:,}"}
    return f"{removed}, {restored}."
