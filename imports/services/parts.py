"""Applies files of kinds that change more than one table, and takes them back: part after part, each a transaction.

A database server does all parts in one transaction. SQLite lets one transaction write at a time, so a large file would have
everybody wait who signs in; there the parts are committed one by one, each together with a marker that says how far it is:

    checking → writing → opening → (applied)
         └────────┴→ taking_back → (to be checked again)

While the marker is set the people of the organisation are held (`accounts.models.refuse_if_held`). What is written up to the
end of *writing* nobody has been told of and nobody can use; it is taken back whole if anything goes wrong. *Opening* lets
people in and queues their mails; it does not turn back. A go whose worker was killed is taken up where the marker says, by the
next start of its job or, where there is none, by `settle_imports`.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from copy import deepcopy
from datetime import timedelta
from enum import StrEnum
from typing import Any

from celery import shared_task
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.enums import AuditVerb
from accounts.models import Organisation, changing_people_of
from accounts.types import Actor
from common.sweeps import each
from imports.enums import ImportState
from imports.errors import NotReady, Overtaken
from imports.kinds import ImportApplication, Parts, Report, import_kinds, silent
from imports.models import OPENING, WITHDRAWING, RowChange, StagedImport
from imports.services.files import lock_import, require_checked
from imports.staging import BATCH_SIZE, Staging
from jobs.services import Complete, JobStopped, unasked

logger = logging.getLogger(__name__)
# Rows that SQLite writes in one transaction: some hundredths of a second.
PART = 500
# SQLite queues nobody: who waits to write looks again every tenth of a second, and would find it taken by the next part.
BREATH = 0.1
# A go without a job that has written nothing for so long has died; one whose job is over may be at its end.
LEFT_ALONE, JUST_GIVEN_UP = timedelta(minutes=5), timedelta(seconds=30)
SETTLED_TOGETHER = 20


class Phase(StrEnum):
    CHECKING = "checking"
    WRITING = "writing"
    OPENING = OPENING
    TAKING_BACK = "taking_back"  # because applying failed
    WITHDRAWING = WITHDRAWING  # because somebody asked for it


class Go:
    """One go at an import. It stops, with `Overtaken`, as soon as another has gone on from where it believes things to be."""

    def __init__(self, staged: StagedImport, *, actor: Actor, staging: Staging | None = None, is_whole: bool) -> None:
        self.staged, self.is_whole = staged, is_whole
        self.marker: dict[str, Any] = deepcopy(staged.marker)
        self.application = ImportApplication(staged, actor, staging)
        self.parts: Parts = import_kinds[staged.kind].parts_of(self.application)
        self.parts.kept |= deepcopy(self.marker.get("kept", {}))

    @property
    def size(self) -> int:
        return BATCH_SIZE if self.is_whole else PART

    @property
    def phase(self) -> str:
        return str(self.marker.get("phase", ""))

    @contextmanager
    def part(self, **marker: Any) -> Iterator[StagedImport]:
        """A transaction under the locks of organisation and import, which moves the marker on when it is done."""
        with transaction.atomic():
            locked = lock_import(self.staged)
            if locked.marker != self.marker:
                raise Overtaken
            yield locked
            moved = self.marker | marker
            locked.marker = deepcopy(moved | {"kept": self.parts.kept}) if moved.get("phase") else {}
            locked.save(update_fields=["marker", "updated_at"])
            if bool(locked.marker) != bool(self.marker) and not self.is_whole:
                held_at = timezone.now() if locked.marker else None
                Organisation.objects.filter(pk=locked.organisation_id).update(people_held_at=held_at)
        self.marker = locked.marker
        if not self.is_whole:
            time.sleep(BREATH)


def apply_in_parts(
    staged: StagedImport, staging: Staging, *, actor: Actor, report: Report = silent, complete: Complete = unasked
) -> StagedImport:
    """Apply the staged rows of a checked file, or go on with it; returns the import as it is then.

    Whatever is raised before the last row is written leaves everything as it was.
    """
    try:
        return _apply(staged, staging, actor, report, complete)
    except _DoneBefore:
        staged.refresh_from_db()
        return staged


class _DoneBefore(Exception):
    """Somebody was quicker, and nothing is left to do."""


def _apply(staged: StagedImport, staging: Staging, actor: Actor, report: Report, complete: Complete) -> StagedImport:
    staged.refresh_from_db(fields=["marker"])
    is_whole = not staged.is_in_parts and fits_one_transaction(staging.count())
    go = Go(staged, actor=actor, staging=staging, is_whole=is_whole)
    told = silent if is_whole else report
    with _transaction(is_whole), _people_of(go, Phase.CHECKING, _require_unapplied):
        if go.phase not in (Phase.OPENING, Phase.TAKING_BACK):
            try:
                _write_all(go, staging, told)
            except Overtaken:
                raise
            except BaseException:
                # A refusal, a stop, a full disk: who cannot take it back now leaves it to `settle_imports`.
                if not is_whole:
                    _take_back(go)
                raise
        if go.phase == Phase.TAKING_BACK:
            _take_back(go)
            raise NotReady(
                _("This import was interrupted and has been taken back, so nothing was changed. Check the file again.")
            )
        return _open_all(go, told, complete)


def fits_one_transaction(rows: int) -> bool:
    """Whether nobody notices that it is one."""
    return connection.vendor != "sqlite" or rows <= PART


def _transaction(is_whole: bool) -> AbstractContextManager[object]:
    return transaction.atomic() if is_whole else nullcontext()


@contextmanager
def _people_of(go: Go, phase: Phase, refuse: Callable[[StagedImport], object]) -> Iterator[None]:
    """Begins with `phase`, unless `refuse` or another import that has the people stops it. From there on it has them."""
    if not go.phase:
        with go.part(phase=phase) as locked:
            refuse(locked)
    with changing_people_of(go.staged.organisation_id):
        yield


def _write_all(go: Go, staging: Staging, report: Report) -> None:
    total = staging.count()
    go.parts.look(is_new=go.phase == Phase.CHECKING)
    if go.phase == Phase.CHECKING:
        with go.part(phase=Phase.WRITING, after=-1):
            go.parts.begin()
    written = staging.count(up_to=go.marker["after"])
    for rows in staging.batches(go.size, after=go.marker["after"]):
        report(written, total, _("Writing all rows"))
        with go.part(after=rows[-1][0]) as locked:
            go.parts.write(locked, go.application.as_mappings(rows))
        written += len(rows)
    with go.part(phase=Phase.OPENING, after=0):
        report(0, 0, _("Saving all rows"))  # the last moment at which somebody can stop it


def _require_unapplied(staged: StagedImport) -> None:
    if staged.state == ImportState.APPLIED:
        raise _DoneBefore
    require_checked(staged)


def _open_all(go: Go, report: Report, complete: Complete) -> StagedImport:
    while changes := _changes(go.staged, go.size, after=go.marker["after"]):
        with go.part(after=max(changes)) as locked:
            go.parts.open(locked, changes)
    try:
        return _finish(go, complete)
    except JobStopped:
        if go.is_whole:
            raise
        # Too late: the mails are queued. Its job says what became of it, or another start of it does.
        logger.warning("Import %s was to be stopped when it could not be stopped any more", go.staged.uuid)
        return _finish(go, unasked)


def _finish(go: Go, complete: Complete) -> StagedImport:
    with go.part(phase="") as locked:
        go.application.staged = locked
        locked.state, locked.applied_at = ImportState.APPLIED, timezone.now()
        result = go.parts.finish()
        locked.results = locked.results | {"applied": result, "made": go.parts.kept.get("made", {})}
        locked.save(update_fields=["state", "applied_at", "results", *COUNTS])
        complete(locked.results["applied"])
    return locked


COUNTS = ("rows_new", "rows_changed", "rows_unchanged")


def _changes(staged: StagedImport, size: int, *, after: int = 0) -> dict[int, dict[str, Any]]:
    changes = RowChange.objects.filter(staged_import=staged, row_id__gt=after).order_by("row_id")
    return dict(changes.values_list("row_id", "previous")[:size])


# Taken back -----------------------------------------------------------------------------------------------------------------


def _take_back(go: Go) -> None:
    """Everything as it was before the first part, whatever it takes; then the file may be checked again."""
    go.parts.kept = deepcopy(go.marker.get("kept", {}))
    if go.phase != Phase.TAKING_BACK:
        with go.part(phase=Phase.TAKING_BACK):
            pass
    _take_back_changes(go)
    with go.part(phase="") as locked:
        go.parts.taken_back()
        locked.state = ImportState.UPLOADED
        locked.save(update_fields=["state"])
        record(
            verb=AuditVerb.IMPORT_WITHDRAWN,
            summary=_("Took back an import that could not be completed: %(kind)s") % {"kind": import_kinds[locked.kind].title},
            organisation=locked.organisation,
            actor=go.application.actor,
            target=locked,
        )


def _take_back_changes(go: Go) -> None:
    while changes := _changes(go.staged, go.size):
        with go.part() as locked:
            go.parts.take_back(locked, changes)
            RowChange.objects.filter(staged_import=go.staged, row_id__in=changes).delete()


def withdraw_in_parts(staged: StagedImport, *, actor: Actor, complete: Complete = unasked) -> StagedImport:
    """Take an applied import back because somebody asked for it, or go on with that; returns the import as it is then."""
    try:
        return _withdraw(staged, actor, complete)
    except _DoneBefore:
        staged.refresh_from_db()
        return staged


def _withdraw(staged: StagedImport, actor: Actor, complete: Complete) -> StagedImport:
    staged.refresh_from_db(fields=["marker"])
    changes = RowChange.objects.filter(staged_import=staged).count()
    is_whole = not staged.is_in_parts and fits_one_transaction(changes)
    go = Go(staged, actor=actor, is_whole=is_whole)
    with _transaction(is_whole), _people_of(go, Phase.WITHDRAWING, lambda locked: _begin_withdrawal(go, locked)):
        _take_back_changes(go)
        try:
            return _finish_withdrawal(go, complete)
        except JobStopped:
            if is_whole:
                raise
            return _finish_withdrawal(go, unasked)


def _finish_withdrawal(go: Go, complete: Complete) -> StagedImport:
    with go.part(phase="") as locked:
        go.application.staged = locked
        go.parts.taken_back()
        locked.state, locked.withdrawn_at = ImportState.WITHDRAWN, timezone.now()
        locked.results = locked.results | {"withdrawn": go.parts.withdrawn()}
        locked.save(update_fields=["state", "withdrawn_at", "results"])
        complete(locked.results["withdrawn"])
    return locked


def _begin_withdrawal(go: Go, locked: StagedImport) -> None:
    if locked.state == ImportState.WITHDRAWN:
        raise _DoneBefore
    if locked.state != ImportState.APPLIED:
        raise NotReady(_("This file was never imported, or has already been withdrawn. Nothing was changed."))
    go.parts.refuse_withdrawal(locked)
    go.parts.kept["made"] = locked.results.get("made", {})


# Left alone -----------------------------------------------------------------------------------------------------------------


@shared_task(name="imports.settle_imports")
def settle_imports() -> None:
    """Take up what a killed command, or a job that was killed too often, has left in the middle. Safe to repeat."""
    now = timezone.now()
    left = StagedImport.objects.exclude(marker={}).select_related("organisation", "uploaded_by")
    given_up = Q(job__finished_at__lt=now - JUST_GIVEN_UP, updated_at__lt=now - JUST_GIVEN_UP)
    over = left.filter(given_up | Q(job=None, updated_at__lt=now - LEFT_ALONE))
    each(over.order_by("pk")[:SETTLED_TOGETHER], settle, name="Imports that were left in the middle")


def settle(staged: StagedImport) -> None:
    """Bring an import to an end in which nobody is at work: open what is written, take back what is not."""
    phase = staged.marker.get("phase")
    if phase == Phase.WITHDRAWING:
        withdraw_in_parts(staged, actor=staged.uploaded_by)
        return
    go = Go(staged, actor=staged.uploaded_by, is_whole=False)
    with changing_people_of(staged.organisation_id):
        if phase == Phase.OPENING:
            _open_all(go, silent, unasked)
        else:
            _take_back(go)


def interrupted_words(staged: StagedImport) -> str:
    """How an import stands that is in the middle, for its page."""
    return {
        Phase.OPENING: _("All rows are saved. The invitations are being prepared."),
        Phase.TAKING_BACK: _("This import could not be completed and is being taken back."),
        Phase.WITHDRAWING: _("This import is being withdrawn."),
    }.get(staged.marker.get("phase", ""), _("The rows of this file are being saved."))
