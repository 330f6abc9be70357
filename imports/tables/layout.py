"""How a table is written: its type, its encoding, what separates its columns, and which column is which of ours."""

import codecs
import contextlib
import csv
import difflib
import io
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from charset_normalizer import from_bytes
from django.utils.translation import gettext as _

from common.characters import unaccented, without_shapeless
from imports.tables.errors import EncodingError, HeaderError, TableError
from imports.tables.synonyms import COMMON_NAMES, IN_OTHER_LANGUAGES

BLOCK = 1024 * 1024
SAMPLE = 64 * 1024
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
OTHER_SEPARATORS = "|:^~"
BYTE_ORDER_MARKS = [
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]
LABELS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
    "cp1252": "Windows-1252",
    "cp1250": "Windows-1250 (Central European)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "cp1255": "Windows-1255 (Hebrew)",
    "cp1256": "Windows-1256 (Arabic)",
    "cp932": "Shift JIS",
    "gb18030": "GB 18030",
    "big5": "Big5",
    "cp949": "Korean (949)",
    "mac_roman": "Mac Roman",
    "latin-1": "Latin-1",
}
UTF_8 = ("utf-8", "utf-8-sig")
_LEGACY = [
    "cp1252",
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "cp932",
    "gb18030",
    "big5",
    "cp949",
    "mac_roman",
]
_SIGNATURES = [
    (b"%PDF", "PDF"),
    (b"\xd0\xcf\x11\xe0", "Excel 97 (.xls) or Word"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"\x1f\x8b", "gzip"),
    (b"7z\xbc\xaf", "7-Zip"),
    (b"{\\rtf", "RTF"),
]
_LINE_WITH_HIGH_BYTES = re.compile(rb"[^\r\n]*[\x80-\xff][^\r\n]*")
_BETWEEN_WORDS = re.compile(r"[\s\-./]+")
# What a mapping may say of a column, beside one of our names.
LEFT_OUT, OWN = "", "*"
# What we add to the rows that we give back; it is not one of theirs when it comes again.
PROBLEM = "problem"
# Titles, dates and blank lines stand above the names of the columns in no more rows.
TITLE_ROWS = 20
# What of a text may be NULs, and other characters that control devices.
MAX_NUL_SHARE, MAX_CONTROL_SHARE = 0.05, 0.02
SHOWN_NAMES, SHOWN_LENGTH = 20, 40


# Columns --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Columns:
    """`any_of` lists groups of which at least one column must be there. `keeps_others`: further columns are covariates.

    `also_called`: what files of one kind call our columns, by the name that `plain` leaves of it.
    """

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    any_of: tuple[tuple[str, ...], ...] = ()
    keeps_others: bool = False
    also_called: Mapping[str, str] = field(default_factory=dict)

    @property
    def known(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self.required, *(name for group in self.any_of for name in group), *self.optional]))


def plain(name: str) -> str:
    """A header as we compare it: "First Name " → first_name."""
    return _BETWEEN_WORDS.sub("_", without_shapeless(name).replace("\0", "").strip().lower())


def enumerate_names(names: Sequence[str]) -> str:
    """Names in quotation marks, as many as can be read, and how many more there are."""
    shown = ", ".join(f"“{name.strip()[:SHOWN_LENGTH]}”" for name in names[:SHOWN_NAMES])
    more = len(names) - SHOWN_NAMES
    return _("%(names)s and %(n)s more") % {"names": shown, "n": f"{more:,}"} if more > 0 else shown


def match_header(header: Sequence[str], columns: Columns, mapping: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Our name for each column of the file, in the file's order; a column that we do not know keeps its own, in lower case.

    `mapping` (their name → ours, `LEFT_OUT` or `OWN`) comes from the mapping step of the console and goes before everything
    else. A column that is left out is called "".
    """
    known = set(columns.known)
    theirs = {plain(name): ours for name, ours in (mapping or {}).items()}
    plain_names = [plain(name) for name in header]
    called = {key: columns.also_called[key] for key in plain_names if key in columns.also_called}
    taken = set(plain_names) | {COMMON_NAMES[key] for key in plain_names if key in COMMON_NAMES} | set(theirs.values())
    taken |= set(called.values())
    names: list[str] = []
    for position, name in enumerate(header, start=1):
        key = plain(name)
        alias = COMMON_NAMES.get(key)
        foreign = IN_OTHER_LANGUAGES.get(unaccented(key))
        if key in theirs:
            key = theirs[key]
        elif key == PROBLEM and position == len(header) and key not in known:
            key = LEFT_OUT
        elif key not in known and key in called and called[key] not in (*plain_names, *theirs.values(), *names):
            key = called[key]
        elif key not in known and alias in known and alias not in plain_names:
            key = str(alias)
        elif key not in known and foreign in known and foreign not in taken:
            key = str(foreign)
            taken.add(key)
        names.append(key if key in known or key == LEFT_OUT else name.strip().lower())
    return tuple(names)


def notes_on_columns(
    header: Sequence[str], names: Sequence[str], mapping: Mapping[str, str], also_called: Collection[str] = ()
) -> list[str]:
    """What was read otherwise than it is called, because somebody said so or in another language, and what was left out."""
    said = {plain(name) for name in mapping} | set(also_called)
    said |= {plain(name) for name in header if unaccented(plain(name)) in IN_OTHER_LANGUAGES}
    notes = [
        _("“%(theirs)s” is read as %(ours)s.") % {"theirs": theirs.strip(), "ours": ours}
        for theirs, ours in zip(header, names, strict=True)
        if plain(theirs) in said and ours and ours not in (plain(theirs), theirs.strip().lower())
    ]
    left = [theirs.strip() for theirs, ours in zip(header, names, strict=True) if ours == LEFT_OUT and theirs.strip()]
    if header and not header[0].strip():
        notes.append(_("The first column has no name and was left out."))
    if left:
        notes.append(_("Left out: %(columns)s.") % {"columns": enumerate_names(left)})
    return notes


def count_known(header: Sequence[str], columns: Columns) -> int:
    return len(set(match_header(header, columns)) & set(columns.known))


def header_position(rows: Sequence[Sequence[str]], columns: Columns) -> int:
    """Which of the first rows names the columns. Titles may stand above it, and blank rows.

    It is the first that has every column that is needed; else the first that has any of ours, or that fills as many cells as
    the widest; without any of these the first that is not blank.
    """
    known = set(columns.known)
    filled = {position: sum(bool(cell.strip()) for cell in row) for position, row in enumerate(rows[:TITLE_ROWS]) if any(row)}
    names = {position: set(match_header(rows[position], columns)) for position, n in filled.items() if n}
    first = min(names, default=0)
    if whole := [position for position in names if has_needed(names[position], columns)]:
        return whole[0]
    if not names or names[first] & known:
        return first
    if named := [position for position in names if len(names[position] & known) > 1]:
        return named[0]
    return max(names, key=lambda position: filled[position]) if filled[first] == 1 else first


def has_needed(names: Collection[str], columns: Columns) -> bool:
    """Whether columns that are called so can be read."""
    return set(columns.required) <= set(names) and all(set(group) & set(names) for group in columns.any_of)


def check_header(header: Sequence[str], names: Sequence[str], columns: Columns, row: int = 1) -> None:
    """Refuse a header without names, with one name twice, or without a column that is needed."""
    for position, name in enumerate(header, start=1):
        # Programs number their rows in a first column without a name.
        if not name.strip() and position > 1:
            raise TableError(
                _("Column %(position)s has no name. Name it in the first row, or delete it, and upload the file again.")
                % {"position": position}
            )
    _refuse_duplicates(header, names)
    missing = [name for name in columns.required if name not in names]
    groups = [group for group in columns.any_of if not set(group) & set(names)]
    if missing or groups:
        raise HeaderError(_missing_message(header, names, missing, groups, columns, row))


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
    row: int,
) -> str:
    wanted = [f"“{name}”" for name in missing] + [_(" or ").join(f"“{name}”" for name in group) for group in groups]
    said = {"wanted": _(" and no column ").join(wanted), "found": enumerate_names(header), "row": row}
    if row == 1:
        parts = [_("The file has no column %(wanted)s. The first row must contain the column names; it has %(found)s.") % said]
    else:
        parts = [_("The file has no column %(wanted)s. Row %(row)s was read as the column names; it has %(found)s.") % said]
    spare = [name for name in names if name and name not in columns.known]
    for name in [*missing, *(name for group in groups for name in group)]:
        parts += [
            _("If “%(close)s” is meant to be “%(name)s”, rename it.") % {"close": close, "name": name}
            for close in difflib.get_close_matches(name, spare, n=1, cutoff=0.6)
        ]
    if _looks_like_data(header):
        parts.append(_("The first row looks like data: put a row with the column names above it."))
    return " ".join(parts)


def _looks_like_data(header: Sequence[str]) -> bool:
    return any("@" in name or re.fullmatch(r"[\d.,/:-]+", name.strip() or "x") for name in header)


# Type and encoding ----------------------------------------------------------------------------------------------------------


def is_zip(start: bytes) -> bool:
    return start.startswith(b"PK\x03\x04")


def refuse_other_types(start: bytes) -> None:
    """Refuse what is known not to be text, by its first bytes, whatever its name says."""
    for signature, name in _SIGNATURES:
        if start.startswith(signature):
            raise TableError(
                _("This is a %(type)s file, not a table we can read. Save it as CSV (UTF-8) or XLSX and upload that.")
                % {"type": name}
            )


def require_encoding(file: BinaryIO, codec: str) -> str:
    """Somebody has said in which encoding a file is; `TableError` where it cannot be."""
    if codec not in LABELS or _first_bad_block(file, codec) is not None:
        raise EncodingError(cannot_be_read_as(codec))
    return codec


def cannot_be_read_as(codec: str) -> str:
    return _("The file cannot be read as %(encoding)s. Choose another encoding, or save the table again as CSV (UTF-8).") % {
        "encoding": LABELS.get(codec, codec)
    }


def detect_encoding(file: BinaryIO, start: bytes) -> str:
    """The codec in which the whole file can be read. Leaves the file anywhere; raises `TableError` for binary data."""
    for mark, codec in BYTE_ORDER_MARKS:
        if start.startswith(mark):
            return _require(file, codec)
    wide = _wide_without_mark(start)
    if wide:
        return _require(file, wide)
    if not _is_text(start):
        raise TableError(
            _(
                "The file contains binary data, not text. Open it in your spreadsheet program, save it as CSV "
                "(UTF-8) or XLSX and upload that."
            )
        )
    failing = _first_bad_block(file, "utf-8")
    if failing is None:
        return "utf-8"
    return _legacy_encoding(file, failing)


def _require(file: BinaryIO, codec: str) -> str:
    if _first_bad_block(file, codec) is not None:
        raise TableError(
            _("The file is marked as %(encoding)s but is damaged. Save it again as CSV (UTF-8) and upload that.")
            % {"encoding": LABELS[codec]}
        )
    return codec


def _wide_without_mark(start: bytes) -> str:
    """UTF-16 of mostly Latin letters has every second byte zero."""
    sample = start[: len(start) // 2 * 2][:4096]
    if not sample:
        return ""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.4 * half and odd < 0.05 * half:
        return "utf-16-be"
    return ""


def _is_text(start: bytes) -> bool:
    """Whether hardly any byte is one that text has not. A few NULs are slips, of which the rows are told one by one."""
    if start.count(0) > MAX_NUL_SHARE * len(start):
        return False
    controls = sum(start.count(byte) for byte in range(1, 32) if byte not in (9, 10, 12, 13, 27))
    return controls <= MAX_CONTROL_SHARE * len(start)


def _first_bad_block(file: BinaryIO, codec: str) -> int | None:
    """Where the block begins that cannot be decoded, or None when the whole file can."""
    decoder = codecs.getincrementaldecoder(codec)("strict")
    file.seek(0)
    position = 0
    try:
        while block := file.read(BLOCK):
            decoder.decode(block)
            position += len(block)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return position
    return None


def _legacy_encoding(file: BinaryIO, position: int) -> str:
    """Guess among the eight-bit and East Asian encodings, from lines that carry more than ASCII."""
    file.seek(max(0, position - 4096))
    sample = b"\n".join(_LINE_WITH_HIGH_BYTES.findall(file.read(BLOCK)))[: SAMPLE // 2]
    guesses = _ranked_guesses(sample)
    for codec in guesses:
        if _first_bad_block(file, codec) is None:
            return codec
    return "latin-1"


def _ranked_guesses(sample: bytes) -> list[str]:
    matches = list(from_bytes(sample, cp_isolation=_LEGACY, threshold=0.4))
    names = [name for match in matches for name in [match.encoding, *match.could_be_from_charset] if name in _LEGACY]
    if not matches:
        return ["cp1252"]
    # A few accents fit several alphabets equally well; Western Europe's is by far the commonest.
    as_western = [match for match in matches if "cp1252" in match.could_be_from_charset]
    if as_western and as_western[0].chaos <= matches[0].chaos + 0.02:
        names.insert(0, "cp1252")
    return list(dict.fromkeys(names))


def detect_delimiter(text: str, columns: Columns) -> str:
    """Comma, semicolon or tab: the one under which the header has most of the columns we know, then most evenly wide rows."""
    scored = [(_score(text, delimiter, columns), -rank, delimiter) for rank, delimiter in enumerate(DELIMITERS)]
    (known, evenness), _rank, best = max(scored)
    if known == 0 and evenness == 0:
        _refuse_other_separator(text)
    return best


def _score(text: str, delimiter: str, columns: Columns) -> tuple[int, float]:
    rows = sample_rows(text, delimiter)
    rows = rows[header_position(rows, columns) :]
    if not rows or len(rows[0]) < 2:
        return (count_known(rows[0], columns) if rows else 0, 0.0)
    widths = Counter(len(row) for row in rows)
    return count_known(rows[0], columns), len(rows[0]) * widths[len(rows[0])] / len(rows)


def sample_rows(text: str, delimiter: str) -> Sequence[list[str]]:
    """The rows of the beginning of a file, blank ones left out; a quotation mark left open by the cut does no harm."""
    rows: list[list[str]] = []
    with contextlib.suppress(csv.Error):
        rows.extend(row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(row))
    return rows[:200]


def _refuse_other_separator(text: str) -> None:
    first = text.split("\n", 1)[0]
    for separator in OTHER_SEPARATORS:
        if first.count(separator) >= 1:
            raise TableError(
                _("The columns seem to be separated by “%(separator)s”. Save the file with commas, semicolons or tabs instead.")
                % {"separator": separator}
            )
