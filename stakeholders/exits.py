"""What the report of a people file says of the day of leaving: that no column has it, which one could, and who left without."""

import json
from collections.abc import Collection, Iterator
from typing import Any

from django.db.models import QuerySet
from django.db.models.fields.json import KeyTransform
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common import spelling
from common.characters import unaccented
from common.column_values import LOOKED_AT, NOTHING_KNOWN, Profile
from imports.kinds import FileCheck, import_kinds
from imports.tables.layout import enumerate_names, plain
from imports.tables.synonyms import LIKELY_WORDS, SUGGESTED
from stakeholders.models import EmploymentStint
from stakeholders.windows import EXTENT, Extent, look_for_window

EXIT = "exit_date"
KIND, NOTICE = "exit_kind", "notice_date"
PAIRS_NAMED = 5
STATUS = frozenset({"status", "employmentstatus", "employeestatus", "employment", "beschaftigungsstatus", "statut", "estado"})


def look_at_people(check: FileCheck) -> dict[str, Any]:
    """As `look_for_window`; on top the report says where exits may have been missed."""
    _remark_on_exits(check)
    _remark_on_status(check)
    _remark_on_undated(check)
    _remark_on_spellings(check)
    return look_for_window(check)


def _remark_on_exits(check: FileCheck) -> None:
    """Of the file without a day of leaving, and of one with two columns that are called so."""
    if EXIT in check.staging.stored:
        others = [name for name, _profile in other_columns(check) if _is_called_exit(name)]
        if others:
            said = {"taken": check.table.header[check.table.columns.index(EXIT)].strip(), "others": enumerate_names(others)}
            check.note(
                _(
                    "“%(taken)s” was taken as the day of leaving, and not %(others)s. If some left on a day that stands there "
                    "alone, they count as still there: put the days into one column."
                )
                % said
            )
    elif check.options.get(EXTENT) != Extent.CHANGES:
        could_be = [
            name for name, profile in other_columns(check) if _is_called_exit(name) or _has_gaps_between_dates(check, profile)
        ]
        check.note(
            _("No column was taken as the day of leaving: nobody counts as having left by this file.")
            + (
                " " + _("It could be %(names)s: choose it under “Map columns”.") % {"names": enumerate_names(could_be)}
                if could_be
                else ""
            )
        )


def other_columns(check: FileCheck) -> Iterator[tuple[str, Profile]]:
    """Columns that are kept as covariates, as the file calls them, with what their first values look like."""
    look = check.staged.look
    told = {
        plain(name): Profile.from_json(values)
        for (name, _shown), values in zip(look.get("columns", []), look.get("values", []), strict=False)
    }
    for position, _name in check.table.others(import_kinds[check.staged.kind].names):
        theirs = check.table.header[position].strip()
        yield theirs, told.get(plain(theirs), NOTHING_KNOWN)


def bare(name: str) -> str:
    return "".join(filter(str.isalnum, unaccented(plain(name))))


def _is_called_exit(name: str) -> bool:
    return bare(name) in SUGGESTED[EXIT]


def _has_gaps_between_dates(check: FileCheck, profile: Profile) -> bool:
    return "date" in profile.kinds and 0 < profile.filled < min(check.staging.count(), LOOKED_AT)


def _remark_on_status(check: FileCheck) -> None:
    """Of rows with a day of leaving that has come, whose status says that they are still there."""
    position = next((at for at, (name, _profile) in enumerate(other_columns(check)) if bare(name) in STATUS), None)
    if position is None or EXIT not in check.staging.stored:
        return
    own = [name for _position, name in check.table.others(import_kinds[check.staged.kind].names)][position]
    still_there = tuple(begins for meaning, words in LIKELY_WORDS["left"] if meaning == "no" for begins in words)
    today = check.organisation.today.isoformat()
    exit_at, covariates_at = (1 + check.staging.stored.index(name) for name in (EXIT, "covariates"))
    n = sum(
        bool(
            row[exit_at][:1].isdigit()
            and row[exit_at] <= today
            and _word(_says(row[covariates_at], own)).startswith(still_there)
        )
        for rows in check.staging.batches()
        for row in rows
    )
    if n:
        said = {"n": f"{n:,}", "column": own}
        check.note(
            ngettext(
                "%(n)s row has a day of leaving that has come, and a “%(column)s” that says they are still there. It counts as "
                "having left.",
                "%(n)s rows have a day of leaving that has come, and a “%(column)s” that says they are still there. They count "
                "as having left.",
                n,
            )
            % said
        )


def _remark_on_spellings(check: FileCheck) -> None:
    """Of teams whose names differ in case and spaces alone, in the file or beside it."""
    if "team" not in check.staging.stored:
        return
    at = 1 + check.staging.stored.index("team")
    here = {row[at] for rows in check.staging.batches() for row in rows} - {""}
    there = EmploymentStint.objects.filter(organisation=check.organisation).order_by().values_list("team", flat=True).distinct()
    spelled: dict[str, set[str]] = {}
    for team in here.union(there) - {""}:
        spelled.setdefault(spelling.plain(team), set()).add(team)
    several = sorted(sorted(names) for names in spelled.values() if len(names) > 1 and names & here)
    if several:
        pairs = "; ".join(" / ".join(f"“{name}”" for name in names) for names in several[:PAIRS_NAMED])
        check.note(
            _("Teams whose names differ only in case and spaces count as one team: %(pairs)s.") % {"pairs": pairs}
            if len(several) <= PAIRS_NAMED
            else _("Teams whose names differ only in case and spaces count as one team: %(pairs)s, and %(n)s more.")
            % {"pairs": pairs, "n": len(several) - PAIRS_NAMED}
        )


def _remark_on_undated(check: FileCheck) -> None:
    """Of rows that say, by a status or a kind of exit, that somebody has left, and not when."""
    stored = check.staging.stored
    at = {name: 1 + stored.index(name) for name in (EXIT, NOTICE, KIND, "covariates") if name in stored}
    own = [name for _position, name in check.table.others(import_kinds[check.staged.kind].names) if bare(name) in STATUS]
    if EXIT not in at or not (own or KIND in at):
        return
    n = sum(
        not row[at[EXIT]]
        and not (NOTICE in at and row[at[NOTICE]])
        and (bool(KIND in at and row[at[KIND]]) or any(says_left(_says(row[at["covariates"]], name)) for name in own))
        for rows in check.staging.batches()
        for row in rows
    )
    if n:
        check.note(
            ngettext(
                "%(n)s row says that somebody has left (by a status or a kind of exit), and has no day of leaving. They count "
                "as still there: fill in the day and upload the file again.",
                "%(n)s rows say that somebody has left (by a status or a kind of exit), and have no day of leaving. They count "
                "as still there: fill in the days and upload the file again.",
                n,
            )
            % {"n": f"{n:,}"}
        )


def says_left(value: object) -> bool:
    """Whether a word of a status says that somebody has left."""
    word = _word(value)
    return next((meaning for meaning, words in LIKELY_WORDS["left"] if word.startswith(words)), "") == "yes"


def _word(value: object) -> str:
    """Without capitals and accents; blank for what is no text."""
    return unaccented(value.strip().lower()) if isinstance(value, str) else ""


def left_without_day(rows: QuerySet[EmploymentStint], columns: Collection[str]) -> set[int]:
    """Ids of the `rows` of people that say that somebody has left, and not when; `columns` are the organisation's own."""
    undated = rows.filter(exit_date__isnull=True).order_by()
    found = set(undated.exclude(exit_kind="").values_list("pk", flat=True))
    for name in columns:
        if bare(name) not in STATUS:
            continue
        status = undated.annotate(status=KeyTransform(name, "covariates"))
        words = [word for word in status.values_list("status", flat=True).distinct() if says_left(word)]
        if words:
            found |= set(status.filter(status__in=words).values_list("pk", flat=True))
    return found


def _says(covariates: str, name: str) -> object:
    return json.loads(covariates or "{}").get(name)
