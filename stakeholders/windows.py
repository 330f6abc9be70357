"""From when to when the leavers of a file are complete: what is said of it, what its dates propose, and where they disagree.

A file of current staff and the leavers of two years knows nothing of those who left before, and a file of January nothing of
February. Somebody is under observation only between these two days; whoever takes the hire date for the first, or today for
the second, counts years in which nobody could be seen to leave.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.audit import record
from accounts.enums import AuditVerb
from accounts.models import Organisation
from accounts.types import Actor
from common.errors import UserError
from common.months import first_day, last_day, month_number, silences
from imports.enums import ImportState
from imports.errors import NotReady
from imports.kinds import Asked, FileCheck, Text, import_kinds
from imports.models import MissingRow, StagedImport
from stakeholders.errors import WindowNotUnderstood

FROM, UNTIL, EXTENT, EVERY_EXIT = "leavers_from", "leavers_until", "extent", "every_exit_listed"
YOUNG = 12
"""Months in which, at the beginning of all, nobody leaves because everybody has just come."""


class Extent(StrEnum):
    """What a file lists: everybody there is, or what has changed since the last one."""

    EVERYBODY = "everybody"
    CHANGES = "changes"


# What was said -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FileWindow:
    """What one applied file says. `first`, `last` and `extent` are None where nobody has said.

    Of a file of which nobody has said what it lists, nothing follows for any row: neither that others were there, nor that
    they were not. `every_exit`: a file of changes holds every exit since the file before, so that the window of all moves
    on to `last`.
    """

    import_id: int
    uuid: str
    first: date | None
    last: date | None
    extent: Extent | None
    every_exit: bool

    @property
    def is_whole(self) -> bool:
        return self.extent == Extent.EVERYBODY

    @property
    def is_changes(self) -> bool:
        return self.extent == Extent.CHANGES

    @property
    def is_known(self) -> bool:
        return self.first is not None and self.last is not None

    @classmethod
    def of(cls, staged: StagedImport) -> "FileWindow":
        said = staged.options
        return cls(
            import_id=staged.pk,
            uuid=str(staged.uuid),
            first=_day(said.get(FROM)),
            last=_day(said.get(UNTIL)),
            extent=Extent(said[EXTENT]) if said.get(EXTENT) else None,
            every_exit=bool(said.get(EVERY_EXIT)),
        )


def windows_of(organisation: Organisation, kind: str) -> list[FileWindow]:
    """What the applied files of one kind say, the first applied first; withdrawn ones say nothing."""
    applied = StagedImport.objects.filter(organisation=organisation, kind=kind, state=ImportState.APPLIED)
    return [FileWindow.of(staged) for staged in applied.order_by("applied_at", "pk").defer("look", "findings", "notes")]


def missing_rows(windows: Iterable[FileWindow]) -> dict[int, list[int]]:
    """Which rows of earlier files each file that lists everybody did not hold, by import."""
    whole = [window.import_id for window in windows if window.is_whole]
    found: dict[int, list[int]] = {}
    for import_id, row_id in MissingRow.objects.filter(staged_import__in=whole).values_list("staged_import_id", "row_id"):
        found.setdefault(import_id, []).append(row_id)
    return found


@dataclass(frozen=True)
class MissingUnits:
    """Rows of earlier files that a file of everybody did not hold and that are still there: their keys, as files name them."""

    names: tuple[str, ...]
    rows: QuerySet[Any, tuple[Any, ...]]

    def __len__(self) -> int:
        return self.rows.count()

    def first(self, n: int) -> list[tuple[str, ...]]:
        """The keys of the first `n`, by id: days in ISO 8601."""
        return [tuple(map(str, row)) for row in self.rows[:n]]


def missing_from(staged: StagedImport) -> MissingUnits | None:
    """What is missing from an applied file; None of one that does not list everybody, since nothing is missing from it."""
    kind = import_kinds[staged.kind]
    if kind.model is None or not FileWindow.of(staged).is_whole:
        return None
    rows = kind.model._default_manager.filter(
        organisation=staged.organisation_id, pk__in=MissingRow.objects.filter(staged_import=staged).values("row_id")
    )
    fields = [kind.column(name).field for name in kind.key]
    return MissingUnits(kind.key, rows.order_by(*fields).values_list(*fields))


def _day(text: Any) -> date | None:
    return date.fromisoformat(text) if text else None


# What a file proposes ----------------------------------------------------------------------------------------------------


def look_for_window(check: FileCheck) -> dict[str, Any]:
    """What the report of a checked file proposes: plain values under "window".

    A file of which every row says its own two days needs nothing said; a row where they are blank is like one of a file
    without these columns.
    """
    staged = check.staged
    kind_begin, kind_end = SPANS[staged.kind]
    today = check.organisation.today
    staging = check.staging
    begins, ends = (_by_number(staging.per_month(name)) for name in (kind_begin, kind_end))
    last = staging.latest((kind_begin, kind_end, *HAPPENINGS), until=today.isoformat())
    n_rows = staging.count()
    said = {f"has_{end}": sum(staging.per_month(f"observed_{end}").values()) == n_rows for end in ("from", "until")}
    return {"window": {"has_columns": all(said.values()), **said, **propose(begins, ends, _day(last))}}


def propose(begins: Mapping[int, int], ends: Mapping[int, int], last: date | None) -> dict[str, str]:
    """The window that the dates of a file suggest: `from` and `until` in ISO 8601, blank where they suggest none.

    `begins` and `ends`: how many began and ended in each month (`month_number`). From the first day of the file on, unless
    (nearly) nobody left for long while many were there: then from the month in which exits set in. Until the latest date of the
    file, unless (nearly) nobody left for long before it: then until the end of the month in which they stop.
    """
    if not begins or last is None:
        return {"from": "", "until": ""}
    first = min(begins)
    stop = max(month_number(last), max((month for month in ends if month <= month_number(last)), default=first)) + 1
    there, at_risk, exits = 0.0, [], []
    for month in range(first, stop):
        began, ended = begins.get(month, 0), ends.get(month, 0)
        at_risk.append(there + (began - ended) / 2)
        exits.append(ended)
        there += began - ended
    quiet = silences(at_risk, exits)
    before = quiet.before if quiet.before and quiet.before.last + 1 >= YOUNG else None
    begin = first_day(first + before.last + 1) if before else first_day(first)
    end = last_day(first + quiet.after.first - 1) if quiet.after else last
    return {
        "from": begin.isoformat(),
        "until": end.isoformat(),
        "none_before": "yes" if before else "",
        "none_after": "yes" if quiet.after else "",
    }


def _by_number(months: Mapping[str, int]) -> dict[int, int]:
    return {month_number(date.fromisoformat(f"{month}-01")): n for month, n in months.items()}


SPANS = {"people": ("hire_date", "exit_date")} | dict.fromkeys(
    ("customers", "partners", "contracts"), ("start_date", "end_date")
)
"""First and last day of what the rows of a kind are about, where its files carry a window."""
HAPPENINGS = ("completion_date", "notice_date")


def with_window(kinds: Iterable[str]) -> list[str]:
    return [kind for kind in kinds if kind in SPANS]


SAID_OF = (ImportState.READY, ImportState.APPLIED, ImportState.REFUSED)

# What is asked, and kept ------------------------------------------------------------------------------------------------------


def require_window(first: date | None, last: date | None, extent: Extent, *, every_exit: bool, today: date) -> None:
    """Raises `WindowNotUnderstood` where the two days, or what is said of a file, cannot be; `today` is the organisation's."""
    if first and last and first > last:
        raise WindowNotUnderstood(
            _("Leavers cannot be known from %(first)s until %(last)s, which is earlier. Correct one of the two days.")
            % {"first": date_format(first, "DATE_FORMAT"), "last": date_format(last, "DATE_FORMAT")}
        )
    if last and last > today:
        raise WindowNotUnderstood(
            _("%(last)s has not come yet, so no file can know who left until then. Give the last day that the file knows.")
            % {"last": date_format(last, "DATE_FORMAT")}
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

    Raises `WindowNotUnderstood` and, for files that were withdrawn or are of another kind, `NotReady`. Of a refused file it is
    said when its valid rows are to be applied without the others.
    """
    require_window(first, last, extent, every_exit=every_exit, today=staged.organisation.today)
    locked = StagedImport.objects.select_for_update(of=("self",), no_key=True).get(pk=staged.pk)
    if locked.kind not in SPANS or locked.state not in SAID_OF:
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


def _extent(everybody: Text) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_lazy("What the file lists"),
        choices=[
            (Extent.EVERYBODY.value, everybody),
            (Extent.CHANGES.value, _lazy("Changes only: rows that are new or different since the last file")),
        ],
        widget=forms.RadioSelect,
        initial=Extent.EVERYBODY.value,
    )


class WindowForm(forms.Form):
    """From when to when the leavers of a file are complete, and what it lists. `initial` says which day it is: `proposed`."""

    leavers_from = forms.DateField(
        label=_lazy("Leavers are in this file since"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_lazy("Everybody who left on this day or later is in the file. Nobody counts as observed before it."),
    )
    leavers_until = forms.DateField(
        label=_lazy("Leavers are in this file until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_lazy("Usually the day the file was exported. Nobody counts as observed after it."),
    )
    extent = _extent(_lazy("Everybody: all who are there now, and the leavers since that day"))
    every_exit_listed = forms.BooleanField(
        label=_lazy("The changes hold every exit since the last file"),
        required=False,
        help_text=_lazy("Only then is everybody else known to have stayed until the day above."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            data["extent"] = Extent(data["extent"])
            try:
                require_window(
                    data["leavers_from"],
                    data["leavers_until"],
                    data["extent"],
                    every_exit=data["every_exit_listed"],
                    today=self.initial["today"],
                )
            except UserError as error:
                self.add_error("leavers_until", str(error))
        return data


WORDS_OF_CONTRACTS = {
    FROM: (
        _lazy("Contracts that ended are in this file since"),
        _lazy("Every contract that ended on this day or later is in the file."),
    ),
    UNTIL: (
        _lazy("Contracts that ended are in this file until"),
        _lazy("Usually the day the file was exported. Nothing is known of what ended later."),
    ),
    EVERY_EXIT: (
        _lazy("The changes hold every contract that ended since the last file"),
        _lazy("Only then are all others known to have run until the day above."),
    ),
}


class ContractWindowForm(WindowForm):
    """The same of contracts, which end and do not leave."""

    extent = _extent(_lazy("Everything: all contracts that run now, and those that ended since that day"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (label, help_text) in WORDS_OF_CONTRACTS.items():
            self.fields[name].label, self.fields[name].help_text = label, help_text


def proposed(staged: StagedImport) -> dict[str, Any]:
    """What the form begins with: what was said of the file, else what its dates propose, unless each row says it itself."""
    said, found = FileWindow.of(staged), staged.findings.get("window", {})
    proposes = {} if found.get("has_columns") or said.first or said.last else found
    return {
        "leavers_from": said.first or proposes.get("from") or None,
        "leavers_until": said.last or proposes.get("until") or None,
        "extent": (said.extent or Extent.EVERYBODY).value,
        "every_exit_listed": said.every_exit,
        "today": staged.organisation.today,
    }


def keep(staged: StagedImport, data: Mapping[str, Any], actor: Actor) -> FileWindow:
    """Keep what was answered in a `WindowForm`."""
    return say_window(
        staged,
        first=data["leavers_from"],
        last=data["leavers_until"],
        extent=data["extent"],
        every_exit=data["every_exit_listed"],
        actor=actor,
    )


ASKED = Asked(WindowForm, proposed, keep, "console/outcomes_asked.html")
ASKED_OF_CONTRACTS = Asked(ContractWindowForm, proposed, keep, "console/outcomes_asked.html")
