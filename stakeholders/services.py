"""Stakeholder data on their way in: what `imports` asks of these kinds, and withdrawing an import as a whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import Organisation
from common.cells import ISO
from imports.enums import ImportState
from imports.kinds import Application, Check, StagedItem
from imports.models import StagedImport
from imports.reports import summary_of
from imports.services.background import start_work
from imports.tables.reading import Table
from jobs.models import Job
from stakeholders.errors import ImportNotReady
from stakeholders.imports import writing
from stakeholders.imports.checking import Checker, refuse_unknown_columns
from stakeholders.imports.staging import Staging, staged_rows
from stakeholders.kinds import KINDS, Kind
from stakeholders.models import RowChange

WITHDRAW_JOB = "stakeholders_withdraw"


@contextmanager
def read_aside(check: Check) -> Iterator[Staging]:
    """The rows of a file that has been read to its end, in a table of the session."""
    kind, table = KINDS[check.staged.kind], check.table
    refuse_unknown_columns(table, kind)
    with staged_rows(kind, _stored_names(kind, table), has_covariates=bool(table.others(kind.names))) as staging:
        checker = Checker(
            kind,
            table,
            staging,
            currency=check.organisation.currency,
            date_format=check.options.get("date_format") or ISO,
            today=timezone.localdate(),
            report=check.report,
            words=check.options.get("words") or {},
        )
        checker.run()
        check.unknown_words = checker.unknown_words
        yield staging


def _stored_names(kind: Kind, table: Table) -> list[str]:
    return [name for name in kind.names if name in kind.key or table.index(name) is not None]


def count_rows(check: Check) -> Iterator[StagedItem]:
    """What applying the file would do now. The rows are aside, so none are yielded."""
    if not check.problems:
        counted = writing.count(check.aside, check.staged.organisation_id)
        check.new, check.changed, check.unchanged = counted.new, counted.changed, counted.unchanged
    yield from ()


def write_rows(application: Application) -> dict[str, Any]:
    """Insert and update what is aside, inside the caller's transaction."""
    staged = application.staged
    counted = writing.write(application.aside, staged)
    staged.rows_new, staged.rows_changed, staged.rows_unchanged = counted.new, counted.changed, counted.unchanged
    audit.record(
        verb="outcomes.imported",
        summary=_("Imported %(kind)s: %(new)s new, %(changed)s changed")
        % {"kind": staged.kind, "new": counted.new, "changed": counted.changed},
        organisation=staged.organisation,
        actor=application.actor,
        target=staged,
        after={"checksum": staged.checksum, "rows": staged.rows_total, "set_aside": staged.rows_set_aside},
    )
    return {"message": summary_of(staged)}


# Withdrawing ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Effect:
    """What withdrawing an import does. `first` have to be withdrawn before it; `again` brought some of the same rows again."""

    removed: int
    restored: int
    first: list[StagedImport]
    again: list[StagedImport]


def effect_of_withdrawal(staged: StagedImport) -> Effect:
    kind = KINDS[staged.kind]
    brought = kind.model._default_manager.filter(organisation=staged.organisation_id, source=staged)
    later = StagedImport.objects.filter(
        organisation=staged.organisation_id,
        kind=staged.kind,
        state=ImportState.APPLIED,
        rows_unchanged__gt=0,
        applied_at__gt=staged.applied_at,
    )
    return Effect(
        removed=brought.count(),
        restored=RowChange.objects.filter(staged_import=staged).count(),
        first=writing.later_imports(kind, staged),
        again=list(later.order_by("-applied_at")[:20]),
    )


@transaction.atomic
def withdraw(*, staged: StagedImport, actor: Any = None) -> Effect:
    """Remove the rows an import brought and restore those it changed. Raises `ImportNotReady`; safe to repeat."""
    Organisation.objects.select_for_update(no_key=True).get(pk=staged.organisation_id)
    staged.refresh_from_db()
    if staged.state == ImportState.WITHDRAWN:
        return Effect(0, 0, [], [])
    if staged.state != ImportState.APPLIED:
        raise ImportNotReady(_("This file was never applied, so there is nothing to withdraw."))
    first = writing.later_imports(KINDS[staged.kind], staged)
    if first:
        raise ImportNotReady(
            _("Later files changed the same rows: %(files)s. Withdraw those first, the latest before the others.")
            % {"files": ", ".join(one.file_name for one in first)}
        )
    done = writing.take_back(KINDS[staged.kind], staged)
    staged.state, staged.withdrawn_at = ImportState.WITHDRAWN, timezone.now()
    staged.save(update_fields=["state", "withdrawn_at", "updated_at"])
    audit.record(
        verb="outcomes.withdrawn",
        summary=_("Withdrew an import of %(kind)s: %(removed)s rows removed, %(restored)s restored")
        % {"kind": staged.kind, "removed": done.new, "restored": done.changed},
        organisation=staged.organisation,
        actor=actor,
        target=staged,
    )
    return Effect(done.new, done.changed, [], [])


def start_withdrawal(*, staged: StagedImport, actor: Any) -> Job:
    """Have an import withdrawn by a worker."""
    if staged.state != ImportState.APPLIED:
        raise ImportNotReady(_("This file was never applied, or has been withdrawn already. Nothing was changed."))
    return start_work(staged, WITHDRAW_JOB, _("Withdrawing %(file)s"), ImportState.APPLIED, actor=actor)
