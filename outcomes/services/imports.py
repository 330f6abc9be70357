"""Stakeholder data on their way in: received, checked whole, applied whole or not at all, withdrawn as a whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import Organisation
from operations import imports as staged_imports
from operations.enums import ImportState
from operations.jobs import start_job
from operations.models import Job, StagedImport
from operations.tables import ProblemLog, Table, TableError, open_table
from operations.tables.parse import ISO
from outcomes.errors import ImportNotReady, ImportRefused
from outcomes.imports import writing
from outcomes.imports.checking import Checker, Report, refuse_unknown_columns
from outcomes.imports.staging import Staging, staged_rows
from outcomes.kinds import KINDS, Kind
from outcomes.models import RowChange

CHECK_JOB, APPLY_JOB, WITHDRAW_JOB = "outcomes_check", "outcomes_apply", "outcomes_withdraw"
OPEN_STATES = (ImportState.UPLOADED, ImportState.CHECKING, ImportState.READY, ImportState.APPLYING)


def _silent(done: int, total: int | None = None, step: str = "") -> None:
    """Progress that nobody watches."""


# In the foreground ----------------------------------------------------------------------------------------------------


def check(*, staged: StagedImport, report: Report = _silent) -> StagedImport:
    """Read the kept file to its end; afterwards the import is ready or refused. Safe to repeat; nothing else is changed."""
    if staged.state not in OPEN_STATES:
        return staged
    _begin(staged, ImportState.CHECKING)
    with staged.file.open("rb") as file:
        _run(staged, cast(BinaryIO, file), report, apply=False)
    return staged


def apply(*, staged: StagedImport, actor: Any = None, report: Report = _silent) -> StagedImport:
    """Check the kept file once more and apply it whole. Raises `ImportRefused` where it no longer passes; safe to repeat."""
    if staged.state == ImportState.APPLIED:
        return staged
    if staged.state not in (ImportState.READY, ImportState.APPLYING):
        raise ImportNotReady(_("This file has not passed its check. Upload it again and read the report first."))
    _begin(staged, ImportState.APPLYING)
    with staged.file.open("rb") as file:
        _run(staged, cast(BinaryIO, file), report, actor=actor, apply=True)
    if staged.state == ImportState.REFUSED:
        raise ImportRefused(_("The file no longer passes its check, so nothing was changed. Its report says why."))
    return staged


def bring(
    *,
    organisation: Organisation,
    kind: str,
    file: BinaryIO,
    file_name: str,
    actor: Any = None,
    options: dict[str, Any] | None = None,
    apply: bool = True,
    report: Report = _silent,
) -> StagedImport:
    """Check a file that is at hand and, unless `apply` is false, apply it; the file itself is not kept.

    `file` must be binary and seekable. Raises `TableError` for a file that is empty or too large.
    """
    checksum, size = staged_imports.measure(file)
    staged = StagedImport.objects.create(
        organisation=organisation,
        uploaded_by=actor,
        kind=kind,
        options=dict(options or {}),
        file_name=file_name[-200:],
        size=size,
        checksum=checksum,
    )
    _run(staged, file, report, actor=actor, apply=apply)
    return staged


def check_table(check: staged_imports.Check) -> Iterator[staged_imports.StagedItem]:
    """The check of `operations.imports`: counts what would happen; our rows are staged aside, so none are yielded."""
    with _staged_rows_of(check.staged, check.table, _silent) as staging:
        if not check.problems:
            counted = writing.count(staging, check.staged.organisation_id)
            check.new, check.changed, check.unchanged = counted.new, counted.changed, counted.unchanged
    yield from ()


def apply_table(application: staged_imports.Application) -> dict[str, Any]:
    """The apply of `operations.imports`: reads the kept file again inside the caller's transaction."""
    staged, problems = application.staged, ProblemLog()
    with staged.file.open("rb") as file, _checked(staged, cast(BinaryIO, file), problems, _silent) as staging:
        if problems:
            raise ImportRefused(_("The file no longer passes its check, so nothing was changed. Check it again."))
        counted = writing.write(staging, staged)
    return {"new": counted.new, "changed": counted.changed, "unchanged": counted.unchanged}


def _begin(staged: StagedImport, state: str) -> None:
    staged.state = state
    staged.save(update_fields=["state", "updated_at"])
    staged.problems.all().delete()


def _run(staged: StagedImport, file: BinaryIO, report: Report, *, actor: Any = None, apply: bool) -> None:
    problems = ProblemLog()
    try:
        with _checked(staged, file, problems, report) as staging:
            if problems:
                pass
            elif apply:
                report(100, 100, _("Writing everything at once"))
                _apply(staged, staging, actor)
            else:
                _count(staged, writing.count(staging, staged.organisation_id), ImportState.READY)
    except TableError as error:
        problems.add(0, str(error))
    if problems:
        _refuse(staged, problems)
    if staged.state in (ImportState.APPLIED, ImportState.REFUSED):
        _forget_file(staged)


@contextmanager
def _checked(staged: StagedImport, file: BinaryIO, problems: ProblemLog, report: Report) -> Iterator[Staging]:
    """The rows of a file that has been read to its end; what the file looked like is noted in `staged`."""
    table = open_table(
        file,
        file_name=staged.file_name,
        columns=KINDS[staged.kind].header,
        mapping=staged.options.get("mapping"),
        encoding=staged.options.get("encoding", ""),
    )
    table.problems = problems
    staged.encoding, staged.delimiter = table.encoding, table.delimiter
    with _staged_rows_of(staged, table, report) as staging:
        yield staging


@contextmanager
def _staged_rows_of(staged: StagedImport, table: Table, report: Report) -> Iterator[Staging]:
    kind = KINDS[staged.kind]
    refuse_unknown_columns(table, kind)
    with staged_rows(kind, _stored_names(kind, table), has_covariates=bool(table.others(kind.names))) as staging:
        checker = Checker(
            kind,
            table,
            staging,
            currency=staged.organisation.currency,
            date_format=staged.options.get("date_format") or ISO,
            today=timezone.localdate(),
            report=report,
        )
        try:
            checker.run()
        finally:
            staged.notes = table.notes
            staged.rows_total = table.rows_read + table.rows_ragged
        yield staging


def _stored_names(kind: Kind, table: Table) -> list[str]:
    return [name for name in kind.names if name in kind.key or table.index(name) is not None]


@transaction.atomic
def _apply(staged: StagedImport, staging: Staging, actor: Any) -> None:
    """One import at a time for each organisation; a second worker with the same import finds it applied."""
    Organisation.objects.select_for_update(no_key=True).get(pk=staged.organisation_id)
    if StagedImport.objects.filter(pk=staged.pk, state=ImportState.APPLIED).exists():
        staged.refresh_from_db()
        return
    counted = writing.write(staging, staged)
    staged.applied_at = timezone.now()
    _count(staged, counted, ImportState.APPLIED)
    audit.record(
        verb="outcomes.imported",
        summary=_("Imported %(kind)s: %(new)s new, %(changed)s changed")
        % {"kind": staged.kind, "new": counted.new, "changed": counted.changed},
        organisation=staged.organisation,
        actor=actor,
        target=staged,
        after={"checksum": staged.checksum, "rows": staged.rows_total},
    )


def _count(staged: StagedImport, counted: writing.Counted, state: str) -> None:
    staged.rows_new, staged.rows_changed, staged.rows_unchanged = counted.new, counted.changed, counted.unchanged
    staged.rows_refused = 0
    staged.state = state
    staged.save()


@transaction.atomic
def _refuse(staged: StagedImport, problems: ProblemLog) -> None:
    staged.state = ImportState.REFUSED
    staged.rows_new = staged.rows_changed = staged.rows_unchanged = 0
    staged.rows_refused = problems.rows_refused
    if problems.total > len(problems):
        staged.notes = [
            *staged.notes,
            _("%(total)s problems were found; the first %(shown)s are listed.")
            % {"total": f"{problems.total:,}", "shown": f"{len(problems):,}"},
        ]
    staged.save()
    staged_imports.store_problems(staged, problems)


def _forget_file(staged: StagedImport) -> None:
    """The rows are stored or refused; a second copy of personal data would serve nobody. The checksum stays."""
    if staged.file:
        staged.file.delete(save=False)
        StagedImport.objects.filter(pk=staged.pk).update(file="")


@transaction.atomic
def discard(*, staged: StagedImport) -> None:
    """Forget a file that was uploaded and never applied."""
    locked = StagedImport.objects.select_for_update(of=("self",)).get(pk=staged.pk)
    if locked.state in (ImportState.APPLIED, ImportState.WITHDRAWN):
        raise ImportNotReady(_("This file has been applied. Withdraw it instead."))
    storage, name = locked.file.storage, locked.file.name
    locked.delete()
    if name:
        transaction.on_commit(lambda: storage.delete(name))


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


# In the background ----------------------------------------------------------------------------------------------------


def receive(*, organisation: Organisation, kind: str, file: Any, actor: Any, date_format: str = ISO) -> StagedImport:
    """Keep an uploaded file privately and have it checked by a worker. Raises `TableError`."""
    staged = staged_imports.receive_upload(
        organisation=organisation, kind=kind, file=file, file_name=file.name, actor=actor, options={"date_format": date_format}
    )
    _start(staged, CHECK_JOB, _("Checking %(file)s"), ImportState.CHECKING, actor)
    return staged


def start_apply(*, staged: StagedImport, actor: Any) -> Job:
    """Have a checked file applied by a worker."""
    if staged.state != ImportState.READY:
        raise ImportNotReady(_("This file has not passed its check, or has been applied already. Nothing was changed."))
    return _start(staged, APPLY_JOB, _("Applying %(file)s"), ImportState.APPLYING, actor)


def start_withdrawal(*, staged: StagedImport, actor: Any) -> Job:
    """Have an import withdrawn by a worker."""
    if staged.state != ImportState.APPLIED:
        raise ImportNotReady(_("This file was never applied, or has been withdrawn already. Nothing was changed."))
    return _start(staged, WITHDRAW_JOB, _("Withdrawing %(file)s"), ImportState.APPLIED, actor)


@transaction.atomic
def _start(staged: StagedImport, kind: str, title: str, state: str, actor: Any) -> Job:
    job = start_job(
        kind=kind,
        title=(title % {"file": staged.file_name})[:200],
        parameters={"import": staged.pk},
        organisation=staged.organisation,
        requested_by=actor,
        result_url=reverse("org:outcomes_file", args=[staged.organisation.slug, staged.uuid]),
    )
    StagedImport.objects.filter(pk=staged.pk).update(job=job, state=state, updated_at=timezone.now())
    staged.job, staged.state = job, state
    return job
