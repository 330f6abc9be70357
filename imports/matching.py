"""Files that call things otherwise: somebody says once which column and which word is which, and it is kept."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from imports.cells import plain_word
from imports.enums import ImportState
from imports.errors import NotReady
from imports.kinds import ImportKind
from imports.models import KeptMapping, StagedImport
from imports.tables.errors import TableError
from imports.tables.layout import LEFT_OUT, OWN, match_header, plain


@dataclass(frozen=True)
class FileColumn:
    """A column as the file calls it, with its first values."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class FirstRows:
    """How a file is read, and what may have been meant otherwise: the rows that could name its columns, by their number."""

    header_row: int
    encoding: str  # as the report calls it; blank where a file says itself how it is written
    rows: dict[int, str]
    unreadable: tuple[str, ...]  # encodings in which it is known not to be


def is_looked_at(staged: StagedImport) -> bool:
    """Whether a check has kept what the pages need; earlier versions kept nothing."""
    return bool(staged.look.get("rows"))


def first_rows(staged: StagedImport) -> FirstRows:
    """Raises `UserError` as `columns_to_match`."""
    require_waiting(staged)
    look = staged.look
    return FirstRows(look["header_row"], look["encoding"], dict(look["rows"]), tuple(look["unreadable"]))


def require_waiting(staged: StagedImport) -> None:
    if staged.state not in (ImportState.REFUSED, ImportState.READY) or not staged.file:
        raise NotReady(_("The columns of this file cannot be mapped at the moment. See its report."))


def columns_to_match(staged: StagedImport) -> list[FileColumn]:
    """What is in a file that is not applied yet. `UserError` where it is gone, or has one name twice."""
    require_waiting(staged)
    if staged.look["repeated"]:
        message = _("Several columns are called “%(name)s”. Give each its own name in the file and upload it again.")
        raise TableError(message % {"name": staged.look["repeated"]})
    return [FileColumn(name, tuple(values)) for name, values in staged.look["columns"]]


def suggest_columns(staged: StagedImport, kind: ImportKind, header: Sequence[str]) -> list[str]:
    """For each column one of our names, `OWN` or `LEFT_OUT`: as was said, as it is called, or as it sounds."""
    columns = kind.header
    said = _said_before(staged)
    known, free = set(columns.known), OWN if columns.keeps_others else LEFT_OUT
    chosen = [said.get(plain(name)) for name in header]
    for position, name in enumerate(match_header(header, columns)):
        if chosen[position] is None and (name == LEFT_OUT or (name in known and name not in chosen)):
            chosen[position] = name
    for position, name in enumerate(header):
        if chosen[position] is None:
            close = difflib.get_close_matches(plain(name), sorted(known.difference(filter(None, chosen))), n=1, cutoff=0.6)
            chosen[position] = close[0] if close else free
    return [name if name is not None else free for name in chosen]


def _said_before(staged: StagedImport) -> dict[str, str]:
    """What was last said of each column in files of this kind."""
    said: dict[str, str] = {}
    kept = KeptMapping.objects.filter(organisation=staged.organisation_id, kind=staged.kind).order_by("updated_at")
    for mapping in [*kept.values_list("columns", flat=True), staged.options.get("mapping") or {}]:
        said |= {plain(name): ours for name, ours in mapping.items()}
    return said


def words_to_match(staged: StagedImport, kind: ImportKind) -> dict[str, dict[str, str]]:
    """By column: each word that was not understood, or was matched before, and what it probably means."""
    found: dict[str, dict[str, str]] = {}
    for column, allowed in kind.words.items():
        matched = (staged.options.get("words") or {}).get(column, {})
        unknown = (staged.findings.get("words") or {}).get(column, [])
        words = {word: matched.get(plain_word(word)) or _likely(word, allowed) for word in [*matched, *unknown]}
        if words:
            found[column] = words
    return found


def _likely(word: str, allowed: Sequence[str]) -> str:
    close = difflib.get_close_matches(word.lower(), [one.lower() for one in allowed], n=1, cutoff=0.6)
    return next((one for one in allowed if close and one.lower() == close[0]), "")
