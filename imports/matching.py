"""Files that call things otherwise: somebody says once which column and which word is which, and it is kept."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from common.cells import is_blank_word
from common.characters import unaccented
from common.column_values import NOTHING_KNOWN, Profile
from imports.cells import plain_word
from imports.enums import ImportState
from imports.errors import NotReady
from imports.kinds import Column, ImportKind
from imports.models import KeptMapping, StagedImport
from imports.tables.errors import TableError
from imports.tables.layout import LEFT_OUT, OWN, match_header, plain
from imports.tables.synonyms import LIKELY_WORDS, SUGGESTED

# From which likeness of two names on one is suggested for the other; "state" and "start_date" are less alike.
MIN_LIKENESS = 0.8
# What tells units apart seldom comes twice: only as often as people come back.
MIN_DISTINCT = 0.5
BLANK = "-"


@dataclass(frozen=True)
class FileColumn:
    """A column as the file calls it, with its first values and what these look like."""

    name: str
    values: tuple[str, ...]
    profile: Profile = NOTHING_KNOWN


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
    shown = staged.look["columns"]
    # An earlier version kept no more than what is shown.
    profiles = map(Profile.from_json, staged.look.get("values") or [NOTHING_KNOWN.as_json()] * len(shown))
    return [FileColumn(name, tuple(values), profile) for (name, values), profile in zip(shown, profiles, strict=True)]


def suggest_columns(staged: StagedImport, kind: ImportKind, file_columns: Sequence[FileColumn]) -> list[str]:
    """For each column one of our names, `OWN` or `LEFT_OUT`: as was said, as it is called, or as it sounds and looks.

    What tells of a person what an analysis seldom needs is left out, unless somebody has said why it is kept.
    """
    columns, header = kind.header, [column.name for column in file_columns]
    said = _said_before(staged)
    known, free = set(columns.known), OWN if columns.keeps_others else LEFT_OUT
    chosen = [said.get(plain(name)) for name in header]
    for position, name in enumerate(match_header(header, columns)):
        if chosen[position] is None and (name == LEFT_OUT or (name in known and name not in chosen)):
            chosen[position] = name
    for position, name in _most_alike(kind, file_columns):
        if chosen[position] is None and name not in chosen:
            chosen[position] = name
    reasons = reasons_given(staged)
    for position, column in enumerate(file_columns):
        kept = free if chosen[position] is None else chosen[position]
        needs_reason = kept == OWN and column.profile.private and plain(column.name) not in reasons
        chosen[position] = LEFT_OUT if needs_reason else kept
    return [name or LEFT_OUT for name in chosen]


def _most_alike(kind: ImportKind, file_columns: Sequence[FileColumn]) -> list[tuple[int, str]]:
    """Positions of columns with what they could be, by name and values, the likeliest first."""
    found = [
        (-likeness, position, column.name)
        for position, theirs in enumerate(file_columns)
        for column in kind.columns
        if could_be(column, theirs.profile, tells_apart=kind.span is not None and column.name == kind.key[0])
        and (likeness := _likeness(theirs.name, column.name)) >= MIN_LIKENESS
    ]
    return [(position, name) for _likeness_of, position, name in sorted(found)]


def _likeness(theirs: str, ours: str) -> float:
    """1 for a name that is known to mean ours, else how alike the two are, between 0 and 1."""
    name = "".join(filter(str.isalnum, unaccented(plain(theirs))))
    if name in SUGGESTED.get(ours, ()):
        return 1
    return difflib.SequenceMatcher(None, name, ours.replace("_", "")).ratio()


def could_be(column: Column, profile: Profile, *, tells_apart: bool = False) -> bool:
    """Whether the first values of a column of a file can be read as our column; `tells_apart` where each is of one unit."""
    kinds = profile.kinds
    if not profile.filled:
        return True
    match column.type:
        case "date" | "email" | "currency" | "number":
            return column.type in kinds
        case "duration":
            return "number" in kinds and "flag" not in kinds
        case "money":
            return "number" in kinds and "flag" not in kinds
        case "month" | "period":
            return not kinds & {"email", "phrase", "flag"}
        case "yes_no":
            return "flag" in kinds or not kinds & {"date", "number", "email"}
        case "choice":
            return not kinds & {"date", "number", "email"}
        case "identifier":
            is_one_each = profile.distinct >= MIN_DISTINCT * profile.filled
            return not kinds & {"date", "phrase", "flag"} and (is_one_each or not tells_apart)
    return not kinds & {"date", "email", "flag"}


def reasons_given(staged: StagedImport) -> dict[str, str]:
    """Why columns are kept that tell of a person, as was said of this file or of earlier ones, by their plain name."""
    kept = KeptMapping.objects.filter(organisation=staged.organisation_id, kind=staged.kind).order_by("updated_at")
    said = [*kept.values_list("reasons", flat=True), staged.options.get("reasons") or {}]
    return {plain(name): reason for reasons in said for name, reason in reasons.items()}


def _said_before(staged: StagedImport) -> dict[str, str]:
    """What was last said of each column in files of this kind."""
    said: dict[str, str] = {}
    kept = KeptMapping.objects.filter(organisation=staged.organisation_id, kind=staged.kind).order_by("updated_at")
    for mapping in [*kept.values_list("columns", flat=True), staged.options.get("mapping") or {}]:
        said |= {plain(name): ours for name, ours in mapping.items()}
    return said


def words_to_match(staged: StagedImport, kind: ImportKind) -> dict[str, dict[str, str]]:
    """By column: each word that was not understood, or was matched before, and what it probably means; `BLANK` for nothing."""
    found: dict[str, dict[str, str]] = {}
    for column, allowed in kind.words.items():
        matched = (staged.options.get("words") or {}).get(column, {})
        unknown = (staged.findings.get("words") or {}).get(column, [])
        words = {word: meaning or BLANK for word, meaning in matched.items()}
        may_be_blank = bool(kind.column(column).blank_means)
        words |= {word: _likely(word, column, allowed, may_be_blank) for word in unknown if plain_word(word) not in words}
        if words:
            found[column] = words
    return found


def _likely(word: str, column: str, allowed: Sequence[str], may_be_blank: bool) -> str:
    if may_be_blank and is_blank_word(word):
        return BLANK
    for meaning, beginnings in LIKELY_WORDS.get(column, []):
        if unaccented(plain_word(word)).startswith(beginnings) and (meaning in allowed or (may_be_blank and not meaning)):
            return meaning or BLANK
    close = difflib.get_close_matches(word.lower(), [one.lower() for one in allowed], n=1, cutoff=0.6)
    return next((one for one in allowed if close and one.lower() == close[0]), "")
