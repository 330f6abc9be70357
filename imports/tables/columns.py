"""Which columns a kind of file has, and how the names in a header are matched with them."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from imports.tables.errors import HeaderError, TableError

_BETWEEN_WORDS = re.compile(r"[\s\-./]+")
# What a mapping may say of a column, beside one of our names.
LEFT_OUT, OWN = "", "*"
# What we add to the rows that we give back; it is not one of theirs when it comes again.
PROBLEM = "problem"
# What other systems call our columns; a file may use these names as they stand.
COMMON_NAMES = {
    "e_mail": "email",
    "mail": "email",
    "email_address": "email",
    "e_mail_address": "email",
    "given_name": "first_name",
    "firstname": "first_name",
    "surname": "last_name",
    "family_name": "last_name",
    "lastname": "last_name",
    "employee_id": "person_id",
    "employee_number": "person_id",
    "personnel_number": "person_id",
    "department": "team",
    "manager": "manager_email",
}


@dataclass(frozen=True)
class Columns:
    """`any_of` lists groups of which at least one column must be there. `keeps_others`: further columns are covariates."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    any_of: tuple[tuple[str, ...], ...] = ()
    keeps_others: bool = False
    aliases: Mapping[str, str] = field(default_factory=dict)

    @property
    def known(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self.required, *(name for group in self.any_of for name in group), *self.optional]))


def plain(name: str) -> str:
    """A header as we compare it: "First Name " → first_name."""
    return _BETWEEN_WORDS.sub("_", name.replace("\ufeff", "").replace("\0", "").strip().lower())


def match_header(header: Sequence[str], columns: Columns, mapping: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Our name for each column of the file, in the file's order; a column that we do not know keeps its own, in lower case.

    `mapping` (their name → ours, `LEFT_OUT` or `OWN`) comes from the mapping step of the console and goes before everything
    else. A column that is left out is called "".
    """
    known = set(columns.known)
    theirs = {plain(name): ours for name, ours in (mapping or {}).items()}
    exact = {plain(name) for name in header}
    names = []
    for position, name in enumerate(header, start=1):
        key = plain(name)
        alias = columns.aliases.get(key) or COMMON_NAMES.get(key)
        if key in theirs:
            key = theirs[key]
        elif key == PROBLEM and position == len(header) and key not in known:
            key = LEFT_OUT
        elif key not in known and alias in known and alias not in exact:
            key = str(alias)
        names.append(key if key in known or key == LEFT_OUT else name.strip().lower())
    return tuple(names)


def notes_on_columns(header: Sequence[str], names: Sequence[str], mapping: Mapping[str, str]) -> list[str]:
    """What was read otherwise than it is called, because somebody said so, and what was left out."""
    said = {plain(name) for name in mapping}
    notes = [
        _("“%(theirs)s” is read as %(ours)s.") % {"theirs": theirs.strip(), "ours": ours}
        for theirs, ours in zip(header, names, strict=True)
        if plain(theirs) in said and ours and ours not in (plain(theirs), theirs.strip().lower())
    ]
    left = [theirs.strip() for theirs, ours in zip(header, names, strict=True) if ours == LEFT_OUT]
    if left:
        notes.append(_("Left out: %(columns)s.") % {"columns": ", ".join(f"“{name}”" for name in left)})
    return notes


def count_known(header: Sequence[str], columns: Columns) -> int:
    return len(set(match_header(header, columns)) & set(columns.known))


def check_header(header: Sequence[str], names: Sequence[str], columns: Columns) -> None:
    """Refuse a header without names, with one name twice, or without a column that is needed."""
    for position, name in enumerate(header, start=1):
        if not name.strip():
            raise TableError(
                _("Column %(position)s has no name. Name it in the first row, or delete it, and upload the file again.")
                % {"position": position}
            )
    _refuse_duplicates(header, names)
    missing = [name for name in columns.required if name not in names]
    groups = [group for group in columns.any_of if not set(group) & set(names)]
    if missing or groups:
        raise HeaderError(_missing_message(header, names, missing, groups, columns))


def _refuse_duplicates(header: Sequence[str], names: Sequence[str]) -> None:
    seen: dict[str, int] = {}
    for position, name in enumerate(names):
        if name == LEFT_OUT:
            continue
        if name in seen:
            raise HeaderError(
                _("Two columns are both read as “%(name)s” (“%(first)s” and “%(second)s”). Keep one and upload the file again.")
                % {"name": name, "first": header[seen[name]].strip(), "second": header[position].strip()}
            )
        seen[name] = position


def _missing_message(
    header: Sequence[str],
    names: Sequence[str],
    missing: Sequence[str],
    groups: Sequence[tuple[str, ...]],
    columns: Columns,
) -> str:
    wanted = [f"“{name}”" for name in missing] + [_(" or ").join(f"“{name}”" for name in group) for group in groups]
    found = ", ".join(f"“{name.strip()[:40]}”" for name in header[:30])
    parts = [
        _("The file has no column %(wanted)s. The first row names the columns; it has %(found)s.")
        % {"wanted": _(" and no column ").join(wanted), "found": found}
    ]
    spare = [name for name in names if name and name not in columns.known]
    for name in [*missing, *(name for group in groups for name in group)]:
        parts += [
            _("Is “%(close)s” meant to be “%(name)s”? Then rename it.") % {"close": close, "name": name}
            for close in difflib.get_close_matches(name, spare, n=1, cutoff=0.6)
        ]
    if _looks_like_data(header):
        parts.append(_("The first row looks like data: put a row with the column names above it."))
    return " ".join(parts)


def _looks_like_data(header: Sequence[str]) -> bool:
    return any("@" in name or re.fullmatch(r"[\d.,/:-]+", name.strip() or "x") for name in header)
