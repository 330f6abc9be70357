"""What is said of a file beside its rows: which leavers it knows, and whether it lists everybody or what has changed."""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.enums import AuditVerb
from accounts.types import Actor
from imports.enums import ImportState
from imports.errors import NotReady
from imports.models import StagedImport
from stakeholders.errors import WindowNotUnderstood
from stakeholders.windows import EVERY_EXIT, EXTENT, FROM, SPANS, UNTIL, Extent, FileWindow


def require_window(first: date | None, last: date | None, extent: Extent, *, every_exit: bool) -> None:
    """Raises `WindowNotUnderstood` where the two days, or what is said of a file, cannot be."""
    if first and last and first > last:
        raise WindowNotUnderstood(
            _("Leavers cannot be known from %(first)s until %(last)s, which is earlier. Correct one of the two days.")
            % {"first": first.isoformat(), "last": last.isoformat()}
        )
    if last and last > timezone.localdate():
        raise WindowNotUnderstood(
            _("%(last)s has not come yet, so no file can know who left until then. Give the last day that the file knows.")
            % {"last": last.isoformat()}
        )
    if every_exit and extent != Extent.CHANGES:
        raise WindowNotUnderstood(_("Only a file of changes can be said to list every exit: a complete file always does."))
    if every_exit and not last:
        raise WindowNotUnderstood(_("Say until when the file lists every exit."))


def said_of(first: date | None, last: date | None, extent: Extent, *, every_exit: bool) -> dict[str, str | bool]:
    """As `StagedImport.options` keep it, blanks left out."""
    said: dict[str, str | bool] = {EXTENT: str(extent)}
    if first:
        said[FROM] = first.isoformat()
    if last:
        said[UNTIL] = last.isoformat()
    if every_exit:
        said[EVERY_EXIT] = True
    return said


@transaction.atomic
def say_window(
    staged: StagedImport, *, first: date | None, last: date | None, extent: Extent, every_exit: bool, actor: Actor
) -> FileWindow:
    """Keep with a file from when to when its leavers are complete; analyses that have been run do not change.

    Raises `WindowNotUnderstood` and, for files that were withdrawn or are of another kind, `NotReady`.
    """
    require_window(first, last, extent, every_exit=every_exit)
    locked = StagedImport.objects.select_for_update(of=("self",), no_key=True).get(pk=staged.pk)
    if locked.kind not in SPANS or locked.state not in (ImportState.READY, ImportState.APPLIED):
        raise NotReady(_("The status of this file has changed in the meantime, so nothing was done. See its report again."))
    names = (FROM, UNTIL, EXTENT, EVERY_EXIT)
    before = {name: locked.options[name] for name in names if name in locked.options}
    after = said_of(first, last, extent, every_exit=every_exit)
    locked.options = {name: value for name, value in locked.options.items() if name not in names} | after
    locked.save(update_fields=["options", "updated_at"])
    staged.options = locked.options
    record(
        verb=AuditVerb.IMPORT_MAPPED,
        summary=_("Said which leavers a file knows"),
        organisation=staged.organisation,
        actor=actor,
        target=staged,
        before=before,
        after=after,
    )
    return FileWindow.of(locked)
